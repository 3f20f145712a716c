"""`fynlo staff`: people, for whoever runs the installation; a password is printed once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import asyncpg
import typer

from fynlo import staff
from fynlo.cli.exits import RefusedError, complete
from fynlo.cli.reach import database
from fynlo.cli.serve import DataDir, configured
from fynlo.kernel.errors import DomainError
from fynlo.kernel.ids import MerchantId, StaffId, uuid7
from fynlo.platform.clock import SystemClock
from fynlo.platform.mail import is_an_address
from fynlo.staff import Role
from fynlo.staff.hashing import hashed
from fynlo.staff.model import normal_email

if TYPE_CHECKING:
    from pathlib import Path

    from fynlo.platform.database import Database

Email = Annotated[str, typer.Option(help="The address that they sign in with.")]
Name = Annotated[str, typer.Option(help="What colleagues call them.")]
RoleName = Annotated[Role, typer.Option(help="What they are in the shop.")]
Shop = Annotated[str, typer.Option("--merchant", help="The id of the shop.")]


def add(
    *, merchant: Shop, name: Name, email: Email, role: RoleName, data_dir: DataDir = None
) -> None:
    """Take somebody on, at every location there is; their password is printed, once."""
    complete(_add(data_dir, merchant, {"name": name.strip(), "email": email, "role": role}))


async def _add(data_dir: Path | None, merchant: str, wish: dict[str, Any]) -> int:
    now, password, merchant_id = SystemClock().now(), _password(), _merchant(merchant)
    if not wish["name"]:
        raise RefusedError("--name must not be empty.")
    if not is_an_address(normal_email(wish["email"])):
        raise RefusedError(f"--email must be an address, not {wish['email']}.")
    wish = {**wish, "email": normal_email(wish["email"]), "password": password, "pin": None}
    columns = await hashed(wish)
    async with database(configured(data_dir), may_make=False) as db:
        try:
            async with db.transaction(merchant_id) as tx:
                places = await tx.fetch("select id from locations order by id")
                if not places:
                    raise RefusedError(f"There is no merchant {merchant}.")
                columns["location_ids"] = [row["id"] for row in places]
                await staff.hire(tx, StaffId(uuid7(now)), columns, now)
        except asyncpg.UniqueViolationError:
            raise RefusedError(f"Somebody signs in with {wish['email']}.") from None
    typer.echo(f"{wish['email']} signs in with this password, shown once: {password}")
    return 0


def disable(*, email: Email, data_dir: DataDir = None) -> None:
    """Let somebody in no more; everything that they are signed in to ends at once."""
    complete(_disable(data_dir, email))


async def _disable(data_dir: Path | None, email: str) -> int:
    async with database(configured(data_dir), may_make=False) as db:
        await _change(db, email, {"active": False})
    typer.echo(f"{email} is out.")
    return 0


def reset_password(*, email: Email, data_dir: DataDir = None) -> None:
    """Give somebody a new password, printed once; a second factor of theirs is removed."""
    complete(_reset_password(data_dir, email))


async def _reset_password(data_dir: Path | None, email: str) -> int:
    password = _password()
    columns = await hashed({"password": password})
    async with database(configured(data_dir), may_make=False) as db:
        await _change(db, email, columns, forget_factor=True)
    typer.echo(f"{email} signs in with this password, shown once: {password}")
    typer.echo("A second factor is asked for no more; they are signed out everywhere.")
    return 0


async def _change(
    db: Database, email: str, columns: dict[str, Any], *, forget_factor: bool = False
) -> None:
    async with db.system() as connection:
        found = await connection.fetchrow(
            "select merchant_id, staff_id from logins where email = $1", normal_email(email)
        )
    if found is None:
        raise RefusedError(f"Nobody signs in with {email}.")
    try:
        async with db.transaction(MerchantId(found["merchant_id"])) as tx:
            await staff.save(tx, found["staff_id"], columns, SystemClock().now())
            if forget_factor:
                staff.forget_factor(tx, StaffId(found["staff_id"]))
    except DomainError as refusal:
        raise RefusedError(str(refusal)) from None


def _password() -> str:
    return secrets.token_urlsafe(15)


def _merchant(text: str) -> MerchantId:
    try:
        return MerchantId(UUID(text))
    except ValueError:
        raise RefusedError(f"{text} is not the id of a merchant.") from None
