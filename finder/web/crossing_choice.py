"""The choice with what a person can cross a border: read from a posted form alone, and offered only where it matters.

Which documents somebody has says much of their standing with an immigration authority: it is in no address, no log and no
history, and is gone when the answer is made. See docs/decisions/0024.
"""

from collections.abc import Mapping
from typing import Any, Final

from finder.directions.borders import Borders, Documents, ports_between
from finder.directory.countries import country_at, country_of
from finder.domain.facility import Facility
from finder.domain.position import Position, PositionSource
from finder.errors import BadInput
from finder.geo.distance import geodesic_m
from finder.web.filters import Choice
from finder.web.labels import DOCUMENTS_LABELS, N_
from finder.web.language import Reader

__all__ = ["DOCUMENTS_FIELD", "crossing_choices", "documents_from", "have_a_port_between", "is_near_a_port"]

DOCUMENTS_FIELD: Final = "documents"
"""The field of a posted form."""
_NEAR_M: Final = 150_000.0
"""Who is farther than this from every port of entry is not bothered with borders before a result lies across one."""
_UNSAID: Final = N_("Not said: both sides are shown")
_UNSAID_OF_A_WAY: Final = N_("Not said")


def documents_from(posted: Mapping[str, Any]) -> Documents | None:
    """What a posted form says; None where it says nothing. Raises :class:`BadInput` for what no form of ours sends."""
    said = str(posted.get(DOCUMENTS_FIELD, ""))
    if said and said not in set(Documents):
        raise BadInput("There are no such documents: choose some from the list.")
    return Documents(said) if said else None


def crossing_choices(chosen: Documents | None, reader: Reader, *, of_a_way: bool = False) -> list[Choice]:
    """The options for a search or for one way: to say nothing is one, and that one crosses with nothing another."""
    said = [Choice(one.value, reader.text(label), one is chosen) for one, label in DOCUMENTS_LABELS.items()]
    return [Choice("", reader.text(_UNSAID_OF_A_WAY if of_a_way else _UNSAID), chosen is None), *said]


def have_a_port_between(position: Position, facility: Facility, borders: Borders) -> bool:
    """Whether we know a port of entry between the country of a position and that of a facility: else there is nothing to ask."""
    here, there = country_at(position.lon_lat), country_of(facility)
    return here is not None and there is not None and here != there and bool(ports_between(here, there, borders.waits.ports))


def is_near_a_port(position: Position, borders: Borders) -> bool:
    """Whether the person may be near a port of entry of the country that they are in."""
    if position.source is PositionSource.DEFAULT:
        return False
    here = country_at(position.lon_lat)
    ports = (port for port in borders.waits.ports if here in port.countries)
    return any(geodesic_m(position.lon_lat, port.lon_lat) - position.accuracy_m <= _NEAR_M for port in ports)
