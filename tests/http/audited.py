"""What each call that changes something puts into the audit trail, or what else is on record.

The day of the examples is played, and every operation of it must put exactly this on record. A
new one fails `test_the_day_gives_the_same_examples_and_the_same_trail…`: say here what it leaves.
"""

from __future__ import annotations

from typing import Final

_A: Final = "/api/v1"

_ACTS: Final = {
    # Who comes in, and what they come in with.
    f"POST {_A}/auth/login": {"session.begun"},
    f"POST {_A}/auth/pin": {"session.begun"},
    f"POST {_A}/auth/logout": {"session.ended"},
    f"DELETE {_A}/auth/sessions": {"sessions.ended"},
    f"DELETE {_A}/auth/sessions/{{session_id}}": {"session.ended"},
    f"POST {_A}/auth/password": {"person.changed"},
    f"POST {_A}/auth/reset-password": {"person.changed"},
    f"PUT {_A}/auth/me/pin": {"person.changed"},
    f"POST {_A}/auth/totp/confirm": {"second_factor.added"},
    f"DELETE {_A}/staff/{{staff_id}}/totp": {"second_factor.removed"},
    f"POST {_A}/staff": {"person.added"},
    f"PATCH {_A}/staff/{{staff_id}}": {"person.changed"},
    f"POST {_A}/api-keys": {"api_key.added"},
    f"DELETE {_A}/api-keys/{{key_id}}": {"api_key.revoked"},
    f"POST {_A}/api-keys/{{key_id}}/regenerate": {"api_key.regenerated"},
    f"POST {_A}/registers/{{register_id}}/devices": {"device.added"},
    f"DELETE {_A}/registers/{{register_id}}/devices/{{device_id}}": {"device.revoked"},
    # The shop.
    f"POST {_A}/locations": {"location.added"},
    f"PATCH {_A}/locations/{{location_id}}": {"location.changed"},
    f"PATCH {_A}/locations/{{location_id}}/settings": {"location_settings.changed"},
    f"POST {_A}/registers": {"register.added"},
    f"PATCH {_A}/registers/{{register_id}}": {"register.changed"},
    f"PATCH {_A}/settings": {"settings.changed"},
    f"PATCH {_A}/payment-methods/{{method_id}}": {"payment_method.changed"},
    f"POST {_A}/stations": {"station.added"},
    f"PATCH {_A}/stations/{{station_id}}": {"station.changed"},
    # The menu.
    f"POST {_A}/categories": {"category.added"},
    f"PATCH {_A}/categories/{{category_id}}": {"category.changed"},
    f"POST {_A}/modifiers": {"modifier.added"},
    f"PATCH {_A}/modifiers/{{modifier_id}}": {"modifier.changed"},
    f"POST {_A}/products": {"product.added"},
    f"PATCH {_A}/products/{{product_id}}": {"product.changed"},
    f"POST {_A}/tax-rates": {"tax_rate.added"},
    f"PATCH {_A}/tax-rates/{{rate_id}}": {"tax_rate.changed"},
    f"PUT {_A}/locations/{{location_id}}/tax-rates/{{rate_id}}": {"tax_rate.applied"},
    f"PUT {_A}/locations/{{location_id}}/sold-out/{{product_id}}": {"product.sold_out"},
    f"DELETE {_A}/locations/{{location_id}}/sold-out/{{product_id}}": {"product.available"},
    f"POST {_A}/catalog/import": {"catalog.imported"},
    # What is given away, taken off, and allowed.
    f"PATCH {_A}/orders/{{order_id}}": {"approval.used", "order.price_given"},
    f"PATCH {_A}/orders/{{order_id}}/lines/{{line_id}}": {"approval.used", "order.price_given"},
    f"PUT {_A}/orders/{{order_id}}/lines": {"order.lines_taken_off"},
    f"POST {_A}/approvals/{{approval_id}}/approve": {"approval.approved"},
    f"POST {_A}/approvals/{{approval_id}}/reject": {"approval.rejected"},
    f"POST {_A}/exceptions/{{exception_id}}/resolve": {"exception.handled"},
    f"PATCH {_A}/settings/retention": {"retention.changed"},
    # An existing till signs in like everybody.
    f"POST {_A}/auth/verify": {"session.begun"},
    f"POST {_A}/till/auth/login": {"session.begun"},
}

_JOURNALS: Final = (
    # Nothing is changed, or nothing that anybody decided.
    f"POST {_A}/auth/refresh",
    f"POST {_A}/auth/forgot-password",
    f"POST {_A}/auth/totp",
    f"POST {_A}/catalog/import/preview",
    f"POST {_A}/webhooks/stripe",
    # Movements, counts and closings of drawers are kept for ever, with who and why.
    f"POST {_A}/drawers/sessions",
    f"POST {_A}/drawers/sessions/{{session_id}}/movements",
    f"POST {_A}/drawers/sessions/{{session_id}}/count",
    f"POST {_A}/drawers/sessions/{{session_id}}/close",
    # Tickets have a history.
    f"PATCH {_A}/kitchen/tickets/{{ticket_id}}",
    *(f"POST {_A}/kitchen/tickets/{{ticket_id}}/{verb}" for verb in ("bump", "recall")),
    *(f"POST {_A}/kitchen/tickets/{{ticket_id}}/{verb}" for verb in ("serve", "start")),
    # Orders have a history, and lines that were added stand there; drafts are nobody's business.
    f"POST {_A}/orders",
    f"POST {_A}/orders/{{order_id}}/lines",
    f"DELETE {_A}/orders/{{order_id}}/lines/{{line_id}}",
    *(f"POST {_A}/orders/{{order_id}}/{verb}" for verb in ("validate", "cancel", "send")),
    *(f"POST {_A}/orders/{{order_id}}/{verb}" for verb in ("prepare", "ready", "serve")),
    *(f"POST {_A}/orders/{{order_id}}/{verb}" for verb in ("complete", "invoice")),
    # Transactions, their tenders and operations are the journal of the money.
    f"POST {_A}/transactions/process",
    *(f"POST {_A}/transactions/{{transaction_id}}/{verb}" for verb in ("cancel", "confirm")),
    # Which order gave lines to which is kept for ever, with who.
    *(f"POST {_A}/orders/{{order_id}}/{verb}" for verb in ("split", "merge")),
    # What an existing till calls is one of all these in other words.
    *(f"POST {_A}/auth/validate", f"POST {_A}/till/auth/refresh"),
    *(f"POST {_A}/products/{verb}" for verb in ("batch", "search")),
    *(f"POST {_A}/payments/{verb}" for verb in ("cash", "process")),
    *(f"POST {_A}/pos/sessions", f"PUT {_A}/pos/sessions/{{session_id}}/state"),
    *(f"POST {_A}/till/orders", f"POST {_A}/till/orders/{{order_id}}/cancel"),
    *(f"PUT {_A}/orders/{{order_id}}", f"PATCH {_A}/orders/{{order_id}}/status"),
    f"POST {_A}/orders/{{order_id}}/confirm",
)

AUDITED: Final[dict[str, set[str]]] = {**_ACTS, **{one: set() for one in _JOURNALS}}
