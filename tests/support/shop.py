"""A merchant of its own for each test, and tills that speak to the real API over real HTTP."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import httpx

from fynlo.kernel.ids import (
    LocationId,
    MerchantId,
    RegisterId,
    SessionId,
    StaffId,
    derive,
)
from fynlo.payments.resolve import resolve_due
from fynlo.staff import Caller, Founding, Hire, Role, found, tokens
from fynlo.staff.hashing import passwords
from tests.http.document import undocumented
from tests.support.clock import HandClock
from tests.support.crash import CrashingCards, CrashingDatabase, Fate
from tests.support.serve import http_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from fynlo.main import Wiring
    from fynlo.payments.ports import PaymentPorts
    from fynlo.platform.database import Tx
    from tests.support.provider import Provider

NO_PASSWORD = passwords.hash(str(uuid4()))
_TABLES: Final = (
    *("orders", "order_lines", "order_history", "transactions", "tenders"),
    *("operations", "ledger_postings", "drawer_sessions", "drawer_movements"),
    *("drawer_counts", "drawer_closings", "commands", "outbox", "exceptions"),
    *("settings", "payment_methods", "categories", "tax_rates", "products"),
    *("locations", "registers", "staff", "logins", "devices", "api_keys"),
    *("second_factors", "recovery_codes"),
    *("modifiers", "product_modifiers", "location_tax_rates", "sold_out"),
    *("product_prices", "catalog_imports", "location_settings", "order_discounts"),
    "order_moves",
    *("stations", "ticket_numbers", "kitchen_tickets", "kitchen_ticket_lines"),
    *("kitchen_ticket_history", "approvals", "audit_entries", "retention_rules"),
)
_EVERYTHING: Final = (
    " union all ".join(
        f"select '{name}', {name}::text from {name}"
        # Who signed in is no change.
        + (" where action not like 'session%'" if name == "audit_entries" else "")
        for name in _TABLES
    )
    + " order by 1, 2"
)


async def _must_be_documented(answer: httpx.Response) -> None:
    """Hold every answer that any test gets to what the OpenAPI document says."""
    await answer.aread()
    assert not (missing := undocumented(answer)), missing


ASKING: Final = frozenset({"approvals", "outbox", "audit_entries"})
"""What changes where somebody is told to ask another person first."""


@dataclass
class Shop:
    """One merchant: a location, two registers, five people, products at 10.00, 3.33 and 0.01."""

    wiring: Wiring
    url: str
    provider: Provider
    merchant_id: MerchantId
    spoiled: frozenset[str] = frozenset()  # Checks that a test broke behind the journal's back.

    @asynccontextmanager
    async def till(self, who: str = "manager", register: int = 1) -> AsyncIterator[Till]:
        """Put somebody at a register."""
        headers = {"Authorization": f"Bearer {await self.sign_in(who)}"}
        limits = httpx.Limits(max_connections=250)
        async with http_client(
            base_url=self.url,
            headers=headers,
            timeout=30,
            limits=limits,
            event_hooks={"response": [_must_be_documented]},
        ) as http:
            yield Till(self, http, register)

    @asynccontextmanager
    async def stranger(self, who: str = "manager") -> AsyncIterator[Till]:
        """Put somebody of another merchant at a register of theirs."""
        other = Shop(self.wiring, self.url, self.provider, MerchantId(uuid4()))
        await other.found()
        async with other.till(who) as till:
            yield till

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        clock = self.wiring.clock
        assert isinstance(clock, HandClock)
        clock.advance(seconds)

    def ports(self) -> PaymentPorts:
        """Return what payment operations may touch, as the worker has it."""
        return self.wiring.payment_ports()

    @asynccontextmanager
    async def crashing_at_commit(self, number: int) -> AsyncIterator[None]:
        """Die at the commit of that number, counted from now: nothing of it is written."""
        db = self.wiring.db
        assert isinstance(db, CrashingDatabase)
        db.crash_at(number)
        try:
            yield
        finally:
            db.crash_at(None)

    def fate(self) -> Fate:
        """Let every process of this shop be one that can die, and return when it does."""
        db, cards = self.wiring.db, self.wiring.cards
        assert isinstance(db, CrashingDatabase)
        assert isinstance(cards, CrashingCards)
        db.fate = cards.fate = Fate()
        return db.fate

    @property
    def location_id(self) -> LocationId:
        return LocationId(derive(self.merchant_id, "location"))

    def register_id(self, number: int = 1) -> RegisterId:
        return RegisterId(derive(self.merchant_id, f"register:{number}"))

    def staff_id(self, who: str) -> StaffId:
        return StaffId(derive(self.merchant_id, f"staff:{who}"))

    def product_id(self, name: str) -> UUID:
        return derive(self.merchant_id, f"product:{name}")

    async def found(self) -> None:
        """Set the merchant up in its own rows."""
        now = self.wiring.clock.now()
        people = {role.value: role for role in Role} | {"colleague": Role.CASHIER}
        founding = Founding(
            merchant_id=self.merchant_id,
            name="A test shop",
            country="GB",
            currency="GBP",
            timezone="Europe/London",
            location_id=self.location_id,
            registers=tuple((self.register_id(n), f"Till {n}") for n in (1, 2)),
            hires=tuple(
                Hire(self.staff_id(who), who.title(), self.email(who), role, NO_PASSWORD)
                for who, role in people.items()
            ),
        )
        async with self.wiring.db.transaction(self.merchant_id) as tx:
            found(tx, founding, now)
            await tx.flush()
            self._catalogue(tx, now)

    def email(self, who: str) -> str:
        return f"{who}@{self.merchant_id}.test"

    def _catalogue(self, tx: Tx, now: datetime) -> None:
        rate = derive(self.merchant_id, "tax:20")
        tx.write(
            "insert into tax_rates (merchant_id, id, name, rate_basis_points, created_at)"
            " values ($1, $2, 'VAT', 2000, $3)",
            *(self.merchant_id, rate, now),
        )
        products = {"meal": (1000, True), "coffee": (333, False), "penny": (1, False)}
        for name, (price, prepared) in products.items():
            tx.write(
                "insert into products (merchant_id, id, name, price_minor, currency, tax_rate_id,"
                " tax_included, needs_preparation, prep_minutes, created_at)"
                " values ($1, $2, $3, $4, 'GBP', $5, true, $6, 5, $7)",
                *(self.merchant_id, self.product_id(name), name, price, rate, prepared, now),
            )

    async def sign_in(self, who: str = "manager") -> str:
        """Open a session and return its access token, without the cost of a password."""
        session_id, now = SessionId(uuid4()), self.wiring.clock.now()
        async with self.wiring.db.transaction(self.merchant_id) as tx:
            tx.write(
                "insert into sessions (merchant_id, id, staff_id, created_at, expires_at)"
                " values ($1, $2, $3, $4, $5)",
                *(self.merchant_id, session_id, self.staff_id(who), now),
                now + tokens.REFRESH_LIFETIME,
            )
        caller = Caller(self.merchant_id, session_id, self.staff_id(who))
        return tokens.issue(self.wiring.keys, caller, now)

    async def rows(self, sql: str, *args: object) -> list[dict[str, Any]]:
        """Read this merchant's rows."""
        async with self.wiring.db.transaction(self.merchant_id) as tx:
            return [dict(row) for row in await tx.fetch(sql, *args)]

    async def everything(self, *, but: frozenset[str] = frozenset()) -> dict[str, list[str]]:
        """Read every row that a refused call could have changed, as text, by table.

        One statement, because fifty of them take ten times as long; and bytes as the characters
        that they are, so that whoever looks for a secret in all this would see it in them.
        """
        found: dict[str, list[str]] = {name: [] for name in _TABLES if name not in but}
        async with self.wiring.db.transaction(self.merchant_id) as tx:
            await tx.fetch("set local bytea_output = 'escape'")
            for name, row in await tx.fetch(_EVERYTHING):
                if name in found:
                    found[name].append(row)
        return found


