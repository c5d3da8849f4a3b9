"""Words that sound like an emergency: where to go at once, and whom to call."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from finder.care.emergency_numbers import emergency_numbers
from finder.care.red_flags import red_flag_in
from finder.directory import Search, Snapshot, find
from finder.directory.finding.reasons import ReasonCode
from finder.domain.facility import Address, Facility, FacilityKind, facility_id
from finder.geo.points import LonLat
from finder.locate.position import stated_position as at_point
from tests.directory.finding.brute_force import Stored
from tests.directory.finding.checks import check_hit, everything, id_of, in_large_pages
from tests.directory.finding.conftest import Published
from tests.directory.finding.worlds import MONDAY_NOON, POINTS, World, moments, searches

CHEST_PAIN = red_flag_in("dolor de pecho")
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
AT_NIGHT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""01:00 in Tijuana and San Diego."""
SAN_YSIDRO = LonLat(-117.04, 32.552)
MX, US = ("MX", "America/Tijuana"), ("US", "America/Los_Angeles")


def department(
    name: str,
    lon: float,
    lat: float,
    country: tuple[str | None, str] = US,
    kind: FacilityKind = FacilityKind.HOSPITAL,
    **fields: object,
) -> Facility:
    """A facility that gives emergency care."""
    values = {"opening_hours": "24/7", "services": ("Emergency",), **fields}
    return Facility(
        id=facility_id("t", name), kind=kind, name=name, lon_lat=LonLat(lon, lat), address=Address(country=country[0]),
        time_zone=country[1], **values,  # type: ignore[arg-type]
    )  # fmt: skip


def first_names(snapshot: Snapshot, at: LonLat, now: datetime) -> list[str]:
    page = find(snapshot, Search(position=at_point(at), red_flag=CHEST_PAIN, limit=1), now)
    return [hit.facility().name for hit in page.hits if hit.emergency]  # type: ignore[union-attr]


@given(search=searches, at=moments)
@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
def test_emergency_care_comes_first_whatever_else_is_asked(
    large_world: tuple[Snapshot, Stored], search: Search, at: datetime
) -> None:
    snapshot, stored = large_world
    assert CHEST_PAIN is not None
    plain = Search(position=search.position, mode=search.mode, care=("emergency_care",), limit=3)
    best = stored.emergencies(search, at)
    alarmed = msgspec.structs.replace(search, red_flag=CHEST_PAIN)
    first = find(snapshot, alarmed, at)
    assert [id_of(hit) for hit in first.hits if hit.emergency] == [one.id for one in best]
    assert [hit.emergency for hit in first.hits] == [True] * len(best) + [False] * (len(first.hits) - len(best))
    for hit, one in zip(first.hits, best, strict=False):
        check_hit(hit, one, stored, plain, at)
        assert hit.reasons[0].code is ReasonCode.EMERGENCY
        assert hit.score_min == pytest.approx(hit.travel.likely_s / 60)
    rest = [one.id for one in stored.answers(search, at) if one.id not in {urgent.id for urgent in best}]
    shown = [id_of(hit) for hit, _ in everything(snapshot, in_large_pages(alarmed), at)]
    assert shown == [*(one.id for one in best), *rest]
    assert first.emergency is not None
    assert first.emergency.red_flag is CHEST_PAIN
    assert first.nearer_to is None


def test_nobody_is_sent_across_a_border_while_there_is_a_hospital_on_this_side(published: Published) -> None:
    """In San Ysidro Tijuana's hospitals are the nearest by distance, and hours away behind the border."""
    far = department("Far", -117.16, 33.3)  # 83 km
    home = [department("Chula Vista", -117.02, 32.62), department("National City", -117.08, 32.68)]
    tijuana = [department("Zona Río", -117.02, 32.53, MX), department("Otay", -116.96, 32.53, MX)]
    snapshot, _ = published(World(facilities=[far, *home, *tijuana], people=[], roles=[]))
    assert first_names(snapshot, SAN_YSIDRO, MONDAY_NOON) == ["Chula Vista", "National City", "Zona Río"]
    page = find(snapshot, Search(position=at_point(SAN_YSIDRO), red_flag=CHEST_PAIN, limit=1), MONDAY_NOON)
    told = [ReasonCode.ACROSS_BORDER in {reason.code for reason in hit.reasons} for hit in page.hits if hit.emergency]
    assert told == [False, False, True]
    assert all(not reason.costs_min for hit in page.hits for reason in hit.reasons if reason.code is ReasonCode.ACROSS_BORDER)
    assert first_names(snapshot, LonLat(-117.03, 32.525), MONDAY_NOON) == ["Zona Río", "Otay", "Chula Vista"]


