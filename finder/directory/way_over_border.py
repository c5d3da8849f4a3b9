"""Where the way to a place crosses the border, and how long that takes with the wait; or why nobody is sent there."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
import numpy as np

from finder.directions.borders import Borders, CountryChange, Crossing, Crossings, Direction, Documents, MayCross
from finder.directions.estimate import TravelMode, TravelTime, widened
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Router
from finder.directory.countries import country_at
from finder.directory.known_well import is_known_well
from finder.domain.consent import ForDirections
from finder.domain.position import PositionFor
from finder.errors import AcrossBorder
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat

__all__ = ["Trip", "WhyNot", "crosses_there", "over_the_border"]

_AT_THE_PORT_M: Final = 2_000.0


class WhyNot(StrEnum):
    """Why nobody is sent to a place in another country."""

    NO_PORT_KNOWN = "no_port_known"
    """We know of no port of entry between the two, whatever the documents."""
    AVOIDS_BORDERS = "avoids_borders"
    """The person asked for a way without any."""
    NO_DOCUMENTS = "no_documents"
    """It was not said with what the person can cross."""
    ONLY_THIS_SIDE = "only_this_side"
    """It was said: with nothing."""
    NO_PORT = "no_port"
    """No port has a lane for this mode and these documents."""
    CLOSED = "closed"
    """All such lanes are closed when the person would get there."""


_CANNOT_CROSS: Final = {
    WhyNot.NO_PORT_KNOWN: "This place is in another country, and we know of no border crossing between the two. Choose a place "
    "in the country where you are.",
    WhyNot.AVOIDS_BORDERS: "This place is across the border, and borders are to be avoided. Leave borders out of avoid, or "
    "choose a place on this side.",
    WhyNot.NO_DOCUMENTS: "This place is across the border, and nobody is sent there unasked. Say with what you can cross "
    "(documents: general, ready, sentri or medical_fast_lane), or choose a place on this side.",
    WhyNot.ONLY_THIS_SIDE: "This place is across the border, and with the documents none nobody is sent there. Choose a place on "
    "this side, or say with what you can cross (documents: general, ready, sentri or medical_fast_lane).",
    WhyNot.NO_PORT: "This place is across the border, and no crossing takes these documents by this means. Choose another "
    "mode, other documents, or a place on this side.",
    WhyNot.CLOSED: "This place is across the border, and every crossing for these documents is closed when you would get "
    "there. Leave at another time, or choose a place on this side.",
}


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """From a position to a target, which lies in a ``country`` (ISO 3166-1 alpha-2), for who leaves at an aware moment.

    ``documents`` is None where nobody said.
    """

    position: PositionFor[ForDirections]
    target: LonLat
    country: str | None
    mode: TravelMode
    leaves_at: datetime
    documents: Documents | None
    avoids_borders: bool


def over_the_border(router: Router, borders: Borders, trip: Trip) -> tuple[Crossing | None, TravelTime | None]:
    """Return the crossing on the way and the time with its wait; None and None where no border lies between.

    Raises :class:`AcrossBorder`, with the value of a :class:`WhyNot`, where the person cannot be sent across then.
    """
    here, there = country_at(trip.position.lon_lat), trip.country
    documents = trip.documents or Documents.NONE
    may = borders.may_cross(here, there, trip.mode, documents, at=trip.leaves_at)
    # At sea, or right at a border, nobody knows the country; the way itself is looked at then.
    if may in {MayCross.NOT_NEEDED, MayCross.UNKNOWN_COUNTRY} or here is None or there is None:
        return None, None
    if (why := _kept_here(may, trip)) is not None:
        raise _across(why)

    def over(engine: Router) -> Crossings:
        direction = Direction(here, there)
        return borders.cross(
            engine,
            trip.position.lon_lat,
            [trip.target],
            trip.mode,
            direction=direction,
            documents=documents,
            at=trip.leaves_at,
        )

    known_well = is_known_well(trip.position)
    found = over(router if known_well else GreatCircle())
    if known_well and found.of(0) is None:
        found = over(GreatCircle())  # our roads may end at the border
        crossing = found.of(0)
        if crossing is not None and _knows_the_way(router, trip.position.lon_lat, crossing, trip.target, trip.mode):
            raise _across(WhyNot.CLOSED)  # shut by the time that roads take
    crossing = found.of(0)
    if crossing is None:
        raise _across(WhyNot.CLOSED)
    likely_s, min_s, max_s = (float(seconds[0]) for seconds in (found.likely_s, found.min_s, found.max_s))
    return crossing, widened(TravelTime(likely_s=likely_s, min_s=min_s, max_s=max_s), trip.position.accuracy_m, trip.mode)


def crosses_there(changes: Sequence[CountryChange], crossing: Crossing) -> bool:
    """Whether a way crosses once, where it was planned: at another port there may be no such lane, or a longer wait."""
    return (
        len(changes) == 1
        and changes[0].direction == crossing.direction
        and geodesic_m(changes[0].lon_lat, crossing.lon_lat) <= _AT_THE_PORT_M
    )


def _knows_the_way(router: Router, origin: LonLat, crossing: Crossing, target: LonLat, mode: TravelMode) -> bool:
    """Whether there are roads to the port and on from it."""
    legs = ((origin, crossing.lon_lat), (crossing.lon_lat, target))
    return all(np.isfinite(router.matrix([start], [end], mode).duration_s[0, 0]) for start, end in legs)


def _kept_here(may: MayCross, trip: Trip) -> WhyNot | None:
    """What speaks against crossing at any hour: what is closed now may be open when the person gets there."""
    match may:
        case MayCross.NO_PORT_KNOWN:
            return WhyNot.NO_PORT_KNOWN
        case _ if trip.avoids_borders:
            return WhyNot.AVOIDS_BORDERS
        case MayCross.NO_DOCUMENTS:
            return WhyNot.NO_DOCUMENTS if trip.documents is None else WhyNot.ONLY_THIS_SIDE
        case MayCross.NO_PORT:
            return WhyNot.NO_PORT
        case _:
            return None


def _across(why: WhyNot) -> AcrossBorder:
    return AcrossBorder(_CANNOT_CROSS[why], why.value)
