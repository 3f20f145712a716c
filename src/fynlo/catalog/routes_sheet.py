"""The menu as a file, over HTTP: look what an import would do, import, export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from litestar import Response, get, post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.status_codes import HTTP_200_OK

from fynlo.catalog import queries_sheet
from fynlo.catalog.answers import FaultOut, ImportOut, PreviewOut
from fynlo.catalog.import_products import import_products
from fynlo.catalog.model.importing import export_menu
from fynlo.catalog.preview_import import preview_import
from fynlo.kernel.errors import Invalid
from fynlo.platform.documented import SIGNED_IN, Keyed
from fynlo.platform.http import Given, command, respond
from fynlo.platform.ports import Ports
from fynlo.platform.problems import AnyRequest
from fynlo.staff import Caller, Permission, admit

CSV: Final = "text/csv"


def _file() -> RequestBody:
    kind = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
    return RequestBody(content={CSV: kind}, required=True)


async def _content(request: AnyRequest) -> bytes:
    """Read the file; `Invalid` where there is none."""
    content = await request.body()
    if not content:
        raise Invalid.at("", "This call needs a file.")
    return content


@dataclass
class File(Operation):
    """A call whose body is a file, read as it came."""

    def __post_init__(self) -> None:
        """Describe the body, which the handler reads by itself."""
        self.request_body = _file()


@dataclass
class KeyedFile(Keyed):
    """The same, recognised when it is repeated."""

    def __post_init__(self) -> None:
        """Describe the key and the body."""
        super().__post_init__()
        self.request_body = _file()


@post(
    "/catalog/import/preview",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=File,
)
async def preview(
    request: AnyRequest, caller: Given[Caller], staff_ports: Given[Ports]
) -> PreviewOut:
    """Look what importing a file would do, with all that is wrong with it. Nothing changes."""
    plan = await preview_import(staff_ports, caller, await _content(request))
    faults = [FaultOut(one.row, one.column, one.detail) for one in plan.faults]
    return PreviewOut(
        **plan.counts(),
        categories_added=list(plan.categories),
        faults=faults,
        fault_count=plan.fault_count,
    )


@post(
    "/catalog/import",
    status_code=HTTP_200_OK,
    responses=SIGNED_IN,
    operation_class=KeyedFile,
)
async def import_file(
    request: AnyRequest, caller: Given[Caller], staff_ports: Given[Ports]
) -> Response[ImportOut]:
    """Add and change products as a file says: all of it, or nothing."""
    content = await _content(request)
    key = await command(
        request, caller.merchant_id, "import_products", device=caller.device, is_json=False
    )
    return respond(await import_products(staff_ports, caller, key, content))


@get("/catalog/export", media_type=CSV, responses=SIGNED_IN)
async def export(caller: Given[Caller], staff_ports: Given[Ports]) -> Response[str]:
    """Write the menu as a file. Importing it again changes nothing."""
    async with staff_ports.db.snapshot(caller.merchant_id) as tx:
        await admit(tx, caller, Permission.CATALOG_MANAGE, staff_ports.clock.now())
        menu = await queries_sheet.menu(tx)
    return Response(
        export_menu(menu),
        media_type=CSV,
        headers={"Content-Disposition": 'attachment; filename="products.csv"'},
    )


HANDLERS: Final = (preview, import_file, export)
