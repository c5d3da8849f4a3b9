"""For search engines: which pages there are (https://www.sitemaps.org/protocol.html) and which are none (RFC 9309).

Each page is listed once in each language, with the addresses of the others, as browsers are answered in the language that they
ask for and search engines ask for none.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Stream

from finder.directory.snapshot import Snapshot
from finder.errors import NotFound
from finder.http.site import site_address
from finder.web.find import QUESTION_FIELDS
from finder.web.language import LANGUAGES
from finder.web.services import WebServices

__all__ = ["PAGES_IN_A_FILE", "sitemap_handlers", "sitemap_texts"]

PAGES_IN_A_FILE: Final = 10_000
"""A file may hold 50,000 addresses and 50 MiB; each page has two, with at most three more each of at most 350 letters."""

_XML: Final = "application/xml"
_HEADERS: Final = {"Cache-Control": "public, max-age=3600", "Vary": "Host"}
_STATIC: Final = ("/", "/care", "/privacy", "/privacy/policy")
_BATCH: Final = 200
_NO_PAGES: Final = (
    "/api/",
    "/results",
    "/tiles/",
    "/facilities/*/directions",
    "/notices",
    *(f"/?{field}=" for field in QUESTION_FIELDS),
)
"""Beginnings of addresses. Searches are no pages: each costs one to answer, and there is no end of them."""

_Request = Request[Any, Any, Any]


def sitemap_handlers(services: WebServices) -> list[Any]:
    """The handlers of ``GET /sitemap.xml``, the index, of ``/sitemaps/{number}.xml`` and of ``/robots.txt``."""

    @get("/sitemap.xml", sync_to_thread=False, include_in_schema=False)
    def sitemap_index(request: _Request) -> Response[str]:
        """The list of the files that list the pages."""
        snapshot = services.directory.current()
        return Response(_index(snapshot, site_address(request)), media_type=_XML, headers=_HEADERS)

    @get("/sitemaps/{name:str}", sync_to_thread=False, include_in_schema=False)
    def sitemap(request: _Request, name: FromPath[str]) -> Stream:
        """Some of the pages, in the order of the ids."""
        snapshot, number = services.directory.current(), _number(name)
        if number >= _files(snapshot):
            raise NotFound("There is no such file. /sitemap.xml lists them.")
        return Stream(sitemap_texts(snapshot, number, site_address(request)), media_type=_XML, headers=_HEADERS)

    @get("/robots.txt", sync_to_thread=False, include_in_schema=False)
    def robots(request: _Request) -> Response[str]:
        """What a crawler may ask for."""
        lines = ["User-agent: *", *(f"Disallow: {start}" for start in _NO_PAGES)]
        text = "\n".join([*lines, "", f"Sitemap: {site_address(request)}/sitemap.xml", ""])
        return Response(text, media_type="text/plain", headers=_HEADERS)

    return [sitemap_index, sitemap, robots]


def sitemap_texts(snapshot: Snapshot, number: int, site: str) -> Iterator[str]:
    """One file of the sitemap in pieces: pages from ``number * PAGES_IN_A_FILE`` on. ``site`` is ``https://finder.example``."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    )
    start = number * PAGES_IN_A_FILE
    end = min(start + PAGES_IN_A_FILE, _count(snapshot))
    for batch in range(start, end, _BATCH):
        yield "".join(_entries(site + _path(snapshot, page)) for page in range(batch, min(batch + _BATCH, end)))
    yield "</urlset>\n"


def _count(snapshot: Snapshot) -> int:
    return len(_STATIC) + len(snapshot) + len(snapshot.people)


def _files(snapshot: Snapshot) -> int:
    return -(-_count(snapshot) // PAGES_IN_A_FILE)


def _path(snapshot: Snapshot, page: int) -> str:
    """The path of a page by its number: those that are always there, facilities, practitioners."""
    if page < len(_STATIC):
        return _STATIC[page]
    page -= len(_STATIC)
    if page < len(snapshot):
        return f"/facilities/{quote(snapshot.id_at(page), safe='')}"
    return f"/practitioners/{quote(snapshot.people.id_at(page - len(snapshot)), safe='')}"


def _entries(address: str) -> str:
    """One entry for each language."""
    addresses = {language: escape(f"{address}?lang={language}") for language in LANGUAGES}
    plain = {**addresses, "x-default": escape(address)}
    links = "".join(f'<xhtml:link rel="alternate" hreflang="{name}" href="{href}"/>' for name, href in plain.items())
    return "".join(f"<url><loc>{loc}</loc>{links}</url>\n" for loc in addresses.values())


def _index(snapshot: Snapshot, site: str) -> str:
    published = snapshot.manifest.created_at.isoformat(timespec="seconds")
    files = "".join(
        f"<sitemap><loc>{escape(site)}/sitemaps/{number + 1}.xml</loc><lastmod>{published}</lastmod></sitemap>\n"
        for number in range(_files(snapshot))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{files}</sitemapindex>\n'
    )


def _number(name: str) -> int:
    """The number of a file of that name, from 0 on. Raises :class:`NotFound` for what is no such name."""
    digits = name.removesuffix(".xml")
    if digits == name or not digits.isascii() or not digits.isdigit() or digits.startswith("0") or len(digits) > 6:
        raise NotFound("There is no such file. /sitemap.xml lists them.")
    return int(digits) - 1
