"""The way from a person to one facility, and whether it is open when the person gets there.

Where no road leads there, or nobody knows where the person is to more than some kilometres, the answer is an estimate that is
labelled as one; every such thing has its note.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np

from finder.directions.borders import Borders, CountryChange, Crossing, Crossings, Direction, Documents, MayCross, crossings_of
from finder.directions.estimate import TravelMode, TravelTime, estimate, likely_s
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Avoid, Basis, Route, Router, RouteRequest
from finder.directory.countries import country_at
from finder.directory.hours import HORIZON, Arrival, HoursNow, HoursState, now_and_arrival
from finder.directory.snapshot import Snapshot
from finder.domain.facility import Entrance, Facility, Wheelchair
from finder.domain.position import Position, PositionSource
from finder.errors import AcrossBorder, NoRoute
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat

__all__ = ["ROUGH_START_M", "SAID_FROM_M", "WayNote", "WayRequest", "WayThere", "is_known_well", "way_there"]

ROUGH_START_M: Final = 2_000.0
"""From a position that may be farther off than this no way on roads is given: it would be the way from somewhere else."""
_AT_THE_PORT_M: Final = 2_000.0
SAID_FROM_M: Final = 50.0
"""A way that begins or ends farther than this from the point asked for says so."""


class WayNote(StrEnum):
    """What a person has to know of a way before following it."""

    ESTIMATE = "estimate"
    """No roads were looked at: as the crow flies, a range of time, no way to follow."""
    NO_WAY_KNOWN = "no_way_known"
    """There are roads, and none of them leads there by this mode."""
    ROUGH_START = "rough_start"
    """It is only roughly known where the person is."""
    ROUGH_TARGET = "rough_target"
    """It is only roughly known where the facility is."""
    START_OFF_ROAD = "start_off_road"
    TARGET_OFF_ROAD = "target_off_road"
    TOLL = "toll"
    FERRY = "ferry"
    BORDER = "border"
    """It leads through another country, though it begins and ends in this one; without documents it is not given."""
    STEP_FREE_UNKNOWN = "step_free_unknown"
    """Nobody has looked whether there are steps on the way, or the place and its doors are mapped as not passable."""
    STEP_FREE_AS_MAPPED = "step_free_as_mapped"
    """No steps and no escalators as far as the map knows, which does not know of every kerb, slope and broken lift."""


class WayRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which way is asked for. ``language``: BCP 47, of the instructions; ``leaves_at``: aware."""

    facility_id: str
    position: Position
    mode: TravelMode
    leaves_at: datetime
    language: str = "en"
    avoid: frozenset[Avoid] = frozenset()
    documents: Documents = Documents.NONE
    """With what the person can cross a border; without any nobody is sent across."""


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


def way_there(snapshot: Snapshot, router: Router, borders: Borders, asked: WayRequest) -> WayThere:
    """Return the way to a facility of the snapshot.

    Raises :class:`NotFound` for a facility that is not there, :class:`AcrossBorder` for one that is across a border which the
    person cannot be sent across then, and :class:`BadInput` as the router does.
    """
    facility = snapshot.facility(asked.facility_id)
    entrance = _entrance(facility, asked.mode)
    target = entrance.lon_lat if entrance else facility.lon_lat
    crossing, time = _over_the_border(router, borders, asked, facility, target)
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


def is_known_well(position: Position) -> bool:
    """Whether a way on roads from the centre of a position would be the person's own."""
    guessed = position.source in {PositionSource.IP, PositionSource.DEFAULT}
    return not guessed and not position.coarsened and position.accuracy_m <= ROUGH_START_M


def _entrance(facility: Facility, mode: TravelMode) -> Entrance | None:
    """The door to go to: the best one, for a wheelchair one that it passes, or of which nothing else is said."""
    if mode is not TravelMode.WHEELCHAIR:
        return next(iter(facility.entrances), None)
    order = (Wheelchair.YES, Wheelchair.LIMITED, None)
    passable = [one for one in facility.entrances if one.wheelchair in order]
    return min(passable, key=lambda one: order.index(one.wheelchair), default=None)


