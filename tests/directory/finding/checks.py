"""How what a search answers is compared with what the plain loops have."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import pytest

from finder.directions.router import Router
from finder.directory import FacilityHit, PractitionerHit, Search, Snapshot, find
from finder.directory.finding.cost import PRICE_MIN
from finder.directory.finding.reasons import ReasonCode, reason_text
from finder.directory.hours import HoursState
from tests.directory.finding.brute_force import Expected, Listing, Stored, state_of

FOUND_FOR = {
    ReasonCode.TRAVEL,
    ReasonCode.EMERGENCY,
    ReasonCode.OFFERS_CARE,
    ReasonCode.RELATED_CARE,
    ReasonCode.NAME_MATCHES,
}

PATIENT_S = 600.0
"""No test depends on how busy the machine is."""

type AnyHit = FacilityHit | PractitionerHit


class Shown(NamedTuple):
    """One answer and the moment of its page."""

    hit: AnyHit
    at: datetime


def id_of(hit: AnyHit) -> str:
    return hit.facility().id if isinstance(hit, FacilityHit) else hit.person.practitioner.id


def listing_of(hit: AnyHit) -> Listing:
    return Listing(hit.facility()) if isinstance(hit, FacilityHit) else Listing(hit.facility, hit.person, hit.role)


def paid_of(hit: AnyHit) -> frozenset[ReasonCode]:
    return frozenset(reason.code for reason in hit.reasons if reason.costs_min and reason.code is not ReasonCode.TRAVEL)


def free_of(hit: AnyHit) -> set[ReasonCode]:
    return {reason.code for reason in hit.reasons if not reason.costs_min} - FOUND_FOR


def everything(snapshot: Snapshot, search: Search, at: datetime, roads: Router | None = None) -> list[Shown]:
    """All pages of a search, one after the other: the first now, the others nearly an hour later."""
    found: list[Shown] = []
    later = at + timedelta(minutes=59)
    while True:
        page = find(snapshot, search, at, roads, road_deadline_s=PATIENT_S)
        found += [Shown(hit, at) for hit in page.hits]
        if page.next_cursor is None:
            return found
        assert page.hits
        search, at = msgspec.structs.replace(search, cursor=page.next_cursor), later


def check_hit(hit: AnyHit, expected: Expected, stored: Stored, search: Search, at: datetime) -> None:
    assert id_of(hit) == expected.id
    assert hit.distance_m == pytest.approx(expected.distance_m, abs=1e-4)
    assert hit.distance_min_m == max(0.0, hit.distance_m - search.position.accuracy_m)
    assert hit.distance_max_m == hit.distance_m + search.position.accuracy_m
    assert hit.travel.likely_s / 60 == pytest.approx(expected.travel_min, abs=1e-6)
    assert hit.travel.min_s <= hit.travel.likely_s <= hit.travel.max_s
    assert hit.score_min == pytest.approx(expected.score_min, abs=1e-6)
    assert hit.score_min == pytest.approx(sum(reason.costs_min for reason in hit.reasons), abs=1e-9)
    assert paid_of(hit) == expected.paid
    assert free_of(hit) == stored.free(search, expected, at)
    assert all(reason.costs_min == PRICE_MIN[reason.code] for reason in hit.reasons if reason.code in expected.paid)
    assert hit.related == (expected.tier == 1)
    listing = listing_of(hit)
    assert listing.facility.id == expected.listing.facility.id
    assert (listing.role and listing.role.id) == (expected.listing.role and expected.listing.role.id)
    assert hit.hours.state is state_of(listing, at)
    if (listing.role or listing.facility).opening_hours is None:
        assert {hit.hours.state, hit.arrival.state, hit.arrival.earliest, hit.arrival.latest} == {HoursState.UNKNOWN}
    for reason in hit.reasons:
        assert reason.number is None or reason.number >= 0
        for language in ("en", "es"):
            assert reason_text(reason, language)
            assert "%(" not in reason_text(reason, language)


def check(snapshot: Snapshot, stored: Stored, search: Search, at: datetime) -> None:
    """Compare the whole answer, page by page and at once, with that of the plain loops, by the roads that these have."""
    expected = stored.answers(search, at)
    large = msgspec.structs.replace(search, limit=len(expected) + 1)
    whole = find(snapshot, large, at, stored.roads, road_deadline_s=PATIENT_S)
    assert [id_of(hit) for hit in whole.hits] == [one.id for one in expected]
    assert whole.next_cursor is None
    for hit, one in zip(whole.hits, expected, strict=True):
        check_hit(hit, one, stored, search, at)
    shown = everything(snapshot, search, at, stored.roads)
    assert [id_of(hit) for hit, _ in shown] == [one.id for one in expected]
    for (hit, told_at), one in zip(shown, expected, strict=True):
        check_hit(hit, stored.expected(search, one.listing, told_at, one.tier), stored, search, told_at)
    if stored.roads is None:
        check_emergency_departments(stored, search, expected, whole.hits)


def check_emergency_departments(stored: Stored, search: Search, expected: Sequence[Expected], hits: Sequence[AnyHit]) -> None:
    """None stands behind anything farther away that answers what was asked as well as it does."""
    for at, (one, hit) in enumerate(zip(expected, hits, strict=True)):
        if "emergency_care" in stored.care_of(one.listing):
            before = zip(expected[:at], hits[:at], strict=True)
            assert all(other.tier < one.tier or nearer.distance_m <= hit.distance_m for other, nearer in before)


def in_large_pages(search: Search) -> Search:
    return msgspec.structs.replace(search, limit=20 * search.limit)
