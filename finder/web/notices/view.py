"""What the page of notices shows: the place that is asked about, what is armed by our service, and what was told so far."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel.lists import format_list

from finder.directory import Snapshot
from finder.domain.facility import Facility
from finder.domain.fence import Fence, Trigger
from finder.errors import Damaged, NotFound, NotReady
from finder.geo.clocks import zone_of
from finder.notices.edition import Edition
from finder.notices.listening import Interval, expires_at, intervals, quiet_intervals
from finder.notices.visits import Notice, VisitDesk
from finder.notices.visits.arming import end_of
from finder.privacy.coarsen import coarse_cell
from finder.privacy.subjects import Person
from finder.web.cards import local_name
from finder.web.formats import clock_hour, clock_text, weekday_text
from finder.web.labels import N_
from finder.web.language import Reader

__all__ = [
    "TRIGGER_LABELS",
    "ArmedVisit",
    "PlaceAsked",
    "ToldNotice",
    "armed_visits",
    "is_armed",
    "needs_floor",
    "offered_to",
    "place_asked",
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
    hearing: Sequence[str]
    """Who of them could be told, by a webhook, that somebody is there."""
    times: str
    """Between which times alone something is told until then, in words; empty where it is at any time."""
    cell: str
    """The H3 cell of resolution 7 around the place: all that the finder learns where the device looks by itself."""
    ends_at: str
    """When it ends by itself, in the form of RFC 3339."""
    end: str
    ends_at_midnight: bool
    """Whether that is the midnight at which today ends there."""
    zone: str
    """The time zone of the place."""
    fences: int
    """How many the device is to look for."""


@dataclass(frozen=True)
class ArmedVisit:
    """A visit that our service looks after."""

    id: str
    facility_id: str
    name: str
    end: str
    zone: str | None
    """The time zone of the place; ``None`` for one that is not published any more."""
    language: str
    """That of its notices, as the reader calls it; empty where it is the reader's own."""
    reference: str
    """Under which who runs the place is told of the visit; empty where they are told nothing."""


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


def offered_to(fences: Callable[[], Edition], facility: Facility) -> Literal["nobody", "pages", "apps"]:
    """Return whom one has to use to be told something at a facility: a page, or only an app that states the floor.

    Where the fences cannot be had nobody is promised anything.
    """
    try:
        edition = fences()
        if _of_page(edition, facility):
            return "pages"
        return "apps" if needs_floor(edition, facility) else "nobody"
    except (NotReady, Damaged):
        return "nobody"


def is_armed(visits: VisitDesk | None, person: Person | None) -> bool:
    """Tell whether our service looks after a visit of a person. Nobody is told so where that cannot be looked up just now."""
    if visits is None or person is None:
        return False
    try:
        return bool(visits.visits(person))
    except NotReady:
        return False


def place_asked(
    edition: Edition, facility: Facility, at: datetime, reader: Reader, *, hears: Callable[[str], bool] = lambda _tenant: False
) -> PlaceAsked | None:
    """Return what a page can tell at a facility; ``None`` where nothing. Raises :class:`NotReady` where that is not known yet.

    ``hears`` says of a tenant whether it has a webhook by which it is told of visitors.
    """
    fences = _of_page(edition, facility)
    if not fences:
        return None
    clock = zone_of(facility.time_zone, facility.lon_lat)
    ends_at, triggers = end_of(facility, None, at), {wish.trigger for fence in fences for wish in fence.wishes_without_floor}
    tenants = {fence.tenant for fence in fences}
    return PlaceAsked(
        id=facility.id,
        name=local_name(facility, reader),
        who=sorted({edition.tenant_name(tenant) for tenant in tenants}),
        when=[reader.text(label) for trigger, label in TRIGGER_LABELS.items() if trigger in triggers],
        hearing=sorted({edition.tenant_name(tenant) for tenant in tenants if _hears(hears, tenant)}),
        times=_times(fences, facility, at, ends_at, reader),
        cell=coarse_cell(facility.lon_lat),
        ends_at=ends_at.isoformat(),
        end=_end_text(ends_at, clock, at, reader),
        ends_at_midnight=_is_midnight(ends_at, clock, at),
        zone=clock.key,
        fences=len(fences),
    )


def needs_floor(edition: Edition, facility: Facility) -> bool:
    """Tell whether all that can be told at a facility needs an app that states the floor. Raises :class:`NotReady`."""
    return bool(edition.of_facility(facility.id)) and not _of_page(edition, facility)


