"""The places of care of an extract, each once."""

from datetime import date
from pathlib import Path

import pyogrio
import pytest

from finder.domain.facility import Facility, FacilityKind, Provenance, facility_id
from finder.region.extract import Extract
from finder.region.facilities import CareFound, facilities_in
from finder.region.pack import RegionPack
from tests.region.town import Town

TODAY = date(2026, 11, 23)
LON, LAT = -117.16, 32.72
METRE = 1 / 111_320  # degrees of latitude


def found_in(town: Town, folder: Path) -> CareFound:
    found = facilities_in(Extract(town.write(folder / "town.osm.pbf")), "osm:town", TODAY)
    assert found.mapped == len(found.facilities) + found.gone + found.nameless + found.doubles
    return found


def test_nodes_ways_and_multipolygons(town: Town, tmp_path: Path) -> None:
    node = town.node(LON, LAT, amenity="pharmacy", name="Sun Pharmacy")
    way = town.square(LON + 0.01, LAT, 0.001, amenity="clinic", name="Moon Clinic", building="yes")
    outer, inner = town.square(LON + 0.02, LAT, 0.002), town.square(LON + 0.02, LAT, 0.0015)
    relation = town.relation([(outer, "outer"), (inner, "inner")], amenity="hospital", name="Ring Hospital")
    by_ref = {facility.identifiers["osm"]: facility for facility in found_in(town, tmp_path).facilities}
    assert set(by_ref) == {f"node/{node}", f"way/{way}", f"relation/{relation}"}
    assert by_ref[f"node/{node}"].id == facility_id("osm", f"node/{node}")
    assert by_ref[f"node/{node}"].lon_lat == pytest.approx((LON, LAT), abs=1e-7)
    assert by_ref[f"node/{node}"].time_zone == "America/Los_Angeles"
    ring = by_ref[f"relation/{relation}"].lon_lat
    from_middle = max(abs(ring.lon - LON - 0.02), abs(ring.lat - LAT))
    assert 0.0015 <= from_middle <= 0.002, "the point is in the building, not in its yard"


def test_every_field_and_where_it_comes_from(town: Town, tmp_path: Path) -> None:
    town.node(
        LON,
        LAT,
        amenity="clinic",
        name="Clínica Sol",
        name__en="Sun Clinic",
        phone="619 555 0123",
        website="https://sol.example",
        opening_hours="Mo-Fr 08:00-16:00",
        addr__street="Broadway",
        addr__housenumber="12",
        wheelchair="yes",
        language__es="yes",
        healthcare__speciality="general",
        check_date="2026-01-02",
        check_date__opening_hours="2026-03-04",
    )
    (facility,) = found_in(town, tmp_path).facilities
    assert facility.phones == ("+16195550123",), "downtown San Diego is far enough from the border to know the country"
    assert facility.address.line() == "12 Broadway"
    assert facility.names == {"en": "Sun Clinic"}
    assert facility.provenance["opening_hours"] == Provenance("osm:town", date(2026, 3, 4))
    assert facility.provenance["phones"] == Provenance("osm:town", date(2026, 1, 2))
    filled = {"kind", "name", "lon_lat", "names", "address", "phones", "website", "opening_hours", "services", "languages"}
    assert set(facility.provenance) == filled | {"accessibility"}


def test_no_country_is_guessed_at_the_border(town: Town, tmp_path: Path) -> None:
    town.node(-117.03, 32.543, amenity="clinic", name="Frontera", phone="619 555 0123")
    assert found_in(town, tmp_path).facilities[0].phones == ("619 555 0123",)


def test_gone_and_nameless_are_left_out_and_counted(town: Town, tmp_path: Path) -> None:
    town.node(LON, LAT, amenity="pharmacy")
    town.node(LON, LAT, amenity="pharmacy", name="Old (historical)")
    town.node(LON, LAT, disused__amenity="pharmacy", name="Former")
    town.node(LON, LAT, amenity="pharmacy", brand="Branded")
    found = found_in(town, tmp_path)
    assert [facility.name for facility in found.facilities] == ["Branded"]
    assert (found.mapped, found.gone, found.nameless) == (3, 1, 1)


def test_a_place_mapped_as_node_and_area_is_the_area_with_what_the_node_adds(town: Town, tmp_path: Path) -> None:
    town.node(LON, LAT, amenity="hospital", name="HOSPITAL SAN JOSE", phone="+1 619 555 0123", website="https://node.example")
    way = town.square(LON, LAT, 0.001, amenity="hospital", name="Hospital San José", website="https://way.example")
    (facility,) = found_in(town, tmp_path).facilities
    assert (facility.identifiers, facility.name) == ({"osm": f"way/{way}"}, "Hospital San José")
    assert (facility.phones, facility.website) == (("+16195550123",), "https://way.example")


