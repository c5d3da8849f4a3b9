"""The application: everything is plugged in here, and nowhere else."""

import gc
import os
import resource
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Never

import msgspec
from litestar import Litestar, Request, Response
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.config.compression import CompressionConfig

from finder import __version__
from finder.api import ApiServices, api_routes
from finder.api.admin import AdminServices, PublishingDesk, UploadShelf, admin_routes, describe_admin
from finder.api.app_access import app_access
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
from finder.domain.position import PositionFor
from finder.geo import fence_index
from finder.geo.points import LonLat
from finder.http.counting import SearchCounter
from finder.http.faults import log_fault
from finder.http.head import answering_head
from finder.http.last_resort import keeping_faults
from finder.http.stop_signal import StopSignal
from finder.http.web_log import WebLog, logging_visits
from finder.locate.ip import IpDatabases
from finder.locate.ip_sources import installed_databases
from finder.locate.person import AddressLocator
from finder.locate.position import default_position
from finder.notices.delivery.room import DeliveryPlan
from finder.notices.hub import MOST_STREAMS
from finder.notices.room import NoticesRoom
from finder.notices.visits import plain_state
from finder.privacy.desk import ConsentDesk
from finder.privacy.disclosures import DisclosureDesk
from finder.privacy.mail import MailDesk
from finder.privacy.receipts import ReceiptKey
from finder.privacy.retention import UPLOADS, WEB_LOG, kinds
from finder.privacy.rights import RightsDesk
from finder.privacy.statistics import SearchNotes, release_due
from finder.privacy.sweeper import Sweeper, SweepThread
from finder.region.outlines import outlines_by_id
from finder.region.routers import RegionRouters
from finder.region.shelf import RegionShelf
from finder.store import Store
from finder.store.apps import AppStore
from finder.store.audit import AuditLog
from finder.store.consents import ConsentLedger
from finder.store.keys import ApiKeys
from finder.store.search_counts import SearchCounts
from finder.store.sweeping import SweptStore
from finder.web import Credit, WebBrand, WebServices, web_routes

__all__ = [
    "app_from_environment",
    "border_ports",
    "create_app",
    "delivery_plan",
    "road_router",
    "sweeper_of",
    "wait_book",
]

HALF_THE_EARTH_M = 20_003_932.0
"""As far as two points can be apart: what stands in when nothing at all is known."""
THE_EARTH = (-180.0, -90.0, 180.0, 90.0)
LARGEST_BODY_BYTES = 64 * 1024

type AnyRequest = Request[Any, Any, Any]


def app_from_environment() -> Litestar:
    """Return the application that the ``FINDER_*`` variables describe, made ready: what a server's worker starts."""
    fence_index.warm_up()
    warm_up()  # here and not on startup: from then on granian's worker hangs at the second of two signals until it serves
    app = create_app(settings_from_environment(os.environ))
    # What is there by now stays: looking through it for garbage would stop every answer for a third of a second.
    gc.collect()
    gc.freeze()
    return app


