"""The way from a person to one facility, and whether it is open when the person gets there.

Where no road leads there, or it is known only roughly where the person is, the answer is an estimate that is labelled as one;
every such thing has its note. Farther than anybody would go by that means there is none.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from finder.directions.borders import Borders, Crossing, Documents, crossings_of, with_border_steps
from finder.directions.estimate import TravelMode, estimate, widened
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Avoid, Basis, Route, Router, RouteRequest
from finder.directory.countries import country_at, country_of
from finder.directory.doors import best_door
from finder.directory.hours import HORIZON, Arrival, HoursNow, HoursState, now_and_arrival
from finder.directory.known_well import SHARP_M, is_known_well
from finder.directory.snapshot import Snapshot
from finder.directory.way_over_border import Trip, crosses_there, over_the_border
from finder.domain.consent import ForDirections
from finder.domain.facility import Entrance, Facility, Wheelchair
from finder.domain.position import Position, PositionFor
from finder.errors import NoRoute, TooFar
from finder.geo.points import LonLat

__all__ = ["FARTHEST_M", "SAID_FROM_M", "WayNote", "WayRequest", "WayThere", "way_there"]

FARTHEST_M: Final = {
    TravelMode.CAR: 500_000.0,
    TravelMode.BICYCLE: 200_000.0,
    TravelMode.FOOT: 100_000.0,
    TravelMode.WHEELCHAIR: 50_000.0,
    TravelMode.TRANSIT: 100_000.0,
}
"""About a day by each means, as the crow flies: farther off an estimate helps nobody, and there may be a sea between. Of public
transport, whose usual speed is assumed for a town, as on foot."""
SAID_FROM_M: Final = 50.0
"""A way that begins or ends farther than this from the point asked for says so."""


class WayNote(StrEnum):
    """What a person has to know of a way before following it."""

    ESTIMATE = "estimate"
    """No roads were looked at: as the crow flies, a range of time, no way to follow."""
    NO_WAY_KNOWN = "no_way_known"
    """There are roads, and none of them leads there by this mode."""
    ROUGH_START = "rough_start"
    """It is only roughly known where the person is: no roads were looked at."""
    START_ABOUT = "start_about"
    """It is known to some hundred metres where the person is: the way begins in the middle, and its time is a range."""
    ROUGH_TARGET = "rough_target"
    """It is only roughly known where the facility is."""
    START_OFF_ROAD = "start_off_road"
    TARGET_OFF_ROAD = "target_off_road"
    START_FAR_FROM_ROAD = "start_far_from_road"
    """No road of this mode is within 300 m of where the person is, so there is no way: it would begin elsewhere."""
    TARGET_FAR_FROM_ROAD = "target_far_from_road"
    TOLL = "toll"
    FERRY = "ferry"
    BORDER = "border"
    """It leads through another country, though it begins and ends in this one; without documents it is not given."""
    STEP_FREE_UNKNOWN = "step_free_unknown"
    """Nobody has looked whether there are steps on the way, or the place and its doors are mapped as not passable."""
    STEP_FREE_AS_MAPPED = "step_free_as_mapped"
    """No steps and no escalators as far as the map knows, which does not know of every kerb, slope and broken lift."""
    BY_TIMETABLE = "by_timetable"
    """Its rides are those of a timetable, which knows nothing of delays."""
    TIMETABLE_ASSUMED = "timetable_assumed"
    """The timetable of another day stands in for one that is not told."""
    NO_TIMETABLE = "no_timetable"
    """No timetable of public transport tells of such a way on that day."""
    ON_FOOT_QUICKER = "on_foot_quicker"
    """No ride brings the person there sooner: it is the way on foot."""
    ROADS_END_HERE = "roads_end_here"
    """Of an area: it comes to where the roads of the region end, and more may be within reach."""


class WayRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which way is asked for. ``language``: BCP 47, of the instructions; ``leaves_at``: aware."""

    facility_id: str
    position: PositionFor[ForDirections]
    mode: TravelMode
    leaves_at: datetime
    language: str = "en"
    avoid: frozenset[Avoid] = frozenset()
    documents: Documents | None = None
    """With what the person can cross a border; None where nobody said. Without any nobody is sent across."""


class WayThere(msgspec.Struct, frozen=True, kw_only=True):
    """A way to a facility. ``target`` is where it leads, the ``entrance`` where one is known; ``hours`` are those at departure.

    ``crossing``: where the border is crossed, if it has to be; its wait is in the time of the route.
    """

    facility: Facility
    target: LonLat
    entrance: Entrance | None
    route: Route
    leaves_at: datetime
    hours: HoursNow
    arrival: Arrival
    notes: tuple[WayNote, ...]
    crossing: Crossing | None = None

    @property
    def is_kept_here(self) -> bool:
        """Whether all ways that are known lead through another country, and none is given: no map app shall lead there either."""
        return self.crossing is None and self.route.basis is Basis.ESTIMATE and WayNote.BORDER in self.notes

    @property
    def hangs_on_documents(self) -> bool:
        """Whether other documents might change it: a border lies on it, or on the way that is not given."""
        return self.crossing is not None or (WayNote.BORDER in self.notes and self.route.mode is not TravelMode.TRANSIT)


