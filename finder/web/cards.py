"""What a card and the heading above the cards say: every text ready for the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from finder.directory import Hit
from finder.directory.hours import HoursState, hours_at, undated_ranges
from finder.domain.facility import Facility
from finder.domain.hours import DAYS_NOT_STATED, HOURS_NOT_STATED
from finder.domain.position import Position, PositionSource
from finder.web.formats import (
    MILE_M,
    accuracy_text,
    clock_hour,
    clock_range_text,
    clock_text,
    distance_text,
    language_names,
    phone_link,
    phone_text,
    range_text,
    weekday_text,
)
from finder.web.labels import KIND_LABELS, WHEELCHAIR_LABELS
from finder.web.language import Reader

__all__ = [
    "Card",
    "CardGroup",
    "HoursLine",
    "card_groups",
    "directions_link",
    "heading",
    "hours_line",
    "local_name",
    "place_note",
    "position_note",
    "undated_line",
]

_SHARP_M = 250.0
"""A position no worse than this gets one distance; beyond it, a range from nearest to farthest possible."""
_CHANGES = {(HoursState.CLOSED, HoursState.OPEN), (HoursState.OPEN, HoursState.CLOSED)}
"""What can be said of the next change of hours; to what is unknown, nothing."""


@dataclass(frozen=True)
class HoursLine:
    """``state`` is open, closed or unknown; ``label`` says it, ``detail`` says until when or what to do."""

    state: str
    label: str
    detail: str


@dataclass(frozen=True)
class Card:
    """One numbered result."""

    number: int
    facility: Facility
    name: str
    kind: str
    distance: str
    """Empty where nothing is known of the way there."""
    place_note: str
    """Empty where the place on the map was given and not found by the address."""
    hours: HoursLine
    wheelchair: str
    languages: str
    phone: str
    phone_link: str | None
    directions: str


@dataclass(frozen=True)
class CardGroup:
    """Cards in order under a line that parts them from those before; the first group has none."""

    heading: str
    cards: list[Card]


def card_groups(hits: Sequence[Hit], position: Position, at: datetime, reader: Reader) -> list[CardGroup]:
    """The cards in the order of the hits, numbered from 1; those that are far for certain come under a line that says so."""
    made = _cards(hits, position, at, reader)
    near = _near_count(hits, position, reader)
    if near in {0, len(made)}:  # where all of them are far, the heading of the page says it
        return [CardGroup("", made)] if made else []
    farther = reader.text("Farther than %(distance)s", distance=_far_text(reader))
    return [CardGroup("", made[:near]), CardGroup(farther, made[near:])]


def _far_text(reader: Reader) -> str:
    return distance_text(_far_m(reader), reader)


def _far_m(reader: Reader) -> float:
    return 60.0 * MILE_M if reader.miles else 100_000.0


def _near_count(hits: Sequence[Hit], position: Position, reader: Reader) -> int:
    """How many hits, from the first on, may be near enough to be called near; all where nothing is known of the person."""
    if position.source is PositionSource.DEFAULT:
        return len(hits)
    far_m = _far_m(reader)
    # From the end: behind the first that is far for certain may come one whose own place is only roughly known.
    return next((at for at in range(len(hits), 0, -1) if _may_be_within(hits[at - 1], far_m)), 0)


def _may_be_within(hit: Hit, radius_m: float) -> bool:
    return hit.distance_min_m <= radius_m or hit.distance_min_m - (hit.facility().position_accuracy_m or 0.0) <= radius_m


def _distance(hit: Hit, facility: Facility, position: Position, reader: Reader) -> str:
    if position.source is PositionSource.DEFAULT:
        return ""
    accuracy_m = facility.position_accuracy_m
    if is_sharp(position) and accuracy_m is None:
        return distance_text(hit.distance_m, reader)
    # The facility, too, is somewhere in a circle: by the triangle inequality its radius is added on both sides.
    accuracy_m = accuracy_m or 0.0
    return range_text(max(0.0, hit.distance_min_m - accuracy_m), hit.distance_max_m + accuracy_m, reader)


def _cards(hits: Sequence[Hit], position: Position, at: datetime, reader: Reader) -> list[Card]:
    made: list[Card] = []
    for number, hit in enumerate(hits, start=1):
        facility = hit.facility()
        phone = facility.phones[0] if facility.phones else ""
        wheelchair = facility.accessibility.wheelchair
        made.append(
            Card(
                number=number,
                facility=facility,
                name=local_name(facility, reader),
                kind=reader.text(KIND_LABELS[facility.kind]),
                distance=_distance(hit, facility, position, reader),
                place_note=place_note(facility, reader),
                hours=hours_line(facility, at, reader),
                wheelchair=reader.text(WHEELCHAIR_LABELS[wheelchair]) if wheelchair else "",
                languages=language_names(facility.languages, reader),
                phone=phone_text(phone),
                phone_link=phone_link(phone),
                directions=directions_link(facility),
            )
        )
    return made


def is_sharp(position: Position) -> bool:
    """Whether one distance is honest: a device's own fix or a small place. A network address never is."""
    if position.coarsened or position.source in {PositionSource.IP, PositionSource.DEFAULT}:
        return False
    return position.accuracy_m <= _SHARP_M


