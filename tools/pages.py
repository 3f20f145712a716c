"""Write the pages of docs/ that the code itself knows best: states, problems, permissions.

`python -m tools.pages` writes them; a test compares them with what would be written.
"""

from __future__ import annotations

import importlib
import pkgutil
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import fynlo
from fynlo.kernel.errors import DomainError
from fynlo.kernel.machine import Machine
from fynlo.orders.model import KitchenState, PaymentState, Stage, state_of
from fynlo.platform.problems import STATUS, Known
from fynlo.staff.model import PERMISSIONS, Permission, Role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

DOCS: Final = Path(__file__).parents[1] / "docs"
# They do something when they are imported, or only put the others together.
_NOT_FEATURES: Final = ("fynlo.cli", "fynlo.main", "fynlo.migrations", "fynlo.worker")
_NOTE: Final = "<!-- Written by `make diagrams` from the code; edits are lost. -->\n"
_ON_STATES: Final = """\
Each machine is a table in its feature's model. What is not drawn is refused. Events that leave a
state as it is are listed below the drawing: they are repeats and older news.
"""
_ON_ORDER_STATES: Final = """\
`state` is one word for stage, payment and kitchen. Where the stage is not `validated`, it alone
decides.
"""
_ON_PROBLEMS: Final = """\
Every refusal is `application/problem+json` with one of these codes, which are permanent: branch on
them. *Retry* says whether asking again can help, and under which idempotency key.
"""
_ON_PERMISSIONS: Final = """\
Permissions are checked in the operation, with the rights that the person has at that moment.
"""


def modules() -> Iterator[ModuleType]:
    """Import every module of the features, in the order of their names."""
    for found in pkgutil.walk_packages(fynlo.__path__, "fynlo."):
        if not found.name.startswith(_NOT_FEATURES) and not found.name.endswith(".__main__"):
            yield importlib.import_module(found.name)


def machines() -> list[tuple[str, Machine[Any, Any]]]:
    """Find every state machine, with the feature that owns it."""
    found: dict[int, tuple[str, Machine[Any, Any]]] = {}
    for module in modules():
        for value in vars(module).values():
            if isinstance(value, Machine):
                found.setdefault(id(value), (module.__name__.split(".")[1], value))
    return sorted(found.values(), key=lambda pair: (pair[0], pair[1].name))


def problems() -> list[type[DomainError]]:
    """Find every refusal that has a code, in the order of codes."""
    for _ in modules():
        pass
    found: list[type[DomainError]] = []
    waiting = [DomainError]
    while waiting:
        for error in waiting.pop().__subclasses__():
            waiting.append(error)
            if error.__module__.startswith("fynlo.") and "code" in vars(error):
                found.append(error)
    return sorted(found, key=lambda error: error.code)


def others() -> list[Known]:
    """Find every problem that is no refusal of ours, in the order of codes."""
    found: dict[str, Known] = {}
    for module in modules():
        found |= {one.code: one for one in vars(module).values() if isinstance(one, Known)}
    return [found[code] for code in sorted(found)]


def states_page() -> str:
    """Draw each transition table."""
    parts = [f"# States\n\n{_NOTE}\n{_ON_STATES}"]
    for feature, machine in machines():
        arrows, loops = [], []
        for state, ways in machine.table.items():
            kept = [event.value for event, target in ways.items() if target == state]
            loops.extend([f"- `{state}`: {', '.join(kept)}"] if kept else [])
            for event, target in ways.items():
                arrows.extend([f"    {state} --> {target}: {event}"] if target != state else [])
        drawing = "\n".join(["```mermaid", "stateDiagram-v2", *arrows, "```"])
        unmoved = "\n\n" + "\n".join(loops) if loops else ""
        parts.append(f"## {machine.name.capitalize()} ({feature})\n\n{drawing}{unmoved}\n")
    parts.append(order_states())
    return "\n".join(parts)


def order_states() -> str:
    """Tell the public word for each place on an order's axes."""
    head = "| Stage | Payment | " + " | ".join(f"kitchen {one.value}" for one in KitchenState)
    rows = [
        f"| {stage.value} | {payment.value} | "
        + " | ".join(f"`{state_of(stage, payment, kitchen)}`" for kitchen in KitchenState)
        + " |"
        for stage, payment in product(Stage, PaymentState)
        if stage is Stage.VALIDATED or payment is PaymentState.UNPAID
    ]
    table = "\n".join([f"{head} |", f"|---|---|{'---|' * len(KitchenState)}", *rows])
    return f"## The order's public state\n\n{_ON_ORDER_STATES}\n{table}\n"


def problems_page() -> str:
    """List each refusal: its code is what clients branch on."""
    known = [Known(one.code, STATUS[one.kind], one.title, one.retry) for one in problems()]
    rows = [
        f'| <a id="{one.code}"></a>`{one.code}` | {one.status} | {one.title} '
        f"| {one.retry.value.replace('_', ' ')} |"
        for one in sorted([*known, *others()], key=lambda one: one.code)
    ]
    return (
        f"# Problems\n\n{_NOTE}\n{_ON_PROBLEMS}\n"
        "| Code | Status | Title | Retry |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


def permissions_page() -> str:
    """Show who may do what."""
    roles = list(Role)
    head = "| Permission | " + " | ".join(role.value for role in roles) + " |"
    rows = [
        f"| `{permission.value}` | "
        + " | ".join("yes" if permission in PERMISSIONS[role] else "" for role in roles)
        + " |"
        for permission in Permission
    ]
    return (
        f"# Permissions\n\n{_NOTE}\n{_ON_PERMISSIONS}\n"
        f"{head}\n|---|{'---|' * len(roles)}\n" + "\n".join(rows) + "\n"
    )


def pages() -> dict[Path, str]:
    """Return each page's path and text."""
    return {
        DOCS / "states.md": states_page(),
        DOCS / "problems.md": problems_page(),
        DOCS / "permissions.md": permissions_page(),
    }


def main() -> None:
    """Write the pages."""
    for path, text in pages().items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