def way_there(snapshot: Snapshot, router: Router, borders: Borders, asked: WayRequest) -> WayThere:
    """Return the way to a facility of the snapshot.

    Raises :class:`NotFound` for a facility that is not there, :class:`AcrossBorder` for one that is across a border which the
    person cannot be sent across then, :class:`TooFar` for one without a way on roads that is farther than :data:`FARTHEST_M`,
    and :class:`BadInput` as the router does.
    """
    facility = snapshot.facility(asked.facility_id)
    entrance = best_door(facility, asked.mode)
    target = entrance.lon_lat if entrance else facility.lon_lat
    trip = Trip(
        position=asked.position,
        target=target,
        country=country_of(facility),
        mode=asked.mode,
        leaves_at=asked.leaves_at,
        documents=asked.documents,
        avoids_borders=Avoid.BORDERS in asked.avoid,
    )
    crossing, time = over_the_border(router, borders, trip)
    route, notes = _route(router, asked, target, crossing)
    route = msgspec.structs.replace(route, time=time or route.time)
    barred = facility.accessibility.wheelchair is Wheelchair.NO or (facility.entrances and entrance is None)
    if asked.mode is TravelMode.WHEELCHAIR and (route.basis is Basis.ESTIMATE or barred):
        notes = [note for note in notes if note is not WayNote.STEP_FREE_AS_MAPPED] + [WayNote.STEP_FREE_UNKNOWN]
    if facility.position_accuracy_m is not None:
        notes.append(WayNote.ROUGH_TARGET)
    told = (facility.opening_hours, facility.time_zone, facility.address.country)
    hours, arrival = now_and_arrival(*told, asked.leaves_at, route.time)
    if route.time.likely_s > HORIZON.total_seconds():  # of a moment so far ahead nothing is known
        arrival = msgspec.structs.replace(arrival, state=HoursState.UNKNOWN, may_be_closed=False, minutes_to_close=None)
    return WayThere(
        facility=facility,
        target=target,
        entrance=entrance,
        route=route,
        leaves_at=asked.leaves_at,
        hours=hours,
        arrival=arrival,
        notes=tuple(notes),
        crossing=crossing,
    )


def _route(router: Router, asked: WayRequest, target: LonLat, crossing: Crossing | None) -> tuple[Route, list[WayNote]]:
    position = asked.position
    request = RouteRequest(
        origin=position.lon_lat,
        target=target,
        mode=asked.mode,
        language=asked.language,
        via=() if crossing is None else (crossing.lon_lat,),
        depart_at=asked.leaves_at,
        avoid=asked.avoid if crossing else asked.avoid | {Avoid.BORDERS},
    )
    if not is_known_well(position):
        return _estimated(request, position), [WayNote.ESTIMATE, WayNote.ROUGH_START]
    about = [WayNote.START_ABOUT] if position.accuracy_m > SHARP_M else []
    try:
        route = router.route(request)
    except NoRoute:
        return _estimated(request, position), [WayNote.ESTIMATE, *_why_no_way(router, request), *about]
    if route.basis is Basis.ESTIMATE:
        untold = [WayNote.NO_TIMETABLE] if asked.mode is TravelMode.TRANSIT else []
        return _estimated(request, position), [WayNote.ESTIMATE, *untold, *about]
    changes = crossings_of(route.shape(), country_at)
    leads_abroad = crossing is None and bool(changes)
    # A timetable knows of no wait at a border: whoever is checked there misses the next ride.
    kept_here = asked.documents in {None, Documents.NONE} or asked.mode is TravelMode.TRANSIT
    if (leads_abroad and kept_here) or (crossing is not None and not crosses_there(changes, crossing)):
        return _estimated(request, position), [WayNote.ESTIMATE, WayNote.BORDER, *about]
    said = {
        WayNote.START_ABOUT: bool(about),
        WayNote.START_OFF_ROAD: route.origin_snap_m > SAID_FROM_M,
        WayNote.TARGET_OFF_ROAD: route.target_snap_m > SAID_FROM_M,
        WayNote.TOLL: route.has_toll,
        WayNote.FERRY: route.has_ferry,
        WayNote.BORDER: leads_abroad,
        WayNote.STEP_FREE_AS_MAPPED: asked.mode is TravelMode.WHEELCHAIR,
        WayNote.BY_TIMETABLE: bool(route.rides),
        WayNote.TIMETABLE_ASSUMED: any(ride.is_assumed for ride in route.rides),
        WayNote.ON_FOOT_QUICKER: asked.mode is TravelMode.TRANSIT and not route.rides,
    }
    route = with_border_steps(route, changes, asked.language, crossing)
    time = widened(route.time, position.accuracy_m, asked.mode)
    if route.rides:  # who is nearer to the stop is there no sooner
        time = msgspec.structs.replace(time, min_s=route.time.min_s)
    route = msgspec.structs.replace(route, time=time)
    return route, [note for note, holds in said.items() if holds]


def _why_no_way(router: Router, request: RouteRequest) -> list[WayNote]:
    """What keeps an end of the way off the roads; if nothing does, that no way is known."""
    notes = (WayNote.START_FAR_FROM_ROAD, WayNote.TARGET_FAR_FROM_ROAD)
    snaps = router.snap((request.origin, request.target), request.mode)
    far = [note for note, snap in zip(notes, snaps, strict=True) if snap is None]
    return far or [WayNote.NO_WAY_KNOWN]


def _estimated(request: RouteRequest, position: Position) -> Route:
    """As the crow flies from somewhere within the circle that holds the person."""
    route = GreatCircle().route(request)
    if max(route.length_m - position.accuracy_m, position.accuracy_m) > FARTHEST_M[request.mode]:
        raise TooFar(_TOO_FAR if route.length_m > position.accuracy_m else _UNKNOWN_START)
    nearest_m, farthest_m = max(0.0, route.length_m - position.accuracy_m), route.length_m + position.accuracy_m
    return msgspec.structs.replace(route, time=estimate(nearest_m, route.length_m, farthest_m, request.mode))


_TOO_FAR: Final = "This place is too far away for this way of travelling. Choose one that is nearer, or go by another means."
_UNKNOWN_START: Final = "It is not known where you are, so there is no way from there. Send a position or a place."
