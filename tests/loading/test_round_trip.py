"""Facilities written to CSV, in any encoding and with any delimiter, come back as they were."""

import csv
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.domain.facility import Accessibility, Address, Facility, FacilityKind, FacilityStatus, Wheelchair, facility_id
from finder.geo.points import LonLat
from finder.loading.clean import is_missing
from finder.loading.clean_name import clean_name
from finder.loading.clean_text import clean_text
from finder.loading.load import load_file
from finder.loading.states import states_named
from finder.store import Store

# Letters of Spanish only: in Latin-1 none of their bytes can be taken for UTF-8.
LETTERS = "".join(map(chr, range(0x20, 0x7F))) + "áéíóúñüÁÉÍÓÚÑÜ"
texts = st.text(LETTERS, min_size=1, max_size=40).map(clean_text).filter(lambda text: not is_missing(text))
items = texts.filter(lambda text: not set(text) & set(";|,"))
# As the cleaner leaves them.
names = texts.map(clean_name).filter(lambda text: clean_name(text) == text and not is_missing(text))
# Not a real one, in which the point may not be: punctuation does not tell "A.K. (-)" from "AK".
states = texts.filter(lambda text: not states_named(text, None))
# A longitude beyond 90 is never taken for a latitude; a point at sea is not believed.
INLAND = st.builds(LonLat, st.floats(-115, -95), st.floats(36, 48)) | st.builds(LonLat, st.floats(95, 115), st.floats(42, 55))
COLUMNS = (
    *("id", "nombre", "tipo", "estatus", "calle", "num ext", "interior", "colonia", "ciudad", "estado", "cp", "lat", "lng"),
    *("telefonos", "url", "horario", "huso horario", "servicios", "idiomas", "seguros", "silla de ruedas", "accessibility"),
)


@st.composite
def facilities(draw: st.DrawFn) -> Facility:
    key = draw(st.integers(1, 9999)).__str__()
    parts = ("street", "house_number", "unit", "neighbourhood", "city")
    return Facility(
        id=facility_id("test", key),
        kind=draw(st.sampled_from(FacilityKind)),
        name=draw(names),
        lon_lat=draw(INLAND),
        address=Address(
            postcode=draw(st.none() | st.just("22010")),
            state=draw(st.none() | states),
            **{part: draw(st.none() | texts) for part in parts},
        ),
        phones=draw(st.sampled_from([(), ("+526641234567",), ("+16195550101", "+16195550102;ext=7")])),
        website=draw(st.sampled_from([None, "https://a.example/x?y=1;z=2", "http://b.example"])),
        opening_hours=draw(st.sampled_from([None, "24/7", 'Mo-Fr 08:00-20:00; Sa 09:00-14:00; PH "call"'])),
        time_zone=draw(st.sampled_from(["America/Tijuana", "Europe/Helsinki"])),
        services=tuple(draw(st.lists(items, max_size=3, unique=True))),
        languages=tuple(draw(st.lists(st.sampled_from(["es", "en", "es-MX", "ase"]), max_size=3, unique=True))),
        plans=tuple(draw(st.lists(items, max_size=3, unique=True))),
        accessibility=Accessibility(
            wheelchair=draw(st.none() | st.sampled_from(Wheelchair)), description=draw(st.none() | texts)
        ),
        identifiers={"test": key},
        status=draw(st.sampled_from(FacilityStatus)),
    )


def row(facility: Facility) -> list[object]:
    address, access = facility.address, facility.accessibility
    return [
        facility.identifiers["test"],
        facility.name,
        facility.kind,
        facility.status,
        *(
            address.street,
            address.house_number,
            address.unit,
            address.neighbourhood,
            address.city,
            address.state,
            address.postcode,
        ),
        *(facility.lon_lat.lat, facility.lon_lat.lon),
        " / ".join(phone.replace(";ext=", " x") for phone in facility.phones),
        *(facility.website, facility.opening_hours, facility.time_zone),
        *("; ".join(facility.services), ", ".join(facility.languages), " | ".join(facility.plans)),
        *(access.wheelchair, access.description),
    ]


@given(
    st.lists(facilities(), min_size=1, max_size=6, unique_by=lambda facility: facility.id),
    st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "cp1252"]),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_facilities_come_back(
    sqlite_store: Store, tmp_path: Path, written: list[Facility], encoding: str, delimiter: str, end: str, quoting: int
) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)  # pyright: ignore[reportArgumentType]
        writer.writerows([COLUMNS, *map(row, written)])
    report = load_file(path, sqlite_store, source="test")
    assert report.errors == ()
    assert report.mapping.ignored == ()
    read = sqlite_store.things_by_id(Facility, [facility.id for facility in written])
    for facility in read.values():
        assert facility.provenance
        facility.provenance.clear()
    assert read == {facility.id: facility for facility in written}
    again = load_file(path, sqlite_store, source="test").load
    assert (again.added, again.changed, again.unchanged) == (0, 0, len(written))
