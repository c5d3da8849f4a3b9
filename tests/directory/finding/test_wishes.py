"""What is asked of a person is met by one person, and what is said of an answer is so."""

from datetime import date, datetime, timedelta
from random import Random

import pytest

from finder.directory import FacilityHit, OpenWish, PractitionerHit, Search, Snapshot, Sort, Wanted, What, find
from finder.directory.finding.reasons import ReasonCode
from finder.domain.facility import Address, Facility, FacilityKind, Provenance, facility_id
from finder.domain.practitioner import Gender, Practitioner, Role
from finder.geo.points import LonLat
from finder.locate.position import stated_position as at_point
from tests.directory.finding.checks import AnyHit, check, paid_of
from tests.directory.finding.conftest import Published
from tests.directory.finding.worlds import MONDAY_NOON, World

HERE = LonLat(-117.03, 32.52)
CARDIOLOGY, PAEDIATRICS, EMERGENCY_CARE = "207RC0000X", "208000000X", "Emergency care"


def clinic(name: str, lon: float = HERE.lon, **fields: object) -> Facility:
    values = {"kind": FacilityKind.CLINIC, "address": Address(country="MX"), "time_zone": "America/Tijuana", **fields}
    return Facility(id=facility_id("t", name), name=name, lon_lat=LonLat(lon, HERE.lat), **values)  # type: ignore[arg-type]


def person(id_: str, specialty: str = CARDIOLOGY, **fields: object) -> Practitioner:
    return Practitioner(id=id_, name=fields.pop("name", id_), specialties=(specialty,), **fields)  # type: ignore[arg-type]


def role(of: str, facility: Facility, **fields: object) -> Role:
    return Role(id=f"{of} at {facility.name}", practitioner_id=of, facility_id=facility.id, **fields)  # type: ignore[arg-type]


def names(snapshot: Snapshot, wanted: Wanted, care: str = "") -> list[str]:
    search = Search(position=at_point(HERE), wanted=wanted, care=(care,) if care else ())
    return [hit.facility().name for hit in find(snapshot, search, MONDAY_NOON).hits if isinstance(hit, FacilityHit)]


def codes(hit: AnyHit) -> set[ReasonCode]:
    return {reason.code for reason in hit.reasons}


ENGLISH, FEMALE, PLAN = frozenset({"en"}), Gender.FEMALE, "seguro-ficticio"


@pytest.mark.parametrize(
    ("wanted", "care", "found"),
    [
        # Ada speaks English and takes the plan; Bea is a woman; together they are no woman who speaks English.
        (Wanted(languages=ENGLISH), "", True),
        (Wanted(gender=FEMALE), "", True),
        (Wanted(languages=ENGLISH, gender=FEMALE), "", False),
        (Wanted(languages=ENGLISH, plan=PLAN), "", True),
        (Wanted(plan=PLAN, gender=FEMALE), "", False),
        (Wanted(gender=FEMALE, telehealth=True), "", True),
        # Bea is the paediatrician.
        (Wanted(gender=FEMALE), "paediatrics", True),
        (Wanted(gender=FEMALE), "cardiology", False),
        (Wanted(languages=ENGLISH), "cardiology", True),
        (Wanted(languages=ENGLISH), "paediatrics", False),
        (Wanted(telehealth=True), "cardiology", False),
        (Wanted(accepting=True), "cardiology", True),
        (Wanted(accepting=True), "paediatrics", False),
        # Both speak French or take it, each her own way: the facility says the one, Ada the other.
        (Wanted(languages=frozenset({"fr"}), plan=PLAN), "", False),
        (Wanted(languages=frozenset({"fr"})), "paediatrics", True),
        (Wanted(languages=frozenset({"fr"}), plan="plan-imaginario"), "cardiology", True),
    ],
)
def test_one_person_in_the_care_asked_for_is_all_that_is_wanted(
    published: Published, wanted: Wanted, care: str, *, found: bool
) -> None:
    both = clinic("Both", languages=("fr",), plans=("Plan Imaginario",))
    ada = person("Ada", languages=("en",), gender=Gender.MALE)
    bea = person("Bea", PAEDIATRICS, languages=("es",), gender=FEMALE)
    roles = [
        role("Ada", both, plans=("Seguro Ficticio",), accepting_new_patients=True),
        role("Bea", both, plans=("Otro",), telehealth=True),
    ]
    snapshot, stored = published(World(facilities=[both], people=[ada, bea], roles=roles))
    assert names(snapshot, wanted, care) == (["Both"] if found else [])
    check(snapshot, stored, Search(position=at_point(HERE), wanted=wanted, care=(care,) if care else ()), MONDAY_NOON)


def test_what_is_across_the_border_is_said_to_be(published: Published) -> None:
    facilities = [clinic("Here"), clinic("There", address=Address(country="US")), clinic("Nobody knows", address=Address())]
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    hits = find(snapshot, Search(position=at_point(HERE)), MONDAY_NOON).hits
    told = {hit.facility().name for hit in hits if ReasonCode.ACROSS_BORDER in codes(hit)}  # type: ignore[union-attr]
    assert told == {"There"}
    at_sea = find(snapshot, Search(position=at_point(LonLat(-150.0, 0.0))), MONDAY_NOON).hits
    assert not any(ReasonCode.ACROSS_BORDER in codes(hit) for hit in at_sea)


