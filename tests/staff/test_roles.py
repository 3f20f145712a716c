"""Who may do what, as one table: a right that moves to another role moves here too."""

from __future__ import annotations

from itertools import product
from typing import Final
from uuid import UUID

import pytest

from fynlo.kernel.errors import Forbidden
from fynlo.kernel.ids import LocationId, StaffId
from fynlo.staff.model import PERMISSIONS, Actor, Permission, Role

HERE: Final = LocationId(UUID(int=1))
ELSEWHERE: Final = LocationId(UUID(int=2))

#                      kitchen cashier manager admin
TABLE: Final = """
orders.create          -       yes     yes     yes
orders.read            yes     yes     yes     yes
orders.manage          -       -       yes     yes
payments.process       -       yes     yes     yes
refunds.request        -       yes     yes     yes
refunds.approve        -       -       yes     yes
drawer.operate         -       yes     yes     yes
drawer.approve         -       -       yes     yes
price.override         -       -       yes     yes
kitchen.operate        yes     -       yes     yes
catalog.manage         -       -       yes     yes
providers.configure    -       -       -       yes
exceptions.resolve     -       -       yes     yes
disputes.manage        -       -       -       yes
reports.read           -       -       yes     yes
staff.manage           -       -       -       yes
settings.manage        -       -       -       yes
sync.resolve           -       -       yes     yes
keys.manage            -       -       yes     yes
audit.read             -       -       -       yes
"""
ROLES: Final = (Role.KITCHEN, Role.CASHIER, Role.MANAGER, Role.ADMIN)
CELLS: Final[dict[tuple[Role, str], bool]] = {}
for row in TABLE.strip().splitlines():
    name, *cells = row.split()
    CELLS.update({(role, name): cell == "yes" for role, cell in zip(ROLES, cells, strict=True)})


def somebody(role: Role, *places: LocationId) -> Actor:
    return Actor(StaffId(UUID(int=9)), "Somebody", role, frozenset(places))


def test_the_table_has_a_row_for_every_permission_and_a_column_for_every_role() -> None:
    assert set(CELLS) == set(product(Role, (one.value for one in Permission)))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_role_holds_a_permission_exactly_as_the_table_says(
    role: Role, permission: Permission
) -> None:
    actor, may = somebody(role), CELLS[role, permission.value]

    assert (permission in actor.permissions) is (permission in PERMISSIONS[role]) is may
    if may:
        actor.must(permission)
        return
    with pytest.raises(Forbidden) as refusal:
        actor.must(permission)
    assert refusal.value.facts == {"permission": permission.value}
    assert permission.value in str(refusal.value)


@pytest.mark.parametrize("role", [Role.KITCHEN, Role.CASHIER, Role.MANAGER])
def test_everybody_but_an_admin_works_only_where_they_were_put(role: Role) -> None:
    somebody(role, HERE).must_work_at(HERE)
    somebody(role, HERE, ELSEWHERE).must_work_at(ELSEWHERE)

    for actor in (somebody(role), somebody(role, ELSEWHERE)):
        with pytest.raises(Forbidden, match="do not work at this location"):
            actor.must_work_at(HERE)


def test_an_admin_works_at_every_location() -> None:
    somebody(Role.ADMIN).must_work_at(HERE)
    somebody(Role.ADMIN, HERE).must_work_at(ELSEWHERE)
