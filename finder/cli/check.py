"""``finder check``: is everything in order, and if not, what to do?"""

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from rich.markup import escape

from finder.app import border_ports, road_router, wait_book
from finder.cli.check_outgoing import NO_STORE, NotOurs, has_store, outgoing, webhooks
from finder.cli.console import OUT, current_settings, existing_store
from finder.config import Settings
from finder.directory import Snapshot, is_behind
from finder.directory.layout import current_folder
from finder.domain.fence import FenceStatus
from finder.errors import BadInput, Damaged, FinderError, NotReady
from finder.geo.clocks import local_time
from finder.locate.ip import IpDatabases
from finder.locate.ip_sources import installed_databases
from finder.notices.law import installed_boundaries, law_table
from finder.notices.law.ruled import current_law
from finder.region.pack import EXACT_DAYS, RegionPack, list_packs
from finder.region.routers import RegionRouters
from finder.region.shelf import RegionShelf
from finder.store import Store
from finder.store.fences import FenceStore
from finder.store.mail_requests import MailRequests
from finder.web import WebBrand
from finder.web.brand import BrandFiles
from finder.web.static_files import StaticFiles

__all__ = ["check"]

_PATIENCE_S = 10.0
"""So long an address of waits may take to answer here, where nobody waits for a page."""
_MOST_NAMED = 5
MAP_SCRIPT = "vendor/maplibre-gl/maplibre-gl.mjs"


class _Missing(Exception):
    """Something is not there, and need not be."""


@click.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Check the store, the snapshot in service (every byte), regions, databases and the site's files.

    Exit code 1 when something is broken; what is merely not there is said, and is no failure, nor is a webhook of a tenant's
    that fails, until it has for a day.
    """
    settings = current_settings()
    OUT.print(f"Data: {escape(str(settings.data_dir))}")
    failed = False
    for name, look in _checks(settings):
        try:
            OUT.print(f"[green]ok[/]      {name}: {escape(look())}")
        except _Missing as error:
            OUT.print(f"[yellow]missing[/] {name}: {escape(str(error))}")
        except NotOurs as error:
            OUT.print(f"[yellow]warning[/] {name}: {escape(str(error))}")
        except FinderError as error:
            failed = True
            OUT.print(f"[red]broken[/]  {name}: {escape(str(error))}")
    if failed:
        context.exit(1)


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "Data folder", lambda: _data_folder(settings)
    yield "Store", lambda: _store(settings)
    yield "Snapshot", lambda: _snapshot(settings)
    yield "Regions", lambda: _regions(settings)
    yield "Timetables", lambda: _timetables(settings)
    yield "Network addresses", lambda: _databases(settings)
    yield "Roads", lambda: _roads(settings)
    yield "Border ports", lambda: _border_ports(settings)
    yield "Border waits", lambda: _border_waits(settings)
    yield "Site", lambda: _site(settings)
    yield "Contact", lambda: _contact(settings)
    yield "Requests by letter", lambda: _letters(settings)
    yield "Log of visits", lambda: _web_log(settings)
    yield "Boundaries", _boundaries
    yield "Fences", lambda: _fences(settings)
    yield "Outgoing", lambda: outgoing(settings)
    yield "Webhooks", lambda: webhooks(settings, datetime.now(UTC))


def _roads(settings: Settings) -> str:
    shelf = RegionShelf(settings.regions_dir)
    if not settings.roads_url and (faults := RegionRouters(shelf.packs).faults()):
        raise NotReady(" ".join([*faults, "Ways are estimated there."]))
    status = road_router(settings, shelf).status()
    if not status.ready:
        raise NotReady(f"{status.detail} Ways are estimated there: see that the server runs, and FINDER_ROADS_URL.")
    return f"{status.engine}. {status.detail}"


def _border_ports(settings: Settings) -> str:
    ports = border_ports(settings)
    pairs = sorted({" and ".join(sorted(port.countries)) for port in ports})
    whose = "the finder's own" if settings.border_ports is None else "those of FINDER_BORDER_PORTS"
    return f"{len(ports)}, {whose}, between {', '.join(pairs) or 'no countries'}"


def _border_waits(settings: Settings) -> str:
    if not settings.border_waits:
        return "the usual ones: FINDER_BORDER_WAITS names no source"
    book = wait_book(settings, patience_s=_PATIENCE_S)
    lanes = len(book.measured())
    if problems := book.problems():
        raise BadInput(" ".join(problems))
    # The address itself may have a key in it.
    return f"measured of {lanes} lanes by the source in FINDER_BORDER_WAITS"


def _data_folder(settings: Settings) -> str:
    if not settings.data_dir.exists():
        raise _Missing("it is not there yet: what is loaded first makes it")
    if not settings.data_dir.is_dir():
        raise BadInput("FINDER_DATA_DIR names a file: name a folder")
    if why := _why_unwritable(settings.data_dir):
        raise NotReady(
            f"It cannot be written ({why}), so nothing is stored, and what is published may not open: mend its rights, make "
            "room, mount it for writing, or set FINDER_DATA_DIR."
        )
    return "can be written"


def _why_unwritable(folder: Path) -> str:
    """Why nothing can be written into a folder; empty where it can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
    except OSError as error:
        return error.strerror or "it does not answer"
    return ""


def _store(settings: Settings) -> str:
    if not has_store(settings):
        raise _Missing("nothing was loaded yet: finder load FILE.csv")
    with Store.open(settings.store_url) as store:
        if not store.is_current():
            raise _Missing("its tables are not up to date: finder migrate")
        behind = " (not all published: finder publish)" if is_behind(store, settings.snapshots_dir) else ""
        return f"{store.count():,} facilities after {len(store.loads()):,} loads{behind}"


