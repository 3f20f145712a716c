"""Each rule bites: it finds the bad line of a bad sample, and leaves a good sample alone."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from tests.house import conduct, imports, schema, shape, statements
from tests.house.source import Source, complaints, tracked

if TYPE_CHECKING:
    from tests.house.source import Rule

MODEL = "src/fynlo/orders/model.py"
VERB = "src/fynlo/orders/validate.py"
TEST = "tests/orders/test_validate.py"
SQL = "src/fynlo/migrations/versions/0002_more.sql"

# The rule, where the sample lies, the sample, and the line that is wrong.
BAD: list[tuple[Rule, str, str, int]] = [
    (shape.modules_are_short, VERB, "a = 1\n" * 401, 401),
    (shape.functions_are_short, VERB, "def pay():\n" + "    a = 1\n" * 50, 1),
    (shape.functions_are_short, VERB, "async def pay():\n" + "    a = 1\n" * 50, 1),
    (shape.lines_are_short, VERB, "a = 1\nb = '" + "x" * 96 + "'\n", 2),
    (shape.parameters_are_few, VERB, "def pay(a, b, c, d, e, f): ...\n", 1),
    (shape.modules_say_what_they_are, VERB, "a = 1\n", 1),
    (shape.modules_say_what_they_are, VERB, '"""orders"""\n', 1),
    (shape.names_are_not_vague, VERB, "class OrderManager: ...\n", 1),
    (shape.names_are_not_vague, VERB, "class OrderService: ...\n", 1),
    (shape.names_are_not_vague, "src/fynlo/orders/utils.py", "", 1),
    (shape.comprehensions_have_one_loop, VERB, "a = [c for b in d for c in b]\n", 1),
    (shape.tests_are_sentences, TEST, "async def test_pay_twice(): ...\n", 1),
    (conduct.calls_have_no_better_way, VERB, "import time\ntime.sleep(1)\n", 2),
    (conduct.calls_have_no_better_way, VERB, "now = datetime.now(UTC)\n", 1),
    (conduct.calls_have_no_better_way, VERB, "now = datetime.datetime.utcnow()\n", 1),
    (conduct.calls_have_no_better_way, VERB, "order = Order(uuid.uuid4())\n", 1),
    (conduct.calls_have_no_better_way, VERB, "print('paid')\n", 1),
    (conduct.calls_have_no_better_way, VERB, "delay = random.uniform(0, 1)\n", 1),
    (conduct.excepts_are_narrow, VERB, "try:\n    pay()\nexcept Exception:\n    pass\n", 3),
    (conduct.excepts_are_narrow, VERB, "try:\n    pay()\nexcept:\n    return\n", 3),
    (
        conduct.excepts_are_narrow,
        VERB,
        "try:\n    pay()\nexcept BaseException as e:\n    a = e\n",
        3,
    ),
    (conduct.money_is_whole, VERB, "amount = int(float(text) * 100)\n", 1),
    (conduct.money_is_whole, VERB, "amount = round(total)\n", 1),
    (conduct.money_is_whole, VERB, "share = total / 3\n", 1),
    (conduct.money_is_whole, VERB, "share /= 3\n", 1),
    (conduct.comments_are_finished, VERB, "a = 1  # TODO: more\n", 1),
    (conduct.comments_are_finished, VERB, "a = b  # type: ignore\n", 1),
    (conduct.comments_are_finished, VERB, "a = b  # noqa\n", 1),
    (conduct.comments_are_finished, VERB, "if a:  # pragma: no cover\n    b = 1\n", 1),
    (conduct.nothing_is_mocked, TEST, "from unittest.mock import AsyncMock\n", 1),
    (conduct.nothing_is_mocked, TEST, "from unittest import mock\n", 1),
    (conduct.nothing_is_mocked, TEST, "monkeypatch.setattr('a.b', c)\n", 1),
    (conduct.tests_do_not_sleep, TEST, "await asyncio.sleep(0.1)\n", 1),
    (conduct.tests_do_not_sleep, TEST, "time.sleep(1)\n", 1),
    (imports.stores_are_private, VERB, "from fynlo.payments import store\n", 1),
    (imports.stores_are_private, VERB, "from fynlo.payments.store import save\n", 1),
    (imports.decisions_are_pure, MODEL, "import msgspec\n", 1),
    (imports.decisions_are_pure, MODEL, "from fynlo.platform.clock import Clock\n", 1),
    (imports.decisions_are_pure, MODEL, "from fynlo.orders import store\n", 1),
    (imports.decisions_are_pure, "src/fynlo/ledger/recipes.py", "import asyncpg\n", 1),
    (
        imports.decisions_are_pure,
        "src/fynlo/kernel/ids.py",
        "from fynlo.orders.model import A\n",
        1,
    ),
    (imports.the_sandbox_stands_alone, VERB, "from fynlo.sandbox import app\n", 1),
    (imports.the_sandbox_stands_alone, "src/fynlo/sandbox/a.py", "import fynlo.platform\n", 1),
    (imports.engines_start_in_one_place, VERB, "import fynlo.platform.embedded\n", 1),
    (imports.only_stores_write, VERB, "tx.write('''\ninsert into fynlo.orders''')\n", 1),
    (imports.only_stores_write, VERB, "SQL = 'update orders set stage = $1'\n", 1),
    (imports.only_stores_write, VERB, "SQL = 'with a as (delete from orders ) select 1'\n", 1),
    (statements.sql_has_no_values, VERB, "tx.write(f'select {order.note}')\n", 1),
    (statements.sql_has_no_values, VERB, "await tx.fetch('select %s' % note)\n", 1),
    (statements.sql_has_no_values, VERB, "await tx.fetchrow('select {}'.format(note))\n", 1),
    (statements.sql_has_no_values, VERB, "await tx.fetchval('select ' + note)\n", 1),
    (schema.minor_units_are_bigint, SQL, "create table a (\n  total_minor  integer\n);\n", 2),
    (schema.minor_units_are_bigint, SQL, "create table a (\n  rate  numeric(5, 2)\n);\n", 2),
    (schema.times_have_a_zone, SQL, "create table a (\n  at  timestamp not null\n);\n", 2),
    (schema.there_are_no_triggers, SQL, "create trigger a after insert on b\n", 1),
    (schema.the_merchant_leads, SQL, "create table a (\n  id uuid primary key (id)\n);\n", 1),
    (schema.the_merchant_leads, SQL, "create table a (\n  id uuid\n);\n", 1),
]

GOOD: list[tuple[Rule, str, str]] = [
    (shape.modules_are_short, VERB, "a = 1\n" * 400),
    (shape.functions_are_short, VERB, "def pay():\n" + "    a = 1\n" * 49),
    (shape.parameters_are_few, VERB, "def pay(self, a, b, c, d, e, *, f, g): ...\n"),
    (shape.modules_say_what_they_are, VERB, '"""What an order is.\n\nAnd more.\n"""\n'),
    (shape.modules_say_what_they_are, "tests/orders/__init__.py", ""),
    (shape.names_are_not_vague, VERB, "class Serviced: ...\n"),
    (shape.tests_are_sentences, TEST, "def test_a_paid_order_closes(): ...\ndef testing(): ...\n"),
    (conduct.calls_have_no_better_way, VERB, "now = ports.clock.now()\ntransaction = uuid7(now)\n"),
    (conduct.calls_have_no_better_way, "src/fynlo/platform/clock.py", "now = datetime.now(UTC)\n"),
    (conduct.calls_have_no_better_way, "src/fynlo/cli/tour.py", "print('paid')\n"),
    (conduct.excepts_are_narrow, VERB, "try:\n    pay()\nexcept KeyError:\n    pass\n"),
    (conduct.excepts_are_narrow, VERB, "try:\n    pay()\nexcept BaseException:\n    raise\n"),
    (conduct.excepts_are_narrow, conduct.BOUNDARIES[0], "try: pay()\nexcept Exception: log()\n"),
    (conduct.money_is_whole, VERB, "def pay(seconds: float): return total // 3\n"),
    (conduct.money_is_whole, "src/fynlo/platform/clock.py", "half = seconds / 2\n"),
    (conduct.comments_are_finished, VERB, "a = b  # type: ignore[misc]\nc = d  # noqa: S608\n"),
    (conduct.comments_are_finished, VERB, "a = '# noqa'\n"),
    (conduct.nothing_is_mocked, TEST, "import mockery\nmonkeypatch.setenv('A', 'b')\n"),
    (conduct.tests_do_not_sleep, TEST, "await asyncio.sleep(0)\n"),
    (imports.stores_are_private, VERB, "from fynlo.orders import store\n"),
    (imports.decisions_are_pure, MODEL, "from enum import Enum\nfrom fynlo.kernel import money\n"),
    (imports.decisions_are_pure, VERB, "import asyncpg\n"),
    (imports.the_sandbox_stands_alone, "src/fynlo/cli/demo.py", "import fynlo.sandbox\n"),
    (imports.the_sandbox_stands_alone, "src/fynlo/sandbox/a.py", "import fynlo.kernel.money\n"),
    (imports.engines_start_in_one_place, "src/fynlo/cli/a.py", "import fynlo.platform.embedded\n"),
    (imports.only_stores_write, VERB, "SQL = 'select 1 from orders for no key update'\n"),
    (imports.only_stores_write, "src/fynlo/orders/store.py", "SQL = 'insert into orders'\n"),
    (statements.sql_has_no_values, VERB, "tx.write('select $1', order.note)\n"),
    (statements.sql_has_no_values, VERB, "await tx.fetch(f'select {_NAMES}' + store.MORE)\n"),
    (schema.minor_units_are_bigint, SQL, "total_minor  bigint  -- not a numeric\n"),
    (schema.times_have_a_zone, SQL, "at  timestamptz\n"),
    (schema.the_merchant_leads, SQL, "create table a (\n  primary key (merchant_id, id)\n);\n"),
    (schema.the_merchant_leads, SQL, "create table fynlo.logins (\n  email text primary key\n);\n"),
]


def sample(path: str, text: str) -> list[Source]:
    return [Source(PurePosixPath(path), text)]


@pytest.mark.parametrize(("rule", "path", "text", "line"), BAD)
def test_a_bad_sample_is_found(rule: Rule, path: str, text: str, line: int) -> None:
    found = complaints(rule, sample(path, text))

    assert len(found) >= 1
    assert found[0].startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_a_good_sample_is_left_alone(rule: Rule, path: str, text: str) -> None:
    assert complaints(rule, sample(path, text)) == []


def test_a_module_that_nobody_imports_is_dead() -> None:
    sources = [
        *sample("src/fynlo/cli/__init__.py", "from fynlo.orders import validate\n"),
        *sample("src/fynlo/orders/__init__.py", ""),
        *sample("src/fynlo/orders/validate.py", "import fynlo.orders.validate\n"),
        *sample("src/fynlo/orders/old.py", "from fynlo.orders import validate\n"),
        *sample("src/fynlo/migrations/versions/0001_first.py", ""),
    ]

    assert imports.dead_modules(sources) == ["src/fynlo/orders/old.py"]


def test_a_module_that_is_started_by_its_name_or_file_is_alive() -> None:
    starters = 'uvicorn.run("fynlo.web:create")\nlaunch(Path(__file__).with_name("child.py"))\n'
    sources = [
        *sample("src/fynlo/cli/__init__.py", "from fynlo.cli import start\n"),
        *sample("src/fynlo/cli/start.py", starters),
        *sample("src/fynlo/cli/child.py", ""),
        *sample("src/fynlo/web.py", ""),
    ]

    assert imports.dead_modules(sources) == []


def test_newer_syntax_than_the_oldest_python_is_an_error() -> None:
    (source,) = sample(VERB, "type Id = int\n")

    with pytest.raises(SyntaxError):
        _ = source.tree


def test_the_rules_read_every_tracked_file_of_a_kind() -> None:
    paths = {str(source.path) for source in tracked(".py")}

    assert "src/fynlo/kernel/money.py" in paths
    assert "tests/house/test_rules.py" in paths
