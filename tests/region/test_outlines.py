"""Where the sites of places of care end."""

from datetime import date
from pathlib import Path

import shapely

from finder.directory import Directory, publish
from finder.domain.fence import Outline
from finder.geo.points import LonLat
from finder.notices.fences.sites import DirectorySites
from finder.region.build import build_region
from finder.region.extract import Extract
from finder.region.facilities import facilities_in
from finder.region.install import install_facilities
from finder.region.outlines import SiteOutlines, outlines_by_id
from finder.region.pack import RegionPack
from finder.store import Store
from tests.region.town import Town

LON, LAT = -117.16, 32.72
HALF = 0.001


def outlines(town: Town, folder: Path) -> dict[str, Outline]:
    return facilities_in(Extract(town.write(folder / "town.osm.pbf")), "osm:town", date(2026, 11, 23)).outlines


def area(outline: Outline) -> shapely.Polygon:
    ((outer, *holes),) = outline.polygons
    return shapely.Polygon(outer, holes)


def square(half: float, lon: float = LON) -> shapely.Polygon:
    return shapely.box(lon - half, LAT - half, lon + half, LAT + half)


def test_what_is_drawn_as_a_place_of_care_is_its_outline(town: Town, tmp_path: Path) -> None:
    number = town.square(LON, LAT, HALF, amenity="hospital", name="Sol")
    town.square(LON, LAT, HALF / 4, building="yes")
    found = outlines(town, tmp_path)
    assert list(found) == [f"way/{number}"]
    assert shapely.hausdorff_distance(area(found[f"way/{number}"]), square(HALF)) < 1e-6


def test_a_courtyard_is_a_hole(town: Town, tmp_path: Path) -> None:
    outer, inner = town.square(LON, LAT, HALF), town.square(LON, LAT, HALF / 4)
    number = town.relation([(outer, "outer"), (inner, "inner")], amenity="clinic", name="Sol", building="yes")
    found = outlines(town, tmp_path)[f"relation/{number}"]
    assert len(found.polygons[0]) == 2
    assert shapely.hausdorff_distance(area(found), square(HALF).difference(square(HALF / 4))) < 1e-6


def test_a_node_has_the_building_around_it_that_is_its_own(town: Town, tmp_path: Path) -> None:
    town.square(LON, LAT, HALF, building="yes")
    town.square(LON, LAT, HALF / 2, building="yes")
    number = town.node(LON, LAT, amenity="clinic", name="Sol")
    town.node(LON, LAT + HALF / 4, entrance="main")
    found = outlines(town, tmp_path)
    assert list(found) == [f"node/{number}"]
    assert shapely.hausdorff_distance(area(found[f"node/{number}"]), square(HALF / 2)) < 1e-6


def test_a_building_with_anything_else_in_it_is_nobodys_own(town: Town, tmp_path: Path) -> None:
    far = 0.01
    for place in range(4):
        town.square(LON + place * far, LAT, HALF, building="retail", **({"shop": "mall"} if place == 2 else {}))
        town.node(LON + place * far, LAT, amenity="clinic", name=f"Sol {place}")
    town.node(LON, LAT + HALF / 2, shop="shoes")
    town.node(LON + far, LAT + HALF / 2, amenity="dentist", name="Luna")
    alone = town.node(LON + 4 * far, LAT, amenity="clinic", name="In the open")
    found = outlines(town, tmp_path)
    assert len(found) == 1
    (outline,) = found.values()
    assert shapely.hausdorff_distance(area(outline), square(HALF, LON + 3 * far)) < 1e-6
    assert f"node/{alone}" not in found


def test_the_law_looks_at_a_facility_with_its_outline(town: Town, sqlite_store: Store, tmp_path: Path) -> None:
    number = town.square(LON, LAT, HALF, amenity="hospital", name="Sol")
    town.node(LON + 5 * HALF, LAT, amenity="clinic", name="Luna")
    town.way([(LON - HALF, LAT + 2 * HALF), (LON + HALF, LAT + 2 * HALF)], highway="residential")
    pack = build_region(town.write(tmp_path / "town.osm.pbf"), tmp_path / "regions", "town")
    install_facilities(pack, sqlite_store)
    directory = Directory(tmp_path / "snapshots")
    outline_of = outlines_by_id(directory, lambda: (pack,))
    assert outline_of("nobody") is None  # nothing is published yet
    publish(sqlite_store, tmp_path / "snapshots", [pack.places_path])
    sites = DirectorySites(directory, outline_of)
    by_name = {facility.name: facility.id for facility in pack.facilities()}
    assert sites.site(by_name["Sol"]).perimeter == dict(pack.outlines())[f"way/{number}"]
    assert sites.site(by_name["Luna"]).perimeter is None
    assert outline_of("nobody") is None


def test_a_pack_keeps_outlines_and_one_of_before_has_none(town: Town, tmp_path: Path) -> None:
    number = town.square(LON, LAT, HALF, amenity="hospital", name="Sol")
    town.way([(LON - HALF, LAT + 2 * HALF), (LON + HALF, LAT + 2 * HALF)], highway="residential")
    pack = build_region(town.write(tmp_path / "town.osm.pbf"), tmp_path / "regions", "town")
    packs: list[RegionPack] = []
    book = SiteOutlines(lambda: tuple(packs))
    assert book.of(f"way/{number}") is None
    packs.append(pack)
    found = book.of(f"way/{number}")
    assert found is not None
    assert shapely.hausdorff_distance(area(found), square(HALF)) < 1e-6
    assert book.of("way/0") is None
    assert isinstance(found.polygons[0][0][0], LonLat)
    pack.verify()
    pack.manifest.files.pop("outlines")
    assert list(pack.outlines()) == []
