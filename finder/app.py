"""The application: everything is plugged in here, and nowhere else."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from litestar import Litestar, Request, Response
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.config.compression import CompressionConfig

from finder import __version__
from finder.api import ApiServices, api_routes
from finder.api.admin import AdminServices, PublishingDesk, UploadShelf, admin_routes, describe_admin
from finder.api.description import describe_problems, openapi_config
from finder.api.problems import problem_of
from finder.config import Settings, settings_from_environment
from finder.desk import Desk
from finder.directions.borders import (
    PATIENCE_S,
    Borders,
    FileWaits,
    HttpWaits,
    Port,
    WaitBook,
    WaitSource,
    known_ports,
    read_ports,
)
from finder.directions.by_region import RegionRouter, RoutersByRegion
from finder.directions.estimate import TravelMode
from finder.directions.osrm import RemoteOsrm
from finder.directions.router import Router
from finder.directions.valhalla import RemoteValhalla
from finder.directory import Directory
from finder.directory.warm import warm_up
from finder.domain.position import Position
from finder.geo.points import LonLat
from finder.http.head import answering_head
from finder.locate.ip import IpDatabases
from finder.locate.ip_sources import installed_databases
from finder.locate.person import AddressLocator
from finder.locate.position import default_position
from finder.region.routers import RegionRouters
from finder.region.shelf import RegionShelf
from finder.store import Store
from finder.store.audit import AuditLog
from finder.store.keys import ApiKeys
from finder.web import Credit, WebBrand, WebServices, web_routes

__all__ = ["app_from_environment", "border_ports", "create_app", "road_router", "wait_book"]

HALF_THE_EARTH_M = 20_003_932.0
"""As far as two points can be apart: what stands in when nothing at all is known."""
THE_EARTH = (-180.0, -90.0, 180.0, 90.0)
LARGEST_BODY_BYTES = 64 * 1024

type AnyRequest = Request[Any, Any, Any]


def app_from_environment() -> Litestar:
    """Return the application that the ``FINDER_*`` variables describe, made ready: what a server's worker starts."""
    warm_up()  # here and not on startup: from then on granian's worker hangs at the second of two signals until it serves
    return create_app(settings_from_environment(os.environ))


def create_app(settings: Settings) -> Litestar:
    """Return the application over a data folder. People's calls read snapshots and packs; only those of admins write."""
    directory = Directory(settings.snapshots_dir)
    regions = RegionShelf(settings.regions_dir)
    databases = IpDatabases.open(installed_databases(settings.ip_dir))
    locator = AddressLocator(databases, settings.trusted_networks, _stand_in(settings, regions, directory))

    def locate_request(request: AnyRequest, language: str) -> Position:
        return locator.locate(
            request.client.host if request.client else None,
            request.headers.getall("x-forwarded-for", []),
            request.headers.getall("forwarded", []),
            language=language,
        )

    def credits() -> list[Credit]:  # noqa: A001 - the builtin is the interpreter's greeting
        return [Credit(credit.text, credit.link) for credit in databases.attributions]

    router, borders = road_router(settings, regions), Borders(wait_book(settings))
    web = WebServices(
        directory=directory,
        locate_request=locate_request,
        region_packs=regions.packs,
        brand=WebBrand(**msgspec.structs.asdict(settings.brand)),
        attributions=credits,
        default_language=settings.default_language,
        router=router,
        borders=borders,
        # An operator's own server is asked for no timetable.
        has_timetable=(lambda _place, _at: False) if settings.roads_url else regions.has_timetable,
    )
    pages, web_error_page = web_routes(web)

    store = Store.open(settings.store_url)
    desk = Desk(
        store,
        snapshots_dir=settings.snapshots_dir,
        regions_dir=settings.regions_dir,
        places_dir=settings.places_dir,
        golden_searches=settings.golden_searches,
    )
    admin = AdminServices(
        desk=PublishingDesk(desk),
        keys=ApiKeys.open(settings.store_url),
        audit=AuditLog.open(settings.store_url),
        uploads=UploadShelf(settings.uploads_dir),
        upload_limit_bytes=settings.upload_limit_mib << 20,
    )

    def on_error(request: AnyRequest, error: Exception) -> Response[Any]:
        """For addresses that no route has: a page for a person, a problem for a program."""
        return web_error_page(request, error) if web_error_page.wanted(request) else problem_of(request, error)

    app = Litestar(
        [
            *api_routes(ApiServices(directory=directory, locate_request=locate_request, router=router, borders=borders)),
            *admin_routes(admin),
            *pages,
        ],
        openapi_config=openapi_config(settings.brand.name_en, __version__),
        exception_handlers={Exception: on_error},
        on_startup=[describe_problems, describe_admin, admin.start],
        on_shutdown=[admin.stop, store.close, databases.close],
        allowed_hosts=AllowedHostsConfig(allowed_hosts=list(settings.allowed_hosts))
        if "*" not in settings.allowed_hosts
        else None,
        # Tiles and static files are kept compressed.
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=1000, gzip_compress_level=5, exclude=["^/tiles/", "^/static/"]
        ),
        request_max_body_size=LARGEST_BODY_BYTES,
        # What is logged is decided by whoever serves; Litestar's own log would repeat addresses with their queries.
        logging_config=None,
    )
    app.asgi_handler = answering_head(app.asgi_handler)
    return app


