"""The borders of one page of answers, whose waits are read once; and how those of the first page come to the later ones."""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from finder.directions.borders import (
    Borders,
    Direction,
    Documents,
    Lane,
    LaneKey,
    Measurement,
    Measurements,
    WaitBook,
    lanes_open_to,
)
from finder.directions.borders.ports import MAX_WAIT_MIN
from finder.directions.estimate import TravelMode

__all__ = ["CarriedWait", "PageBorders"]


class CarriedWait(msgspec.Struct, frozen=True, array_like=True):
    """A measured wait as far as it decides an order: the likely minutes, None where the lane was closed."""

    port_id: str
    leaves: str
    enters: str
    lane: Lane
    likely_min: Annotated[float, msgspec.Meta(ge=0.0, le=MAX_WAIT_MIN)] | None
    measured_at: Annotated[datetime, msgspec.Meta(tz=True)]


class PageBorders:
    """``ordering``: the borders by which a page is ordered, with the waits of the first page. ``now``: those that it shows.

    ``carried`` are the waits that came with the page's cursor; None on a first page, and where no border had a part so far.
    Sources of waits are read when a wait is first needed, and then no more.
    """

    def __init__(self, borders: Borders | None, carried: Sequence[CarriedWait] | None) -> None:
        waits = WaitBook() if borders is None else borders.waits
        self._read = _ReadOnce(waits)
        self.now = Borders(WaitBook([self._read], waits.ports))
        self._carried = carried
        self.ordering = self.now if carried is None else Borders(WaitBook([_Carried(carried)], waits.ports))

    def carried(self, here: str, documents: Documents, mode: TravelMode) -> tuple[CarriedWait, ...] | None:
        """Return what the next page needs of the waits for who leaves the country ``here``; None if none was needed so far."""
        if self._carried is not None:
            return tuple(self._carried)
        if self._read.found is None:
            return None
        lanes = lanes_open_to(documents, mode)
        return tuple(
            CarriedWait(
                key.port_id,
                key.direction.leaves,
                key.direction.enters,
                key.lane,
                None if measured.wait_min is None else measured.wait_min[1],
                measured.measured_at,
            )
            for key, measured in self._read.found.items()
            if key.direction.leaves == here and key.lane in lanes
        )


class _Carried:
    """The source of the waits that came with a cursor."""

    problem: str | None = None

    def __init__(self, carried: Sequence[CarriedWait]) -> None:
        self._measured: Measurements = {}
        for one in carried:
            likely_min = one.likely_min
            wait_min = None if likely_min is None else (likely_min, likely_min, likely_min)
            key = LaneKey(one.port_id, Direction(one.leaves, one.enters), one.lane)
            self._measured[key] = Measurement(wait_min=wait_min, measured_at=one.measured_at, source="")

    def measured(self) -> Measurements:
        return self._measured


class _ReadOnce:
    """The source of a book's measurements as they are when one is first needed, which are ``found`` from then on."""

    problem: str | None = None

    def __init__(self, waits: WaitBook) -> None:
        self._waits = waits
        self._lock = threading.Lock()  # a search may have left a question about roads behind, which asks too
        self.found: Measurements | None = None

    def measured(self) -> Measurements:
        with self._lock:
            if self.found is None:
                self.found = self._waits.measured()
            return self.found
