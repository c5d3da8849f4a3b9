"""What is said instead of a way, where there is none to give: across a border, or farther than anybody would go so."""

from dataclasses import dataclass
from datetime import datetime

from finder.directions.estimate import TravelMode
from finder.directory.way_over_border import WhyNot
from finder.directory.way_there import FARTHEST_M
from finder.domain.facility import Facility
from finder.domain.position import Position
from finder.errors import AcrossBorder, NoRoute
from finder.geo.distance import geodesic_m
from finder.web.border_text import across_text
from finder.web.formats import distance_text
from finder.web.hours_text import HoursLine, hours_line
from finder.web.language import Reader

__all__ = ["NoWay", "no_way"]


@dataclass(frozen=True)
class NoWay:
    """``hours`` are those now: nobody knows of an arrival."""

    heading: str
    text: str
    hours: HoursLine
    asks_documents: bool
    """Whether other documents might help."""
    is_abroad: bool


def no_way(
    error: NoRoute, facility: Facility, position: Position, reader: Reader, *, mode: TravelMode, at: datetime
) -> NoWay | None:
    """Return what is said for an error of the way there, at an aware moment; None where only the start is not known."""
    distance_m, hours = geodesic_m(position.lon_lat, facility.lon_lat), hours_line(facility, at, reader)
    is_far = distance_m > FARTHEST_M[TravelMode.CAR]
    if isinstance(error, AcrossBorder):
        no_port = error.why == WhyNot.NO_PORT_KNOWN
        heading = reader.text("In another country") if no_port else reader.text("Across the border")
        return NoWay(heading, across_text(error, reader, is_far=is_far), hours, asks_documents=not no_port, is_abroad=True)
    if position.accuracy_m >= distance_m:
        return None
    distance = distance_text(distance_m, reader)
    text = reader.text("This place is %(distance)s away as the crow flies.", distance=distance)
    if not is_far and mode is not TravelMode.CAR:
        text = f"{text} {reader.text('Choose another way to travel.')}"
    return NoWay(reader.text("Too far for directions"), text, hours, asks_documents=False, is_abroad=False)
