"""Tag bits and masks against the check on the records themselves."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from finder.directory.marks import (
    ACCEPTING,
    MOST_LANGUAGES,
    MOST_PLANS,
    NOT_ACCEPTING,
    Marks,
    Wanted,
    primary_languages,
    read_marks,
    write_marks,
)
from finder.directory.people import Person
from finder.domain.facility import Accessibility, Facility, FacilityKind, Wheelchair
from finder.domain.practitioner import Gender, Practitioner, Role
from finder.errors import Damaged
from finder.geo.points import LonLat
from tests.directory.meeting import meets

MARKS = Marks(languages=("es", "en"), plans=("imss", "plan-a", "plan-a--norte"))
LANGUAGES = st.frozensets(st.sampled_from(["es", "es-MX", "EN", "zap", "nah-MX"]), max_size=2)
PLANS = st.lists(st.sampled_from(["IMSS", "Plan A / Norte", "Plan A / Sur", "Plan A", "Plan B", "Plan B / Norte"]), max_size=2)
PLAN_IDS = st.none() | st.sampled_from(["imss", "plan-a", "plan-a--norte", "plan-a--sur", "plan-b", "plan-b--norte", "other"])

facilities = st.builds(
    Facility,
    id=st.just("f"),
    kind=st.sampled_from(FacilityKind),
    name=st.just("F"),
    lon_lat=st.just(LonLat(0.0, 0.0)),
    languages=LANGUAGES.map(tuple),
    plans=PLANS.map(tuple),
    accessibility=st.builds(Accessibility, wheelchair=st.none() | st.sampled_from(Wheelchair)),
)
practitioners = st.builds(
    Practitioner,
    id=st.just("p"),
    name=st.just("P"),
    languages=LANGUAGES.map(tuple),
    gender=st.none() | st.sampled_from(Gender),
)
roles = st.builds(
    Role,
    id=st.just("r"),
    practitioner_id=st.just("p"),
    plans=PLANS.map(tuple),
    accepting_new_patients=st.none() | st.booleans(),
    telehealth=st.none() | st.booleans(),
)
# Few things at a time, or hardly any example would meet all.
wanteds = st.builds(
    lambda *some: Wanted(**dict(some)),
    *[
        st.one_of(
            st.tuples(st.just("kinds"), st.frozensets(st.sampled_from(FacilityKind))),
            st.tuples(st.just("languages"), LANGUAGES),
            st.tuples(st.just("plan"), PLAN_IDS),
            st.tuples(st.sampled_from(["accepting", "telehealth", "wheelchair"]), st.booleans()),
            st.tuples(st.just("gender"), st.none() | st.sampled_from(Gender)),
        )
    ]
    * 2,
)


def found(wanted: Wanted, bits: int) -> bool:
    """What the spatial index does with masks."""
    assert 0 <= bits < 1 << 64
    return all(mask & bits for mask in MARKS.masks(wanted))


@given(wanteds, facilities, st.none() | st.tuples(practitioners, roles))
def test_masks_find_all_that_meets_and_nothing_else_where_they_are_exact(
    wanted: Wanted, facility: Facility, who: tuple[Practitioner, Role] | None
) -> None:
    if who is None:
        bits, met = MARKS.of_facility(facility), meets(wanted, facility)
    else:
        person, role = Person(practitioner=who[0], roles=(who[1],)), who[1]
        bits, met = MARKS.of_listing(person, role, facility), meets(wanted, facility, person, role)
    event(f"meets {met}, exact {MARKS.is_exact(wanted)}")
    assert found(wanted, bits) or not met
    assert found(wanted, bits) == met or not MARKS.is_exact(wanted)


CLINIC = Facility(
    id="f",
    kind=FacilityKind.CLINIC,
    name="F",
    lon_lat=LonLat(0.0, 0.0),
    languages=("es-MX", "en"),
    plans=("IMSS",),
    accessibility=Accessibility(wheelchair=Wheelchair.LIMITED),
)
ZAPOTEC = Practitioner(id="p", name="P", languages=("zap",), gender=Gender.FEMALE)
SILENT = Practitioner(id="p", name="P")
ROLE = Role(id="r", practitioner_id="p", accepting_new_patients=True, plans=("Plan A / Norte",))


@pytest.mark.parametrize(
    ("wanted", "by_itself", "with_zapotec", "with_silent"),
    [
        (Wanted(), True, True, True),
        (Wanted(kinds=frozenset({FacilityKind.CLINIC, FacilityKind.HOSPITAL})), True, True, True),
        (Wanted(kinds=frozenset({FacilityKind.HOSPITAL})), False, False, False),
        (Wanted(languages=frozenset({"es"})), True, False, True),
        (Wanted(languages=frozenset({"es-ES", "fr"})), True, False, True),
        (Wanted(languages=frozenset({"zap"})), False, True, False),
        (Wanted(wheelchair=True), True, True, True),
        (Wanted(accepting=True), False, True, True),
        (Wanted(telehealth=True), False, False, False),
        (Wanted(gender=Gender.FEMALE), False, True, False),
        (Wanted(gender=Gender.MALE), False, False, False),
        (Wanted(plan="imss"), True, False, False),
        (Wanted(plan="plan-a"), False, True, True),
        (Wanted(plan="plan-a--norte"), False, True, True),
        (Wanted(plan="plan-a--sur"), False, False, False),
    ],
)
def test_what_meets(wanted: Wanted, by_itself: bool, with_zapotec: bool, with_silent: bool) -> None:
    people = [Person(practitioner=each, roles=(ROLE,)) for each in (ZAPOTEC, SILENT)]
    assert [meets(wanted, CLINIC), *(meets(wanted, CLINIC, person, ROLE) for person in people)] == [
        by_itself,
        with_zapotec,
        with_silent,
    ]


def test_a_role_without_plans_takes_those_of_the_facility() -> None:
    role = msgspec.structs.replace(ROLE, plans=())
    assert meets(Wanted(plan="imss"), CLINIC, Person(practitioner=SILENT, roles=(role,)), role)


def test_the_bits_are_where_the_layout_says() -> None:
    person = Person(practitioner=ZAPOTEC, roles=(ROLE,))
    kind = list(FacilityKind).index(FacilityKind.CLINIC)
    assert MARKS.of_facility(CLINIC) == 1 << kind | 1 << 17 | 1 << 23 | 1 << 24 | 1 << 42
    assert MARKS.of_listing(person, ROLE, CLINIC) == 1 << kind | 1 << 17 | 1 << 18 | 1 << 20 | 1 << 40 | 1 << 43 | 1 << 44
    other = msgspec.structs.replace(ZAPOTEC, gender=Gender.OTHER)
    assert MARKS.of_listing(Person(practitioner=other, roles=(ROLE,)), ROLE, CLINIC) >> 20 & 0b111 == 0b100
    assert MARKS.of_listing(person, msgspec.structs.replace(ROLE, plans=("Plan C",)), CLINIC) >> 42 == 1 << 21
    closed = msgspec.structs.replace(ROLE, accepting_new_patients=False)
    assert MARKS.of_listing(person, closed, CLINIC) ^ MARKS.of_listing(person, ROLE, CLINIC) == 1 << 18 | 1 << 41
    assert len(FacilityKind) <= 16


OPEN, FULL = (msgspec.structs.replace(ROLE, accepting_new_patients=accepts) for accepts in (True, False))
UNKNOWN = msgspec.structs.replace(ROLE, accepting_new_patients=None, plans=())


@pytest.mark.parametrize(
    ("at_work", "accepting"),
    [([], None), ([UNKNOWN], None), ([OPEN], True), ([FULL], False), ([FULL, UNKNOWN], False), ([FULL, OPEN, UNKNOWN], True)],
)
def test_a_facility_has_what_those_who_work_there_add(at_work: list[Role], accepting: bool | None) -> None:
    together = 0
    for role in at_work:
        together |= MARKS.of_listing(Person(practitioner=ZAPOTEC, roles=(role,)), role, CLINIC)
    bits = MARKS.of_facility(CLINIC, together)
    assert bits & (ACCEPTING | NOT_ACCEPTING) == {True: ACCEPTING, False: NOT_ACCEPTING, None: 0}[accepting]
    assert bits & together & ~NOT_ACCEPTING == together & ~NOT_ACCEPTING
    own = MARKS.of_facility(CLINIC)
    assert bits & own == own
    assert found(Wanted(languages=frozenset({"zap"})), bits) == bool(at_work)
    assert found(Wanted(plan="plan-a"), bits) == any(role.plans for role in at_work)
    assert not found(Wanted(kinds=frozenset(FacilityKind) - {FacilityKind.CLINIC}), bits)


def test_nobody_speaks_or_takes_what_is_not_said() -> None:
    silent = msgspec.structs.replace(CLINIC, languages=(), plans=(), accessibility=Accessibility())
    bits = MARKS.of_facility(silent)
    assert not any(
        found(wanted, bits) for wanted in (Wanted(languages=frozenset({"fr"})), Wanted(plan="x"), Wanted(wheelchair=True))
    )


def test_the_commonest_have_bits_of_their_own(tmp_path: Path) -> None:
    languages = {f"{letter}{other}": ord(letter) for letter in "abcde" for other in "abcde"}
    plans = [f"plan-{number}" for number in range(30)]
    marks = Marks.commonest(languages, plans)
    assert len(marks.languages) == MOST_LANGUAGES == 17
    assert len(marks.plans) == MOST_PLANS == 21
    assert marks.languages[:6] == ("ea", "eb", "ec", "ed", "ee", "da")
    assert set(marks.languages).isdisjoint(f"a{other}" for other in "abcde")
    assert marks.masks(Wanted(languages=frozenset({marks.languages[-1]}))) == (1 << 39,)
    assert marks.masks(Wanted(plan="plan-20")) == (1 << 62,)
    assert marks.masks(Wanted(plan="plan-21")) == (1 << 63,)
    write_marks(tmp_path, marks)
    assert read_marks(tmp_path) == marks


@pytest.mark.parametrize("content", [None, b"", b'{"languages": 1}'])
def test_damaged_marks(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "marks.json").write_bytes(content)
    with pytest.raises(Damaged, match="Publish again"):
        read_marks(tmp_path)


def test_languages_are_compared_without_region() -> None:
    assert primary_languages(CLINIC) == {"es", "en"}
    assert primary_languages(CLINIC, Person(practitioner=ZAPOTEC)) == {"zap"}
    assert primary_languages(CLINIC, Person(practitioner=SILENT)) == {"es", "en"}
