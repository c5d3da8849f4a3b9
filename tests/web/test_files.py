"""Style, scripts, brand, map style and tiles."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from finder.directory import Directory
from finder.errors import BadInput
from finder.web import WebBrand
from finder.web.brand import BrandFiles, white_contrast
from finder.web.static_files import STATIC_DIR, StaticFiles

from .town import pack, services, site

TILE = b"\x1a\x00"


def write_pmtiles(path: Path, tiles: dict[tuple[int, int, int], bytes]) -> None:
    with path.open("wb") as file:
        writer = Writer(file)
        for address, content in sorted(tiles.items(), key=lambda item: zxy_to_tileid(*item[0])):
            writer.write_tile(zxy_to_tileid(*address), gzip.compress(content))
        header = {
            "tile_type": TileType.MVT, "tile_compression": Compression.GZIP,
            "min_lon_e7": 0, "min_lat_e7": 0, "max_lon_e7": 1, "max_lat_e7": 1,
            "center_zoom": 0, "center_lon_e7": 0, "center_lat_e7": 0,
        }  # fmt: skip
        writer.finalize(header, {})


@pytest.fixture
def mapped(town: Directory, tmp_path: Path) -> Any:
    path = tmp_path / "basemap.pmtiles"
    write_pmtiles(path, {(14, 9326, 4743): TILE})
    packs = [pack("here", path), pack("gone", tmp_path / "missing.pmtiles")]
    with TestClient(site(services(town, region_packs=lambda: packs))) as client:
        yield client, path


def test_static_files_are_kept_for_good_at_the_address_of_their_content(client: TestClient[Any]) -> None:
    static = StaticFiles()
    answer = client.get(static.url("css/finder.css"))
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"].endswith("immutable")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == (STATIC_DIR / "css" / "finder.css").read_bytes()
    plain = client.get(static.url("css/finder.css"), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    assert client.get("/static/000000000000/css/finder.css").headers["cache-control"] == "no-cache"


def test_own_style_sheet_is_small() -> None:
    assert (STATIC_DIR / "css" / "finder.css").stat().st_size < 16_000


@pytest.mark.parametrize("name", ["css/../../pages.py", "..%2f..%2fpages.py", "%2e%2e/pages.py", "nothing.js", "vendor/stamp"])
def test_nothing_else_is_served(client: TestClient[Any], name: str) -> None:
    assert client.get(f"/static/{StaticFiles().version}/{name}").status_code == 404


def test_version_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    before = StaticFiles(tmp_path).version
    assert StaticFiles(tmp_path).version == before
    (tmp_path / "a.css").write_text("b{}")
    assert StaticFiles(tmp_path).version != before


def test_tiles_come_as_they_are_stored(mapped: tuple[TestClient[Any], Path]) -> None:
    client, _ = mapped
    answer = client.get("/tiles/here/14/9326/4743?v=1")
    assert answer.status_code == 200
    assert answer.content == TILE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert "immutable" in answer.headers["cache-control"]
    empty = client.get("/tiles/here/14/0/0")
    assert empty.status_code == 204
    assert empty.content == b""


@pytest.mark.parametrize("path", ["here/14/99999/0", "here/30/0/0", "here/2/-1/0", "gone/0/0/0", "nowhere/0/0/0"])
def test_no_such_tile(mapped: tuple[TestClient[Any], Path], path: str) -> None:
    assert mapped[0].get(f"/tiles/{path}").status_code == 404


def test_a_rebuilt_basemap_is_served_without_a_restart(mapped: tuple[TestClient[Any], Path]) -> None:
    client, path = mapped
    assert client.get("/tiles/here/14/9326/4743").content == TILE
    address = client.get("/map/style.json").json()["sources"]["here"]["tiles"]
    fresh = path.with_suffix(".new")
    write_pmtiles(fresh, {(14, 9326, 4743): TILE * 2})
    fresh.rename(path)
    assert client.get("/tiles/here/14/9326/4743").content == TILE * 2
    assert client.get("/map/style.json").json()["sources"]["here"]["tiles"] != address


def test_a_damaged_basemap_is_an_error_of_ours(mapped: tuple[TestClient[Any], Path]) -> None:
    client, path = mapped
    path.write_bytes(b"not a map" * 100)
    assert client.get("/tiles/here/14/9326/4743").status_code == 500


def test_map_style_draws_every_pack_and_credits_openstreetmap(mapped: tuple[TestClient[Any], Path]) -> None:
    client, _ = mapped
    style = client.get("/map/style.json").json()
    assert list(style["sources"]) == ["here"]  # the pack without a basemap is left out
    assert "openstreetmap.org/copyright" in style["sources"]["here"]["attribution"]
    assert {layer["source"] for layer in style["layers"][1:]} == {"here"}
    assert len({layer["id"] for layer in style["layers"]}) == len(style["layers"])
    fonts = {name for layer in style["layers"] for name in layer.get("layout", {}).get("text-font", [])}
    assert fonts == set(style["font-faces"])
    assert "http" not in str(style["font-faces"]) + str(style["sources"]["here"]["tiles"])


def test_map_style_without_any_pack(client: TestClient[Any]) -> None:
    assert [layer["id"] for layer in client.get("/map/style.json").json()["layers"]] == ["land"]


def test_brand(town: Directory, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    brand = WebBrand(name_en="Salud & Co", name_es="Salud y Cía", colour="#112233", logo_path=logo, contact="help@salud.example")
    with TestClient(site(services(town, brand=brand))) as client:
        page = client.get("/", headers={"Accept-Language": "es"}).text
        assert "Salud y Cía" in page
        assert 'href="mailto:help@salud.example"' in page
        assert "Salud &amp; Co" in client.get("/", headers={"Accept-Language": "en"}).text
        assert "--brand:#112233" in client.get("/brand.css").text
        answer = client.get("/brand-logo")
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("a@b.example", "mailto:a@b.example"),
        ("https://b.example", "https://b.example"),
        ("+52 (664) 123-4567", "tel:+526641234567"),
        ("javascript:alert(1)", None),
        ("Ask at the desk", None),
    ],
)
def test_contact_links(contact: str, link: str | None) -> None:
    assert BrandFiles(WebBrand(contact=contact)).contact_link() == link


@pytest.mark.parametrize(
    "brand",
    [
        WebBrand(colour="teal"),
        WebBrand(accent="#ffffff"),
        WebBrand(colour="#0b4f5c;}body{display:none"),
        WebBrand(logo_path=Path("logo.exe")),
    ],
)
def test_a_brand_that_cannot_be_shown_is_refused(brand: WebBrand) -> None:
    with pytest.raises(BadInput):
        BrandFiles(brand)


def test_contrast_as_wcag_gives_it() -> None:
    assert white_contrast("#000000") == pytest.approx(21.0)
    assert white_contrast("#ffffff") == pytest.approx(1.0)
    assert white_contrast("#767676") == pytest.approx(4.54, abs=0.01)  # the lightest grey that passes, as WebAIM has it
