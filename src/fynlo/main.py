"""The ASGI application: configuration → engines → providers → routers → handler tables."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from asyncpg import InterfaceError, PostgresError
from litestar import Litestar, Request, Response, Router, get, head
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

import fynlo
from fynlo.catalog import announce as catalog
from fynlo.catalog.routes import router as catalog_router
from fynlo.compat.dialect import Dialect
from fynlo.compat.ports import Identities
from fynlo.compat.problems import spoken
from fynlo.compat.routes import SHARED
from fynlo.compat.routes import router as compat_router
from fynlo.config import Config
from fynlo.drawers import announce as drawers
from fynlo.drawers.routes import router as drawers_router
from fynlo.insight.routes import router as insight_router
from fynlo.insight.routes_audit import router as audit_router
from fynlo.kernel.errors import DomainError, Unauthenticated
from fynlo.kernel.ids import MerchantId
from fynlo.notifications.ports import Inbox
from fynlo.notifications.receive import letterbox
from fynlo.notifications.routes import router as notifications_router
from fynlo.openapi import ApiConfig, StructDocs
from fynlo.orders import announce as orders
from fynlo.orders.routes import router as orders_router
from fynlo.orders.routes_kitchen import router as kitchen_router
from fynlo.payments import announce as payments
from fynlo.payments.look_again import look_again
from fynlo.payments.ports import Patience, PaymentPorts
from fynlo.payments.providers.stripe import SAYINGS, StripeAccounts, StripeEndpoint
from fynlo.payments.routes import router as payments_router
from fynlo.platform import problems, telemetry
from fynlo.platform.body import StrictBody
from fynlo.platform.clock import Clock, SystemClock
from fynlo.platform.crypto import KeyRing
from fynlo.platform.database import Database, DatabaseAway, connect
from fynlo.platform.documented import IS_PUBLIC, NOT_READY
from fynlo.platform.http import Given, RequestIds, must_be_text
from fynlo.platform.mail import Mailer
from fynlo.platform.pages import API_PAGES, PAGES
from fynlo.platform.turnstile import Crowded
from fynlo.retention.routes import router as retention_router
from fynlo.staff import Caller, tokens
from fynlo.staff import announce as staff
from fynlo.staff.ports import StaffPorts
from fynlo.staff.recognise import recognise
from fynlo.staff.routes import router as staff_router
from fynlo.staff.routes_approvals import router as approvals_router

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

    from fynlo.notifications.ports import Endpoint
    from fynlo.payments.providers.port import CardProviders

EVENTS = [
    *(*staff.EVENTS, *catalog.EVENTS, *orders.EVENTS, *drawers.EVENTS, *payments.EVENTS),
]
FEATURES = [
    *(
        staff_router,
        approvals_router,
        catalog_router,
        orders_router,
        kitchen_router,
        drawers_router,
    ),
    *(payments_router, notifications_router, insight_router, audit_router),
    retention_router,
]
# Which operation handles which event of a provider's.
NOTICES = dict.fromkeys(SAYINGS, look_again)
PROBLEMS: dict[int | type[Exception], Callable[[Request[Any, Any, Any], Any], Response[Any]]] = {
    DomainError: problems.domain_error,
    DatabaseAway: problems.database_away,
    Crowded: problems.crowded,
    HTTPException: problems.http_error,
    Exception: problems.bug,
}
# What the existing till calls: refusals have its codes too.
TILL = Router("/", route_handlers=[compat_router], exception_handlers=spoken(PROBLEMS))
BODY_BYTES_MAX = 1_000_000
CONNECTIONS_MAX = 10
DRAIN_SECONDS = 10
READY_SECONDS = 2.0


@dataclass(frozen=True)
class Wiring:
    """What is built once for a process, and given to its operations."""

    db: Database
    clock: Clock
    keys: KeyRing
    cards: CardProviders
    patience: Patience = field(default_factory=Patience)
    endpoint: Endpoint | None = None
    mailer: Mailer | None = None
    identities: Identities = field(default_factory=Identities)

    @cached_property
    def inbox(self) -> Inbox:
        """Return where the environment's account speaks to us, and who handles what it says."""
        if self.endpoint is None:
            return Inbox(None, NOTICES)
        return Inbox(self.endpoint, NOTICES, letterbox(self.db, self.endpoint))

    def payment_ports(self) -> PaymentPorts:
        """Return what payment operations may touch."""
        return PaymentPorts(self.db, self.clock, self.cards, patience=self.patience)

    def staff_ports(self) -> StaffPorts:
        """Return what signing in may touch."""
        return StaffPorts(self.db, self.clock, self.keys, self.mailer)

    async def close(self) -> None:
        """Close the connections to the database and the providers."""
        await self.db.close()
        await self.cards.close()


