"""People as they are written at publish and read from the snapshot, against the same found by plain loops."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.directory.people import People, Person, write_people
from finder.domain.facility import Address
from finder.domain.practitioner import Practitioner, Role
from finder.errors import Damaged, NotFound
from tests.facilities import practitioners, roles, words

PUBLISHED = {"clinic": 2, "hospital": 0, "x": 1}
"""Facilities by id, with their slots; "closed" is none of them."""
PERSON_IDS = st.sampled_from(["p", "q", "pq", "ñandú", "z" * 20])


def written(folder: Path, people: list[Practitioner], their_roles: list[Role], facilities: dict[str, int] = PUBLISHED) -> People:
    ids = sorted(facilities)
    slots = np.array([facilities[id_] for id_ in ids], dtype=np.int64)
    count = write_people(folder, iter(people), iter(their_roles), np.array(ids, dtype=np.bytes_), slots)
    opened = People.open(folder)
    assert len(opened) == count
    return opened


def listed(people: People) -> set[tuple[str, str, int]]:
    """Each listing as practitioner, role and slot."""
    found = set[tuple[str, str, int]]()
    for row, role, slot in zip(*(column.tolist() for column in people.listings), strict=True):
        person = people.person_at(row)
        found.add((person.practitioner.id, person.roles[role].id, slot))
    return found


@given(
    st.lists(st.builds(msgspec.structs.replace, practitioners, id=PERSON_IDS), max_size=5, unique_by=lambda each: each.id),
    st.lists(
        st.builds(
            msgspec.structs.replace,
            roles,
            practitioner_id=PERSON_IDS,
            facility_id=st.none() | st.sampled_from([*PUBLISHED, "closed"]),
            address=st.sampled_from([Address(), Address(city="Tijuana")]),
        ),
        max_size=10,
        unique_by=lambda each: each.id,
    ),
)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_back(given_people: list[Practitioner], given_roles: list[Role]) -> None:
    with TemporaryDirectory() as folder:
        people = written(Path(folder), given_people, given_roles)
        active = {person.id for person in given_people if person.active}
        for row, person in enumerate(person for person in given_people if person.active):
            own = [role for role in given_roles if role.active and role.practitioner_id == person.id]
            kept = [
                role if role.facility_id != "closed" else msgspec.structs.replace(role, facility_id=None)
                for role in own
                if role.facility_id != "closed" or role.phones or role.address.city
            ]
            assert people.row_of(person.id) == row
            assert people.person(person.id) == people.person_at(row) == Person(practitioner=person, roles=tuple(kept))
            of_person = people.listings_of_person(row)
            assert people.listings.person[of_person].tolist() == [row] * len(of_person)
        expected = {
            (role.practitioner_id, role.id, PUBLISHED[role.facility_id])
            for role in given_roles
            if role.active and role.practitioner_id in active and role.facility_id in PUBLISHED
        }
        assert listed(people) == expected
        assert sum(len(people.listings_of_person(row)) for row in range(len(people))) == len(expected)
        for slot in PUBLISHED.values():
            at = people.listings_at_facility(slot)
            assert sorted(at.tolist()) == np.flatnonzero(people.listings.facility == slot).tolist()
        assert all(path.is_file() for path in Path(folder).iterdir())  # nothing is left of the first pass


def test_nobody(tmp_path: Path) -> None:
    people = written(tmp_path, [], [], {})
    assert len(people) == 0
    assert len(people.listings.person) == len(people.listings_of_person(0)) == 0
    with pytest.raises(NotFound):
        people.row_of("p")
    with pytest.raises(IndexError):
        people.listings_at_facility(0)


def test_roles_at_facilities_while_none_is_published(tmp_path: Path) -> None:
    people = written(tmp_path, [Practitioner(id="p", name="Ana")], [Role(id="r", practitioner_id="p", facility_id="clinic")], {})
    assert people.person("p").roles == ()


def test_more_than_are_written_at_once(tmp_path: Path) -> None:
    many = [Practitioner(id=f"{number:05}", name=f"Dra. {number}") for number in range(10_500)]
    theirs = [
        Role(id=str(number), practitioner_id=f"{number * 7 % 10_500:05}", facility_id="clinic" if number % 2 else "hospital")
        for number in range(21_000)
    ]
    people = written(tmp_path, many[::-1], theirs)
    assert [people.person_at(row).practitioner for row in (0, 9_999, 10_000, 10_499)] == [
        many[-1 - n] for n in (0, 9_999, 10_000, 10_499)
    ]
    assert listed(people) == {(role.practitioner_id, role.id, PUBLISHED[role.facility_id or ""]) for role in theirs}
    assert len(people.listings_at_facility(0)) == len(people.listings_at_facility(2)) == 10_500
    assert len(people.listings_at_facility(1)) == 0


@given(words)
def test_an_id_that_nobody_has(id_: str) -> None:
    with TemporaryDirectory() as folder, pytest.raises(NotFound):
        written(Path(folder), [Practitioner(id=f"{id_}+", name="Ana")], []).person(id_)


@pytest.mark.parametrize("id_", ["", "p\0", "pp", "o", "p" * 100, "\ud800"])
def test_an_id_that_is_nearly_one(id_: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        written(tmp_path, [Practitioner(id="p", name="Ana")], []).person(id_)


def test_a_role_without_specialties_is_in_those_of_the_practitioner() -> None:
    of_role, silent = Role(id="a", practitioner_id="p", specialties=("207R00000X",)), Role(id="b", practitioner_id="p")
    person = Person(practitioner=Practitioner(id="p", name="Ana", specialties=("2084N0400X",)), roles=(of_role, silent))
    assert [person.specialties_of(role) for role in person.roles] == [("207R00000X",), ("2084N0400X",)]


@pytest.mark.parametrize("name", ["people.bin", "people.ends.npy", "people_ids.npy", "people_rows.npy", "listing_role.npy"])
def test_a_file_that_is_missing_or_of_another_snapshot(name: str, tmp_path: Path) -> None:
    person, role = Practitioner(id="p", name="Ana"), Role(id="r", practitioner_id="p", facility_id="x")
    written(tmp_path / "one", [person], [role])
    written(tmp_path / "none", [], [])
    (tmp_path / "one" / name).unlink()
    with pytest.raises(Damaged):
        People.open(tmp_path / "one")
    (tmp_path / "none" / name).rename(tmp_path / "one" / name)
    with pytest.raises(Damaged):
        People.open(tmp_path / "one")


def test_a_record_that_is_none(tmp_path: Path) -> None:
    written(tmp_path, [Practitioner(id="p", name="Ana")], [])
    size = (tmp_path / "people.bin").stat().st_size
    (tmp_path / "people.bin").write_bytes(b"?" * size)
    with pytest.raises(Damaged, match="practitioner"):
        People.open(tmp_path).person("p")
