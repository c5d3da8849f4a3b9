"""What is shown of a way: how long it takes, whether it is open then, the turns and the line; texts ready for the template."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from finder.directions.estimate import TravelMode
from finder.directions.handover import MapApp, links
from finder.directions.router import Basis, Route
from finder.directory.hours import CLOSES_SOON, HoursState, hours_at
from finder.directory.way_text import note_text
from finder.directory.way_there import WayNote, WayThere
from finder.domain.facility import Facility
from finder.domain.position import Position, PositionSource
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.web.border_text import crossing_lines
from finder.web.entrance_text import entrance_line
from finder.web.formats import accuracy_text, clock_text, distance_text, minutes_text, range_text, weekday_text
from finder.web.headings import is_sharp, position_note
from finder.web.hours_text import CLOSING_SOON, HoursLine, hours_now_line, undated_line
from finder.web.language import Reader
from finder.web.turns import Turn, turns_of

__all__ = ["AppLink", "WayView", "handover_links", "way_view"]

_THERE_M: Final = 30.0
"""Who is no farther than this, as far as a device can tell, stands at the door."""


_APP_NAMES: Final = {
    MapApp.GOOGLE_MAPS: "Google Maps",
    MapApp.APPLE_MAPS: "Apple Maps",
    MapApp.WAZE: "Waze",
    MapApp.OSMAND: "OsmAnd",
}


@dataclass(frozen=True)
class AppLink:
    """A map app by its own name, and the address that opens it with the place as the target."""

    name: str
    url: str
    may_have_steps: bool


@dataclass(frozen=True)
class WayView:
    """What ``_way.html`` shows."""

    heading: str
    """``12 min on foot · 0.9 km``."""
    is_estimate: bool
    is_there: bool
    """The person is there already: there is no way to go."""
    arrive: str
    """When the person arrives, by the clock of the place; empty where nobody knows its clock."""
    hours: HoursLine
    """At arrival, or now for who is there."""
    entrance: str
    """To which door the way leads; empty where none is mapped."""
    start: str
    """Where the way begins, as far as that has a name, in a sentence."""
    start_note: str
    crossing: list[str]
    """Of the border on the way; empty where there is none."""
    notes: list[tuple[str, str]]
    """The value of each :class:`WayNote`, and what it says."""
    turns: list[Turn]
    credits: str
    """Who made the timetables of its rides; empty where there are none."""
    polyline: str
    target: LonLat
    mode: TravelMode
    position: Position
    is_vague: bool
    """It is not known where the person is to a house: nothing on the map says "here"."""


def way_view(way: WayThere, position: Position, reader: Reader) -> WayView:
    """Return what is shown of a way that begins at the position."""
    route = way.route
    there = _is_there(way, position)
    is_estimate = route.basis is Basis.ESTIMATE
    start_note = _start_note(position, reader, is_estimate=is_estimate)
    notes = [note for note in way.notes if note not in _unsaid(position, there=there)]
    return WayView(
        heading=reader.text("You seem to be there already") if there else _capital(_heading(way, position, reader)),
        is_estimate=is_estimate and not there,
        is_there=there,
        arrive="" if there else _arrive(way, position, reader),
        hours=_hours_now(way, reader) if there else _hours_then(way, reader),
        entrance="" if is_estimate and not there else entrance_line(way.entrance, route.mode, reader),
        start=_start(position, reader),
        start_note=start_note,
        crossing=crossing_lines(way.crossing, way.leaves_at, reader) if way.crossing else [],
        notes=[(note.value, note_text(note, reader.language)) for note in notes],
        turns=[] if there else turns_of(route.steps, reader),
        credits=", ".join(route.credits),
        polyline="" if there else route.polyline,
        target=way.target,
        mode=route.mode,
        position=position,
        is_vague=not is_sharp(position),
    )


def handover_links(target: LonLat, mode: TravelMode) -> list[AppLink]:
    """Return the map apps that can take over. They are told the place, and nothing of the person."""
    return [AppLink(_APP_NAMES[one.app], one.url, one.may_have_steps) for one in links(target, mode)]


def _is_there(way: WayThere, position: Position) -> bool:
    """Of a facility that is only roughly known nobody can say so."""
    if not is_sharp(position) or way.facility.position_accuracy_m is not None:
        return False
    return any(geodesic_m(position.lon_lat, place) <= _THERE_M for place in (way.target, way.facility.lon_lat))


def _unsaid(position: Position, *, there: bool) -> set[WayNote]:
    """The notes that would say no more than the rest does."""
    if there:
        return {WayNote.ESTIMATE}
    if is_sharp(position):
        return set()
    # Of the middle of a place the line about the start tells how far off it may be.
    return {WayNote.START_OFF_ROAD, *({WayNote.START_ABOUT} if position.source is PositionSource.PLACE else ())}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _heading(way: WayThere, position: Position, reader: Reader) -> str:
    route = way.route
    least_s, most_s = _time_range(way, position)
    if route.basis is Basis.ROADS:
        basis = Basis.ROADS if least_s == most_s else Basis.ESTIMATE
        # Without a ride it is the way on foot.
        mode = TravelMode.FOOT if route.mode is TravelMode.TRANSIT and not route.rides else route.mode
        return f"{minutes_text(least_s, most_s, reader, mode, basis)} · {distance_text(route.length_m, reader)}"
    time = minutes_text(least_s, most_s, reader, route.mode, route.basis)
    return f"{time} · {_as_the_crow_flies(route, way.facility, position, reader)}"


def _as_the_crow_flies(route: Route, facility: Facility, position: Position, reader: Reader) -> str:
    off_m = (facility.position_accuracy_m or 0.0) + (0.0 if is_sharp(position) else position.accuracy_m)
    if off_m:
        distance = range_text(max(0.0, route.length_m - off_m), route.length_m + off_m, reader)
    else:
        distance = distance_text(route.length_m, reader)
    return reader.text("%(distance)s as the crow flies", distance=distance)


def _arrive(way: WayThere, position: Position, reader: Reader) -> str:
    """``Arrive at 10:42``, by a timetable ``Leave at 10:20 · Arrive at 10:42``; for a range of time ``Arrive between 10:35 and
    10:50``, to five minutes.
    """
    if way.facility.time_zone is None:
        return ""
    zone = ZoneInfo(way.facility.time_zone)
    leaves_at = way.leaves_at.astimezone(zone)
    # By UTC, as adding to a local time adds to what its clock shows.
    span = _time_range(way, position)
    first, last = ((way.leaves_at.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(zone) for seconds in span)
    if first == last:
        arrive = reader.text("Arrive at %(time)s", time=_clock(first, leaves_at, reader))
        if not way.route.rides:
            return arrive
        leave = reader.text("Leave at %(time)s", time=clock_text(leaves_at, reader))
        return f"{leave} · {arrive}"
    start, end = (_clock(_to_five_minutes(moment), leaves_at, reader) for moment in (first, last))
    if start == end:
        return reader.text("Arrive at about %(time)s", time=start)
    return reader.text("Arrive between %(start)s and %(end)s", start=start, end=end)


def _time_range(way: WayThere, position: Position) -> tuple[float, float]:
    """Seconds; twice the same of a way on roads from a place that is known well.

    How long one waits at a border is only known as a range, whatever the roads.
    """
    time = way.route.time
    if way.route.basis is Basis.ROADS and way.crossing is None and is_sharp(position):
        return time.likely_s, time.likely_s
    return time.min_s, time.max_s


def _to_five_minutes(moment: datetime) -> datetime:
    return moment - timedelta(minutes=(moment.minute + 2) % 5 - 2)


def _clock(moment: datetime, leaves_at: datetime, reader: Reader) -> str:
    clock = clock_text(moment, reader)
    return clock if moment.date() == leaves_at.date() else f"{weekday_text(moment.date(), reader)}, {clock}"


def _hours_now(way: WayThere, reader: Reader) -> HoursLine:
    facility = way.facility
    undated = undated_line(facility, reader)
    return hours_now_line(way.hours, way.leaves_at, reader, undated=undated, has_phone=bool(facility.phones))


def _hours_then(way: WayThere, reader: Reader) -> HoursLine:
    """The state at the likely arrival; of what may change on the way, nothing is called open without a warning."""
    facility, arrival = way.facility, way.arrival
    then = hours_at(facility, arrival.at)
    undated = undated_line(facility, reader)
    # Told from when the person leaves: "tomorrow" is the reader's.
    line = hours_now_line(then, way.leaves_at, reader, undated=undated, has_phone=bool(facility.phones))
    match arrival.state:
        case HoursState.UNKNOWN:
            return line
        case HoursState.CLOSED:
            return HoursLine(line.state, reader.text("Closed when you arrive"), line.detail)
        case HoursState.OPEN:
            pass
    left_min = arrival.minutes_to_close
    label = reader.text("May be closed when you arrive") if arrival.may_be_closed else reader.text("Open when you arrive")
    if left_min is not None and timedelta(minutes=left_min) <= CLOSES_SOON:
        return HoursLine(CLOSING_SOON, label, reader.text("closes %(minutes)s min after you arrive", minutes=left_min))
    return HoursLine(CLOSING_SOON if arrival.may_be_closed else line.state, label, line.detail)


def _start(position: Position, reader: Reader) -> str:
    match position.source:
        case PositionSource.GPS | PositionSource.BEACON:
            start = reader.text("your area") if position.coarsened else reader.text("your location")
        case PositionSource.PLACE | PositionSource.IP | PositionSource.DEFAULT:
            start = position.label or ""
    return reader.text("From: %(start)s.", start=start) if start else ""


def _start_note(position: Position, reader: Reader, *, is_estimate: bool) -> str:
    if position.source is PositionSource.PLACE and not is_sharp(position) and not is_estimate:
        accuracy = accuracy_text(position.accuracy_m, reader)
        return reader.text("The way begins in the middle of it: it may begin up to %(accuracy)s from you.", accuracy=accuracy)
    return position_note(position, reader)
