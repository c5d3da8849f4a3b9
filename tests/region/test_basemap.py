"""The basemap, decoded again by GDAL's readers."""

import gzip
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely
from pmtiles.reader import MemorySource, Reader, all_tiles

from finder.region.basemap import ATTRIBUTION, write_basemap
from finder.region.extract import Extract
from finder.region.map_layers import FIELDS, LAYERS
from finder.region.pack import RegionPack
from tests.region.town import Town

LON, LAT = -117.16, 32.72


def decoded(path: Path, layer: str, zoom: int) -> geopandas.GeoDataFrame:
    return pyogrio.read_dataframe(path, layer=layer, ZOOM_LEVEL=zoom)


@pytest.fixture
def small(town: Town, tmp_path: Path) -> Path:
    """One thing of every layer, 5 by 5 km."""
    town.way([(LON - 0.025, LAT), (LON + 0.025, LAT)], highway="motorway", name="I-5")
    town.way([(LON - 0.025, LAT + 0.01), (LON + 0.025, LAT + 0.01)], highway="footway")
    town.way([(LON, LAT - 0.025), (LON, LAT + 0.025)], railway="rail", name="Line")
    town.way([(LON, LAT - 0.025), (LON, LAT + 0.025)], waterway="river", name="Stream")
    town.square(LON, LAT, 0.01, leisure="park", name="Balboa Park")
    town.square(LON, LAT, 0.02, landuse="residential")
    town.square(LON, LAT, 0.0002, building="yes", name="Museum")
    outer, inner = town.square(LON + 0.01, LAT, 0.005), town.square(LON + 0.01, LAT, 0.002)
    town.relation([(outer, "outer"), (inner, "inner")], natural="water")
    town.way([(LON - 0.022, LAT + 0.03), (LON - 0.022, LAT - 0.03)], natural="coastline")
    town.node(LON, LAT, place="city", name="San Diego")
    town.node(LON, LAT, place="city")
    extract = Extract(town.write(tmp_path / "town.osm.pbf", (LON - 0.025, LAT - 0.025, LON + 0.025, LAT + 0.025)))
    path = tmp_path / "basemap.pmtiles"
    write_basemap(path, extract, "Town")
    return path


def test_every_layer_has_its_fields_and_classes(small: Path) -> None:
    assert set(pyogrio.list_layers(small)[:, 0]) == set(LAYERS)
    expected = {
        "water": {"sea", "water"},
        "green": {"park"},
        "landuse": {"residential"},
        "waterways": {"river"},
        "roads": {"motorway", "path"},
        "rail": {"rail"},
        "place_labels": {"city"},
    }
    for layer, classes in expected.items():
        frame = decoded(small, layer, 14)
        assert set(frame["class"]) == classes, layer
        assert ("name" in frame) is ("name" in FIELDS[layer])
    assert set(decoded(small, "buildings", 14)["name"]) == {"Museum"}
    assert set(decoded(small, "place_labels", 14)["name"]) == {"San Diego"}


def test_finer_things_come_with_finer_zooms(small: Path) -> None:
    assert len(decoded(small, "buildings", 12)) == 0 < len(decoded(small, "buildings", 14))
    assert set(decoded(small, "roads", 10)["class"]) == {"motorway"}
    assert set(decoded(small, "roads", 13)["class"]) == {"motorway", "path"}


def test_shapes_come_back_where_they_were(small: Path) -> None:
    """Within the tile's grid: 1/4096 of a tile of zoom 14 is 0.6 m."""
    ring = shapely.box(LON + 0.005, LAT - 0.005, LON + 0.015, LAT + 0.005) - shapely.box(
        LON + 0.008, LAT - 0.002, LON + 0.012, LAT + 0.002
    )
    truth = geopandas.GeoSeries([ring], crs="EPSG:4326").to_crs("EPSG:3857").iloc[0]
    water = decoded(small, "water", 14)
    drawn = shapely.union_all(water[water["class"] == "water"].geometry.make_valid())
    assert drawn.symmetric_difference(truth).area < 0.01 * truth.area
    assert drawn.hausdorff_distance(truth) < 2.0


def test_an_extract_without_anything_to_draw_still_gives_a_file(town: Town, tmp_path: Path) -> None:
    town.node(LON, LAT, amenity="pharmacy", name="Alone")
    path = tmp_path / "basemap.pmtiles"
    written = write_basemap(path, Extract(town.write(tmp_path / "town.osm.pbf")), "Town")
    assert (written.tiles, written.features) == (1, 0)
    assert Reader(MemorySource(path.read_bytes())).metadata()["attribution"] == ATTRIBUTION


def test_helsinki_loses_nothing(helsinki: RegionPack, helsinki_pbf: Path) -> None:
    """The length and the names of the roads are those of the extract as GDAL reads it."""
    lines = pyogrio.read_dataframe(helsinki_pbf, layer="lines")
    left_out = {"platform", "corridor", "elevator", "proposed", "construction", "bus_stop"}
    roads = lines[lines["highway"].notna() & ~lines["highway"].isin(left_out)].to_crs("EPSG:3857")
    for zoom in (13, 14):
        drawn_m = decoded(helsinki.basemap_path, "roads", zoom).length.sum()
        assert drawn_m == pytest.approx(roads.length.sum(), rel=0.02)
    named = set(roads["name"].dropna())
    assert len(named & set(decoded(helsinki.basemap_path, "roads", 14)["name"])) >= 0.97 * len(named)


@pytest.mark.parametrize("zoom", range(10, 15))
def test_helsinki_has_something_at_every_zoom(helsinki: RegionPack, zoom: int) -> None:
    assert len(decoded(helsinki.basemap_path, "roads", zoom)) > 0
    assert set(decoded(helsinki.basemap_path, "place_labels", zoom)["name"]) >= {"Helsinki"}


def test_tiles_stop_at_zoom_14_and_name_their_makers(helsinki: RegionPack) -> None:
    source = MemorySource(helsinki.basemap_path.read_bytes())
    header, metadata = Reader(source).header(), Reader(source).metadata()
    assert header["max_zoom"] == 14 == max(zoom for (zoom, _, _), _ in all_tiles(source))
    assert metadata["attribution"] == ATTRIBUTION == helsinki.attribution
    assert [layer["id"] for layer in metadata["vector_layers"]] == list(LAYERS)
    assert all(gzip.decompress(tile) for _, tile in all_tiles(source))
