"""What can be found out across features, over HTTP."""

from __future__ import annotations

from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath

from fynlo.insight.answers import ExplanationOut, explanation_out
from fynlo.insight.explain import explain
from fynlo.kernel.ids import OrderId
from fynlo.platform.documented import SIGNED_IN
from fynlo.platform.http import Given
from fynlo.platform.ports import Ports
from fynlo.staff import Caller


@get("/orders/{order_id:uuid}/explain", responses=SIGNED_IN)
async def explain_order(
    order_id: FromPath[UUID], caller: Given[Caller], ports: Given[Ports]
) -> ExplanationOut:
    """Say why an order is (not) paid, what comes next, and what is on record of it."""
    return explanation_out(await explain(ports, caller, OrderId(order_id)))


router = Router("/", route_handlers=[explain_order], tags=["Orders"])
