"""What is told and what is held back, case by case; and in which words."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.facility import Entrance, Facility, FacilityKind
from finder.domain.fence import Circle, Fence, FenceStatus, Trigger, Wish
from finder.geo.points import LonLat
from finder.notices.telling import (
    LONGEST_BODY,
    LONGEST_TITLE,
    Circumstances,
    Hold,
    Reason,
    Tell,
    Told,
    entrance_name,
    said,
    tell,
)
from finder.notices.tracker import Confidence, Event, Grounds
from tests.conftest import REPOSITORY

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
CASES = msgspec.json.decode((REPOSITORY / "tests" / "cases" / "telling.json").read_bytes())["cases"]
WISHES = (
    Wish(
        trigger=Trigger.ENTER, texts={"en": "Check in on floor 2 of {facility}.", "es": "Regístrese en el piso 2 de {facility}."}
    ),
    Wish(trigger=Trigger.DWELL, dwell_s=600.0, texts={"en": "Ten"}),
    Wish(trigger=Trigger.APPROACH, eta_s=120.0, texts={"en": "Your way is now {entrance}.", "es": "Ahora es {entrance}."}),
    Wish(trigger=Trigger.DWELL, texts={"en": "Five"}),
)
FENCE = Fence(
    id="fence",
    tenant="north",
    facility_id="clinic",
    name="Front door",
    shape=Circle(centre=LonLat(-117.03, 32.52), radius_m=100.0),
    wishes=WISHES,
    status=FenceStatus.ACTIVE,
)


def event_of(trigger: str, stay: int = 1, **more: Any) -> Event:
    return Event(
        fence_id="fence",
        stay=stay,
        trigger=Trigger(trigger),
        wish_s=more.get("wish_s"),
        confidence=Confidence(more.get("confidence", "medium")),
        at_device=NOW - timedelta(seconds=more.get("age_s", 20)),
        at_server=NOW,
        fixes=(1, 3),
        grounds=Grounds(fixes=3, span_s=30, edge_m=-20, error_m=9, late_s=more.get("late_s", 0)),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["about"])
def test_case(case: dict[str, Any]) -> None:
    event = event_of(**case["event"])
    changes = {name: msgspec.convert(value, Fence.__annotations__[name]) for name, value in case.get("fence", {}).items()}
    fence = msgspec.structs.replace(FENCE, **changes)
    told = [
        Told(one.get("fence_id", "fence"), one["stay"], Trigger(one["trigger"]), one.get("wish_s"), NOW)
        for one in case.get("told", [])
    ]
    decided = tell(event, fence, told, Circumstances(now=NOW, today=date(2026, 11, 23), **case.get("around", {})))
    if case["said"] == "tell":
        assert isinstance(decided, Tell)
        assert decided.wish.trigger is event.trigger
        assert decided.wish in fence.wishes
    else:
        assert decided == Hold(Reason(case["said"]))


def test_every_reason_has_a_case() -> None:
    assert {case["said"] for case in CASES} == {"tell", *Reason} - {Reason.TOLD}


def test_what_was_told_once_is_not_told_again() -> None:
    event = event_of("enter")
    around = Circumstances(now=NOW, today=NOW.date())
    assert isinstance(tell(event, FENCE, [], around), Tell)
    assert tell(event, FENCE, [Told.of(event, NOW)], around) == Hold(Reason.TOLD_BEFORE)


def test_the_words_are_filled_in() -> None:
    assert said(WISHES[0], FENCE, "Clínica Río", "es") == said(WISHES[0], FENCE, "Clínica Río", "es-MX")
    assert said(WISHES[0], FENCE, "Clínica Río", "es").title == "Clínica Río"
    assert said(WISHES[0], FENCE, "Clínica Río", "es").body == "Regístrese en el piso 2 de Clínica Río."
    assert said(WISHES[0], FENCE, "Clínica Río", "fi").body == "Check in on floor 2 of Clínica Río."
    assert said(WISHES[2], FENCE, "Clínica Río", "es").body == "Ahora es la entrada."
    assert said(WISHES[2], FENCE, "Clínica Río", "en", "the east entrance").body == "Your way is now the east entrance."
    only_spanish = Wish(trigger=Trigger.ENTER, texts={"es": "Hola"})
    assert said(only_spanish, FENCE, "", "en").body == "Hola"
    assert said(only_spanish, FENCE, "", "en").title == "Front door"


@pytest.mark.parametrize(
    ("kinds", "in_english", "in_spanish"),
    [
        ((), "the entrance", "la entrada"),
        (("main", "side"), "the main entrance", "la entrada principal"),
        (("staircase",), "the entrance", "la entrada"),
    ],
)
def test_a_door_has_a_name(kinds: tuple[str, ...], in_english: str, in_spanish: str) -> None:
    here = LonLat(-117.03, 32.52)
    doors = tuple(Entrance(here, kind) for kind in kinds)
    facility = Facility(id="clinic", kind=FacilityKind.CLINIC, name="Clinic", lon_lat=here, entrances=doors)
    assert (entrance_name(facility, "en"), entrance_name(facility, "es-MX")) == (in_english, in_spanish)


@given(st.text(max_size=600), st.text(max_size=200))
def test_whatever_is_written_a_lock_screen_can_show_it(body: str, name: str) -> None:
    words = said(Wish(trigger=Trigger.ENTER, texts={"en": body}), FENCE, name, "en")
    assert len(words.body) <= LONGEST_BODY
    assert len(words.title) <= LONGEST_TITLE
    assert not set(words.body) & set("\n\r\t\x0b\x0c\x1c\x85\u2028")
    assert "{facility}" not in words.body or "{facility}" in name
