"""Roles with what their keys mean now, on both databases."""

from datetime import UTC, datetime

import msgspec

from finder.domain.facility import Facility, FacilityKind, facility_id
from finder.domain.load import Load
from finder.domain.practitioner import Practitioner, Role
from finder.domain.statement import Statement
from finder.geo.points import LonLat
from finder.store import Stated, Store
from tests.facilities import stored

LOAD = Load(source="test", file_name="a.csv", started_at=datetime(2026, 11, 23, 8, tzinfo=UTC))
CLINIC = Facility(
    id="clinic", kind=FacilityKind.CLINIC, name="Clinic", lon_lat=LonLat(-117.03, 32.52), identifiers={"clues": "1", "npi": "9"}
)
PERSON = Practitioner(id="person", name="Dra. Ñ", identifiers={"npi": "1"})


def put_roles(store: Store, roles: list[Role]) -> None:
    with store.writing() as writing:
        load_id = writing.begin(LOAD)
        statements = [Statement(load_id=load_id, source="test", own_id=role.id, said=role) for role in roles]
        changes = [
            Stated(id=role.id, before=None, after=role, statements=(said,)) for role, said in zip(roles, statements, strict=True)
        ]
        writing.put(Role, changes)


def put_person(store: Store) -> None:
    with store.writing() as writing:
        said = Statement(load_id=writing.begin(LOAD), source="test", own_id=PERSON.id, said=PERSON)
        writing.put(Practitioner, [Stated(id=PERSON.id, before=None, after=PERSON, statements=(said,))])


def test_keys_are_followed(store: Store) -> None:
    stored(store, [CLINIC], LOAD)
    put_person(store)
    key_of_person = facility_id("practitioner:npi", "1")
    roles = [
        Role(id="a", practitioner_id=key_of_person, facility_id=facility_id("clues", "1"), plans=("imss",)),
        Role(id="b", practitioner_id="person", facility_id="clinic"),
        Role(id="c", practitioner_id="unknown", facility_id="nowhere"),
        Role(id="d", practitioner_id=key_of_person, phones=("+526641234567",)),
        Role(id="e", practitioner_id="person", facility_id="clinic", active=False),
        # the NPI of a person is no key of a facility, and the other way round
        Role(id="f", practitioner_id=facility_id("npi", "1"), facility_id=facility_id("practitioner:npi", "9")),
    ]
    put_roles(store, roles)
    found = {role.id: role for role in store.located_roles()}
    assert {id_: (role.practitioner_id, role.facility_id) for id_, role in found.items()} == {
        "a": ("person", "clinic"),
        "b": ("person", "clinic"),
        "c": ("unknown", "nowhere"),
        "d": ("person", None),
        "f": (roles[5].practitioner_id, roles[5].facility_id),
    }
    for role in (each for each in roles if each.active):
        practitioner, facility = store.id_of_key(role.practitioner_id), role.facility_id and store.id_of_key(role.facility_id)
        assert found[role.id] == msgspec.structs.replace(role, practitioner_id=practitioner, facility_id=facility)


def test_all_are_read_in_the_order_of_their_ids_as_of_one_moment(store: Store) -> None:
    stored(store, [CLINIC], LOAD)
    put_roles(store, [Role(id=f"{n:05}", practitioner_id="person", facility_id=facility_id("clues", "1")) for n in range(2345)])
    reading = store.located_roles()
    first = next(reading)
    stored(store, [msgspec.structs.replace(CLINIC, identifiers={})], LOAD)
    rest = list(reading)
    assert [role.id for role in (first, *rest)] == [f"{n:05}" for n in range(2345)]
    assert {role.facility_id for role in (first, *rest)} == {"clinic"}
    assert {role.facility_id for role in store.located_roles()} == {facility_id("clues", "1")}