def road_router(settings: Settings, regions: RegionShelf) -> Router:
    """Return the operator's own server where there is one, else the roads of the regions in service."""
    kind, _, url = settings.roads_url.partition("+")
    if not kind:
        return RoutersByRegion(RegionRouters(regions.packs))
    server = RegionRouter(
        name="the server in FINDER_ROADS_URL",
        bounds=THE_EARTH,
        router=RemoteValhalla(url) if kind == "valhalla" else RemoteOsrm(url, profiles=_profiles(settings)),
    )
    return RoutersByRegion(lambda: [server])


def _profiles(settings: Settings) -> dict[TravelMode, str]:
    return {TravelMode(mode): name for mode, name in settings.osrm_modes.items()}


def border_ports(settings: Settings) -> Sequence[Port]:
    """Return the ports of entry: those of the operator's file, or the finder's own. Raises :class:`BadFile`."""
    return known_ports() if settings.border_ports is None else read_ports(settings.border_ports)


def wait_book(settings: Settings, *, patience_s: float = PATIENCE_S) -> WaitBook:
    """Return the waits at the ports of entry; who first asks an address for them waits for it ``patience_s`` at most.

    Raises :class:`BadFile` and :class:`BadInput` for a setting that is of no use.
    """
    ports = border_ports(settings)
    return WaitBook(_wait_sources(settings.border_waits, ports, patience_s), ports)


def _wait_sources(named: str, ports: Sequence[Port], patience_s: float) -> list[WaitSource]:
    if not named:
        return []
    if named.startswith(("http://", "https://")):
        return [HttpWaits(named, patience_s=patience_s, ports=ports)]
    return [FileWaits(Path(named).expanduser(), ports)]


def _stand_in(settings: Settings, regions: RegionShelf, directory: Directory) -> Callable[[], Position]:
    """Return what stands in for a person whose address tells nothing: the default region, or the middle of all facilities."""

    def stand_in() -> Position:
        packs = regions.packs()
        pack = next((pack for pack in packs if pack.name == settings.default_region), packs[0] if packs else None)
        if pack is not None:
            return default_position(pack.centre, pack.radius_m, pack.title)
        manifest = directory.current().manifest
        if manifest.centre is not None:
            return default_position(manifest.centre, manifest.radius_m, None)
        return default_position(LonLat(0.0, 0.0), HALF_THE_EARTH_M, None)

    return stand_in