@dataclass
class Till:
    """Somebody at a till: it speaks the domain, over HTTP."""

    shop: Shop
    http: httpx.AsyncClient
    register: int = 1

    async def call(
        self, method: str, path: str, body: object = None, *, key: str | None = None
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid4())} if method == "POST" else {}
        return await self.http.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def open_drawer(self, opening: int = 10_000) -> dict[str, Any]:
        body = {
            "register_id": str(self.shop.register_id(self.register)),
            "opening_amount": opening,
        }
        return said(await self.call("POST", "/drawers/sessions", body), 201)

    async def order(self, *names: str, validated: bool = True) -> dict[str, Any]:
        lines = [{"product_id": str(self.shop.product_id(name)), "quantity": 1} for name in names]
        body = {"register_id": str(self.shop.register_id(self.register)), "lines": lines}
        order = said(await self.call("POST", "/orders", body), 201)
        if not validated:
            return order
        return said(await self.call("POST", f"/orders/{order['id']}/validate", {}), 200)

    async def pay(
        self, order: dict[str, Any], *payments: dict[str, Any], key: str | None = None, **more: Any
    ) -> httpx.Response:
        body = {"order_id": order["id"], "payments": list(payments), **more}
        return await self.call("POST", "/transactions/process", body, key=key)

    async def resolve(self, rounds: int = 6) -> None:
        """Let the worker's resolver look, again and again, as time goes by."""
        ports = self.shop.ports()
        for step in range(rounds):
            self.shop.advance(2**step)
            await resolve_due(ports)

    async def look(self, order: dict[str, Any]) -> dict[str, Any]:
        return said(await self.call("GET", f"/orders/{order['id']}"), 200)

    async def balance(self, account: str) -> int:
        (row,) = await self.shop.rows(
            "select coalesce(sum(case when debit_account = $1 then amount_minor"
            " else -amount_minor end), 0)::bigint as minor from ledger_postings"
            " where debit_account = $1 or credit_account = $1",
            account,
        )
        minor: int = row["minor"]
        return minor


def said(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return the body of an answer that must have this status."""
    assert response.status_code == status, response.text
    body: dict[str, Any] = response.json()
    return body


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem of a refusal that must have this status and code."""
    problem = said(response, status)
    assert response.headers["content-type"].startswith("application/problem+json")
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["type"] == f"/problems/{code}"
    return problem


def cash(amount: int, **more: int) -> dict[str, Any]:
    return {"method": "cash", "amount": amount, **more}


def card(amount: int, method: str = "pm_card_visa", **more: int) -> dict[str, Any]:
    return {"method": "card", "amount": amount, "payment_method_id": method, **more}
