"""The commands that end: what they say, what they do, and the code they leave."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest
from typer.testing import CliRunner

import fynlo
from fynlo.cli import app
from fynlo.config import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

CREATE = ["merchant", "create", "--name", "Café Ünï", "--country", "FR", "--currency", "EUR"]
CREATE += ["--timezone", "Europe/Paris", "--admin-email", "Chef@Example.test"]


@pytest.fixture
def fynlo_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run a command in a clean environment with a data folder of its own."""
    monkeypatch.setenv("FYNLO_DATA_DIR", str(tmp_path / "data"))
    return lambda *words, **variables: CliRunner(env=variables).invoke(app, words)


def test_the_help_of_serve_lists_every_variable(fynlo_command: Callable[..., Result]) -> None:
    shown = " ".join(fynlo_command("serve", "--help").output.split())

    assert [one.name for one in VARIABLES if f"{one.name} {one.meaning}" not in shown] == []


def test_the_version_is_the_packages(fynlo_command: Callable[..., Result]) -> None:
    assert fynlo_command("--version").output == f"{fynlo.__version__}\n"


@pytest.mark.parametrize("command", ["serve", "demo", "worker", "migrate", "seed-demo", "verify"])
def test_an_unknown_variable_stops_every_command(
    fynlo_command: Callable[..., Result], command: str
) -> None:
    result = fynlo_command(command, FYNLO_DATBASE_URL="postgresql://x@y/z")

    assert result.exit_code == 2
    assert "FYNLO_DATBASE_URL is not a variable of Fynlo" in result.output


def test_the_demo_refuses_a_real_database(
    fynlo_command: Callable[..., Result], by_url: dict[str, str]
) -> None:
    result = fynlo_command("demo", **by_url)

    assert result.exit_code == 2
    assert "The demo is for embedded engines" in result.output


def test_a_worker_without_a_server_or_a_database_is_refused(
    fynlo_command: Callable[..., Result],
) -> None:
    result = fynlo_command("worker")

    assert result.exit_code == 2
    assert "No Fynlo runs in" in result.output


def test_migrations_by_url_need_the_owner(
    fynlo_command: Callable[..., Result], by_url: dict[str, str]
) -> None:
    del by_url["FYNLO_MIGRATION_DATABASE_URL"]

    result = fynlo_command("migrate", **by_url)

    assert result.exit_code == 2
    assert "FYNLO_MIGRATION_DATABASE_URL is missing" in result.output


def test_nothing_serves_on_a_database_by_url_that_lacks_migrations(
    fynlo_command: Callable[..., Result], by_url: dict[str, str], valkey_url: str
) -> None:
    result = fynlo_command("serve", **by_url, FYNLO_CACHE_URL=valkey_url)

    assert result.exit_code == 2
    assert "The database lacks the migrations 0001" in result.output
    assert "run `fynlo migrate` first" in result.output


def test_a_database_by_url_is_migrated_seeded_and_verified(
    fynlo_command: Callable[..., Result], by_url: dict[str, str]
) -> None:
    assert fynlo_command("migrate", **by_url).output.startswith("Done: 0001")
    assert fynlo_command("migrate", **by_url).output == "The schema is up to date.\n"
    assert "The demo shop is made." in fynlo_command("seed-demo", **by_url).output
    assert "was there already" in fynlo_command("seed-demo", **by_url).output

    verified = fynlo_command("verify", **by_url)

    assert verified.exit_code == 0
    assert verified.output == "Every balance and state follows from the journal.\n"


def test_a_merchant_is_created_once_for_an_address(
    fynlo_command: Callable[..., Result], by_url: dict[str, str]
) -> None:
    fynlo_command("migrate", **by_url)

    made = fynlo_command(*CREATE, **by_url)
    again = fynlo_command(*CREATE, **by_url)
    spaced = fynlo_command(*CREATE[:-1], " CHEF@example.test ", **by_url)

    assert made.exit_code == 0
    assert re.search(r"Merchant [0-9a-f-]{36}\n.* shown once: \S{20}\n", made.output)
    assert again.exit_code == 2
    assert "Chef@Example.test signs in to another merchant." in again.output
    assert spaced.exit_code == 2


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--name", " ", "--name must not be empty."),
        ("--country", "fr", "--country must be an ISO 3166 code like GB, not fr."),
        ("--country", "ZZ", "--country must be an ISO 3166 code like GB, not ZZ."),
        ("--currency", "EURO", "--currency must be an ISO 4217 code like GBP, not EURO."),
        ("--timezone", "../x", "--timezone must be like Europe/London, not ../x."),
        ("--admin-email", "chef", "--admin-email must be an address, not chef."),
    ],
)
def test_a_merchant_that_makes_no_sense_is_refused(
    fynlo_command: Callable[..., Result], option: str, value: str, sentence: str
) -> None:
    result = fynlo_command(*CREATE, option, value)

    assert result.exit_code == 2
    assert sentence in result.output