@pytest.mark.parametrize(
    ("node", "area", "north_m", "expected"),
    [
        ({"amenity": "clinic", "name": "A"}, {"amenity": "clinic", "name": "A"}, 50, 1),
        ({"amenity": "clinic", "name": "A"}, {"amenity": "clinic", "name": "A"}, 80, 2),
        ({"amenity": "doctors", "name": "A"}, {"amenity": "clinic", "name": "A"}, 0, 1),
        ({"amenity": "pharmacy", "name": "A"}, {"amenity": "hospital", "name": "A"}, 0, 2),
        ({"amenity": "clinic", "name": "Dr. A"}, {"amenity": "clinic"}, -50, 1),
        ({"amenity": "clinic", "name": "Dr. A"}, {"amenity": "clinic"}, 50, 1),  # the nameless one is left out
        ({"amenity": "clinic"}, {"amenity": "clinic", "name": "A"}, -50, 1),
        ({"amenity": "clinic", "name": "Saint A"}, {"amenity": "clinic", "name": "Clinic of Saint A"}, -50, 1),
        ({"amenity": "clinic", "name": "Saint A"}, {"amenity": "clinic", "name": "Clinic of Saint Ann"}, -50, 2),
        ({"amenity": "clinic", "name": "Saint A"}, {"amenity": "clinic", "name": "Clinic of Saint A"}, 50, 2),
    ],
)
def test_what_counts_as_one_place(
    town: Town, tmp_path: Path, node: dict[str, str], area: dict[str, str], north_m: float, expected: int
) -> None:
    """The node lies ``north_m`` north of the area's edge; below 0 inside."""
    town.square(LON, LAT, 100 * METRE, **area)
    town.node(LON, LAT + (100 + north_m) * METRE, **node)
    assert len(found_in(town, tmp_path).facilities) == expected


def test_buildings_of_a_hospital_and_a_chain(town: Town, tmp_path: Path) -> None:
    grounds = town.square(LON, LAT, 300 * METRE, amenity="hospital", name="County")
    town.square(LON, LAT, 30 * METRE, amenity="hospital", name="County", building="yes")
    town.node(LON + 0.01, LAT, amenity="pharmacy", name="Chain")
    town.node(LON + 0.01, LAT + 20 * METRE, amenity="pharmacy", name="Chain")
    found = found_in(town, tmp_path)
    assert [facility.name for facility in found.facilities] == ["Chain", "Chain", "County"]
    assert found.facilities[-1].identifiers == {"osm": f"way/{grounds}"}


def test_an_area_that_the_extract_cut_open_is_still_there(town: Town, tmp_path: Path) -> None:
    way = town.square(LON, LAT, 0.001, amenity="hospital", name="Edge Hospital")
    town.nodes.pop(0)
    (facility,) = found_in(town, tmp_path).facilities
    assert facility.identifiers == {"osm": f"way/{way}"}
    assert facility.lon_lat == pytest.approx((LON, LAT), abs=0.0011)


def gdal_care(path: Path) -> list[dict[str, str]]:
    """The tags of all places of care as GDAL's own reader of OpenStreetMap files sees them."""
    found = []
    for layer in ("points", "multipolygons"):
        frame = pyogrio.read_dataframe(path, layer=layer, read_geometry=False, TAGS_FORMAT="JSON")
        columns = [column for column in ("amenity", "name") if column in frame]
        for _, row in frame.iterrows():
            tags = {column: row[column] for column in columns if isinstance(row[column], str)}
            tags |= row["other_tags"] if isinstance(row["other_tags"], dict) else {}
            if tags.get("amenity") in {"hospital", "clinic", "doctors", "dentist", "pharmacy"} or "healthcare" in tags:
                found.append(tags)
    return found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # GDAL's on ways that the extract cut open
@pytest.mark.parametrize("city", ["helsinki_pbf", "vancouver_pbf"])
def test_real_cities_as_gdal_reads_them(city: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(city)
    ours = facilities_in(Extract(path), "osm:city", TODAY)
    theirs = gdal_care(path)
    assert ours.mapped == len(theirs) > 20
    assert ours.gone == ours.doubles == 0
    named = sorted(tags["name"] for tags in theirs if "name" in tags)
    assert sorted(facility.name for facility in ours.facilities) == named
    assert ours.nameless == len(theirs) - len(named)


def test_helsinki(helsinki: RegionPack) -> None:
    facilities = list(helsinki.facilities())
    with_hours, with_phone = ([f for f in facilities if field in f.provenance] for field in ("opening_hours", "phones"))
    assert (len(facilities), len(with_hours), len(with_phone)) == (21, 9, 11)
    assert all(facility.time_zone == "Europe/Helsinki" for facility in facilities)
    assert all(number.startswith("+358") for facility in facilities for number in facility.phones)
    kinds = [facility.kind for facility in facilities]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        FacilityKind.PHARMACY: 6,
        FacilityKind.DENTIST: 5,
        FacilityKind.CLINIC: 4,
        FacilityKind.DOCTORS: 3,
        FacilityKind.OTHER: 3,
    }
    blood: Facility = next(facility for facility in facilities if facility.services == ("blood_donation",))
    assert blood.names["sv"] == "Sanomahusets blodtjänstbyrå"
