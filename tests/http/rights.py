"""Who may call what: every route's permission, or why it asks for none.

A route that is not in the table fails `test_every_route_says_who_may_call_it`: add it here, and it
is held to what it says, from outside and for every role.
"""

from __future__ import annotations

from typing import Final

PUBLIC: Final = "public"
"""Nobody signs in: a password, a device's token or a signature says who it is, or nothing does."""

SIGNED_IN: Final = "signed in"
"""Everybody who is signed in may, for themselves or for all to see."""

NEEDS: Final = {
    "GET /health": PUBLIC,
    "GET /ready": PUBLIC,
    # Signing in.
    "POST /api/v1/auth/login": PUBLIC,
    "POST /api/v1/auth/refresh": PUBLIC,
    "POST /api/v1/auth/pin": PUBLIC,
    "POST /api/v1/auth/forgot-password": PUBLIC,
    "POST /api/v1/auth/reset-password": PUBLIC,
    "GET /api/v1/devices/me/staff": PUBLIC,
    "POST /api/v1/auth/logout": SIGNED_IN,
    "GET /api/v1/auth/me": SIGNED_IN,
    "PUT /api/v1/auth/me/pin": SIGNED_IN,
    "POST /api/v1/auth/password": SIGNED_IN,
    "POST /api/v1/auth/totp": SIGNED_IN,
    "POST /api/v1/auth/totp/confirm": SIGNED_IN,
    "GET /api/v1/auth/sessions": SIGNED_IN,
    "DELETE /api/v1/auth/sessions": SIGNED_IN,
    "DELETE /api/v1/auth/sessions/{session_id}": SIGNED_IN,
    # People, keys, devices, places, rules.
    "GET /api/v1/staff": "staff.manage",
    "POST /api/v1/staff": "staff.manage",
    "GET /api/v1/staff/{staff_id}": "staff.manage",
    "PATCH /api/v1/staff/{staff_id}": "staff.manage",
    "DELETE /api/v1/staff/{staff_id}/totp": "staff.manage",
    "GET /api/v1/api-keys": "keys.manage",
    "POST /api/v1/api-keys": "keys.manage",
    "DELETE /api/v1/api-keys/{key_id}": "keys.manage",
    "POST /api/v1/api-keys/{key_id}/regenerate": "keys.manage",
    "GET /api/v1/registers/{register_id}/devices": "settings.manage",
    "POST /api/v1/registers/{register_id}/devices": "settings.manage",
    "DELETE /api/v1/registers/{register_id}/devices/{device_id}": "settings.manage",
    "GET /api/v1/locations": SIGNED_IN,
    "GET /api/v1/locations/{location_id}": SIGNED_IN,
    "POST /api/v1/locations": "settings.manage",
    "PATCH /api/v1/locations/{location_id}": "settings.manage",
    "GET /api/v1/registers": SIGNED_IN,
    "GET /api/v1/registers/{register_id}": SIGNED_IN,
    "POST /api/v1/registers": "settings.manage",
    "PATCH /api/v1/registers/{register_id}": "settings.manage",
    "GET /api/v1/settings": SIGNED_IN,
    "PATCH /api/v1/settings": "settings.manage",
    "GET /api/v1/settings/retention": SIGNED_IN,
    "PATCH /api/v1/settings/retention": "settings.manage",
    "GET /api/v1/locations/{location_id}/settings": SIGNED_IN,
    "PATCH /api/v1/locations/{location_id}/settings": "settings.manage",
    # Catalogue.
    "GET /api/v1/modifiers": SIGNED_IN,
    "GET /api/v1/modifiers/{modifier_id}": SIGNED_IN,
    "POST /api/v1/modifiers": "catalog.manage",
    "PATCH /api/v1/modifiers/{modifier_id}": "catalog.manage",
    "GET /api/v1/products/{product_id}/prices": "catalog.manage",
    "GET /api/v1/locations/{location_id}/tax-rates": SIGNED_IN,
    "PUT /api/v1/locations/{location_id}/tax-rates/{rate_id}": "catalog.manage",
    "GET /api/v1/locations/{location_id}/sold-out": SIGNED_IN,
    "PUT /api/v1/locations/{location_id}/sold-out/{product_id}": "kitchen.operate",
    "DELETE /api/v1/locations/{location_id}/sold-out/{product_id}": "kitchen.operate",
    "POST /api/v1/catalog/import": "catalog.manage",
    "POST /api/v1/catalog/import/preview": "catalog.manage",
    "GET /api/v1/catalog/export": "catalog.manage",
    "GET /api/v1/categories": SIGNED_IN,
    "GET /api/v1/categories/{category_id}": SIGNED_IN,
    "POST /api/v1/categories": "catalog.manage",
    "PATCH /api/v1/categories/{category_id}": "catalog.manage",
    "GET /api/v1/tax-rates": SIGNED_IN,
    "GET /api/v1/tax-rates/{rate_id}": SIGNED_IN,
    "POST /api/v1/tax-rates": "catalog.manage",
    "PATCH /api/v1/tax-rates/{rate_id}": "catalog.manage",
    "GET /api/v1/products": SIGNED_IN,
    "GET /api/v1/products/{product_id}": SIGNED_IN,
    "POST /api/v1/products": "catalog.manage",
    "PATCH /api/v1/products/{product_id}": "catalog.manage",
    # Orders.
    "GET /api/v1/orders": "orders.read",
    "GET /api/v1/orders/{order_id}": "orders.read",
    "GET /api/v1/orders/{order_id}/explain": "orders.read",
    "POST /api/v1/orders": "orders.create",
    "PUT /api/v1/orders/{order_id}/lines": "orders.create",
    "PATCH /api/v1/orders/{order_id}": "orders.create",
    "POST /api/v1/orders/{order_id}/lines": "orders.create",
    "PATCH /api/v1/orders/{order_id}/lines/{line_id}": "orders.create",
    "DELETE /api/v1/orders/{order_id}/lines/{line_id}": "orders.create",
    "GET /api/v1/orders/{order_id}/shares": "orders.read",
    "POST /api/v1/orders/{order_id}/validate": "orders.create",
    "POST /api/v1/orders/{order_id}/cancel": "orders.create",
    # Transactions.
    "GET /api/v1/payment-methods": SIGNED_IN,
    "PATCH /api/v1/payment-methods/{method_id}": "settings.manage",
    "POST /api/v1/transactions/process": "payments.process",
    "GET /api/v1/transactions": "orders.read",
    "GET /api/v1/transactions/{transaction_id}": "orders.read",
    "GET /api/v1/transactions/{transaction_id}/status": "orders.read",
    "POST /api/v1/transactions/{transaction_id}/confirm": "payments.process",
    "POST /api/v1/transactions/{transaction_id}/cancel": "payments.process",
    "GET /api/v1/exceptions": "exceptions.resolve",
    "GET /api/v1/exceptions/{exception_id}": "exceptions.resolve",
    "POST /api/v1/exceptions/{exception_id}/resolve": "exceptions.resolve",
    "POST /api/v1/webhooks/stripe": PUBLIC,
    # Drawers.
    "POST /api/v1/drawers/sessions": "drawer.operate",
    "GET /api/v1/drawers/sessions/current": "drawer.operate",
    "POST /api/v1/drawers/sessions/{session_id}/movements": "drawer.operate",
    "POST /api/v1/drawers/sessions/{session_id}/count": "drawer.operate",
    "POST /api/v1/drawers/sessions/{session_id}/close": "drawer.operate",
    "GET /api/v1/drawers/sessions/{session_id}/report": "reports.read",
}