@pytest.mark.parametrize("specialty", [CARDIOLOGY, EMERGENCY_CARE])
def test_who_was_said_to_accept_long_ago_is_not_said_to_accept(published: Published, specialty: str) -> None:
    """Nor of emergency care, which pays for nothing but the way."""
    where = clinic("Clinic")
    days = {"fresh": 90, "old": 91}
    people = [person(id_, specialty) for id_ in (*days, "undated")]
    roles = [
        role(
            one.id,
            where,
            accepting_new_patients=True,
            provenance={
                "accepting_new_patients": Provenance(
                    "t", MONDAY_NOON.date() - timedelta(days=days[one.id]) if one.id in days else None
                )
            },
        )
        for one in people
    ]
    snapshot, _ = published(World(facilities=[where], people=people, roles=roles))
    hits = find(snapshot, Search(position=at_point(HERE), what=What.PRACTITIONERS), MONDAY_NOON).hits
    said = {hit.person.practitioner.id: codes(hit) for hit in hits if isinstance(hit, PractitionerHit)}
    assert {id_ for id_, told in said.items() if ReasonCode.ACCEPTING in told} == {"fresh"}
    unverified = {id_ for id_, told in said.items() if ReasonCode.ACCEPTING_UNVERIFIED in told}
    assert unverified == ({"old", "undated"} if specialty == CARDIOLOGY else set())


def test_who_asks_for_a_moment_is_told_of_that_moment(published: Published) -> None:
    """At noon one is open and one closed; at eight in the evening it is the other way round, however long the way."""
    facts = {name: Provenance("t", date(2026, 11, 1)) for name in ("opening_hours", "phones")}
    day = clinic("Day", -116.7, opening_hours="Mo-Su 08:00-18:00", provenance=facts)
    late = clinic("Late", -116.7, opening_hours="Mo-Su 19:00-23:00", provenance=facts)
    closing = clinic("Closing", -116.7, opening_hours="Mo-Su 08:00-20:10", provenance=facts)
    snapshot, stored = published(World(facilities=[day, late, closing], people=[], roles=[]))
    evening = MONDAY_NOON + timedelta(hours=8)
    search = Search(position=at_point(HERE), open=OpenWish.AT, open_at=evening, sort=Sort.BEST)
    hits = find(snapshot, search, MONDAY_NOON).hits
    assert [hit.facility().name for hit in hits] == ["Late", "Closing"]  # type: ignore[union-attr]
    assert [paid_of(hit) for hit in hits] == [set(), {ReasonCode.CLOSES_AFTER_ARRIVAL}]
    assert all(ReasonCode.OPEN_ON_ARRIVAL in codes(hit) for hit in hits)
    assert {hit.arrival.at for hit in hits} == {evening}
    assert hits[1].arrival.minutes_to_close == 10
    assert hits[0].hours.state != hits[1].hours.state  # now
    check(snapshot, stored, search, MONDAY_NOON)


def test_later_pages_keep_their_order_and_tell_how_things_are_now(published: Published) -> None:
    """By noon's scores the one that closes at one comes first, and is closed by the time the second page is asked for."""
    now = MONDAY_NOON
    later = now + timedelta(minutes=59)
    first = clinic("First", opening_hours="24/7")
    soon = clinic("Soon", HERE.lon + 0.02, opening_hours="Mo-Su 08:00-12:50")
    last = clinic("Last", HERE.lon + 0.1, opening_hours="24/7")
    snapshot, _ = published(World(facilities=[first, soon, last], people=[], roles=[]))
    search = Search(position=at_point(HERE), sort=Sort.BEST, limit=1)

    def page(cursor: str | None, at: datetime) -> tuple[AnyHit, str | None]:
        asked = Search(position=search.position, sort=search.sort, limit=1, cursor=cursor)
        found = find(snapshot, asked, at)
        (hit,) = found.hits
        return hit, found.next_cursor

    _, cursor = page(None, now)
    at_noon, _ = page(cursor, now)
    an_hour_later, cursor = page(cursor, later)
    farthest, end = page(cursor, later)
    assert [hit.facility().name for hit in (at_noon, an_hour_later, farthest)] == ["Soon", "Soon", "Last"]  # type: ignore[union-attr]
    assert end is None
    assert ReasonCode.OPEN_ON_ARRIVAL in codes(at_noon)
    assert ReasonCode.CLOSED_ON_ARRIVAL in codes(an_hour_later)
    assert an_hour_later.score_min == pytest.approx(at_noon.score_min + 60)
    assert an_hour_later.hours.state == "closed"
    assert an_hour_later.score_min > farthest.score_min  # by now's scores it would come last


def test_of_three_hundred_of_one_name_the_nearest_is_found(published: Published) -> None:
    order = list(range(300))
    Random(3).shuffle(order)  # noqa: S311 - nothing is kept secret
    places = [clinic(f"Consultorio {number}", HERE.lon + 0.001 * number, opening_hours="24/7") for number in order]
    people = [person(f"garcia {number}", name="Dra. Ana García") for number in order]
    roles = [role(one.id, place) for one, place in zip(people, places, strict=True)]
    snapshot, _ = published(World(facilities=places, people=people, roles=roles))
    for typed in ("García", "ana garcia"):
        search = Search(position=at_point(HERE), what=What.PRACTITIONERS, name=typed, limit=300)
        hits = find(snapshot, search, MONDAY_NOON).hits
        found = [hit.person.practitioner.id for hit in hits if isinstance(hit, PractitionerHit)]
        assert found == [f"garcia {number}" for number in range(300)]
