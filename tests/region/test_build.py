"""Building, switching and opening packs."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.errors import BadFile, BadInput, Conflict, Damaged, FinderError, NotFound, NotReady
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.region.build import build_region, name_from_file
from finder.region.extract import Extract
from finder.region.pack import FORMAT, MANIFEST, RegionPack, checked_name, list_packs
from tests.region.town import Town

LON, LAT = -117.16, 32.72


@pytest.fixture
def pbf(town: Town, tmp_path: Path) -> Path:
    town.node(LON, LAT, amenity="pharmacy", name="Sun")
    town.way([(LON, LAT), (LON + 0.01, LAT)], highway="primary", name="Broadway")
    return town.write(tmp_path / "Town-latest.osm.pbf", (LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01))


def test_a_pack_says_what_it_holds(pbf: Path, tmp_path: Path) -> None:
    said: list[str] = []
    built = build_region(pbf, tmp_path / "regions", report=said.append)
    pack = RegionPack.open(tmp_path / "regions" / "town")
    assert pack == built
    assert (pack.name, pack.title) == ("town", "Town")
    assert pack.bounds == pytest.approx((LON - 0.01, LAT - 0.01, LON + 0.01, LAT + 0.01), abs=1e-7)
    assert pack.centre == pytest.approx((LON, LAT), abs=1e-7)
    corner_m = geodesic_m(LonLat(LON, LAT), LonLat(LON + 0.01, LAT - 0.01))
    assert pack.radius_m == pytest.approx(corner_m, rel=1e-3)
    assert [facility.name for facility in pack.facilities()] == ["Sun"]
    assert pack.manifest.counts["facilities"] == 1
    assert any(line.startswith("facilities: 1 ") for line in said)
    assert any("zoom 14" in line for line in said)


def test_a_rebuilt_pack_replaces_the_old_one(pbf: Path, town: Town, tmp_path: Path) -> None:
    regions = tmp_path / "regions"
    old = build_region(pbf, regions, "town")
    (regions / "town" / "build-killed").mkdir()
    town.node(LON, LAT + 0.001, amenity="clinic", name="Moon")
    new = build_region(town.write(pbf), regions, "town")
    assert [pack.manifest.counts["facilities"] for pack in list_packs(regions)] == [2]
    assert {path.name for path in (regions / "town").iterdir()} == {MANIFEST, old.manifest.build, new.manifest.build}
    newest = build_region(pbf, regions, "town")
    assert {path.name for path in (regions / "town").iterdir()} == {MANIFEST, new.manifest.build, newest.manifest.build}
    assert not old.basemap_path.exists()


def test_a_failed_build_leaves_the_old_pack(pbf: Path, tmp_path: Path) -> None:
    regions = tmp_path / "regions"
    old = build_region(pbf, regions, "town")

    def interrupt(line: str) -> None:
        if "basemap" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_region(pbf, regions, "town", report=interrupt)
    assert list_packs(regions) == [old]
    assert {path.name for path in (regions / "town").iterdir()} == {MANIFEST, old.manifest.build}
    with pytest.raises(KeyboardInterrupt):
        build_region(pbf, regions, "new", report=interrupt)
    assert not (regions / "new").exists()


def test_one_region_is_built_once_at_a_time(pbf: Path, tmp_path: Path) -> None:
    """Each takes away all builds but its own and the one before, and so would take away the other's."""
    regions = tmp_path / "regions"
    refused: list[Conflict] = []

    def build_too(line: str) -> None:
        if "basemap" in line:
            with pytest.raises(Conflict, match="FINDER_DATA_DIR") as told:
                build_region(pbf, regions, "town")
            refused.append(told.value)
            build_region(pbf, regions, "village")

    pack = build_region(pbf, regions, "town", report=build_too)
    pack.verify()
    assert refused
    assert [pack.name for pack in list_packs(regions)] == ["town", "village"]
    assert build_region(pbf, regions, "town") != pack

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_region(pbf, regions, "town", report=interrupt)
    build_region(pbf, regions, "town").verify()


def test_files_that_are_no_extract(town: Town, pbf: Path, tmp_path: Path) -> None:
    regions = tmp_path / "regions"
    text, empty, cut, bare = (tmp_path / f"{name}.osm.pbf" for name in ("text", "empty", "cut", "bare"))
    text.write_text("name,lat,lon\n" * 100)
    empty.touch()
    cut.write_bytes(pbf.read_bytes()[:-20])
    Town().write(bare, (LON, LAT, LON + 1, LAT + 1))
    for path, words in ((text, "no OpenStreetMap extract"), (empty, "is empty"), (cut, "damaged"), (bare, "no map data")):
        with pytest.raises(BadFile, match=words):
            build_region(path, regions)
    with pytest.raises(BadFile, match="There is no file"):
        build_region(tmp_path / "missing.osm.pbf", regions)
    assert list_packs(regions) == []