async def wire(config: Config) -> Wiring:
    """Connect to the engines and the providers. Refuses to run with assertions switched off."""
    if not __debug__:
        raise SystemExit("Fynlo does not run under `python -O`: its assertions guard the money.")
    assert config.database_url is not None
    db = Database(await connect(config.database_url, connections_max=CONNECTIONS_MAX))
    merchant_id, key = await _stripe_merchant(config, db), config.stripe_secret_key
    cards = StripeAccounts(
        key,
        api_base=config.stripe_api_base,
        merchant_id=merchant_id,
        return_url=f"{config.public_url}/pay/return",
    )
    endpoint = None
    if key is not None and merchant_id is not None and config.stripe_webhook_secrets:
        secrets = config.stripe_webhook_secrets
        endpoint = StripeEndpoint(merchant_id, secrets, is_live="_live_" in key)
    keys, mailer = KeyRing(config.secret_keys), None
    if config.smtp_url is not None:
        assert config.mail_from is not None, "The configuration holds them together."
        mailer = Mailer(config.smtp_url, config.mail_from, config.public_url)
    return Wiring(db, SystemClock(), keys, cards, endpoint=endpoint, mailer=mailer)


async def _stripe_merchant(config: Config, db: Database) -> MerchantId | None:
    """Find whose the environment's Stripe account is: the named merchant's, or the only one's."""
    async with db.system() as connection:
        if config.stripe_merchant is not None:
            named = await connection.fetchval(
                "select id from merchants where id = $1", config.stripe_merchant
            )
            if named is None:
                telemetry.log.warning("FYNLO_STRIPE_MERCHANT names no merchant: nobody takes cards")
            return MerchantId(config.stripe_merchant)
        merchants = await connection.fetch("select id from merchants limit 2")
    if len(merchants) > 1 and config.stripe_secret_key is not None:
        telemetry.log.warning("FYNLO_STRIPE_MERCHANT must say whose account it is: nobody's now")
    return MerchantId(merchants[0]["id"]) if len(merchants) == 1 else None


@asynccontextmanager
async def wired(config: Config) -> AsyncIterator[Wiring]:
    """Build the process's wiring from its configuration, and close it at the end."""
    telemetry.configure_logs(config.log)  # Or tracebacks would show what is secret.
    wiring = await wire(config)
    yield wiring
    await wiring.close()


def create_app(
    config: Config | None = None,
    wiring: Callable[[Config], AbstractAsyncContextManager[Wiring]] = wired,
) -> Litestar:
    """Build the application; each time it starts, it runs on what `wiring` opens for `config`."""
    settings = config or Config.from_environment()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with wiring(settings) as mine:
            ports = mine.payment_ports()
            app.state.wiring, app.state.ports = mine, ports
            yield
            await ports.background.drain(DRAIN_SECONDS)

    app = Litestar(
        route_handlers=[
            health,
            lives,
            ready,
            *PAGES,
            Router("/api/v1", guards=[_authenticate], route_handlers=[*FEATURES, TILL]),
        ],
        dependencies={
            "caller": Provide(_caller, sync_to_thread=False),
            "ports": Provide(_ports, sync_to_thread=False),
            "staff_ports": Provide(_staff_ports, sync_to_thread=False),
            "inbox": Provide(_inbox, sync_to_thread=False),
            "clock": Provide(_clock, sync_to_thread=False),
            "identities": Provide(_identities, sync_to_thread=False),
        },
        exception_handlers=PROBLEMS,
        before_request=must_be_text,
        cors_config=_cross_origin(settings),
        dto=StrictBody,
        return_dto=None,
        lifespan=[lifespan],
        logging_config=None,  # Or Litestar puts its own handler where `configure_logs` put ours.
        openapi_config=_document(),
        plugins=[StructDocs()],
        request_max_body_size=BODY_BYTES_MAX,
        signature_types=[Caller],
    )
    # Litestar's own middleware never sees a request that no route matches.
    app.asgi_handler = RequestIds(Dialect(app.asgi_handler, SHARED))
    return app


