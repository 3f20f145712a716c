"""`fynlo staff` and `fynlo keys`: people and keys, for whoever runs the installation."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest
from typer.testing import CliRunner

from fynlo.cli import app, folder
from fynlo.kernel.ids import MerchantId
from fynlo.platform.crypto import KeyRing
from fynlo.platform.sealed import SECOND_FACTOR_SECRET
from fynlo.staff.hashing import passwords
from tests.cli.test_folder import owner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from asyncpg import Record
    from typer.testing import Result

OLD, NEW = "o" * 32, "n" * 32
CREATE = ["merchant", "create", "--name", "Bar", "--country", "GB", "--currency", "GBP"]
CREATE += ["--timezone", "Europe/London", "--admin-email", "boss@bar.test"]
ADD = ["staff", "add", "--name", "Ann", "--email", " Ann@Bar.test", "--role", "cashier"]
PASSWORD = re.compile(r"shown once: (\S{20})\n")


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_url: dict[str, str]
) -> Callable[..., Result]:
    """Run a command on a migrated database by URL, in a clean environment."""
    monkeypatch.setenv("FYNLO_DATA_DIR", str(tmp_path / "data"))

    def run(*words: str, **variables: str) -> Result:
        return CliRunner(env={**by_url, **variables}).invoke(app, words)

    assert run("migrate").exit_code == 0
    return run


def ask(by_url: dict[str, str], sql: str, *args: object) -> list[Record]:
    """Read or write whatever there is, as the owner."""

    async def asked() -> list[Record]:
        connection = await asyncpg.connect(by_url["FYNLO_MIGRATION_DATABASE_URL"])
        await connection.execute("set search_path to fynlo")
        for table in ("staff", "sessions", "second_factors"):
            await connection.execute(f"alter table {table} no force row level security")
        found: list[Record] = await connection.fetch(sql, *args)
        await connection.close()
        return found

    return asyncio.run(asked())


def password_of(by_url: dict[str, str], email: str) -> str:
    (row,) = ask(by_url, "select password_hash from staff where email = $1", email)
    found: str = row["password_hash"]
    return found


def test_somebody_is_taken_on_let_out_and_given_another_password(
    command: Callable[..., Result], by_url: dict[str, str]
) -> None:
    made = re.search(r"Merchant (\S{36})", command(*CREATE).output)
    assert made is not None
    shop = ["--merchant", made[1]]

    added = command(*ADD, *shop)

    told = PASSWORD.search(added.output)
    assert told is not None, added.output
    assert passwords.verify(told[1], password_of(by_url, "ann@bar.test"))
    (row,) = ask(by_url, "select * from staff where email = 'ann@bar.test'")
    assert (row["name"], row["role"], len(row["location_ids"])) == ("Ann", "cashier", 1)
    again = command(*ADD, *shop)
    assert (again.exit_code, again.output) == (2, "fynlo: Somebody signs in with ann@bar.test.\n")

    seal = SECOND_FACTOR_SECRET.seal(
        KeyRing([OLD]), MerchantId(row["merchant_id"]), row["id"], b"secret"
    )
    ask(
        by_url,
        "insert into second_factors (merchant_id, staff_id, secret_sealed, created_at)"
        " values ($1, $2, $3, now())",
        *(row["merchant_id"], row["id"], seal),
    )
    renewed = command("keys", "reencrypt", FYNLO_SECRET_KEYS=f"{NEW},{OLD}")
    assert (renewed.exit_code, renewed.output) == (0, "1 fields were encrypted anew.\n")
    lost = command("keys", "reencrypt", FYNLO_SECRET_KEYS=OLD)
    assert lost.exit_code == 1
    assert f"No key opens {made[1]}|second_factors|secret_sealed|{row['id']}." in lost.output

    reset = command("staff", "reset-password", "--email", "ANN@bar.test")
    renewed_password = PASSWORD.search(reset.output)
    assert renewed_password is not None
    assert renewed_password[1] != told[1]
    assert passwords.verify(renewed_password[1], password_of(by_url, "ann@bar.test"))
    assert ask(by_url, "select * from second_factors") == []
    assert command("staff", "disable", "--email", "ann@bar.test").output == "ann@bar.test is out.\n"
    (row,) = ask(by_url, "select active from staff where email = 'ann@bar.test'")
    assert row["active"] is False
    last = command("staff", "disable", "--email", "boss@bar.test")
    assert (last.exit_code, last.output) == (2, "fynlo: Make somebody else an admin first.\n")


def test_what_makes_no_sense_is_refused_in_one_sentence(command: Callable[..., Result]) -> None:
    nobody = str(UUID(int=7))
    for words, sentence in (
        ([*ADD, "--merchant", "7"], "7 is not the id of a merchant."),
        ([*ADD, "--merchant", nobody], f"There is no merchant {nobody}."),
        ([*ADD, "--merchant", nobody, "--name", " "], "--name must not be empty."),
        ([*ADD, "--merchant", nobody, "--email", "ann"], "--email must be an address, not ann."),
        (["staff", "disable", "--email", "x@y.test"], "Nobody signs in with x@y.test."),
        (["staff", "reset-password", "--email", "x@y.test"], "Nobody signs in with x@y.test."),
        (
            ["keys", "rotate"],
            "FYNLO_SECRET_KEYS is given: put a new key in front of it, on every process.",
        ),
    ):
        result = command(*words)
        assert (result.exit_code, result.output) == (2, f"fynlo: {sentence}\n")


def test_x10_a_folder_gets_a_new_key_and_the_older_ones_still_hold(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FYNLO_DATA_DIR", str(tmp_path))
    first = folder.keep_secrets(tmp_path)
    with owner(tmp_path) as server:
        busy = CliRunner().invoke(app, ["keys", "rotate"])
        server.communicate()
    assert busy.exit_code == 2
    assert f"Fynlo already runs in {tmp_path}" in busy.output
    assert folder.keep_secrets(tmp_path) == first

    rotated = CliRunner().invoke(app, ["keys", "rotate"])

    second = folder.keep_secrets(tmp_path)
    assert "There is a new key, and 1 older still hold." in rotated.output
    assert second.keys == (second.secret_key, first.secret_key)
    assert second.secret_key not in rotated.output
    assert second.stripe_webhook_secret == first.stripe_webhook_secret
    assert CliRunner().invoke(app, ["keys", "rotate"]).exit_code == 0
    assert folder.keep_secrets(tmp_path).keys[1:] == second.keys
