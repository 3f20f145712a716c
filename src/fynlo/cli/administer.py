"""`fynlo migrate`, `seed-demo`, `verify` and `merchant`: commands that end."""

from __future__ import annotations

import dataclasses
import secrets
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import asyncpg
import msgspec
import typer
from rich.console import Console

from fynlo.cli import folder
from fynlo.cli.books import balance_tables, differences_table
from fynlo.cli.exits import FAILED, REFUSED, RefusedError, complete
from fynlo.cli.reach import database
from fynlo.cli.serve import DataDir, configured
from fynlo.insight import trial_balances
from fynlo.insight import verify as verify_books
from fynlo.kernel.ids import LocationId, MerchantId, RegisterId, StaffId, uuid7
from fynlo.kernel.money import currency as find_currency
from fynlo.platform import roles
from fynlo.platform.clock import SystemClock
from fynlo.platform.embedded import start_postgres
from fynlo.platform.mail import is_an_address
from fynlo.platform.migrations import migrate as run_migrations
from fynlo.seed import PASSWORD, seed_demo
from fynlo.staff import Founding, Hire, Role, found
from fynlo.staff.hashing import passwords
from fynlo.staff.model import countries, normal_email, time_zones

if TYPE_CHECKING:
    from pathlib import Path

    from fynlo.platform.database import Database

CLOCK: Final = SystemClock()

Merchant = Annotated[str | None, typer.Option("--merchant", help="Only this merchant's books.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the differences as JSON.")]
Name = Annotated[str, typer.Option(help="What the shop is called.")]
Country = Annotated[str, typer.Option(help="ISO 3166 code, like GB.")]
CurrencyCode = Annotated[str, typer.Option("--currency", help="ISO 4217 code, like GBP.")]
Timezone = Annotated[str, typer.Option(help="IANA name, like Europe/London.")]
AdminEmail = Annotated[str, typer.Option(help="Who may do everything.")]


def migrate(data_dir: DataDir = None) -> None:
    """Bring the database to this version's schema."""
    complete(_migrate(data_dir))


async def _migrate(data_dir: Path | None) -> int:
    config = configured(data_dir)
    if config.migration_database_url is not None:
        if await roles.missing(config.migration_database_url):
            raise RefusedError(f"The database lacks Fynlo's roles. Create them:\n{roles.CREATE}")
        ran = await run_migrations(config.migration_database_url)
    elif config.database_url is not None:
        raise RefusedError(
            "FYNLO_MIGRATION_DATABASE_URL is missing: the schema's owner runs migrations, "
            "not the application."
        )
    else:
        with folder.own(config.data_dir):
            postgres = await start_postgres(config.data_dir)
            try:
                ran = await run_migrations(postgres.migration_url)
            finally:
                await postgres.stop()
    typer.echo(f"Done: {', '.join(ran)}." if ran else "The schema is up to date.")
    return 0


def seed(data_dir: DataDir = None) -> None:
    """Make the demo shop in this installation."""
    complete(_seed(data_dir))


async def _seed(data_dir: Path | None) -> int:
    async with database(configured(data_dir), may_make=True) as db:
        made = await seed_demo(db, CLOCK)
    typer.echo("The demo shop is made." if made else "The demo shop was there already.")
    typer.echo(f"Sign in as owner@demo.fynlo.test, password {PASSWORD}.")
    return 0


def verify(*, data_dir: DataDir = None, merchant: Merchant = None, as_json: AsJson = False) -> None:
    """Derive every balance and state again: 0 all agree, 1 differences, 2 could not look."""
    complete(_verify(data_dir, merchant, as_json=as_json), failed=REFUSED, stopped=REFUSED)


async def _verify(data_dir: Path | None, merchant: str | None, *, as_json: bool) -> int:
    only = None if merchant is None else MerchantId(_uuid(merchant))
    # Every check reads whole tables, and nobody waits at a till for it.
    async with database(configured(data_dir), may_make=False, command_seconds=None) as db:
        if only is not None:
            await _must_be_there(db, only)
        differences = await verify_books(db, only)
        books = {} if as_json else await trial_balances(db, only)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(differences)))
    for table in balance_tables(books):
        Console().print(table)
    if differences and not as_json:
        Console().print(differences_table(differences))
    elif not as_json:
        typer.echo("Every balance and state follows from the journal.")
    return FAILED if differences else 0


async def _must_be_there(db: Database, merchant_id: MerchantId) -> None:
    async with db.system() as connection:
        found = await connection.fetchval("select true from merchants where id = $1", merchant_id)
    if not found:
        raise RefusedError(f"There is no merchant {merchant_id}.")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise RefusedError(f"{text} is not the id of a merchant.") from None


def create_merchant(
    *,
    name: Name,
    country: Country,
    currency: CurrencyCode,
    timezone: Timezone,
    admin_email: AdminEmail,
    data_dir: DataDir = None,
) -> None:
    """Create a merchant with one location, one register and an administrator."""
    shop = _Shop(name, country, currency, timezone, admin_email)
    complete(_create_merchant(data_dir, shop))


@dataclasses.dataclass(frozen=True)
class _Shop:
    name: str
    country: str
    currency: str
    timezone: str
    admin_email: str

    def must_make_sense(self) -> None:
        """Refuse what no shop can have."""
        if not self.name.strip():
            raise RefusedError("--name must not be empty.")
        if self.country not in countries():
            raise RefusedError(f"--country must be an ISO 3166 code like GB, not {self.country}.")
        try:
            find_currency(self.currency)
        except KeyError:
            message = f"--currency must be an ISO 4217 code like GBP, not {self.currency}."
            raise RefusedError(message) from None
        if self.timezone not in time_zones():
            raise RefusedError(f"--timezone must be like Europe/London, not {self.timezone}.")
        if not is_an_address(normal_email(self.admin_email)):
            raise RefusedError(f"--admin-email must be an address, not {self.admin_email}.")


async def _create_merchant(data_dir: Path | None, shop: _Shop) -> int:
    shop.must_make_sense()
    now = CLOCK.now()
    merchant_id = MerchantId(uuid7(now))
    password = secrets.token_urlsafe(15)
    founding = Founding(
        merchant_id=merchant_id,
        name=shop.name.strip(),
        country=shop.country,
        currency=shop.currency,
        timezone=shop.timezone,
        location_id=LocationId(uuid7(now)),
        registers=((RegisterId(uuid7(now)), "Till 1"),),
        hires=(
            Hire(
                id=StaffId(uuid7(now)),
                name="Administrator",
                email=normal_email(shop.admin_email),
                role=Role.ADMIN,
                password_hash=passwords.hash(password),
            ),
        ),
    )
    async with database(configured(data_dir), may_make=True) as db:
        try:
            async with db.transaction(merchant_id) as tx:
                found(tx, founding, now)
        except asyncpg.UniqueViolationError:
            raise RefusedError(f"{shop.admin_email} signs in to another merchant.") from None
    typer.echo(f"Merchant {merchant_id}")
    typer.echo(f"{shop.admin_email} signs in with this password, shown once: {password}")
    return 0
