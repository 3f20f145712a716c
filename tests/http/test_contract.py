"""Every operation answers as the OpenAPI document says, whatever is asked of it."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup, as_reported_failure
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.hypothesis.builder import (
    InvalidHeadersExampleMark,
    InvalidRegexMark,
    MissingPathParameters,
    NonSerializableMark,
    UnsatisfiableExampleMark,
    UnserializablePayloadMark,
)
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.python._constants.orchestrator import make_constants_value_source
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from fynlo.kernel.ids import MerchantId
from fynlo.main import Wiring
from fynlo.payments.providers.stripe import StripeAccounts
from fynlo.platform.crypto import KeyRing
from fynlo.platform.database import Database, connect
from tests.http.document import PUBLIC, Call, calls, document
from tests.support.clock import HandClock
from tests.support.provider import Provider
from tests.support.serve import serve_api
from tests.support.shop import Shop
from tests.support.untraced import untraced

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = 6
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]

UNTESTED = (
    *(InvalidHeadersExampleMark, InvalidRegexMark, MissingPathParameters, NonSerializableMark),
    *(UnsatisfiableExampleMark, UnserializablePayloadMark),
)
"""What Schemathesis leaves at an operation of which it could not try everything."""


@cache
def _schema() -> Any:
    load_all_checks()
    return schemathesis.openapi.from_dict(document())


@dataclass
class Served:
    """A shop whose server runs in a thread of its own, because these tests are not async."""

    url: str
    shop: Shop
    loop: asyncio.AbstractEventLoop
    session: requests.Session

    def token(self) -> str:
        """Sign the admin in."""
        return asyncio.run_coroutine_threadsafe(self.shop.sign_in("admin"), self.loop).result(10)


@pytest.fixture(scope="module")
def served(database_url: str) -> Iterator[Served]:
    """Serve one shop for all calls of this module."""
    started: list[Served] = []
    is_ready, is_done = threading.Event(), threading.Event()

    async def run() -> None:
        db = Database(await connect(database_url, connections_max=4))
        merchant_id = MerchantId(uuid4())
        cards = StripeAccounts(None, api_base="", merchant_id=None, return_url="")
        wiring = Wiring(db, HandClock(), KeyRing(["a secret that is long enough for it"]), cards)
        async with serve_api(wiring) as url:
            shop = Shop(wiring, url, Provider("", None), merchant_id)  # type: ignore[arg-type]
            await shop.found()
            started.append(Served(url, shop, asyncio.get_running_loop(), session))
            is_ready.set()
            await asyncio.to_thread(is_done.wait)
        await db.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    with requests.Session() as session:
        session.trust_env = False  # Or it looks through the environment for proxies at each call.
        thread.start()
        assert is_ready.wait(60)
        yield started[0]
        is_done.set()
        thread.join(60)


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def _ask(case: Any, served: Served) -> None:
    headers = {"Authorization": f"Bearer {served.token()}"}
    if (case.method, case.path) in PUBLIC:
        headers = {}

    # Parameters of the query that nobody knows are ignored, and the token is always there: what a
    # call without a body refuses, the hostile values of `test_hostile.py` say one by one. Any text
    # is a file, whatever it says.
    has_body = case.method in {"POST", "PUT", "PATCH"} and case.media_type != "text/csv"
    checks = [one for one in CHECKS if has_body or one is not negative_data_rejection]
    case.call_and_validate(
        base_url=served.url, headers=headers, checks=checks, session=served.session
    )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("call", calls(), ids=str)
def test_a_call_answers_as_the_document_says(call: Call, served: Served) -> None:
    """What is asked is made up here, once, and not by each worker while it collects the tests."""
    schema = _schema()
    with untraced():  # The server, in its own thread, is measured.
        ask = build_operation_test(
            config=schema.config,
            operation=schema[call.path][call.method],
            test_func=_ask,
            given_kwargs={},
            feedback=FeedbackSources(constants_value_source=make_constants_value_source(schema)),
        )

        try:
            ask(served=served)
        except FailureGroup as failures:
            raise as_reported_failure(failures) from None

    assert not any(mark.is_set(ask) for mark in UNTESTED)