def _over_the_border(
    router: Router, borders: Borders, asked: WayRequest, facility: Facility, target: LonLat
) -> tuple[Crossing | None, TravelTime | None]:
    """The crossing on the way and the time with its wait; None and None where no border lies between."""
    here, there = country_at(asked.position.lon_lat), facility.address.country or country_at(facility.lon_lat)
    may = borders.may_cross(here, there, asked.mode, asked.documents, at=asked.leaves_at)
    # At sea, or right at a border, nobody knows the country; the way itself is looked at then.
    if may in {MayCross.NOT_NEEDED, MayCross.UNKNOWN_COUNTRY} or here is None or there is None:
        return None, None
    if Avoid.BORDERS in asked.avoid:
        raise AcrossBorder(_CANNOT_CROSS[MayCross.NO_DOCUMENTS], MayCross.NO_DOCUMENTS.value)
    if may not in {MayCross.YES, MayCross.CLOSED}:  # what is closed now may be open when the person gets there
        raise AcrossBorder(_CANNOT_CROSS[may], may.value)

    def over(engine: Router) -> Crossings:
        origin, direction = asked.position.lon_lat, Direction(here, there)
        return borders.cross(
            engine, origin, [target], asked.mode, direction=direction, documents=asked.documents, at=asked.leaves_at
        )

    sharp = is_known_well(asked.position)
    found = over(router if sharp else GreatCircle())
    if sharp and found.of(0) is None:
        found = over(GreatCircle())  # our roads may end at the border
        crossing = found.of(0)
        if crossing is not None and _knows_the_way(router, asked, crossing, target):
            raise AcrossBorder(_CANNOT_CROSS[MayCross.CLOSED], MayCross.CLOSED.value)  # shut by the time that roads take
    crossing = found.of(0)
    if crossing is None:
        raise AcrossBorder(_CANNOT_CROSS[MayCross.CLOSED], MayCross.CLOSED.value)
    accuracy_m = 0.0 if sharp else asked.position.accuracy_m
    wrong_s = float(np.diff(likely_s(np.array([0.0, accuracy_m]), asked.mode))[0])
    return crossing, TravelTime(
        likely_s=float(found.likely_s[0]),
        min_s=max(0.0, float(found.min_s[0]) - wrong_s),
        max_s=float(found.max_s[0]) + wrong_s,
    )


def _knows_the_way(router: Router, asked: WayRequest, crossing: Crossing, target: LonLat) -> bool:
    """Whether there are roads to the port and on from it."""
    legs = ((asked.position.lon_lat, crossing.lon_lat), (crossing.lon_lat, target))
    return all(np.isfinite(router.matrix([start], [end], asked.mode).duration_s[0, 0]) for start, end in legs)


_CANNOT_CROSS: Final = {
    MayCross.NO_DOCUMENTS: "This place is across the border, and nobody is sent there unasked. Say with what you can cross "
    "(documents: general, ready, sentri or medical_fast_lane), or choose a place on this side.",
    MayCross.NO_PORT: "This place is across the border, and no crossing takes these documents by this means. Choose another "
    "mode, other documents, or a place on this side.",
    MayCross.CLOSED: "This place is across the border, and every crossing for these documents is closed when you would get "
    "there. Leave at another time, or choose a place on this side.",
}


def _route(router: Router, asked: WayRequest, target: LonLat, crossing: Crossing | None) -> tuple[Route, list[WayNote]]:
    position = asked.position
    if not is_known_well(position):
        return _from_somewhere(position, target, asked.mode), [WayNote.ESTIMATE, WayNote.ROUGH_START]
    request = RouteRequest(
        origin=position.lon_lat,
        target=target,
        mode=asked.mode,
        language=asked.language,
        via=() if crossing is None else (crossing.lon_lat,),
        depart_at=asked.leaves_at,
        avoid=asked.avoid if crossing else asked.avoid | {Avoid.BORDERS},
    )
    try:
        route = router.route(request)
    except NoRoute:
        return GreatCircle().route(request), [WayNote.ESTIMATE, WayNote.NO_WAY_KNOWN]
    if route.basis is Basis.ESTIMATE:
        return route, [WayNote.ESTIMATE]
    changes = crossings_of(route.shape(), country_at)
    leads_abroad = crossing is None and bool(changes)
    if (leads_abroad and asked.documents is Documents.NONE) or (crossing is not None and not _crosses_there(changes, crossing)):
        return GreatCircle().route(request), [WayNote.ESTIMATE, WayNote.BORDER]
    said = {
        WayNote.START_OFF_ROAD: route.origin_snap_m > SAID_FROM_M,
        WayNote.TARGET_OFF_ROAD: route.target_snap_m > SAID_FROM_M,
        WayNote.TOLL: route.has_toll,
        WayNote.FERRY: route.has_ferry,
        WayNote.BORDER: leads_abroad,
        WayNote.STEP_FREE_AS_MAPPED: asked.mode is TravelMode.WHEELCHAIR,
    }
    return route, [note for note, holds in said.items() if holds]


def _crosses_there(changes: Sequence[CountryChange], crossing: Crossing) -> bool:
    """Whether a way crosses once, where it was planned: at another port there may be no such lane, or a longer wait."""
    return (
        len(changes) == 1
        and changes[0].direction == crossing.direction
        and geodesic_m(changes[0].lon_lat, crossing.lon_lat) <= _AT_THE_PORT_M
    )


def _from_somewhere(position: Position, target: LonLat, mode: TravelMode) -> Route:
    """As the crow flies from somewhere within the circle that holds the person."""
    distance_m = geodesic_m(position.lon_lat, target)
    time = estimate(max(0.0, distance_m - position.accuracy_m), distance_m, distance_m + position.accuracy_m, mode)
    return Route(basis=Basis.ESTIMATE, mode=mode, length_m=distance_m, time=time)
