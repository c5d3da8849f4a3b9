"""A town in Tijuana and a place across the border, roads that are what a test says, and a short way to ask for the way."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from finder.directions.borders import Borders, Direction, Documents, Lane, LaneKey, Measurement, Measurements, WaitBook
from finder.directions.estimate import TravelMode, TravelTime
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Avoid, Basis, Route, RouteRequest, Step, StepKind
from finder.directory import Snapshot, publish
from finder.directory.way_there import WayRequest, WayThere, way_there
from finder.domain.facility import Address, Entrance, Facility, FacilityKind, Wheelchair, facility_id
from finder.domain.position import PositionFor, PositionSource
from finder.errors import NoRoute
from finder.geo.points import LonLat
from finder.geo.polyline import encode_polyline
from finder.store import Store
from tests.directory.finding.worlds import World

__all__ = ["ACROSS", "DOORS", "HERE", "ROUGH", "TEN", "TIJUANA", "Roads", "Waits", "publish_ways", "way"]

TIJUANA = LonLat(-117.02, 32.52)
TEN = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("America/Tijuana"))


def _facility(name: str, lon_lat: LonLat, country: str, accuracy_m: float | None = None) -> Facility:
    return Facility(
        id=facility_id("t", name),
        kind=FacilityKind.CLINIC,
        name=name,
        lon_lat=lon_lat,
        address=Address(country=country),
        opening_hours="Mo-Fr 08:00-10:20",
        time_zone="America/Tijuana",
        position_accuracy_m=accuracy_m,
    )


HERE = _facility("Aquí", LonLat(-117.01, 32.51), "MX")
DOORS = msgspec.structs.replace(
    _facility("Puertas", LonLat(-117.012, 32.512), "MX"),
    entrances=(
        Entrance(LonLat(-117.0121, 32.5121), "main", Wheelchair.NO),
        Entrance(LonLat(-117.0122, 32.5122), "yes"),
        Entrance(LonLat(-117.0123, 32.5123), "yes", Wheelchair.YES),
    ),
)
ROUGH = _facility("Por aquí", LonLat(-117.015, 32.515), "MX", accuracy_m=800.0)
ACROSS = _facility("Across", LonLat(-117.05, 32.57), "US")


class Roads(GreatCircle):
    """One way that takes ``minutes``, over the points given; or none at all."""

    def __init__(
        self, minutes: float = 12.0, shape: Sequence[LonLat] | None = None, *, known: bool = True, steps: bool = False
    ) -> None:
        self.asked: list[RouteRequest] = []
        self._minutes, self._shape, self._known, self._steps = minutes, shape, known, steps

    def route(self, request: RouteRequest) -> Route:
        self.asked.append(request)
        if not self._known:
            raise NoRoute("No way.")
        seconds = self._minutes * 60
        return Route(
            basis=Basis.ROADS,
            mode=request.mode,
            length_m=1000.0,
            time=TravelTime(likely_s=seconds, min_s=seconds, max_s=seconds),
            polyline=encode_polyline(np.array(self._shape or [request.origin, request.target]), precision=6),
            origin_snap_m=120.0,
            steps=self._two_steps(len(self._shape or "12")) if self._steps else (),
            target_snap_m=20.0,
            has_toll=request.mode is TravelMode.CAR,
        )

    @staticmethod
    def _two_steps(points: int) -> tuple[Step, ...]:
        last = points - 1
        start = Step(kind=StepKind.START, instruction="Siga.", length_m=1000.0, duration_s=60.0, first=0, last=last)
        return start, Step(kind=StepKind.ARRIVE, instruction="Ha llegado.", length_m=0.0, duration_s=0.0, first=last, last=last)


class Waits:
    """At San Ysidro, northbound, at ten: so many minutes in each lane."""

    problem: str | None = None

    def __init__(self, minutes: dict[Lane, float]) -> None:
        self._minutes = minutes

    def measured(self) -> Measurements:
        return {
            LaneKey("san_ysidro", Direction("MX", "US"), lane): Measurement(
                wait_min=(likely, likely, likely), measured_at=TEN, source="test"
            )
            for lane, likely in self._minutes.items()
        }


def publish_ways(folder: Path) -> Snapshot:
    """All of the facilities above, in a folder of the test's."""
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        World(facilities=[HERE, ROUGH, ACROSS, DOORS], people=[], roles=[]).store_in(store)
        return publish(store, folder / "snapshots")


def way(
    town: Snapshot,
    router: GreatCircle,
    to: Facility = HERE,
    *,
    accuracy_m: float = 20.0,
    mode: TravelMode = TravelMode.FOOT,
    leaves_at: datetime = TEN,
    documents: Documents | None = None,
    origin: LonLat = TIJUANA,
    source: PositionSource = PositionSource.GPS,
    avoid: frozenset[Avoid] = frozenset(),
    borders: Borders | None = None,
) -> WayThere:
    """The way from Tijuana to one of them, in Spanish."""
    asked = WayRequest(
        facility_id=to.id,
        position=PositionFor(lon_lat=origin, accuracy_m=accuracy_m, source=source),
        mode=mode,
        leaves_at=leaves_at,
        language="es-MX",
        documents=documents,
        avoid=avoid,
    )
    return way_there(town, router, borders or Borders(WaitBook()), asked)