def _cross_origin(config: Config) -> CORSConfig | None:
    """Let the pages of the configured origins call the API; without any, no page of others may."""
    if not config.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(config.cors_origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
        allow_headers=[
            *("Authorization", "Content-Type", "Idempotency-Key", "X-Idempotency-Key"),
            *("X-API-Key", "X-Device-ID", "X-Device-Token", "X-API-Version", "X-Restaurant-Id"),
        ],
        expose_headers=["Idempotent-Replayed", "Retry-After", "X-Request-Id"],
        max_age=86_400,
    )


def _document() -> ApiConfig:
    bearer = SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")
    api_key = SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header")
    return ApiConfig(
        title="Fynlo",
        version=fynlo.__version__,
        events=EVENTS,
        path="/schema",
        use_handler_docstrings=True,
        render_plugins=[API_PAGES, JsonRenderPlugin(path="/openapi.json")],
        components=Components(security_schemes={"bearer": bearer, "api_key": api_key}),
        security=[{"bearer": []}, {"api_key": []}],
    )


async def _authenticate(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Let nobody in without a token or a key, before anything else of the request is read.

    Whether the token's session, or the key, still holds, the operation finds out in its first
    statement.
    """
    if handler.opt.get(IS_PUBLIC):
        return
    mine: Wiring = connection.app.state.wiring
    authorization, key = (connection.headers.get(n, "") for n in ("Authorization", "X-API-Key"))
    if key and not authorization:
        connection.state.caller = await recognise(mine.staff_ports(), key)
        return
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Send `Authorization: Bearer …` with an access token.")
    connection.state.caller = tokens.verify(mine.keys, token, mine.clock.now())


def _caller(request: Request[Any, Any, Any]) -> Caller:
    caller: Caller = request.state.caller
    return caller


def _ports(request: Request[Any, Any, Any], caller: Given[Caller]) -> PaymentPorts:
    del caller  # What depends on each other is not resolved in a task each: that is faster.
    ports: PaymentPorts = request.app.state.ports
    return ports


def _staff_ports(request: Request[Any, Any, Any]) -> StaffPorts:
    mine: Wiring = request.app.state.wiring
    return mine.staff_ports()


def _inbox(request: Request[Any, Any, Any]) -> Inbox:
    mine: Wiring = request.app.state.wiring
    return mine.inbox


def _clock(request: Request[Any, Any, Any], inbox: Given[Inbox]) -> Clock:
    del inbox  # As above.
    mine: Wiring = request.app.state.wiring
    return mine.clock


def _identities(request: Request[Any, Any, Any]) -> Identities:
    mine: Wiring = request.app.state.wiring
    return mine.identities


@get("/health", sync_to_thread=False, security=[{}], tags=["Health"])
def health() -> dict[str, str]:
    """Tell that the process lives."""
    return {"status": "healthy"}


@head("/health", sync_to_thread=False, include_in_schema=False)
def lives() -> None:
    """Tell the same without a body, as watchers like to ask."""


@get("/ready", security=[{}], tags=["Health"], responses=NOT_READY)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """Tell whether it can serve: 503 while the database cannot be reached."""
    mine: Wiring = request.app.state.wiring
    ports: PaymentPorts = request.app.state.ports
    # It is not cancelled: a server that hangs would have to answer that as well.
    asked = ports.background.start(_reaches(mine.db))
    done, _ = await asyncio.wait({asked}, timeout=READY_SECONDS)
    if done and asked.result():
        return Response({"status": "ready"})
    telemetry.log.warning("not ready: the database cannot be reached")
    return Response({"status": "unready"}, status_code=503)


async def _reaches(db: Database) -> bool:
    try:
        async with db.system() as connection:
            await connection.fetchval("select 1")
    except (DatabaseAway, PostgresError, InterfaceError):
        return False
    return True