def test_a_hospital_comes_before_a_clinic_and_what_is_closed_comes_last(published: Published) -> None:
    by_day = "Mo-Su 08:00-22:00"
    facilities = [
        department("Clinic next door", -117.041, 32.552, kind=FacilityKind.CLINIC),
        department("Hospital by day", -117.042, 32.553, opening_hours=by_day),
        department("Hospital unknown", -117.05, 32.58, opening_hours=None),
        department("Emergency room", -117.05, 32.62, kind=FacilityKind.EMERGENCY, services=()),
        department("Hospital", -117.08, 32.68, (None, "America/Los_Angeles")),
        department("No emergencies", -117.04, 32.552, services=()),
    ]
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    assert first_names(snapshot, SAN_YSIDRO, MONDAY_NOON) == ["Hospital by day", "Hospital unknown", "Emergency room"]
    assert first_names(snapshot, SAN_YSIDRO, AT_NIGHT) == ["Hospital unknown", "Emergency room", "Hospital"]


def test_a_closed_emergency_room_is_said_to_be_closed_and_costs_nothing(published: Published) -> None:
    facilities = [
        department("By day", -117.042, 32.553, opening_hours="Mo-Su 08:00-22:00"),
        department("Unknown", -117.05, 32.58, kind=FacilityKind.CLINIC, opening_hours=None),
    ]
    snapshot, _ = published(World(facilities=facilities, people=[], roles=[]))
    assert first_names(snapshot, SAN_YSIDRO, AT_NIGHT) == ["Unknown", "By day"]
    page = find(snapshot, Search(position=at_point(SAN_YSIDRO), red_flag=CHEST_PAIN, limit=1), AT_NIGHT)
    told = [{reason.code: reason.costs_min for reason in hit.reasons} for hit in page.hits]
    assert told[0][ReasonCode.HOURS_UNKNOWN] == 0.0
    assert told[1][ReasonCode.CLOSED_ON_ARRIVAL] == 0.0
    by_day = find(snapshot, Search(position=at_point(SAN_YSIDRO), limit=1), MONDAY_NOON).hits[0]
    assert not {ReasonCode.CLOSED_ON_ARRIVAL, ReasonCode.HOURS_UNKNOWN} & {reason.code for reason in by_day.reasons}


def test_whom_to_call_goes_by_where_the_person_is(large_world: tuple[Snapshot, Stored]) -> None:
    snapshot, _ = large_world
    told: dict[str | None, str] = {}
    for position in (
        at_point(POINTS[0]),
        at_point(LonLat(-117.16, 32.72)),
        at_point(LonLat(24.94, 60.17)),
        at_point(LonLat(-150.0, 0.0)),
    ):
        emergency = find(snapshot, Search(position=position, red_flag=CHEST_PAIN, limit=1), MONDAY_NOON).emergency
        assert emergency is not None
        told[emergency.numbers.country] = emergency.numbers.emergency
    assert told == {country: emergency_numbers(country).emergency for country in ("MX", "US", "FI", None)}
    assert told["US"] == told["MX"] == "911"
    assert told[None] == "112"


def test_without_alarming_words_nothing_is_said_of_an_emergency(large_world: tuple[Snapshot, Stored]) -> None:
    page = find(large_world[0], Search(position=at_point(POINTS[0]), care=("emergency_care",)), MONDAY_NOON)
    assert page.emergency is None
    assert page.hits
    assert not any(hit.emergency for hit in page.hits)