def local_name(facility: Facility, reader: Reader) -> str:
    """The name in the reader's language where a source gives one."""
    return facility.names.get(reader.language, facility.name)


def directions_link(facility: Facility) -> str:
    """OpenStreetMap's own directions page, told the facility's place and nothing of the person's."""
    lon, lat = facility.lon_lat
    return "https://www.openstreetmap.org/directions?" + urlencode({"to": f"{lat:.6f},{lon:.6f}"})


def hours_line(facility: Facility, at: datetime, reader: Reader) -> HoursLine:
    """Whether it is open at that moment, until when, and what to do when nobody knows."""
    now = hours_at(facility, at)
    undated = undated_line(facility, reader)
    if now.state is HoursState.UNKNOWN:
        if undated and now.comment == DAYS_NOT_STATED:
            return HoursLine("unknown", reader.text("Hours not confirmed"), undated)
        detail = _comment(now.comment, facility, reader) or (reader.text("call before you go") if facility.phones else "")
        return HoursLine("unknown", reader.text("Hours not known"), detail)
    label = reader.text("Closed now") if now.state is HoursState.CLOSED else reader.text("Open now")
    known = (now.state, now.then) in _CHANGES
    detail = _change(now.until, at, facility, now.then is HoursState.OPEN, reader) if now.until and known else ""
    detail = detail or undated
    if now.comment:
        comment = _comment(now.comment, facility, reader)
        detail = f"{detail} ({comment})" if detail else comment
    return HoursLine(now.state, label, detail)


def _comment(comment: str | None, facility: Facility, reader: Reader) -> str:
    """A source's own words as they are; what loading wrote there in the reader's language, or not where the badge says it."""
    if comment == DAYS_NOT_STATED:
        return _call_first(reader.text("days not stated"), facility, reader)
    return comment if comment and comment != HOURS_NOT_STATED else ""


def _call_first(what: str, facility: Facility, reader: Reader) -> str:
    return reader.text("%(what)s: call first", what=what) if facility.phones else what


def undated_line(facility: Facility, reader: Reader) -> str:
    """``07:00-14:30, days not stated: call first``, where no source says on which days these hours hold; else empty."""
    hours = ", ".join(clock_range_text(start, end, reader) for start, end in undated_ranges(facility))
    return _call_first(reader.text("%(hours)s, days not stated", hours=hours), facility, reader) if hours else ""


def place_note(facility: Facility, reader: Reader) -> str:
    """That the place on the map is only roughly known, and how roughly; empty where it was given."""
    if facility.position_accuracy_m is None:
        return ""
    accuracy = accuracy_text(facility.position_accuracy_m, reader)
    return reader.text("The place on the map is approximate, to about %(accuracy)s: found by its address", accuracy=accuracy)


