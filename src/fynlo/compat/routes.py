"""All that the till calls, and at which addresses its shapes stand beside others of ours."""

from __future__ import annotations

import re
from typing import Final

from litestar import Router

from fynlo.compat import (
    routes_auth,
    routes_catalogue,
    routes_not_served,
    routes_orders,
    routes_payments,
    routes_sessions,
)
from fynlo.compat.calls import restaurant_is_theirs

_SERVED: Final = (
    *routes_auth.HANDLERS,
    *routes_sessions.HANDLERS,
    *routes_catalogue.HANDLERS,
    *routes_orders.HANDLERS,
    *routes_payments.HANDLERS,
)
_BESIDE: Final = "/till/"
_PARAMETER: Final = re.compile(r"\{[^}]+\}")
_AN_ID: Final = "[0-9A-Fa-f-]{36}"


def _shared() -> list[tuple[str, str]]:
    """List the verbs and paths at which the till has a shape of its own beside one of ours."""
    found: list[tuple[str, str]] = []
    for handler in _SERVED:
        (path,) = handler.paths
        if path.startswith(_BESIDE):
            (method,) = handler.http_methods
            found.append((method, _PARAMETER.sub(_AN_ID, path.removeprefix("/till"))))
    return found


SHARED: Final = _shared()

router = Router(
    "/",
    guards=[restaurant_is_theirs],
    route_handlers=[*_SERVED, *routes_not_served.HANDLERS],
    tags=["Existing tills"],
)