def _snapshot(settings: Settings) -> str:
    try:
        folder = current_folder(settings.snapshots_dir)
    except NotReady as error:
        raise _Missing(str(error)) from error
    try:
        snapshot = Snapshot.open(folder, verify=True)
    except Damaged as error:
        if _why_unwritable(folder):  # which opening it takes, as an index is locked meanwhile
            raise NotReady("It cannot be opened, perhaps because its folder cannot be written: mend that first.") from error
        raise
    manifest = snapshot.manifest
    return (
        f"number {snapshot.number} of {manifest.created_at:%Y-%m-%d %H:%M} UTC, "
        f"{len(snapshot):,} facilities, {manifest.places:,} places"
    )


def _regions(settings: Settings) -> str:
    packs = list_packs(settings.regions_dir)
    if settings.default_region and settings.default_region not in {pack.name for pack in packs}:
        raise BadInput(f"FINDER_DEFAULT_REGION names {settings.default_region}, which is not built")
    if not packs:
        raise _Missing("none: finder region build FILE.osm.pbf")
    for pack in packs:
        pack.verify()
    return ", ".join(f"{pack.name} ({sum(1 for _ in pack.facilities())} facilities)" for pack in packs)


def _timetables(settings: Settings) -> str:
    packs = [pack for pack in RegionShelf(settings.regions_dir).packs() if pack.feeds]
    if not packs:
        return "none: no region was built with public transport (--gtfs)"
    if problems := [problem for pack in packs for problem in _outdated(pack)]:
        update = "Ways by public transport are estimated there: finder region update NAME FILE.osm.pbf --gtfs FEED."
        raise NotReady(" ".join([*problems, update]))
    return ", ".join(f"{pack.name} until {min(pack.last_exact_day, *(feed.last_day for feed in pack.feeds))}" for pack in packs)


def _outdated(pack: RegionPack) -> Iterator[str]:
    today = local_time(datetime.now(UTC), pack.centre).date()
    if today > pack.last_exact_day:
        yield f"Region {pack.name} was built more than {EXACT_DAYS} days ago, and its timetables are good for so long only."
    for feed in pack.feeds:
        if feed.last_day < today:
            yield f"The timetable {feed.name} of region {pack.name} ended on {feed.last_day}."


def _databases(settings: Settings) -> str:
    paths = installed_databases(settings.ip_dir)
    if not paths:
        raise _Missing("no database, so every person starts in the middle of the region: finder ipdb get")
    IpDatabases.open(paths).close()
    return ", ".join(path.name for path in paths)


def _site(settings: Settings) -> str:
    BrandFiles(WebBrand(**msgspec.structs.asdict(settings.brand)))
    if not StaticFiles().has(MAP_SCRIPT):
        raise _Missing("the map's files are not installed, so pages show lists only: make setup")
    return "pages and map"


def _contact(settings: Settings) -> str:
    if not settings.brand.contact:
        raise _Missing("the privacy policy and receipts name nobody whom a person can write to: set FINDER_BRAND_CONTACT")
    return settings.brand.contact


def _letters(settings: Settings) -> str:
    if not has_store(settings):
        return NO_STORE
    with existing_store(settings), MailRequests.open(settings.store_url) as requests:
        waiting, today = requests.listed(answered=False), datetime.now(UTC).date()
    if overdue := [request for request in waiting if request.is_overdue(today)]:
        raise NotReady(f"{len(overdue)} of {len(waiting)} that wait are overdue: finder requests list")
    return f"{len(waiting)} wait, none is overdue"


def _web_log(settings: Settings) -> str:
    if not settings.web_log_days:
        return "none is written: FINDER_WEB_LOG_DAYS is 0"
    folder = settings.web_log_dir
    there = next(path for path in (folder, *folder.parents) if path.exists())  # the first line of the log makes the rest
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise NotReady(f"{folder} cannot be written: mend its rights, or no visit is logged.")
    return f"kept for {settings.web_log_days} days"


def _boundaries() -> str:
    if installed_boundaries() is None:
        raise _Missing("the outlines of countries and states are not installed, so no fence is lawful anywhere: make setup")
    return f"countries of Natural Earth, states of the US Census Bureau; {len(law_table().jurisdictions)} have rows in the law"


def _fences(settings: Settings) -> str:
    if not has_store(settings):
        return NO_STORE
    with existing_store(settings), FenceStore.open(settings.store_url) as fences:
        standing = fences.standing()
    active = [stored for stored in standing.fences if stored.fence.status is FenceStatus.ACTIVE]
    law, troubles = current_law(), list[str]()
    if others := sum(law is None or stored.judgement.law != law for stored in active):
        judge = "The service tells of none that the law of now forbids: finder notices fences judge says which those are."
        troubles.append(f"{others:,} of {len(active):,} active ones were judged by another law. {judge}")
    if damaged := standing.damaged:
        named = ", ".join(one.id for one in damaged[:_MOST_NAMED]) + (", …" if len(damaged) > _MOST_NAMED else "")
        troubles.append(
            f"{len(damaged):,} cannot be read, as if another release had written them, and nobody is told of them: {named}. "
            "Import them again, or finder notices fences end ID."
        )
    if troubles:
        raise NotReady(" ".join(troubles))
    return f"{len(active):,} are active, each judged by the law of now"
