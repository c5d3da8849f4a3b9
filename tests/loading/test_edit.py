"""What an admin corrects by hand holds against every file; on both databases."""

from datetime import date
from typing import Any

import msgspec
import pytest

from finder.domain.facility import Address, Facility, FacilityKind, FacilityStatus, Provenance, Wheelchair
from finder.domain.statement import HAND
from finder.errors import BadInput, NotFound
from finder.geo.points import LonLat
from finder.loading.commit import commit_facilities
from finder.loading.edit import EDITABLE, edit_facility
from finder.loading.undo import undo_load
from finder.store import Store

TODAY = date(2026, 11, 23)
CLINIC = Facility(
    id="c",
    kind=FacilityKind.CLINIC,
    name="Clínica Uno",
    lon_lat=LonLat(-117.03, 32.52),
    phones=("+526641234567",),
    time_zone="America/Tijuana",
    identifiers={"osm": "node/1"},
    provenance={**dict.fromkeys(("kind", "name", "lon_lat", "phones"), Provenance("a")), "time_zone": Provenance("tzfpy")},
)


@pytest.fixture
def filled(store: Store) -> Store:
    commit_facilities(store, [CLINIC], source="a", file_name="a.csv")
    return store


def the_one(store: Store) -> Facility:
    [facility] = store.facilities()
    return facility


def test_a_correction_is_a_load_of_its_own(filled: Store) -> None:
    load = edit_facility(filled, "c", {"phones": ["+526649999999"], "website": "https://c.example"}, TODAY)
    assert (load.source, load.file_name, load.read, load.changed, load.unchanged, load.closed) == (HAND, "", 1, 1, 0, 0)
    assert filled.loads()[0] == load
    expected = msgspec.structs.replace(
        CLINIC,
        phones=("+526649999999",),
        website="https://c.example",
        provenance={**CLINIC.provenance, **dict.fromkeys(("phones", "website"), Provenance(HAND, TODAY))},
    )
    assert the_one(filled) == expected
    again = edit_facility(filled, "c", {"phones": ["+526649999999"]}, TODAY)
    assert (again.changed, again.unchanged) == (0, 1)


def test_no_file_overwrites_it_and_what_it_does_not_say_stays_the_files(filled: Store) -> None:
    edit_facility(filled, "c", {"name": "Clínica Dos"}, TODAY)
    edit_facility(filled, "c", {"phones": []}, TODAY)
    newer = msgspec.structs.replace(CLINIC, name="Clinica 1", phones=("+526641111111",), kind=FacilityKind.HOSPITAL)
    commit_facilities(filled, [newer], source="a", file_name="a.csv")
    found = the_one(filled)
    assert (found.name, found.phones, found.kind) == ("Clínica Dos", (), FacilityKind.HOSPITAL)


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("kind", "hospital", FacilityKind.HOSPITAL),
        ("status", "closed", FacilityStatus.CLOSED),
        ("address", {"street": "Calle Dos", "country": "MX"}, Address(street="Calle Dos", country="MX")),
        ("address", Address(street="Calle Dos"), Address(street="Calle Dos")),
        ("names", {"en": "One"}, {"en": "One"}),
        ("name", " Clínica\n  IMSS\x00 ", "Clínica IMSS"),
        ("opening_hours", None, None),
        ("opening_hours", " ", None),
        ("opening_hours", "Lunes a Viernes de 8 a 15 hrs", "Mo-Fr 08:00-15:00"),
        ("opening_hours", "Mo-Fr 08:00-18:00; PH off", "Mo-Fr 08:00-18:00; PH off"),
        ("website", "", None),
        ("website", "WWW.c.example/uno", "https://WWW.c.example/uno"),
        ("phones", ["+52 664 123 4568", "+526641234568", "+1 619 555 0123 ext. 12"], ("+526641234568", "+16195550123;ext=12")),
        ("services", [" rayos  x", "", "rayos x"], ("rayos x",)),
        ("languages", ["español", "en"], ("es", "en")),
        ("plans", [" Plan Imaginario /  Red Norte", "", "Plan Imaginario / Red Norte"], ("Plan Imaginario / Red Norte",)),
        ("time_zone", "America/Mexico_City", "America/Mexico_City"),
        ("address", {"city": " ", "country": "México", "postcode": "1210"}, Address(country="MX", postcode="01210")),
        ("address", {"country": "us", "postcode": "921011234"}, Address(country="US", postcode="92101-1234")),
        ("accessibility", {"wheelchair": "yes"}, msgspec.convert({"wheelchair": Wheelchair.YES}, EDITABLE["accessibility"])),
        ("lon_lat", [-117.1, 32.5], LonLat(-117.1, 32.5)),
    ],
)
def test_each_field_takes_what_json_says(filled: Store, field: str, value: Any, stored: object) -> None:
    load = edit_facility(filled, "c", {field: value}, TODAY)
    assert getattr(the_one(filled), field) == stored
    assert the_one(filled).provenance[field] == Provenance(HAND, TODAY)
    assert load.closed == (field == "status")
    undo_load(filled, load.id or 0)
    assert the_one(filled) == CLINIC