def _change(until: datetime, at: datetime, facility: Facility, opens: bool, reader: Reader) -> str:
    """``until 9:00 PM``, ``opens tomorrow 8:00 AM`` or ``opens Mon, Nov 23, 8:00 AM``, by the facility's own clock.

    The hour picks singular or plural: Spanish says *a la 1:00* but *a las 2:00*.
    """
    zone = ZoneInfo(facility.time_zone) if facility.time_zone else until.tzinfo
    there, today = until.astimezone(zone), at.astimezone(zone).date()
    clock, day = clock_text(there, reader), weekday_text(there.date(), reader)
    hour = clock_hour(clock)
    if there.date() == today:
        if opens:
            return reader.plural("opens %(time)s", "opens %(time)s", hour, time=clock)
        return reader.plural("until %(time)s", "until %(time)s", hour, time=clock)
    if there.date() == today + timedelta(days=1):
        if opens:
            return reader.plural("opens tomorrow %(time)s", "opens tomorrow %(time)s", hour, time=clock)
        return reader.plural("until tomorrow %(time)s", "until tomorrow %(time)s", hour, time=clock)
    if opens:
        return reader.plural("opens %(day)s, %(time)s", "opens %(day)s, %(time)s", hour, day=day, time=clock)
    return reader.plural("until %(day)s, %(time)s", "until %(day)s, %(time)s", hour, day=day, time=clock)


def heading(hits: Sequence[Hit], more: bool, position: Position, reader: Reader, called: str = "") -> str:
    """``The 10 places nearest to Helsinki``, or ``3 places near you``; what is far for certain is not called near.

    ``called`` names the place where the position's own label would mislead.
    """
    count, near = len(hits), _near_count(hits, position, reader)
    where = called or _where(position, reader)
    if position.source is PositionSource.DEFAULT and not where:
        return reader.plural("%(num)d of the places we know", "%(num)d of the places we know", count)
    if count == 0:
        return reader.text("No places found near %(where)s", where=where)
    if near == 0:
        distance = _far_text(reader)
        return reader.text("Nothing within %(distance)s of %(where)s. The nearest we know of:", distance=distance, where=where)
    if more or near < count:
        return reader.plural(
            "The %(num)d place nearest to %(where)s", "The %(num)d places nearest to %(where)s", count, where=where
        )
    return reader.plural("%(num)d place near %(where)s", "%(num)d places near %(where)s", count, where=where)


def _where(position: Position, reader: Reader) -> str:
    """How to name the position in a sentence; empty for a stand-in without a name."""
    if position.source is PositionSource.GPS:
        return reader.text("your area") if position.coarsened else reader.text("your location")
    if position.label or position.source is PositionSource.DEFAULT:
        return position.label or ""
    return reader.text("you")


def position_note(position: Position, reader: Reader) -> str:
    """How the page knows where the person is, and how wrong that may be."""
    accuracy = accuracy_text(position.accuracy_m, reader)
    match position.source:
        case PositionSource.IP:
            return reader.text("Estimated from your network address: it may be off by %(accuracy)s or more.", accuracy=accuracy)
        case PositionSource.DEFAULT:
            return _stand_in_note(position.label, reader)
        case PositionSource.GPS if position.coarsened:
            return reader.text("From your approximate area, to within %(accuracy)s. Distances are ranges.", accuracy=accuracy)
        case PositionSource.GPS | PositionSource.BEACON:
            return reader.text(
                "From your device, accurate to about %(accuracy)s. It was used for this search only.", accuracy=accuracy
            )
        case PositionSource.PLACE:
            if is_sharp(position):
                return ""
            return reader.text("Distances run from anywhere within %(accuracy)s of its centre.", accuracy=accuracy)


def _stand_in_note(label: str | None, reader: Reader) -> str:
    if not label:
        return reader.text("We could not tell where you are, so we give no distances. Type a street, postcode or place.")
    return reader.text(
        "We could not tell where you are, so we start from the centre of %(where)s and give no distances.", where=label
    )
