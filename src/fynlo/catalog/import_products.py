"""Import a file of products: all of it, or nothing and all that is wrong with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec
from asyncpg import UniqueViolationError

from fynlo import staff
from fynlo.catalog import queries_sheet, store_imports
from fynlo.catalog.announce import MenuTold, menu_updated
from fynlo.catalog.answers import ImportedOut, ImportOut
from fynlo.catalog.model.importing import plan_import
from fynlo.catalog.model.sheet import Fault, ImportInvalid, an_id, read_sheet
from fynlo.platform import audit, commands
from fynlo.platform.audit import Act
from fynlo.platform.commands import Answer
from fynlo.staff import Permission

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fynlo.catalog.model.importing import Plan
    from fynlo.catalog.model.sheet import Sheet
    from fynlo.platform.commands import Command
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller


async def import_products(ports: Ports, caller: Caller, command: Command, content: bytes) -> Answer:
    """Add and change products as a file says, in one commit; the import's id is the command's.

    The same file again under the same key changes nothing. Raises `ImportInvalid` with all that is
    wrong, or where others took twice meanwhile what the file gives to its products.
    """
    sheet = await asyncio.to_thread(read_sheet, content)
    try:
        return await _import(ports, caller, command, sheet)
    except UniqueViolationError:
        # Somebody gave one of these barcodes or ids away meanwhile. Now that is seen.
        try:
            return await _import(ports, caller, command, sheet)
        except UniqueViolationError as error:
            raise _taken(error) from None


_TAKEN: Final = {
    "products_barcode": ("barcode", "Others give these barcodes away: send the file again."),
    "products_pkey": ("id", "The id of a new product is taken: send the file under another key."),
    "categories_pkey": (
        "category",
        "The id of a new category is taken: send the file under another key.",
    ),
}
"""What of a file somebody else may take: its column, and what can be done, by the constraint."""


def _taken(error: UniqueViolationError) -> ImportInvalid:
    """Say what was taken; nothing else that is unique is written here under a name of others."""
    assert error.constraint_name in _TAKEN, error
    column, detail = _TAKEN[error.constraint_name]
    return _invalid(1, [Fault(1, column, detail)])


async def _import(ports: Ports, caller: Caller, command: Command, sheet: Sheet) -> Answer:
    now = ports.clock.now()
    async with ports.db.transaction(caller.merchant_id) as tx:
        actor = await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
        repeat = await commands.claim(tx, command, actor.staff_id, now)
        if repeat is not None:
            assert repeat.answer is not None, "It is claimed and finished in one commit."
            return repeat.answer
        await store_imports.lock_menu(tx, _named(sheet))
        menu = await queries_sheet.menu(tx)
        plan = await asyncio.to_thread(plan_import, sheet, menu, command.id, now)
        _must_be_flawless(plan)
        store_imports.save_import(tx, command.id, plan, actor.staff_id, now)
        menu_updated(tx, now, MenuTold(1, import_id=command.id))
        act = Act("catalog.imported", "import", command.id, after=plan.counts())
        audit.record(tx, now, caller, act)
        told = ImportedOut(command.id, **plan.counts(), categories_added=list(plan.categories))
        answer = Answer(200, msgspec.json.encode(ImportOut(told)))
        commands.finish(tx, command.id, answer)
    return answer


def _named(sheet: Sheet) -> list[UUID]:
    """Return the ids that a file names, of whatever there is."""
    found = (an_id(row.cells.get("id", "").strip()) for row in sheet.rows)
    return [one for one in found if one is not None]


def _must_be_flawless(plan: Plan) -> None:
    if plan.faults:
        raise _invalid(plan.fault_count, plan.faults)


def _invalid(count: int, faults: Sequence[Fault]) -> ImportInvalid:
    return ImportInvalid(
        f"The file has {count} faults.",
        fault_count=count,
        faults=[{"row": one.row, "column": one.column, "detail": one.detail} for one in faults],
    )
