"""Replacing a region while it is in service."""

from pathlib import Path

import pytest

from finder.errors import BadInput, NotFound
from finder.region.build import build_region
from finder.region.pack import list_packs
from finder.region.shelf import RegionShelf
from finder.region.update import region_to_update, update_region
from tests.region.test_roads import actor, km_by_foot
from tests.region.town import Town

LON, LAT = -117.16, 32.72
ENDS = (LON, LAT), (LON + 0.01, LAT)


def street(folder: Path, *, detour: bool = False, lon: float = LON, name: str = "town") -> Path:
    """A street between the two ends; with a detour, only the way round by the north is left of it."""
    town = Town()
    top = [(lon, LAT + 0.005), (lon + 0.01, LAT + 0.005)] if detour else []
    town.way([(lon, LAT), *top, (lon + 0.01, LAT)], highway="residential", name="Broadway")
    town.node(lon, LAT, amenity="pharmacy", name="Sun")
    return town.write(folder / f"{name}.osm.pbf")


def test_who_reads_the_old_roads_goes_on_and_the_shelf_has_the_new_ones(tmp_path: Path) -> None:
    regions = tmp_path / "regions"
    build_region(street(tmp_path), regions)
    shelf = RegionShelf(regions)
    [old] = shelf.packs()
    assert old.roads_path is not None
    at_work = actor(old.roads_path)
    short_km = km_by_foot(at_work, *ENDS)
    seen: list[bool] = []

    def look(_: str) -> None:
        seen.append(shelf.packs() == (old,))

    new = update_region(street(tmp_path, detour=True), regions, report=look)
    assert seen
    assert all(seen), "until the switch the old region is in service"
    assert shelf.packs() == (new,)
    assert new.roads_path is not None
    long_km = km_by_foot(actor(new.roads_path), *ENDS)
    assert long_km > short_km + 1.0
    # One that has looked before the switch, and a thread that opens its own engine only now.
    assert km_by_foot(at_work, *ENDS) == short_km
    assert km_by_foot(actor(old.roads_path), *ENDS) == short_km
    old.verify()
    update_region(street(tmp_path), regions)
    assert not old.roads_path.exists()
    assert new.roads_path.exists()


def test_an_extract_of_another_area_is_refused_unless_one_insists(tmp_path: Path) -> None:
    regions = tmp_path / "regions"
    old = build_region(street(tmp_path), regions)
    far = street(tmp_path, lon=LON + 5, name="far")
    with pytest.raises(BadInput, match=r"another area than region town.*--force"):
        update_region(far, regions, "town")
    assert list_packs(regions) == [old]
    assert update_region(far, regions, "town", force=True).bounds.west == pytest.approx(LON + 5)


def test_regions_side_by_side(tmp_path: Path) -> None:
    regions = tmp_path / "regions"
    one = build_region(street(tmp_path), regions, "one")
    build_region(street(tmp_path, lon=LON + 5), regions, "two")
    new = update_region(street(tmp_path, lon=LON + 5, detour=True), regions, "two")
    assert list_packs(regions) == [one, new]


def test_which_region_is_meant(tmp_path: Path) -> None:
    regions, file = tmp_path / "regions", street(tmp_path, name="town-latest")
    with pytest.raises(NotFound, match=r"no region yet.*finder region build"):
        region_to_update(file, regions)
    build_region(file, regions, "city")
    assert region_to_update(file, regions) == "city", "the only one"
    with pytest.raises(NotFound, match=r"no region town.*--name town"):
        region_to_update(file, regions, "town")
    build_region(file, regions, "village")
    with pytest.raises(BadInput, match="city, village"):
        region_to_update(file, regions)
    build_region(file, regions, "town")
    assert region_to_update(file, regions) == "town", "the one that the file is called after"
    assert region_to_update(file, regions, "city") == "city"
    with pytest.raises(BadInput, match="hyphens"):
        region_to_update(file, regions, "../town")
