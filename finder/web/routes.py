"""The routes of the web room, for ``app.py`` to plug in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.enums import MediaType
from litestar.params import FromPath

from finder.web.authorize_page import authorize_handlers
from finder.web.brand import BrandFiles
from finder.web.care_page import care_handler
from finder.web.consents import consent_handler
from finder.web.directions_page import directions_handlers
from finder.web.errors import error_page
from finder.web.map_style import map_style
from finder.web.notices.pages import notices_handlers
from finder.web.pages import page_handlers
from finder.web.policy.pages import policy_handlers
from finder.web.practitioner_page import practitioner_handler
from finder.web.privacy.acts import change_handlers
from finder.web.privacy.key import key_handlers
from finder.web.privacy.pages import privacy_handlers
from finder.web.privacy.save import save_handlers
from finder.web.render import Pages
from finder.web.security import with_page_headers
from finder.web.services import WebServices
from finder.web.sitemap import sitemap_handlers
from finder.web.static_files import StaticFiles
from finder.web.tiles import TILE_TYPE, TileShelf

__all__ = ["WebErrorPage", "web_routes"]

_Request = Request[Any, Any, Any]
_FOREVER = "public, max-age=31536000, immutable"
_A_DAY = "public, max-age=86400"


def web_routes(services: WebServices) -> tuple[Sequence[Router], "WebErrorPage"]:
    """Every route of the pages, with their own error pages and headers; and the page for addresses that no route has."""
    pages = Pages(services, StaticFiles(), BrandFiles(services.brand))

    def on_error(request: _Request, error: Exception) -> Response[str]:
        return error_page(pages, request, error)

    routes = [
        Router(
            "/",
            route_handlers=[
                *page_handlers(pages),
                consent_handler(pages),
                *directions_handlers(pages),
                practitioner_handler(pages),
                care_handler(pages),
                *policy_handlers(pages),
                *privacy_handlers(pages),
                *key_handlers(pages),
                *authorize_handlers(pages),
                *change_handlers(pages),
                *save_handlers(pages),
                *notices_handlers(pages),
                *sitemap_handlers(services),
                *_file_handlers(pages),
            ],
            exception_handlers={Exception: on_error},
            after_request=with_page_headers,
            include_in_schema=False,
        )
    ]
    return routes, WebErrorPage(pages)


class WebErrorPage:
    """Answers an error on a path that no route has, for a person who came by a browser: ``app.py`` asks :meth:`wanted` first."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @staticmethod
    def wanted(request: _Request) -> bool:
        """Whether the asker reads HTML rather than JSON."""
        for_programs = request.url.path.startswith(("/api/", "/schema", "/health"))
        return not for_programs and "text/html" in request.headers.get("accept", "")

    def __call__(self, request: _Request, error: Exception) -> Response[str]:
        """The error page, with the security headers."""
        return error_page(self._pages, request, error)


def _file_handlers(pages: Pages) -> list[Any]:
    static, brand, services = pages.static, pages.brand, pages.services
    shelf = TileShelf(services.region_packs)

    @get("/static/{version:str}/{name:path}", sync_to_thread=False)
    def static_file(request: _Request, version: FromPath[str], name: FromPath[Path]) -> Response[bytes]:
        """A style sheet, a script, the font or the map."""
        return static.respond(request, version, name.as_posix())

    @get("/brand.css", sync_to_thread=False)
    def brand_css() -> Response[bytes]:
        """The operator's colours."""
        return Response(brand.css, media_type="text/css", headers={"Cache-Control": _FOREVER})

    @get("/brand-logo", sync_to_thread=False)
    def brand_logo(request: _Request) -> Response[bytes]:
        """The operator's logo, or else the finder's own pin."""
        if brand.logo is None:
            return static.respond(request, "", "pin.svg")
        headers = {
            "Cache-Control": _FOREVER,
            # An SVG opened by itself is a document: it may draw, and do nothing else.
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        }
        return Response(brand.logo, media_type=brand.logo_type, headers=headers)

    @get("/map/style.json", sync_to_thread=False)
    def style() -> Response[dict[str, Any]]:
        """The map's style over every region's basemap."""
        return Response(
            map_style(services.region_packs(), static), media_type=MediaType.JSON, headers={"Cache-Control": "no-cache"}
        )

    @get("/tiles/{region:str}/{z:int}/{x:int}/{y:int}", sync_to_thread=False)
    def tile(
        request: _Request, region: FromPath[str], z: FromPath[int], x: FromPath[int], y: FromPath[int]
    ) -> Response[bytes | None]:
        """One vector tile; 204 where the map is empty."""
        found = shelf.tile(region, z, x, y)
        headers = {"Cache-Control": _FOREVER if "v" in request.query_params else _A_DAY}
        if found is None:
            return Response(None, status_code=204, headers=headers)
        if found.gzipped:
            headers["Content-Encoding"] = "gzip"
        return Response(found.content, media_type=TILE_TYPE, headers=headers)

    return [static_file, brand_css, brand_logo, style, tile]