def test_bounds_come_from_the_nodes_where_the_header_has_none(town: Town, tmp_path: Path) -> None:
    town.node(LON, LAT)
    town.node(LON + 1, LAT - 2)
    assert Extract(town.write(tmp_path / "a.osm.pbf")).bounds == pytest.approx((LON, LAT - 2, LON + 1, LAT), abs=1e-7)


@pytest.mark.parametrize("name", ["", "San Diego", "../up", "a--b", "-a", "ä", "a" * 61, "a\n"])
def test_names_that_are_none(name: str, pbf: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="--name"):
        build_region(pbf, tmp_path / "regions", name)


@given(st.text())
def test_a_name_made_from_a_file_is_good_or_refused(stem: str) -> None:
    name = name_from_file(Path(f"{stem.replace(chr(0), '')}.osm.pbf"))
    assert name == "" or len(name) > 60 or checked_name(name) == name


def test_a_name_made_from_a_file() -> None:
    assert name_from_file(Path("x/San_Diego-latest.osm.pbf")) == "san-diego"
    assert name_from_file(Path("Québec.pbf")) == "quebec"


def test_broken_packs_say_what_to_do(pbf: Path, tmp_path: Path) -> None:
    regions = tmp_path / "regions"
    pack = build_region(pbf, regions, "town")
    manifest = msgspec.json.decode((pack.folder / MANIFEST).read_bytes())
    broken: list[tuple[bytes, type[FinderError], str]] = [
        (msgspec.json.encode(manifest | {"format": FORMAT + 1}), NotReady, "later version"),
        (b"{", Damaged, "cannot be read"),
        (msgspec.json.encode({key: value for key, value in manifest.items() if key != "sha256"}), Damaged, "cannot be read"),
        (msgspec.json.encode({**manifest, "bounds": "everywhere"}), Damaged, "cannot be read"),
        (msgspec.json.encode({**manifest, "files": {**manifest["files"], "places": "gone.ndjson"}}), Damaged, "lacks its places"),
    ]
    for content, error, words in broken:
        (pack.folder / MANIFEST).write_bytes(content)
        with pytest.raises(error, match=re.compile(rf"{words}.*finder region build", re.DOTALL)):
            list_packs(regions)
    with pytest.raises(NotFound, match="no region nowhere"):
        RegionPack.open(regions / "nowhere")


def test_a_manifest_may_grow(pbf: Path, tmp_path: Path) -> None:
    pack = build_region(pbf, tmp_path / "regions", "town")
    manifest = msgspec.json.decode((pack.folder / MANIFEST).read_bytes())
    del manifest["files"]["roads"]  # as packs were before there were roads
    grown = {**manifest, "weather": "fine", "files": {**manifest["files"], "extra": "extra.bin"}}
    (pack.folder / MANIFEST).write_bytes(msgspec.json.encode(grown))
    (pack.folder / pack.manifest.build / "extra.bin").touch()
    again = RegionPack.open(pack.folder)
    assert again.file("extra").name == "extra.bin"
    with pytest.raises(NotFound, match="holds no roads"):
        again.file("roads")
    assert again.roads_path is None


def test_a_damaged_line_of_facilities(pbf: Path, tmp_path: Path) -> None:
    pack = build_region(pbf, tmp_path / "regions", "town")
    with pack.file("facilities").open("ab") as out:
        out.write(b'{"id": 1}\n')
    with pytest.raises(Damaged, match="Line 2"):
        list(pack.facilities())


def test_an_extract_of_roads_alone(shared_data: Path, tmp_path: Path, town: Town) -> None:
    """The roads of Porto have no place of care: that is no error."""
    extract = Extract(shared_data / "osm" / "r5-porto.osm.pbf")
    assert extract.bounds == pytest.approx((-8.795, 40.981, -8.358, 41.399))
    town.way([(LON, LAT), (LON + 0.01, LAT)], highway="primary", name="Broadway")
    pack = build_region(town.write(tmp_path / "roads.osm.pbf"), tmp_path / "regions")
    assert list(pack.facilities()) == []
