"""Sites of the snapshot in service: the same neighbours as a look at every facility, with who works there."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pyproj import Geod

from finder.directory import Directory, publish
from finder.domain.facility import Facility, FacilityKind, FacilityStatus, facility_id
from finder.domain.fence import Circle, Outline
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.domain.statement import Statement
from finder.errors import NotFound, NotReady
from finder.geo.points import LonLat
from finder.notices.fences.sites import DirectorySites
from finder.notices.law import look_around_m
from finder.store import Stated, Store
from tests.facilities import stored

HERE = LonLat(24.94, 60.17)
WGS84 = Geod(ellps="WGS84")


def scattered(count: int) -> list[Facility]:
    """Facilities to some 20 km around, most of them near."""
    random = np.random.default_rng(7)
    away_m, azimuth = 20_000 * random.random(count) ** 2, 360 * random.random(count)
    lon, lat, _ = WGS84.fwd(np.full(count, HERE.lon), np.full(count, HERE.lat), azimuth, away_m)
    return [
        Facility(
            id=facility_id("t", str(number)),
            kind=FacilityKind.CLINIC,
            name=f"Clinic {number}",
            lon_lat=LonLat(float(lon[number]), float(lat[number])),
            status=FacilityStatus.CLOSED if number % 50 == 49 else FacilityStatus.OPEN,
        )
        for number in range(count)
    ]


FACILITIES = scattered(1200)
AT_WORK = FACILITIES[0].id


def put_people(store: Store, people: Sequence[Practitioner], roles: Sequence[Role]) -> None:
    with store.writing() as writing:
        load_id = writing.begin(Load(source="t", file_name="t", started_at=datetime.now(UTC)))
        for thing, all_of_them in ((Practitioner, people), (Role, roles)):
            for one in all_of_them:
                said = (Statement(load_id=load_id, source="t", own_id=one.id, said=one),)
                writing.put(thing, [Stated(id=one.id, before=None, after=one, statements=said)])


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    folder = tmp_path_factory.mktemp("sites")
    people = [
        Practitioner(id="ana", name="Ana", specialties=("2084P0800X", "207RC0000X")),
        Practitioner(id="eva", name="Eva", specialties=("207RC0000X",)),
        Practitioner(id="leo", name="Leo", specialties=("2084P0800X",)),
    ]
    roles = [
        Role(id="ana-0", practitioner_id="ana", facility_id=AT_WORK, specialties=("207Q00000X",)),
        Role(id="eva-0", practitioner_id="eva", facility_id=AT_WORK),
        Role(id="leo-1", practitioner_id="leo", facility_id=FACILITIES[1].id),
    ]
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        stored(store, FACILITIES, Load(source="t", file_name="t", started_at=datetime.now(UTC)))
        put_people(store, people, roles)
        publish(store, folder / "snapshots", [])
    return Directory(folder / "snapshots")


def test_a_site_has_who_works_there_and_its_grounds(directory: Directory) -> None:
    ring = tuple(LonLat(HERE.lon + east, HERE.lat + north) for east, north in ((0, 0), (0.001, 0), (0, 0.001), (0, 0)))
    grounds = {AT_WORK: Outline(polygons=((ring,),))}
    sites = DirectorySites(directory, grounds.get)
    site = sites.site(AT_WORK)
    assert site.facility == FACILITIES[0]
    assert set(site.practised) == {"207Q00000X", "207RC0000X"}, "what she does there, not what else she could do"
    assert site.perimeter == grounds[AT_WORK]
    other = DirectorySites(directory).site(FACILITIES[1].id)
    assert (other.practised, other.perimeter) == (("2084P0800X",), None)
    around = Circle(centre=FACILITIES[0].lon_lat, radius_m=50)
    assert sites.others(around, FACILITIES[1].id)[0] == site
    assert all(one.facility.id != AT_WORK for one in sites.others(around, AT_WORK))


@pytest.mark.parametrize("radius_m", [30.0, 5_000.0])
def test_others_are_all_published_ones_so_near(directory: Directory, radius_m: float) -> None:
    shape, sites = Circle(centre=HERE, radius_m=radius_m), DirectorySites(directory)
    published = [one for one in FACILITIES if one.status is FacilityStatus.OPEN and one.id != AT_WORK]
    reach_m = look_around_m(shape)
    away_m = {one.id: WGS84.inv(*HERE, *one.lon_lat)[2] for one in published}
    near = sorted((one for one in published if away_m[one.id] <= reach_m), key=lambda one: away_m[one.id])
    assert len(near) > 256, "more than are asked for first"
    assert [site.facility for site in sites.others(shape, AT_WORK)] == near


def test_what_is_not_published_is_no_site(directory: Directory, tmp_path: Path) -> None:
    for facility in (FACILITIES[49].id, "nothing"):
        with pytest.raises(NotFound):
            DirectorySites(directory).site(facility)
    with pytest.raises(NotReady):
        DirectorySites(Directory(tmp_path)).site(AT_WORK)
