"""The pages beside the back office: what the API is like, and the way back from a bank."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

from litestar import Response, get
from litestar.openapi.plugins import RedocRenderPlugin

SCRIPT_PATH: Final = "/schema/redoc.js"

_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; worker-src 'self' blob:"
)

API_PAGES: Final = RedocRenderPlugin(
    path="/",
    js_url=SCRIPT_PATH,
    google_fonts=False,
    # The script would fetch its maker's logo; with this, no page of ours reaches anybody else.
    favicon=f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
)


@get(SCRIPT_PATH, include_in_schema=False, sync_to_thread=False)
def api_pages_script() -> Response[bytes]:
    """Serve the script that draws the API's pages (`fynlo/web/README.md`)."""
    script = files("fynlo").joinpath("web", "redoc", "redoc.standalone.js").read_bytes()
    return Response(
        script, media_type="text/javascript", headers={"Cache-Control": "public, max-age=86400"}
    )


_RETURN_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Thank you</title>
<style>
body { font: 1.25rem/1.5 system-ui, sans-serif; display: grid; place-content: center;
  min-height: 100vh; margin: 0; padding: 1rem; text-align: center; color: #1c1c1c }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #f2f2f2 } }
</style>
</head>
<body>
<main>
<h1>Thank you</h1>
<p>Your bank has answered. The till shows whether you have paid;<br>you can close this page.</p>
</main>
</body>
</html>
"""


@get("/pay/return", include_in_schema=False, sync_to_thread=False)
def back_from_the_bank() -> Response[str]:
    """Receive a customer whom the bank sends back after 3-D Secure.

    What the address says of the payment is not read: only the provider's own answer counts. It is
    not passed on either, because a secret is in it.
    """
    headers: dict[str, Any] = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "Referrer-Policy": "no-referrer",
    }
    return Response(_RETURN_PAGE, media_type="text/html", headers=headers)


PAGES: Final = [api_pages_script, back_from_the_bank]
