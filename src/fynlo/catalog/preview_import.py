"""Look what an import would do, and do nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from fynlo import staff
from fynlo.catalog import queries_sheet
from fynlo.catalog.model.importing import plan_import
from fynlo.catalog.model.sheet import read_sheet
from fynlo.staff import Permission

if TYPE_CHECKING:
    from fynlo.catalog.model.importing import Plan
    from fynlo.platform.ports import Ports
    from fynlo.staff import Caller

_NO_IMPORT = UUID(int=0)


async def preview_import(ports: Ports, caller: Caller, content: bytes) -> Plan:
    """Return what importing this file now would come to, with all that is wrong with it."""
    now = ports.clock.now()
    sheet = await asyncio.to_thread(read_sheet, content)
    async with ports.db.snapshot(caller.merchant_id) as tx:
        await staff.admit(tx, caller, Permission.CATALOG_MANAGE, now)
        menu = await queries_sheet.menu(tx)
    return await asyncio.to_thread(plan_import, sheet, menu, _NO_IMPORT, now)
