"""Swagger UI and ReDoc with their scripts from an installed package: no internet is needed."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

OPENAPI_PATH = "/openapi.json"
_ASSETS_PATH = "/docs/assets"
_REDOC = "redoc.standalone.js"
_LOGO_ELSEWHERE = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)

router = APIRouter(include_in_schema=False)


@router.get("/")
async def get_root() -> Response:
    """Lead whoever opens the bare address to the documentation."""
    return RedirectResponse("/docs")


@router.get("/docs")
async def get_swagger_ui(request: Request) -> Response:
    """Show the specification with a form for each question."""
    app: FastAPI = request.app
    page = get_swagger_ui_html(
        openapi_url=OPENAPI_PATH,
        title=f"{app.title}: Swagger UI",
        swagger_js_url=f"{_ASSETS_PATH}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS_PATH}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS_PATH}/favicon.png",
        swagger_ui_parameters={"persistAuthorization": False, "displayRequestDuration": True},
    )
    return _guarded(page)


@router.get("/redoc")
async def get_redoc(request: Request) -> Response:
    """Show the specification for reading."""
    app: FastAPI = request.app
    page = get_redoc_html(
        openapi_url=OPENAPI_PATH,
        title=f"{app.title}: ReDoc",
        redoc_js_url=f"{_ASSETS_PATH}/{_REDOC}",
        redoc_favicon_url=f"{_ASSETS_PATH}/favicon.png",
        with_google_fonts=False,
    )
    return _guarded(page)


@router.get(_ASSETS_PATH + "/{name}")
def get_asset(
    name: Literal["swagger-ui-bundle.js", "swagger-ui.css", "redoc.standalone.js", "favicon.png"],
) -> Response:
    """Serve a script or style of the two pages."""
    kept = {"Cache-Control": "public, max-age=86400"}
    if name == _REDOC:
        return Response(_redoc(), headers=kept, media_type="text/javascript")
    return FileResponse(_assets() / name, headers=kept)


@cache
def _redoc() -> bytes:
    """Return the script of ReDoc without the one thing that it would fetch from elsewhere."""
    return (_assets() / _REDOC).read_bytes().replace(_LOGO_ELSEWHERE, b"data:,")


def _assets() -> Path:
    return Path(str(files("fastapi_offline"))) / "static"


def _guarded(page: HTMLResponse) -> Response:
    """Allow a page its own scripts and nothing from elsewhere."""
    inline = _INLINE.findall(bytes(page.body).decode())
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in inline
    )
    page.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    return page
