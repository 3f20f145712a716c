"""Calls that the till knows and the product does not serve: each says so, and none pretends."""

from __future__ import annotations

from typing import Final, NoReturn

from litestar import delete, get, post, put

from fynlo.compat.problems import NotServed

READ: Final = (
    "/products/favorites",
    "/payments/qr/{payment_id:uuid}/status",
    "/payments/providers",
    "/payments/analytics",
    "/restaurants/floor-plan",
    "/restaurants/sections",
    "/orders/{order_id:uuid}/version",
    "/products/{product_id:uuid}/version",
)
SENT: Final = (
    "/auth/register-restaurant",
    "/products/categories",
    "/payments/qr/generate",
    "/payments/qr/{payment_id:uuid}/confirm",
    "/payments/refund/{transaction_id:uuid}",
    "/payments/optimal-provider",
    "/orders/{order_id:uuid}/email_receipt",
    "/orders/{order_id:uuid}/refund",
    "/receipts/email",
)
CHANGED: Final = (
    "/products/{product_id:uuid}",
    "/products/categories/{category_id:uuid}",
    "/restaurants/tables/{table_id:uuid}/status",
    "/restaurants/tables/{table_id:uuid}/server",
)
REMOVED: Final = ("/products/{product_id:uuid}", "/products/categories/{category_id:uuid}")
PUBLIC: Final = ("/public/menu/items", "/public/menu/categories")


def _refuse() -> NoReturn:
    raise NotServed("The product has no such thing. docs/reference/compat.md says what is served.")


@get([*READ], include_in_schema=False, sync_to_thread=False)
def not_read() -> None:
    """Say that there is no such thing to read."""
    _refuse()


@post([*SENT], include_in_schema=False, sync_to_thread=False)
def not_sent() -> None:
    """Say that nothing of the kind is done; nothing is begun."""
    _refuse()


@put([*CHANGED], include_in_schema=False, sync_to_thread=False)
def not_changed() -> None:
    """Say that nothing of the kind is changed."""
    _refuse()


@delete([*REMOVED], include_in_schema=False, sync_to_thread=False)
def not_removed() -> None:
    """Say that nothing of the kind is removed."""
    _refuse()


@get([*PUBLIC], include_in_schema=False, sync_to_thread=False, is_public=True)
def not_public() -> None:
    """Say that no shop shows its menu to everybody."""
    _refuse()


HANDLERS: Final = (not_read, not_sent, not_changed, not_removed, not_public)