def test_a_point_set_by_hand_is_exact_and_takes_its_time_zone_along(sqlite_store: Store) -> None:
    found_by_address = msgspec.structs.replace(CLINIC, position_accuracy_m=800.0)
    commit_facilities(sqlite_store, [found_by_address], source="a", file_name="a.csv")
    edit_facility(sqlite_store, "c", {"lon_lat": [24.94, 60.17]}, TODAY)
    found = the_one(sqlite_store)
    assert (found.lon_lat, found.position_accuracy_m) == (LonLat(24.94, 60.17), None)
    assert (found.time_zone, found.provenance["time_zone"]) == ("Europe/Helsinki", Provenance("tzfpy"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "Nothing is changed"),
        ({"phone": ["1"]}, "“phone” is no field of a facility.*phones"),
        ({"id": "d"}, "“id” is not corrected by hand"),
        ({"identifiers": {}}, "“identifiers” is not"),
        ({"provenance": {}}, "“provenance” is not"),
        ({"position_accuracy_m": 5.0}, "“position_accuracy_m” is not"),
        ({"entrances": []}, "“entrances” is not corrected by hand"),
        ({"phones": "+526641234567"}, "“phones” cannot have this value"),
        ({"phones": [7]}, "“phones” cannot"),
        ({"kind": "castle"}, "“kind” cannot.*castle"),
        ({"website": "https://a.example", "status": None}, "“status” cannot"),
        ({"name": " "}, "“name” cannot.*cannot be empty"),
        ({"name": "\u200b\x00"}, "“name” cannot.*cannot be empty"),
        ({"name": "x" * 201}, "“name” cannot.*longer than 200"),
        ({"names": {"en": " "}}, "“names” cannot.*empty"),
        ({"phones": ["hello"]}, "“phones” cannot.*not a phone number.*area code"),
        ({"phones": ["+526641234567", ""]}, "“phones” cannot.*not a phone number"),
        ({"website": "javascript:alert(1)"}, "“website” cannot.*https://"),
        ({"website": "javascript://a.example/%0aalert(1)"}, "“website” cannot.*https://"),
        ({"website": "data:text/html,<b>"}, "“website” cannot"),
        ({"opening_hours": "when the doctor is in"}, "“opening_hours” cannot"),
        ({"opening_hours": "Mo-Fr 08:00-18:00 perhaps"}, "“opening_hours” cannot"),
        ({"time_zone": "America/Tijuana2"}, "“time_zone” cannot.*IANA"),
        ({"languages": ["es", "klingonese"]}, "“languages” cannot.*tags"),
        ({"address": {"country": "Atlantis"}}, "“address.country” cannot.*two letters"),
        ({"address": {"country": "MX", "postcode": "22"}}, "“address.postcode” cannot.*five digits"),
        ({"lon_lat": [95.123, 99.456]}, "Latitude must be"),
        ({"lon_lat": "95.123 99.456"}, "“lon_lat” cannot be read"),
        ({"lon_lat": [95.123, "99.456"]}, "“lon_lat” cannot be read"),
        ({"lon_lat": [float("nan"), 99.456]}, "must be numbers"),
    ],
)
def test_what_cannot_be_is_refused_and_named(filled: Store, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message) as raised:
        edit_facility(filled, "c", changes, TODAY)
    assert "99.456" not in str(raised.value)
    assert the_one(filled) == CLINIC
    assert len(filled.loads()) == 1


def test_a_phone_is_read_as_of_the_country_that_the_address_has_then(filled: Store) -> None:
    edit_facility(filled, "c", {"address": {"country": "US"}, "phones": ["619 555 0123"]}, TODAY)
    assert the_one(filled).phones == ("+16195550123",)
    edit_facility(filled, "c", {"phones": ["619 555 0124"]}, TODAY)
    assert the_one(filled).phones == ("+16195550124",)
    # Without one, a point near a border does not tell; away from it, it does.
    edit_facility(filled, "c", {"address": {}, "phones": ["55 1234 5678"]}, TODAY)
    assert the_one(filled).phones == ("55 1234 5678",)
    edit_facility(filled, "c", {"lon_lat": [-99.13, 19.43], "phones": ["55 1234 5678"]}, TODAY)
    assert the_one(filled).phones == ("+525512345678",)


def test_an_unknown_facility_is_not_found(filled: Store) -> None:
    with pytest.raises(NotFound, match="nobody"):
        edit_facility(filled, "nobody", {"name": "x"}, TODAY)
    assert len(filled.loads()) == 1