def create_app(settings: Settings) -> Litestar:
    """Return the application over a data folder. People's calls read snapshots and packs; only those of admins write."""
    directory = Directory(settings.snapshots_dir)
    regions = RegionShelf(settings.regions_dir)
    databases = IpDatabases.open(installed_databases(settings.ip_dir))
    locator = AddressLocator(databases, settings.trusted_networks, _stand_in(settings, regions, directory))

    def locate_request(request: AnyRequest, language: str) -> PositionFor[Never]:
        return locator.locate(
            request.client.host if request.client else None,
            request.headers.getall("x-forwarded-for", []),
            request.headers.getall("forwarded", []),
            language=language,
        )

    def credits() -> list[Credit]:  # noqa: A001 - the builtin is the interpreter's greeting
        return [Credit(credit.text, credit.link) for credit in databases.attributions]

    router, borders = road_router(settings, regions), Borders(wait_book(settings))
    ledger = ConsentLedger.open(settings.store_url, settings.revisions_path)
    consents = ConsentDesk(ledger)
    counts = SearchCounts.open(settings.store_url)
    notes = SearchNotes(SearchCounts.open(settings.store_url), log_fault)
    count_search = SearchCounter(consents, notes)
    receipts = ReceiptKey(settings.keys_dir)
    rights = RightsDesk.open(settings.store_url, consents, receipts, plain_state=plain_state)
    apps = AppStore.open(settings.store_url)
    disclosures = DisclosureDesk(apps, consents, receipts)
    notices = NoticesRoom(
        delivery_plan(settings),
        directory,
        outlines_by_id(directory, regions.packs),
        receipts,
        log_fault,
        outlines=regions.packs,
        most_streams=_most_streams(),
    )
    stop_signal = StopSignal(notices.hub.end_streams)
    web = WebServices(
        directory=directory,
        locate_request=locate_request,
        region_packs=regions.packs,
        consents=consents,
        rights=rights,
        disclosures=disclosures,
        fences=notices.book.current,
        visits=notices.visits,
        hears_of_visits=notices.delivery.webhooks.is_live,
        kinds=kinds(settings.web_log_days),
        count_search=count_search,
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
        counts=counts,
        apps=AppStore.open(settings.store_url),
        mail=MailDesk(rights),
        tenants=notices.tenants,
        sites=notices.sites,
        fences=notices.desk,
        notice_log=notices.log,
        webhooks=notices.delivery.webhooks,
        upload_limit_bytes=settings.upload_limit_mib << 20,
    )

    api = ApiServices(
        directory=directory,
        locate_request=locate_request,
        consents=consents,
        rights=rights,
        app_access=partial(app_access, disclosures),
        disclosures=disclosures,
        packs=notices.packs,
        router=router,
        borders=borders,
        count_search=count_search,
        browsers=notices.delivery.browsers,
        visits=notices.visits,
        hub=notices.hub,
    )

    sweeps, web_log = (
        SweepThread(sweeper_of(settings), log_fault, [lambda: release_due(counts, datetime.now(UTC))]),
        WebLog(settings.web_log_dir),
    )

    def on_error(request: AnyRequest, error: Exception) -> Response[Any]:
        """For addresses that no route has: a page for a person, a problem for a program."""
        return web_error_page(request, error) if web_error_page.wanted(request) else problem_of(request, error)

    app = Litestar(
        [
            *api_routes(api),
            *admin_routes(admin),
            *pages,
        ],
        openapi_config=openapi_config(settings.brand.name_en, __version__),
        exception_handlers={Exception: on_error},
        on_startup=[
            describe_problems,
            describe_admin,
            admin.start,
            notes.start,
            sweeps.start,
            notices.start,
            stop_signal.start,
        ],
        on_shutdown=[
            stop_signal.stop,
            notices.stop,
            sweeps.stop,
            web_log.close,
            admin.stop,
            notes.stop,
            rights.close,
            apps.close,
            ledger.close,
            store.close,
            databases.close,
        ],
        allowed_hosts=AllowedHostsConfig(allowed_hosts=list(settings.allowed_hosts))
        if "*" not in settings.allowed_hosts
        else None,
        # Tiles and static files are kept compressed. What comes bit by bit would wait in the compressor.
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=1000,
            gzip_compress_level=5,
            exclude=["^/tiles/", "^/static/", "^/api/v1/notices/stream$"],
        ),
        request_max_body_size=LARGEST_BODY_BYTES,
        # What is logged is decided by whoever serves; Litestar's own log would repeat addresses with their queries.
        logging_config=None,
    )
    handler = answering_head(app.asgi_handler)
    if settings.web_log_days:
        handler = logging_visits(handler, web_log, settings.trusted_networks)
    app.asgi_handler = keeping_faults(handler)
    return app


def sweeper_of(settings: Settings) -> Sweeper:
    """Return what takes away data whose time is over, from the store and from the data folder."""
    files = {WEB_LOG: WebLog(settings.web_log_dir).sweep, UPLOADS: UploadShelf(settings.uploads_dir).sweep}
    store = SweptStore.open(settings.store_url)
    return Sweeper(store, files, settings.data_dir / ".sweep.lock", kinds=kinds(settings.web_log_days))


def delivery_plan(settings: Settings) -> DeliveryPlan:
    """Return by which ways people and tenants are told of something."""
    return DeliveryPlan(
        store_url=settings.store_url,
        keys_dir=settings.keys_dir,
        networks=settings.reachable_networks,
        push_networks=settings.networks_of_browsers,
        messages_per_hour=settings.messages_per_hour,
        site_url=settings.site_url,
        contact=settings.brand.contact,
        smtp_url=settings.smtp_url,
        mail_from=settings.mail_from,
        sms_url=settings.sms_url,
        sms_body=settings.sms_body,
        sms_authorization=settings.sms_authorization,
    )


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


def _most_streams() -> int:
    """So many open pages may listen that half of the connections are left to everybody else."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST_STREAMS if files == resource.RLIM_INFINITY else min(MOST_STREAMS, files // 2)


def _stand_in(settings: Settings, regions: RegionShelf, directory: Directory) -> Callable[[], PositionFor[Never]]:
    """Return what stands in for a person whose address tells nothing: the default region, or the middle of all facilities."""

    def stand_in() -> PositionFor[Never]:
        packs = regions.packs()
        pack = next((pack for pack in packs if pack.name == settings.default_region), packs[0] if packs else None)
        if pack is not None:
            return default_position(pack.centre, pack.radius_m, pack.title)
        manifest = directory.current().manifest
        if manifest.centre is not None:
            return default_position(manifest.centre, manifest.radius_m, None)
        return default_position(LonLat(0.0, 0.0), HALF_THE_EARTH_M, None)

    return stand_in