async def _break_a_book(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("alter table fynlo.ledger_postings disable row level security")
    merchant = await connection.fetchval("select id from fynlo.merchants")
    await connection.execute(
        """
        insert into fynlo.ledger_postings (
          merchant_id, id, location_id, cause_id, recipe, line, debit_account, credit_account,
          amount_minor, currency, business_day, posted_at
        )
        select $1, gen_random_uuid(), id, gen_random_uuid(), 'cash_taken', 1, 'cash_drawer',
               'order_deposits', 100, 'GBP', current_date, now()
        from fynlo.locations
        """,
        merchant,
    )
    await connection.close()


def test_verify_could_not_look_without_a_database(fynlo_command: Callable[..., Result]) -> None:
    result = fynlo_command("verify")

    assert result.exit_code == 2
    assert "There is no database in" in result.output


def test_verify_could_not_look_at_a_server_that_is_not_there(
    fynlo_command: Callable[..., Result], tmp_path: Path
) -> None:
    nowhere = f"postgresql://fynlo@/fynlo?host={tmp_path}"

    result = fynlo_command("verify", FYNLO_DATABASE_URL=nowhere, FYNLO_SECRET_KEYS="k" * 32)

    assert result.exit_code == 2
    assert "The database cannot be reached" in result.output


def test_a_migration_by_the_wrong_login_says_in_short_what_is_missing(
    fynlo_command: Callable[..., Result], by_url: dict[str, str]
) -> None:
    wrong = {**by_url, "FYNLO_MIGRATION_DATABASE_URL": by_url["FYNLO_DATABASE_URL"]}

    result = fynlo_command("migrate", **wrong)

    assert result.exit_code == 1
    assert "permission denied" in result.output
    assert len(result.output.splitlines()) == 1


def test_a_login_that_row_level_security_does_not_bind_is_refused_at_once(
    fynlo_command: Callable[..., Result], by_url: dict[str, str], engines: dict[str, str]
) -> None:
    assert fynlo_command("migrate", **by_url).exit_code == 0
    database = urlsplit(by_url["FYNLO_DATABASE_URL"]).path
    superuser = urlsplit(engines["owner"])._replace(path=database).geturl()

    result = fynlo_command("serve", **{**by_url, "FYNLO_DATABASE_URL": superuser})

    assert result.exit_code == 2
    assert "Row-level security would not bind" in result.output


def test_a_login_that_cannot_act_for_the_application_is_refused_at_once(
    fynlo_command: Callable[..., Result], by_url: dict[str, str]
) -> None:
    assert fynlo_command("migrate", **by_url).exit_code == 0
    owner = by_url["FYNLO_MIGRATION_DATABASE_URL"]

    result = fynlo_command("serve", **{**by_url, "FYNLO_DATABASE_URL": owner})

    assert result.exit_code == 2
    assert "The login fynlo_owner may not act as fynlo_app, fynlo_system" in result.output


def test_a_data_folder_that_is_a_file_is_refused(
    fynlo_command: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")

    result = fynlo_command("serve", "--data-dir", str(tmp_path / "file"))

    assert result.exit_code == 2
    assert "is not a folder" in result.output


def test_a_data_folder_that_cannot_be_made_is_refused(
    fynlo_command: Callable[..., Result],
) -> None:
    result = fynlo_command("serve", "--data-dir", "/proc/fynlo")

    assert result.exit_code == 2
    assert result.output == "fynlo: /proc/fynlo cannot be made: No such file or directory.\n"


def test_a_tour_of_a_server_that_is_not_there_says_so(
    fynlo_command: Callable[..., Result],
) -> None:
    result = fynlo_command("tour", "--url", "http://127.0.0.1:9")

    assert result.exit_code == 1
    assert "nobody answers at http://127.0.0.1:9" in " ".join(result.output.split())


def test_a_tour_wants_an_address(fynlo_command: Callable[..., Result]) -> None:
    result = fynlo_command("tour", "--url", "nonsense")

    assert result.exit_code == 2
    assert "--url is an address like http://127.0.0.1:8000" in result.output


def test_verify_wants_the_id_of_a_merchant(fynlo_command: Callable[..., Result]) -> None:
    result = fynlo_command("verify", "--merchant", "7")

    assert result.exit_code == 2
    assert "7 is not the id of a merchant." in result.output


def test_an_embedded_database_is_made_for_the_commands_that_need_one(
    fynlo_command: Callable[..., Result],
) -> None:
    assert "Done: 0001, 0002" in fynlo_command("migrate").output
    assert "The schema is up to date." in fynlo_command("migrate").output
    assert "The demo shop is made." in fynlo_command("seed-demo").output

    verified = fynlo_command("verify", "--json")
    unknown = fynlo_command("verify", "--merchant", str(UUID(int=7)))

    assert verified.exit_code == 0
    assert json.loads(verified.output) == []
    assert unknown.exit_code == 2
    assert f"There is no merchant {UUID(int=7)}." in unknown.output
