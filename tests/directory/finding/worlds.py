"""Made-up facilities and people who work there: few points, few specialties and many ties, so that all meets all."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random

import msgspec
from hypothesis import strategies as st

from finder.directions.estimate import TravelMode
from finder.directory import OpenWish, Search, Sort, Wanted, What
from finder.domain.facility import (
    Accessibility,
    Address,
    Facility,
    FacilityKind,
    FacilityStatus,
    Provenance,
    Wheelchair,
    facility_id,
)
from finder.domain.load import Load
from finder.domain.position import PositionFor, PositionSource
from finder.domain.practitioner import Gender, Practitioner, Role
from finder.domain.statement import Statement
from finder.geo.points import LonLat
from finder.store import Stated, Store
from tests.facilities import stored

MONDAY_NOON = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""Noon in Tijuana and San Diego."""
LOAD = Load(source="t", file_name="t.csv", started_at=MONDAY_NOON)

# No two are equally far from a third, so that distances are equal at one point only; one town lies on the antimeridian.
POINTS = [
    *(LonLat(-117.0312, 32.5291), LonLat(-117.0187, 32.5263), LonLat(-116.9654, 32.5117), LonLat(-117.1241, 32.5238)),
    *(LonLat(-117.1571, 32.7493), LonLat(-116.6042, 31.8661), LonLat(-115.4683, 32.6519), LonLat(-99.1332, 19.4326)),
    *(LonLat(179.9981, -16.5123), LonLat(-179.9937, -16.4871), LonLat(24.9384, 60.1699)),
]
ZONES = ["America/Tijuana", "America/Los_Angeles", "Pacific/Fiji", None]
HOURS = ["24/7", "Mo-Fr 08:00-18:00", "Mo-Su 09:00-12:30; PH off", "Mo 10:00-12:10", '"by appointment"', "nonsense", None, None]
CODES = ["207RC0000X", "2080P0202X", "208000000X", "207R00000X", "207P00000X", "261QE0002X", "Cardiología", "no such thing"]
CARE = [
    "cardiology",
    "paediatric_cardiology",
    "paediatrics",
    "internal_medicine",
    "emergency_care",
    "x_ray",
    "dentistry",
    "vaccination",
]
SERVICES = ["Urgencias", "Emergency", "Rayos X", "vaccination", "gift shop"]
LANGUAGES = ["es-MX", "en", "fr", "nai"]
MANY_LANGUAGES = [f"a{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
PLANS = ["Plan Imaginario", "Plan Imaginario / Red Norte", "Seguro Ficticio"]
MANY_PLANS = [f"Plan número {number}" for number in range(30)]
PLAN_IDS = ["plan-imaginario", "plan-imaginario--red-norte", "seguro-ficticio", "plan-numero-3", "plan-numero-29", "unknown"]
NAMES = ["Ana Ramírez Soto", "Ana Ramires", "Juan Ramírez", "Luz del Norte", "María Luz", "Peter English"]


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What a store is filled with."""

    facilities: list[Facility]
    people: list[Practitioner]
    roles: list[Role]

    def store_in(self, store: Store) -> None:
        """Write it all."""
        stored(store, self.facilities, LOAD)
        with store.writing() as writing:
            load_id = writing.begin(LOAD)
            for thing, all_of_them in ((Practitioner, self.people), (Role, self.roles)):
                writing.put(
                    thing,
                    [
                        Stated(
                            id=one.id,
                            before=None,
                            after=one,
                            statements=(Statement(load_id=load_id, source="t", own_id=one.id, said=one),),
                        )
                        for one in all_of_them
                    ],
                )


def made_world(random: Random, facilities: int, people: int) -> World:
    """A world of that many facilities and people, with about two roles each."""

    def some[T](values: Sequence[T], most: int = 2) -> tuple[T, ...]:
        return tuple(random.sample(values, random.randint(0, most)))

    def fact_days(*fields: str) -> dict[str, Provenance]:
        ages = [None, -2, -1, 0, 89, 90, 91, 364, 365, 366, 4000]
        days = [random.choice(ages) for _ in fields]
        told = {
            field: Provenance("t", None if age is None else date(2026, 11, 23) - timedelta(days=age))
            for field, age in zip(fields, days, strict=True)
        }
        return {field: told[field] for field in fields if random.random() < 0.8}

    def rarely(values: Sequence[str], many: Sequence[str]) -> tuple[str, ...]:
        return tuple(many) if random.random() < 0.1 else some(values)

    def facility(number: int) -> Facility:
        return Facility(
            id=facility_id("t", f"facility {number}"),
            kind=random.choice(list(FacilityKind)),
            name=random.choice([*NAMES, f"Clínica {number}"]),
            lon_lat=random.choice(POINTS),
            address=Address(country=random.choice(["MX", "US", None])),
            opening_hours=random.choice(HOURS),
            time_zone=random.choice(ZONES),
            services=some(SERVICES),
            languages=rarely(LANGUAGES, MANY_LANGUAGES),
            plans=rarely(PLANS, MANY_PLANS),
            accessibility=Accessibility(wheelchair=random.choice([None, *Wheelchair])),
            status=random.choice([FacilityStatus.OPEN] * 5 + [FacilityStatus.CLOSED]),
            provenance=fact_days("opening_hours", "phones"),
        )

    def person(number: int) -> Practitioner:
        return Practitioner(
            id=facility_id("t", f"person {number}"),
            name=f"{random.choice(NAMES)} {random.choice(['', number])}".strip(),
            specialties=some(CODES),
            languages=rarely(LANGUAGES, MANY_LANGUAGES) if random.random() < 0.5 else (),
            gender=random.choice([None, *Gender]),
            active=random.random() < 0.9,
        )

    def role(number: int) -> Role:
        return Role(
            id=facility_id("t", f"role {number}"),
            practitioner_id=random.choice(persons).id,
            facility_id=random.choice([None, *(one.id for one in places)]),
            opening_hours=random.choice(HOURS),
            specialties=some(CODES) if random.random() < 0.4 else (),
            plans=rarely(PLANS, MANY_PLANS) if random.random() < 0.5 else (),
            accepting_new_patients=random.choice([None, True, False]),
            telehealth=random.choice([None, True, False]),
            active=random.random() < 0.9,
            provenance=fact_days("opening_hours", "phones", "accepting_new_patients"),
        )

    places = [facility(number) for number in range(facilities)]
    persons = [person(number) for number in range(people)]
    roles = [role(number) for number in range(2 * people)] if places else []
    return World(facilities=places, people=persons, roles=roles)


worlds = st.builds(made_world, st.integers(0, 2**32).map(Random), st.integers(0, 12), st.integers(0, 6))
moments = st.sampled_from(
    [
        *(MONDAY_NOON, MONDAY_NOON + timedelta(hours=9), MONDAY_NOON - timedelta(hours=4, minutes=5)),
        *(datetime(2026, 12, 25, 19, tzinfo=UTC), datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),
    ]
)


def mostly[T](usual: T, others: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    return st.one_of(st.just(usual), st.just(usual), others)


def any_of(values: Iterable[str], most: int = 2) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(list(values)), max_size=most)


near_points = st.builds(
    lambda at, east, north: LonLat(at.lon + east, at.lat + north),
    st.sampled_from(POINTS[:7]),
    st.floats(0, 0.1),
    st.floats(0, 0.1),
)
positions = st.builds(
    PositionFor,
    lon_lat=st.sampled_from(POINTS) | near_points,
    accuracy_m=st.sampled_from([0.0, 25.0, 10_000.0]),
    source=st.just(PositionSource.GPS),
)
wishes = st.builds(
    Wanted,
    kinds=mostly(frozenset(), st.frozensets(st.sampled_from(FacilityKind), max_size=6)),
    languages=mostly(frozenset(), any_of([*LANGUAGES, "es", "EN-us", "ac", "az"])),
    plan=mostly(None, st.sampled_from(PLAN_IDS)),
    accepting=mostly(False, st.booleans()),
    telehealth=mostly(False, st.booleans()),
    wheelchair=mostly(False, st.booleans()),
    gender=mostly(None, st.sampled_from(Gender)),
)
_opens: st.SearchStrategy[tuple[OpenWish | None, datetime | None]] = mostly(
    (None, None),
    st.sampled_from([(OpenWish.NOW, None), (OpenWish.ON_ARRIVAL, None), (OpenWish.AT, MONDAY_NOON + timedelta(hours=2))]),
)
searches = st.builds(
    lambda opens, **fields: Search(open=opens[0], open_at=opens[1], **fields),
    opens=_opens,
    position=positions,
    what=st.sampled_from(What),
    wanted=st.just(Wanted()) | wishes,
    care=mostly((), st.lists(st.sampled_from(CARE), max_size=2, unique=True).map(tuple)),
    mode=st.sampled_from(TravelMode),
    sort=st.sampled_from(Sort),
    radius_m=mostly(None, st.sampled_from([1.0, 1500.0, 20_000.0, 3_000_000.0, 20_100_000.0])),
    limit=st.integers(1, 12),
)
