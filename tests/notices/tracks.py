"""Tracks of ``tests/cases/tracks``: fixes in metres east and north of a facility, and the events that they are to make."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from finder.domain.fence import Circle, Outline
from finder.domain.position import PositionSource
from finder.geo.points import LonLat
from finder.notices.tracker import Fix, Watch, edge_distance
from finder.notices.tracker.sides import Wanted
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "tests" / "cases" / "tracks"
CENTRE = LonLat(24.9384, 60.1699)
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
METRES_PER_DEGREE = 111_195.0


class Case(msgspec.Struct, forbid_unknown_fields=True):
    """One file."""

    about: str
    fence: dict[str, Any]
    dwell_s: float | None
    eta_s: float | None
    fixes: list[list[Any]]
    """Seconds, metres east, metres north, accuracy in metres, and what else there is to say."""
    events: list[tuple[str, str]]
    """Trigger and confidence; ``high_or_less`` where how sure it is does not matter."""

    def shape(self) -> Circle | Outline:
        """A circle by its ``radius_m``, or a zone: a square by half its side, ``half_m``, and its ``level``."""
        if self.fence["type"] == "circle":
            return Circle(centre=CENTRE, radius_m=self.fence["radius_m"])
        half_m = self.fence["half_m"]
        ring = tuple(place(x * half_m, y * half_m) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)))
        return Outline(polygons=((ring,),), level=self.fence["level"])

    def watch(self) -> Watch:
        wanted = Wanted(dwell_s=(self.dwell_s,) if self.dwell_s else (), eta_s=(self.eta_s,) if self.eta_s else ())
        return Watch("f", edge_distance(self.shape()), wanted, self.fence.get("level"))

    def track(self) -> list[Fix]:
        return [fix_at(*one[:3], accuracy_m=one[3], **(one[4] if len(one) > 4 else {})) for one in self.fixes]


def cases() -> dict[str, Case]:
    return {path.stem: msgspec.json.decode(path.read_bytes(), type=Case) for path in sorted(FOLDER.glob("*.json"))}


def place(east_m: float, north_m: float) -> LonLat:
    east_degree_m = METRES_PER_DEGREE * math.cos(math.radians(CENTRE.lat))
    return LonLat(CENTRE.lon + east_m / east_degree_m, CENTRE.lat + north_m / METRES_PER_DEGREE)


def fix_at(
    at_s: float,
    east_m: float,
    north_m: float,
    *,
    accuracy_m: float | None = 10.0,
    source: str = "gps",
    received_s: float | None = None,
    device_s: float | None = None,
    level: float | None = None,
) -> Fix:
    return Fix(
        at_device=START + timedelta(seconds=at_s if device_s is None else device_s),
        received_at=START + timedelta(seconds=at_s + 0.2 if received_s is None else received_s),
        lon_lat=place(east_m, north_m),
        accuracy_m=accuracy_m,
        source=PositionSource(source),
        level=level,
    )
