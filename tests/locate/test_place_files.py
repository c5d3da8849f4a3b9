"""Files of place names: the finder's own there and back, GeoNames' two tables, and broken lines."""

import math
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.place import Place, PlaceKind
from finder.errors import BadFile
from finder.geo.points import LonLat
from finder.locate.place_files import read_places, write_places

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
PLACES = st.builds(
    Place,
    name=TEXT,
    kind=st.sampled_from(PlaceKind),
    lon_lat=st.builds(LonLat, st.floats(-180, 180), st.floats(-90, 90)),
    radius_m=st.floats(0, 1e6),
    alternate_names=st.lists(TEXT, max_size=3).map(tuple),
    city=st.none() | TEXT,
    state=st.none() | TEXT,
    country=st.none() | st.sampled_from(["MX", "US"]),
    population=st.integers(0, 10**8),
    source=TEXT,
)


def main_row(**given):
    columns = {
        "id": "1", "name": "Tijuana", "ascii": "Tijuana", "alternates": "", "lat": "32.5027", "lon": "-117.00371", "class": "P",
        "code": "PPLA2", "country": "MX", "cc2": "", "admin1": "02", "admin2": "004", "admin3": "", "admin4": "",
        "population": "1810645", "elevation": "", "dem": "70", "timezone": "America/Tijuana", "date": "2026-01-01",
    }  # fmt: skip
    assert set(given) <= set(columns)
    return "\t".join((columns | given).values())


def postal_row(**given):
    columns = {
        "country": "MX", "code": "22000", "name": "Zona Centro", "state": "Baja California", "code1": "02", "district": "Tijuana",
        "code2": "004", "town": "Tijuana", "code3": "01", "lat": "32.5332", "lon": "-117.0364", "accuracy": "4",
    }  # fmt: skip
    assert set(given) <= set(columns)
    return "\t".join((columns | given).values())


STATE = main_row(name="Baja California", ascii="Baja California", **{"class": "A"}, code="ADM1", lat="30", lon="-115")


@given(places=st.lists(PLACES, max_size=5))
@settings(max_examples=50)
def test_own_format_there_and_back(tmp_path_factory, places):
    path = tmp_path_factory.mktemp("places") / "p.ndjson"
    assert write_places(path, places) == len(places)
    reader = read_places(path)
    assert list(reader) == places
    assert reader.skipped == 0
    assert [found.name for found in path.parent.iterdir()] == ["p.ndjson"]


def test_a_failing_writer_leaves_the_old_file(tmp_path):
    path = tmp_path / "p.ndjson"
    place = Place(name="A", kind=PlaceKind.CITY, lon_lat=LonLat(1.0, 2.0), radius_m=3.0)
    write_places(path, [place])

    def breaking():
        yield place
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_places(path, breaking())
    assert list(read_places(path)) == [place]
    assert [found.name for found in tmp_path.iterdir()] == ["p.ndjson"]


def test_broken_lines_of_our_own_are_counted(tmp_path):
    path = tmp_path / "p.ndjson"
    good = '{"name": "A", "kind": "city", "lon_lat": [1.0, 2.0], "radius_m": 3.0}'
    path.write_text("\n".join([good, "nonsense", good.replace("2.0]", "200.0]"), good.replace('"A"', '""'), "", good]))
    reader = read_places(path)
    assert [place.name for place in reader] == ["A", "A"]
    assert reader.skipped == 3


@pytest.mark.parametrize("packed", [False, True])
def test_geonames_main_table(tmp_path, packed):
    rows = [
        main_row(alternates="TIJ,Tia Juana,https://en.wikipedia.org/wiki/Tijuana,ティフアナ"),
        STATE,
        main_row(name="México", ascii="Mexico", **{"class": "A"}, code="PCLI", admin1="00", population="112468855"),
        main_row(name="La Mesa", code="PPLX", population="0"),
        main_row(name="Gone", code="PPLH"),
        main_row(name="Cerro", **{"class": "T"}, code="HLL"),
        main_row(name="San Diego", country="US", admin1="CA"),
    ]
    path = tmp_path / "MX.txt"
    path.write_text("\n".join(rows) + "\n")
    if packed:
        with zipfile.ZipFile(tmp_path / "MX.zip", "w") as archive:
            archive.write(path, "MX.txt")
            archive.writestr("readme.txt", "About\tthis")
        path = tmp_path / "MX.zip"
    reader = read_places(path)
    tijuana, state, country, mesa, san_diego = reader
    assert reader.skipped == 0
    assert tijuana.kind is PlaceKind.CITY
    assert tijuana.lon_lat == (-117.00371, 32.5027)
    assert (tijuana.state, tijuana.country, tijuana.population) == ("Baja California", "MX", 1810645)
    assert tijuana.alternate_names == ("TIJ", "Tia Juana", "ティフアナ")
    assert 10_000 < tijuana.radius_m < 20_000
    assert (state.kind, country.kind, mesa.kind) == (PlaceKind.STATE, PlaceKind.COUNTRY, PlaceKind.NEIGHBOURHOOD)
    assert country.alternate_names == ("Mexico",)
    assert san_diego.state == "CA"
    assert tijuana.source == "MX"


def test_geonames_postal_table(tmp_path):
    path = tmp_path / "postal.txt"
    american = postal_row(country="US", code="02134", name="Allston", state="Massachusetts", district="Suffolk", accuracy="")
    path.write_text("\n".join([postal_row(), american]))
    postcode, colonia, zip_code = read_places(path)
    assert (postcode.name, postcode.kind, postcode.city) == ("22000", PlaceKind.POSTCODE, "Tijuana")
    assert (colonia.name, colonia.kind, colonia.city) == ("Zona Centro", PlaceKind.NEIGHBOURHOOD, "Tijuana")
    assert (zip_code.name, zip_code.city, zip_code.state) == ("02134", "Allston", "Massachusetts")
    assert postcode.radius_m < zip_code.radius_m


def test_broken_geonames_lines_are_counted(tmp_path):
    path = tmp_path / "MX.txt"
    broken = [
        "only\tthree\tcolumns",
        main_row(lat="north"),
        main_row(lat="95"),
        main_row(lon="nan"),
        main_row(population="many"),
        main_row(name=" "),
    ]
    rows = [row.encode() for row in [*broken, *[main_row()] * 10]] + [main_row().encode() + b"\xff", b"", main_row().encode()]
    path.write_bytes(b"\n".join(rows))
    reader = read_places(path)
    places = list(reader)
    assert len(places) == 11
    assert reader.skipped == len(broken) + 1
    assert all(math.isfinite(place.radius_m) for place in places)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"name,lat,lon\n"),
        ("a.txt", b""),
        ("a.txt", b"just text\nmore of it\n"),
        ("a.zip", b"no zip"),
        ("a.ndjson", b"no json\n"),
        ("missing.txt", None),
    ],
)
def test_other_files_are_refused_at_once_with_what_to_do(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadFile, match="GeoNames"):
        read_places(tmp_path / name)


def test_a_zip_cut_in_the_middle_is_refused(tmp_path):
    whole = tmp_path / "MX.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("MX.txt", "\n".join(main_row(name=f"Place {number * 7919}") for number in range(20_000)))
    content = bytearray(whole.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    whole.write_bytes(content)
    with pytest.raises(BadFile):
        list(read_places(whole))
