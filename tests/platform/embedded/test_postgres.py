"""PostgreSQL of our own: in any folder, for any user, and after any death."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from fynlo.platform.embedded import EngineError, Postgres, locks, start_postgres
from fynlo.platform.roles import create_roles

OWNER = """
import asyncio, sys
from pathlib import Path
from fynlo.platform.embedded import start_postgres, start_valkey

async def run(folder):
    postgres = await start_postgres(folder, durable=False)
    valkey = await start_valkey(folder)
    print(postgres.migration_url, valkey.url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await postgres.stop()
    await valkey.stop()

asyncio.run(run(Path(sys.argv[1])))
"""


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def keep_a_row(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.migration_url)
    await connection.execute("create table kept (n int); insert into kept values (42)")
    await connection.close()


@pytest.mark.parametrize(
    "name",
    [
        "with spaces and 'quotes' \"too\"",
        "ünïcödé-日本",
        "/".join(["long" * 10] * 5),
        "per%cent;$x",
    ],
)
async def test_it_starts_in_any_folder_and_keeps_its_data(tmp_path: Path, name: str) -> None:
    postgres = await start_postgres(tmp_path / name, durable=False)
    await keep_a_row(postgres)
    await postgres.stop()

    postgres = await start_postgres(tmp_path / name, durable=False)
    try:
        assert await ask(postgres.migration_url, "select n from kept") == 42
    finally:
        await postgres.stop()


async def test_it_is_set_up_for_a_ledger(tmp_path: Path) -> None:
    postgres = await start_postgres(tmp_path)
    try:
        settings = await ask(
            postgres.app_url,
            """
            select string_agg(name || '=' || setting, ' ' order by name) from pg_settings
            where name in ('data_checksums', 'fsync', 'full_page_writes', 'listen_addresses',
                           'server_encoding', 'synchronous_commit', 'TimeZone')
            """,
        )
        locale = await ask(
            postgres.app_url,
            "select datlocale from pg_database where datname = current_database()",
        )
    finally:
        await postgres.stop()

    assert settings == (
        "TimeZone=UTC data_checksums=on fsync=on full_page_writes=on listen_addresses= "
        "server_encoding=UTF8 synchronous_commit=on"
    )
    assert locale == "C.UTF-8"


async def test_its_socket_is_private_and_stopping_leaves_nothing_behind(tmp_path: Path) -> None:
    postgres = await start_postgres(tmp_path, durable=False)

    assert stat.S_IMODE(postgres.sockets.stat().st_mode) == 0o700
    assert locks.holder(tmp_path / "postgres.lock") == postgres.pid

    await postgres.stop()
    await postgres.stop()

    assert postgres.engine.process.returncode == 0
    assert locks.holder(tmp_path / "postgres.lock") is None
    assert not postgres.sockets.exists()
    assert not list(tmp_path.glob("*.sockets"))
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


async def test_the_login_is_bound_and_must_choose_its_role(tmp_path: Path) -> None:
    postgres = await start_postgres(tmp_path, durable=False)
    try:
        await create_roles(postgres.owner_url, "fynlo")  # A second time changes nothing.
        connection = await asyncpg.connect(postgres.app_url)
        bound = await connection.fetch(
            """
            select rolname, rolsuper or rolbypassrls as free, rolcanlogin, rolinherit
            from pg_roles where rolname like 'fynlo%' order by rolname
            """
        )
        await connection.execute("set role fynlo_app; set role fynlo_system")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("set role fynlo_owner")
        await connection.close()
    finally:
        await postgres.stop()

    assert [tuple(row) for row in bound] == [
        ("fynlo", False, True, False),
        ("fynlo_app", False, False, True),
        ("fynlo_owner", False, True, True),
        ("fynlo_system", False, False, True),
    ]


async def test_a_server_that_outlived_its_owner_is_stopped_by_the_next_start(
    tmp_path: Path,
) -> None:
    orphan = await start_postgres(tmp_path, durable=False)
    await keep_a_row(orphan)

    postgres = await start_postgres(tmp_path, durable=False)
    try:
        assert orphan.engine.process.wait() == 0
        assert postgres.app_url == orphan.app_url
        assert await ask(postgres.migration_url, "select n from kept") == 42
    finally:
        await postgres.stop()


async def test_a_killed_server_recovers_at_the_next_start(tmp_path: Path) -> None:
    killed = await start_postgres(tmp_path, durable=False)
    await keep_a_row(killed)
    idle = await asyncpg.connect(killed.app_url)
    os.kill(killed.pid, signal.SIGKILL)

    postgres = await start_postgres(tmp_path, durable=False)
    try:
        assert await ask(postgres.migration_url, "select n from kept") == 42
    finally:
        idle.terminate()
        await postgres.stop()
        killed.engine.process.wait()


async def test_a_crash_in_the_middle_of_the_first_start_leaves_nothing_half(
    tmp_path: Path,
) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "PG_VERSION").write_text("18\n")

    postgres = await start_postgres(tmp_path, durable=False)
    await postgres.stop()

    assert not (tmp_path / "postgres.new").exists()


async def test_data_of_another_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")

    with pytest.raises(EngineError, match="was made by PostgreSQL 15; this is 18"):
        await start_postgres(tmp_path)


async def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    postgres = await start_postgres(tmp_path, durable=False)
    await postgres.stop()
    (tmp_path / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(EngineError, match="no_such_setting"):
        await start_postgres(tmp_path, durable=False)

    assert not list(tmp_path.glob("*.sockets"))


def own(folder: Path, *become: str) -> subprocess.Popen[bytes]:
    """Run an owner of both engines in another process."""
    return subprocess.Popen(
        [*become, sys.executable, "-c", OWNER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
    )


async def test_both_engines_end_with_a_killed_owner_and_start_again(tmp_path: Path) -> None:
    with own(tmp_path) as owner:
        assert owner.stdout is not None
        url, _ = owner.stdout.readline().decode().split()
        connection = await asyncpg.connect(url)
        await connection.execute("create table kept (n int); insert into kept values (42)")
        owner.kill()
    connection.terminate()

    with own(tmp_path) as owner:
        assert owner.stdout is not None
        url, _ = owner.stdout.readline().decode().split()
        assert await ask(url, "select n from kept") == 42
        owner.communicate()

    assert owner.returncode == 0
    assert not list(tmp_path.glob("*.sockets"))


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user then")
async def test_an_ordinary_user_can_start_it_too(tmp_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    launch = Path(locks.__file__).with_name("launch.py")
    become = [sys.executable, str(launch), "--lock", str(tmp_path / "l"), "--starter"]
    become += [str(os.getpid()), "--user", str(nobody.pw_uid), "--group", str(nobody.pw_gid)]

    # The right to pass walls is for the interpreter, which may live in root's own folder.
    with own(folder, *become, "--pass-walls", "--") as owner:
        assert owner.stdout is not None
        url, _ = owner.stdout.readline().decode().split()
        assert await ask(url, "select 1") == 1
        owner.communicate()

    assert owner.returncode == 0
    assert (folder / "postgres").stat().st_uid == nobody.pw_uid


async def test_a_socket_folder_that_is_gone_or_replaced_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.sockets").symlink_to(tmp_path / "gone")
    first = await start_postgres(tmp_path, durable=False)
    await first.stop()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "fynlo-trap").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "postgres.sockets").symlink_to(tmp_path / "fynlo-trap")

    second = await start_postgres(tmp_path, durable=False)
    await second.stop()

    assert second.sockets not in {tmp_path / "gone", tmp_path / "fynlo-trap", first.sockets}
    assert (tmp_path / "elsewhere").exists()
