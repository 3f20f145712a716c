"""A till as cheap as Python makes it: one kept-alive connection, requests as bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast
from uuid import uuid4

import msgspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
NOTE_MINOR: Final = 5000
"""What every customer who pays in cash hands over."""


class SaleFailedError(Exception):
    """The API did not answer a sale as it must; figures of such a run mean nothing."""


class Shop(msgspec.Struct, frozen=True):
    """Where the tills sell: an address, a token, registers with open drawers, and one basket."""

    host: str
    port: int
    token: str
    registers: list[str]
    products: list[str]


class Order(msgspec.Struct):
    """What a till needs to know of an order."""

    id: str
    total: int


class _Transaction(msgspec.Struct):
    status: str


class _Paid(msgspec.Struct):
    transaction: _Transaction


_order: Final = msgspec.json.Decoder(Order)
_paid: Final = msgspec.json.Decoder(_Paid)


class Till(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, shop: Shop, register_id: str = "") -> None:
        self._shop = shop
        lines = [{"product_id": one, "quantity": 1} for one in shop.products]
        self._basket = msgspec.json.encode({"register_id": register_id, "lines": lines})
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._head = b""
        self._buffer = b""

    async def connect(self) -> Till:
        """Open the connection."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self._shop.host, self._shop.port)
        self._head = (
            f" HTTP/1.1\r\nHost: {self._shop.host}\r\nAuthorization: Bearer {self._shop.token}\r\n"
            "Content-Type: application/json\r\n"
        ).encode()
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is only like one.

    def data_received(self, data: bytes) -> None:
        """Collect an answer; it is whole when it has the length that it announced."""
        self._buffer += data
        head_end = self._buffer.find(_HEAD_END)
        if head_end < 0 or self._answer is None:
            return
        head = self._buffer[:head_end].lower()
        length_at = head.index(_LENGTH) + len(_LENGTH)
        length = int(head[length_at:].split(b"\r\n", 1)[0])
        body = self._buffer[head_end + len(_HEAD_END) :]
        if len(body) == length:
            self._buffer = b""
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request that waits."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())

    async def post(self, path: str, body: bytes, *, status: int) -> bytes:
        """Make one call under a new key; it must be answered with this status."""
        found, answer = await self.ask(path, body, key=str(uuid4()))
        if found != status:
            raise SaleFailedError(f"{path} answered {found}: {answer.decode()}")
        return answer

    async def ask(
        self, path: str, body: bytes, *, key: str, header: str = "Idempotency-Key"
    ) -> tuple[int, bytes]:
        """Make one call, whatever its answer; the key may stand in another header."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(
            b"POST /api/v1%b%b%b: %b\r\nContent-Length: %d\r\n\r\n%b"
            % (path.encode(), self._head, header.encode(), key.encode(), len(body), body)
        )
        return await self._answer

    async def create(self) -> Order:
        """Take an order for the basket."""
        return _order.decode(await self.post("/orders", self._basket, status=201))

    async def validate(self, order: Order) -> None:
        """Fix an order, so that it can be paid."""
        await self.post(f"/orders/{order.id}/validate", b"{}", status=200)

    async def pay(self, order: Order, *, by_card: bool) -> None:
        """Pay an order: a card for all of it, or a note that asks for change."""
        payment: dict[str, object] = {"amount": order.total}
        if by_card:
            payment |= {"method": "card", "payment_method_id": "pm_card_visa"}
        else:
            payment |= {"method": "cash", "tendered": NOTE_MINOR}
        body = msgspec.json.encode({"order_id": order.id, "payments": [payment]})
        answer = await self.post("/transactions/process", body, status=200)
        if _paid.decode(answer).transaction.status != "completed":
            raise SaleFailedError(f"The payment was not completed: {answer.decode()}")

    async def decline(self, order: Order) -> None:
        """Try three cards, of which the third is declined: the two holds are given up."""
        third = order.total // 3
        cards = (
            (third, "pm_card_visa"),
            (third, "pm_card_visa"),
            (order.total - 2 * third, "pm_card_visa_chargeDeclined"),
        )
        payments = [
            {"method": "card", "amount": amount, "payment_method_id": card}
            for amount, card in cards
        ]
        body = msgspec.json.encode({"order_id": order.id, "payments": payments})
        await self.post("/transactions/process", body, status=402)

    async def sell(
        self, *, by_card: bool, clock: Callable[[], float], declining: bool = False
    ) -> tuple[float, float]:
        """Sell one basket; return when its payment was sent, and when it was answered."""
        order = await self.create()
        await self.validate(order)
        sent = clock()
        if declining:
            await self.decline(order)
        else:
            await self.pay(order, by_card=by_card)
        return sent, clock()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def at_every_register(
    shop: Shop, work: Callable[[Till], Awaitable[None]], *, registers: int | None = None
) -> None:
    """Do some work at many registers at once, each with a connection of its own."""
    tills = [await Till(shop, one).connect() for one in shop.registers[:registers]]
    try:
        async with asyncio.TaskGroup() as group:
            for till in tills:
                group.create_task(_one(work, till))
    finally:
        for till in tills:
            till.close()


async def _one(work: Callable[[Till], Awaitable[None]], till: Till) -> None:
    await work(till)
