"""What the page of notices shows: the place that is asked about, what is armed by our service, and what was told so far."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from finder.directory import Snapshot
from finder.domain.facility import Facility
from finder.domain.fence import Trigger
from finder.errors import NotFound, NotReady
from finder.geo.clocks import zone_of
from finder.notices.book import Edition
from finder.notices.visits import Notice, Visit
from finder.notices.visits.arming import end_of
from finder.privacy.coarsen import coarse_cell
from finder.web.cards import local_name
from finder.web.formats import clock_text, weekday_text
from finder.web.labels import N_
from finder.web.language import Reader

__all__ = [
    "TRIGGER_LABELS",
    "ArmedVisit",
    "PlaceAsked",
    "ToldNotice",
    "armed_visits",
    "place_asked",
    "tells_visitors",
    "told_notices",
]

TRIGGER_LABELS = {
    Trigger.APPROACH: N_("when you are almost there"),
    Trigger.ENTER: N_("when you arrive"),
    Trigger.DWELL: N_("when you have been there for a while"),
    Trigger.EXIT: N_("when you leave"),
    Trigger.WRONG_ENTRANCE: N_("when you are at another entrance than the one to use"),
}
"""When one can be told something."""
_MOMENT: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class PlaceAsked:
    """A place of care that somebody may be going to, and what can be told there."""

    id: str
    name: str
    who: Sequence[str]
    """Who would tell it."""
    when: Sequence[str]
    cell: str
    """The H3 cell of resolution 7 around the place: all that the finder learns where the device looks by itself."""
    ends_at: str
    """When it ends by itself, in the form of RFC 3339."""
    end: str
    fences: int
    """How many the device is to look for."""


@dataclass(frozen=True)
class ArmedVisit:
    """A visit that our service looks after."""

    id: str
    facility_id: str
    name: str
    end: str


@dataclass(frozen=True)
class ToldNotice:
    """A notice as it was told."""

    id: str
    at: str
    title: str
    body: str
    language: str
    place: str
    why: str
    who: str
    is_seen: bool


def tells_visitors(fences: Callable[[], Edition], facility: Facility) -> bool:
    """Tell whether one can be told something at a facility. Where the fences cannot be had nobody is promised anything."""
    try:
        return bool(fences().of_facility(facility.id))
    except NotReady:
        return False


def place_asked(edition: Edition, facility: Facility, at: datetime, reader: Reader) -> PlaceAsked | None:
    """Return what can be told at a facility; ``None`` where nothing is."""
    fences = edition.of_facility(facility.id)
    if not fences:
        return None
    ends_at, triggers = end_of(facility, None, at), {wish.trigger for fence in fences for wish in fence.wishes}
    return PlaceAsked(
        id=facility.id,
        name=local_name(facility, reader),
        who=sorted({edition.tenant_name(fence.tenant) for fence in fences}),
        when=[reader.text(label) for trigger, label in TRIGGER_LABELS.items() if trigger in triggers],
        cell=coarse_cell(facility.lon_lat),
        ends_at=ends_at.isoformat(),
        end=_end_text(ends_at, zone_of(facility.time_zone, facility.lon_lat), at, reader),
        fences=len(fences),
    )


def armed_visits(visits: Iterable[Visit], snapshot: Snapshot, at: datetime, reader: Reader) -> list[ArmedVisit]:
    """Return the visits, their ends by the clocks of the places."""
    return [
        ArmedVisit(
            id=visit.id,
            facility_id=visit.facility_id,
            name=visit.facility_name,
            end=_end_text(visit.ends_at, _clock(visit.facility_id, snapshot), at, reader),
        )
        for visit in visits
    ]


def told_notices(notices: Iterable[Notice], snapshot: Snapshot, at: datetime, reader: Reader) -> list[ToldNotice]:
    """Return the notices, the newest first."""
    return [
        ToldNotice(
            id=notice.id,
            at=_moment(notice.at, _clock(notice.facility_id, snapshot), at, reader),
            title=notice.title,
            body=notice.body,
            language=notice.language,
            place=notice.facility_name,
            why=notice.why,
            who=notice.who,
            is_seen=notice.is_seen,
        )
        for notice in sorted(notices, key=lambda one: one.seq, reverse=True)
    ]


def _clock(facility_id: str, snapshot: Snapshot) -> tzinfo | None:
    """Of a place; the server's own for one that is not published any more."""
    try:
        facility = snapshot.facility(facility_id)
    except NotFound:
        return None
    return zone_of(facility.time_zone, facility.lon_lat)


def _end_text(ends_at: datetime, clock: tzinfo | None, now: datetime, reader: Reader) -> str:
    """When a visit ends: at midnight, most of them, which is of the day that ends and not of the next."""
    last = (ends_at - _MOMENT).astimezone(clock)
    if (last + _MOMENT).date() != last.date() == now.astimezone(clock).date():
        return reader.text("midnight")
    return _moment(ends_at, clock, now, reader)


def _moment(moment: datetime, clock: tzinfo | None, now: datetime, reader: Reader) -> str:
    """A time by a clock, with its day where that is not today."""
    there = moment.astimezone(clock)
    told = clock_text(there, reader)
    if there.date() == now.astimezone(clock).date():
        return told
    return reader.text("%(clock)s, %(day)s", clock=told, day=weekday_text(there.date(), reader))