def armed_visits(desk: VisitDesk, person: Person, snapshot: Snapshot, at: datetime, reader: Reader) -> list[ArmedVisit]:
    """Return a person's visits, their ends by the clocks of the places. Raises :class:`NotReady`."""
    visits = desk.visits(person)
    clocks = [_clock(visit.facility_id, snapshot) for visit in visits]
    return [
        ArmedVisit(
            id=visit.id,
            facility_id=visit.facility_id,
            name=visit.facility_name,
            end=_end_text(visit.ends_at, clock, at, reader),
            zone=clock.key if clock else None,
            language="" if visit.language == reader.language else _language_name(visit.language, reader),
            reference=visit.reference if desk.tells_facility(visit) else "",
        )
        for visit, clock in zip(visits, clocks, strict=True)
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


def _of_page(edition: Edition, facility: Facility) -> list[Fence]:
    """The fences of a facility that tell something to whose browser states no floor."""
    return [fence for fence in edition.of_facility(facility.id) if fence.wishes_without_floor]


def _hears(hears: Callable[[str], bool], tenant: str) -> bool:
    """Where it cannot be looked up just now nobody is asked, and nothing is told."""
    try:
        return hears(tenant)
    except NotReady:
        return False


def _times(fences: Sequence[Fence], facility: Facility, at: datetime, ends_at: datetime, reader: Reader) -> str:
    """When something can be told until a visit ends, by the clock of the place. Empty where it is at any time."""
    clock = zone_of(facility.time_zone, facility.lon_lat)
    morning = datetime.combine(at.astimezone(clock).date(), time(), clock)
    spans = list[Interval]()
    for start, end in sorted(span for fence in fences for span in _telling(fence, facility, morning, ends_at)):
        if spans and start <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(end, spans[-1][1])
        else:
            spans.append((start, end))
    left = [span for span in spans if span[1] > at]
    if not left:
        return reader.text("Today nothing more is noticed there: its notices come at other times.")
    if left[0][0] <= at and left[0][1] >= ends_at:
        return ""
    told = [_span_text(span, at, clock, reader) for span in left]
    listed = format_list(told, locale=reader.locale)
    return reader.text("Notices come only %(times)s, by the clock of the place.", times=listed)


def _telling(fence: Fence, facility: Facility, start: datetime, end: datetime) -> list[Interval]:
    """When a fence listens, and is neither quiet nor over."""
    over = expires_at(fence, facility)
    listening = intervals(fence, facility, start, min(end, over) if over else end)
    for quiet_from, quiet_to in quiet_intervals(fence, facility, start, end):
        cut = [((begin, min(stop, quiet_from)), (max(begin, quiet_to), stop)) for begin, stop in listening]
        listening = [span for pair in cut for span in pair if span[0] < span[1]]
    return listening


def _span_text(span: Interval, at: datetime, clock: tzinfo, reader: Reader) -> str:
    start, end = (_time_text(moment.astimezone(clock), reader) for moment in span)
    if span[0] <= at:
        return reader.plural("until %(time)s", "until %(time)s", clock_hour(end), time=end)
    return reader.text("from %(start)s to %(end)s", start=start, end=end)


def _time_text(there: datetime, reader: Reader) -> str:
    return clock_text(there, reader) if there.time() != time() else reader.text("midnight")


def _language_name(code: str, reader: Reader) -> str:
    """Return what a language is called in that of the reader."""
    return reader.locale.languages.get(code, code)


def _clock(facility_id: str, snapshot: Snapshot) -> ZoneInfo | None:
    """Of a place; the server's own for one that is not published any more."""
    try:
        facility = snapshot.facility(facility_id)
    except NotFound:
        return None
    return zone_of(facility.time_zone, facility.lon_lat)


def _is_midnight(ends_at: datetime, clock: tzinfo | None, now: datetime) -> bool:
    last = (ends_at - _MOMENT).astimezone(clock)
    return (last + _MOMENT).date() != last.date() == now.astimezone(clock).date()


def _end_text(ends_at: datetime, clock: tzinfo | None, now: datetime, reader: Reader) -> str:
    """When a visit ends: at midnight, most of them, which is of the day that ends and not of the next."""
    if _is_midnight(ends_at, clock, now):
        return reader.text("midnight")
    return _moment(ends_at, clock, now, reader)


def _moment(moment: datetime, clock: tzinfo | None, now: datetime, reader: Reader) -> str:
    """A time by a clock, with its day where that is not today."""
    there = moment.astimezone(clock)
    told = clock_text(there, reader)
    if there.date() == now.astimezone(clock).date():
        return told
    return reader.text("%(clock)s, %(day)s", clock=told, day=weekday_text(there.date(), reader))
