"""What of a visit is told, and what is not: the tracks of tests/cases, and what holds for all fixes."""

import random
import re
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.fence import Circle, Fence, Outline, Trigger, Wish
from finder.errors import BadInput, Damaged
from finder.geo.points import LonLat
from finder.notices.tracker import (
    Confidence,
    Event,
    Fix,
    Grounds,
    TrackState,
    Watch,
    decode_state,
    edge_distance,
    encode_state,
    in_order,
    replay,
    step,
    watch_of,
    why,
)
from finder.notices.tracker.sides import Wanted
from tests.notices.tracks import CENTRE, Case, cases, fix_at, place

CASES = cases()
CIRCLE = Circle(centre=CENTRE, radius_m=100.0)
WATCH = Watch("f", edge_distance(CIRCLE), Wanted(wrong_entrance=True, dwell_s=(120.0, 600.0), eta_s=(120.0,)))

ZONE = Watch("f", WATCH.edge_m, WATCH.wanted, level=2.0)

SECONDS = st.one_of(st.floats(0.0, 90.0), st.floats(0.0, 90.0), st.floats(300.0, 900.0))
"""Between two fixes; now and then a phone sleeps."""
METRES = st.floats(-400.0, 400.0)
FIX_STEPS = st.lists(
    st.tuples(
        SECONDS, METRES, METRES, st.sampled_from([None, 0.0, 1.9, 10.0, 40.0, 2000.0]), st.sampled_from(["gps", "beacon", "ip"])
    ),
    max_size=40,
)


def fixes_of(steps: list[tuple[float, float, float, float | None, str]]) -> list[Fix]:
    """Fixes one after the other, most of them near the one before: a walk with leaps."""
    fixes: list[Fix] = []
    at_s, east_m, north_m = 0.0, -150.0, 0.0
    for number, (later_s, east, north, accuracy_m, source) in enumerate(steps):
        at_s += later_s
        share = 1.0 if number % 7 == 6 else 0.1
        east_m, north_m = east_m + share * (east - east_m), north_m + share * (north - north_m)
        fixes.append(fix_at(at_s, east_m, north_m, accuracy_m=accuracy_m, source=source))
    return fixes


def on_floors(fixes: list[Fix], levels: list[float | None]) -> list[Fix]:
    """The fixes, their floors from the list over and over; none from an empty one."""
    return [msgspec.structs.replace(fix, level=levels[n % len(levels)] if levels else None) for n, fix in enumerate(fixes)]


def log(events: tuple[Event, ...] | list[Event]) -> bytes:
    return msgspec.json.encode(events)


@pytest.mark.parametrize("name", CASES)
def test_a_track_makes_these_events_and_no_others(name: str) -> None:
    case = CASES[name]
    events = replay(case.track(), [case.watch()])
    assert [event.trigger for event in events] == [trigger for trigger, _ in case.events]
    for event, (_, confidence) in zip(events, case.events, strict=True):
        assert confidence in {"high_or_less", event.confidence}


@pytest.mark.parametrize("name", CASES)
def test_a_restart_after_every_fix_changes_nothing(name: str) -> None:
    case = CASES[name]
    assert log(restarted(case.track(), case.watch())) == log(replay(case.track(), [case.watch()]))


def restarted(fixes: list[Fix], watch: Watch) -> list[Event]:
    kept, events = encode_state(TrackState()), list[Event]()
    for fix in fixes:
        done = step(decode_state(kept), fix, [watch])
        kept = encode_state(done.state)
        events += done.events
    return events


@given(FIX_STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_comes_a_replay_and_a_restart_give_the_same_log(
    steps: list[tuple[float, float, float, float | None, str]],
) -> None:
    fixes = fixes_of(steps)
    events = replay(fixes, [WATCH])
    assert log(events) == log(replay(fixes, [WATCH])) == log(restarted(fixes, WATCH))
    assert len({event.key for event in events}) == len(events)
    numbers = [number for event in events for number in event.fixes]
    assert all(1 <= number <= len(fixes) for number in numbers)
    for trigger in (Trigger.ENTER, Trigger.EXIT):
        stays = [event.stay for event in events if event.trigger is trigger]
        assert stays == sorted(set(stays))
    turns = [event.trigger for event in events if event.trigger in {Trigger.ENTER, Trigger.EXIT}]
    assert all(turn is (Trigger.EXIT if number % 2 else Trigger.ENTER) for number, turn in enumerate(turns))


@given(FIX_STEPS, st.integers(0, 2**16))
@settings(max_examples=40, deadline=None)
def test_sent_again_in_any_order_nothing_is_told_again(
    steps: list[tuple[float, float, float, float | None, str]], seed: int
) -> None:
    """A client that sends everything a second time, shuffled, after the first."""
    fixes = fixes_of(steps)
    state = TrackState()
    for fix in fixes:
        state = step(state, fix, [WATCH]).state
    again = random.Random(seed).sample(fixes, len(fixes))  # noqa: S311 - the same order at each run
    # Received at once, as from a queue: fixes that come one by one as they are dated would be a clock that was set back.
    received_at = max((fix.received_at for fix in fixes), default=None)
    for fix in again:
        done = step(state, msgspec.structs.replace(fix, received_at=received_at), [WATCH])
        state = done.state
        assert not done.events


@given(FIX_STEPS, st.lists(st.sampled_from([None, 1.0, 1.5, 3.0]), max_size=7))
@settings(max_examples=60, deadline=None)
def test_a_zone_is_entered_on_its_own_floor_alone(
    steps: list[tuple[float, float, float, float | None, str]], levels: list[float | None]
) -> None:
    fixes = on_floors(fixes_of(steps), levels)
    events = replay(fixes, [ZONE])
    assert {event.trigger for event in events} <= {Trigger.APPROACH}
    assert log(events) == log(restarted(fixes, ZONE))


@given(FIX_STEPS, st.lists(st.sampled_from([None, 1.0, 2.0]), min_size=1, max_size=7))
@settings(max_examples=60, deadline=None)
def test_a_fence_that_is_no_zone_does_not_ask_for_floors(
    steps: list[tuple[float, float, float, float | None, str]], levels: list[float | None]
) -> None:
    fixes = fixes_of(steps)
    assert log(replay(on_floors(fixes, levels), [WATCH])) == log(replay(fixes, [WATCH]))


@given(FIX_STEPS)
@settings(max_examples=60, deadline=None)
def test_fixes_that_state_the_floor_of_a_zone_enter_it_as_any_fence(
    steps: list[tuple[float, float, float, float | None, str]],
) -> None:
    """And leave it; when is another matter, as the stay begins with the first of them."""
    fixes = fixes_of(steps)

    def told(events: tuple[Event, ...]) -> list[tuple[str, tuple[int, ...]]]:
        seen = {Trigger.ENTER, Trigger.EXIT}
        return [(event.key, event.fixes[-1:]) for event in events if event.trigger in seen and event.confidence != "none"]

    here, by_map = told(replay(on_floors(fixes, [2.0]), [ZONE])), told(replay(fixes, [WATCH]))
    if not any(event.confidence == "none" for event in replay(fixes, [WATCH])):  # which number the stays, and a zone has none
        assert here == by_map


def test_fixes_without_a_floor_neither_begin_nor_undo_a_turning() -> None:
    """Two that state the floor, as many as you like that do not, and the third: the same as three in a row."""
    zone = Watch("f", edge_distance(CIRCLE), level=2.0)
    stated = [fix_at(at_s, 0, 0, level=2.0) for at_s in (0, 10, 200)]
    silent = [fix_at(at_s, 0, 0) for at_s in range(20, 200, 10)]
    (entered,) = replay([*stated[:2], *silent, stated[2]], [zone])
    assert (entered.trigger, entered.at_device) == (Trigger.ENTER, stated[0].at_device)
    outside = [fix_at(at_s, 400, 0) for at_s in range(20, 200, 10)]
    assert not replay([*stated[:2], *outside, stated[2]], [zone])


def test_a_turning_at_a_zone_is_stale_only_where_fixes_came_that_said_nothing() -> None:
    """Seen three times in 14 minutes: on the right floor each time, or with one in between that states none."""
    zone = Watch("f", edge_distance(CIRCLE), level=2.0)
    stated = [fix_at(at_s, 0, 0, level=2.0) for at_s in (0, 420, 840)]
    passed_over = fix_at(600, 0, 0, source="ip")
    for fixes in (stated, [*stated[:2], passed_over, stated[2]]):
        assert [event.trigger for event in replay(fixes, [zone])] == ["enter"]
    assert not replay([*stated[:2], fix_at(600, 0, 0), stated[2]], [zone])


@pytest.mark.parametrize("silent_s", [290, 310])
def test_a_dwell_at_a_zone_is_less_sure_where_its_floor_was_not_stated_for_half_of_it(silent_s: int) -> None:
    zone = Watch("f", edge_distance(CIRCLE), Wanted(dwell_s=(600.0,)), level=2.0)
    fixes = [fix_at(t, 0, 0, level=None if 100 < t < 100 + silent_s else 2.0) for t in range(0, 650, 10)]
    dwelt = replay(fixes, [zone])[-1]
    is_doubted = silent_s > 300
    assert (dwelt.trigger, dwelt.confidence) == (Trigger.DWELL, "medium" if is_doubted else "high")
    assert dwelt.grounds.asleep_s == (silent_s if is_doubted else 0)
    assert ("For 5 minutes of that time your device did not state that floor." in why(dwelt, "en")) is is_doubted
    assert ("Durante 5 minutos de ese tiempo su dispositivo no indicó ese piso." in why(dwelt, "es")) is is_doubted


def test_a_state_that_does_not_know_when_the_floor_was_stated_is_read() -> None:
    """As it was kept by a release before: what it cannot know is taken for not stated since they came."""
    zone = Watch("f", edge_distance(CIRCLE), Wanted(dwell_s=(600.0,)), level=2.0)
    state, told = TrackState(), list[tuple[str, str]]()
    for at_s in range(0, 650, 10):
        done = step(state, fix_at(at_s, 0, 0, level=2.0), [zone])
        state, told = done.state, [*told, *((event.trigger, event.confidence) for event in done.events)]
        if at_s == 400:
            (inside,) = state.fences
            former = msgspec.structs.replace(state, fences=(msgspec.structs.replace(inside, distances=()),))
            state = decode_state(encode_state(former))
    assert told == [("enter", "high"), ("dwell", "medium")]


def test_the_floor_of_a_fence_is_what_is_watched() -> None:
    outline = Outline(polygons=(((place(-60, -60), place(60, -60), place(0, 60), place(-60, -60)),),), level=-1.0)
    of_fence = Fence(id="f", tenant="t", facility_id="x", name="n", shape=outline, wishes=())
    assert watch_of(of_fence).level == -1.0
    assert watch_of(msgspec.structs.replace(of_fence, shape=CIRCLE)).level is None


def test_who_leaves_by_the_stairs_is_told_so_in_words() -> None:
    case = CASES["zone_stairs_up_then_down"]
    entered, dwelt, left = replay(case.track(), [case.watch()])
    assert "on that floor" in why(entered, "en")
    assert "a ese piso" in why(entered, "es")
    assert "on another floor" in why(dwelt, "en")
    assert "stated another floor" in why(left, "en")
    assert "otro piso" in why(left, "es")
    assert left.grounds.edge_m < 0, "on the map they are still there"


def test_other_fences_do_not_change_what_is_told_of_one() -> None:
    case = CASES["walk_in_and_stay"]
    other = Watch("a", edge_distance(Circle(centre=place(200, 0), radius_m=50.0)))
    both = replay(case.track(), [case.watch(), other])
    assert [event for event in both if event.fence_id == "f"] == list(replay(case.track(), [case.watch()]))


@pytest.mark.parametrize("name", ["walk_in_and_stay", "first_fix_inside"])
def test_a_fence_that_is_not_watched_for_a_moment_is_where_it_was(name: str) -> None:
    """As while a new law is asked: what was known of it is known still, so that leaving is told, and told once."""
    case = CASES[name]
    other = Watch("a", edge_distance(Circle(centre=place(200, 0), radius_m=50.0)))
    fixes, watch = case.track(), case.watch()
    state, told = TrackState(), list[str]()
    for number, fix in enumerate(fixes):
        done = step(state, fix, [other] if number % 7 == 3 else [other, watch])
        state, told = done.state, told + [event.key for event in done.events if event.fence_id == watch.fence_id]
    assert told == [event.key for event in replay(fixes, [watch])]
    assert len(told) > 1


def test_two_fences_with_one_id_are_refused() -> None:
    with pytest.raises(BadInput, match="once"):
        step(TrackState(), fix_at(0, 0, 0), [WATCH, WATCH])


def test_the_wishes_of_a_fence_are_what_is_watched() -> None:
    wishes = (
        Wish(trigger=Trigger.ENTER, texts={}),
        Wish(trigger=Trigger.DWELL, texts={}, dwell_s=600.0),
        Wish(trigger=Trigger.DWELL, texts={}, dwell_s=120.0),
        Wish(trigger=Trigger.APPROACH, texts={}),
        Wish(trigger=Trigger.WRONG_ENTRANCE, texts={}),
    )
    watch = watch_of(Fence(id="f", tenant="t", facility_id="x", name="n", shape=CIRCLE, wishes=wishes))
    assert watch.wanted == Wanted(wrong_entrance=True, dwell_s=(120.0, 600.0), eta_s=(300.0,))
    events = replay([fix_at(10 * n, 0, n % 3) for n in range(70)], [watch])
    assert [(event.trigger, event.wish_s) for event in events] == [
        ("enter", None),
        ("wrong_entrance", None),
        ("dwell", 120.0),
        ("dwell", 600.0),
    ]
    assert events[0].grounds.already_inside
    assert [event.key for event in events] == ["f/1/enter", "f/1/wrong_entrance", "f/1/dwell/120", "f/1/dwell/600"]


def test_an_event_has_the_devices_time_and_the_servers() -> None:
    skewed = [fix_at(10 * n, 0, 0, device_s=10 * n - 7200) for n in range(5)]
    (entered,) = replay(skewed, [Watch("f", edge_distance(CIRCLE))])
    assert entered.at_device == skewed[0].at_device
    assert entered.at_server == skewed[entered.fixes[-1] - 1].received_at
    assert entered.fixes[0] == 1


def test_a_second_visit_is_a_second_stay() -> None:
    there = [[t, 0, 0] for t in range(0, 120, 10)]
    away = [[120 + t, min(2.0 * t, 400.0), 0] for t in range(0, 500, 10)]
    back = [[620 + t, max(400.0 - 2.0 * t, 0.0), 0] for t in range(0, 400, 10)]
    events = replay([fix_at(*one) for one in there + away + back], [Watch("f", edge_distance(CIRCLE))])
    assert [(event.trigger, event.stay) for event in events] == [("enter", 1), ("exit", 1), ("enter", 2)]


def test_a_batch_is_put_in_order_first() -> None:
    case: Case = CASES["walk_in_and_stay"]
    fixes = case.track()
    shuffled = random.Random(1).sample(fixes, len(fixes))  # noqa: S311 - the same order at each run
    received = [msgspec.structs.replace(fix, received_at=fixes[-1].received_at) for fix in shuffled]
    events = replay(in_order(received), [case.watch()])
    assert [event.trigger for event in events] == [event.trigger for event in replay(fixes, [case.watch()])]
    assert events[0].grounds.late_s > 0


def test_the_far_side_of_the_world_is_no_other() -> None:
    """Across 180°, a walk into a circle is told as anywhere."""
    centre = LonLat(179.9999, -17.0)
    watch = Watch("f", edge_distance(Circle(centre=centre, radius_m=100.0)))
    fixes = [
        msgspec.structs.replace(fix_at(10 * n, 0, 0), lon_lat=LonLat((180.004 - 1e-4 * min(n, 41) + 180) % 360 - 180, -17.0))
        for n in range(60)
    ]
    assert [event.trigger for event in replay(fixes, [watch])] == ["enter"]


@pytest.mark.parametrize(
    "changed",
    [
        {"lon_lat": LonLat(0.0, 91.0)},
        {"lon_lat": LonLat(float("nan"), 0.0)},
        {"level": float("nan")},
        {"at_device": datetime(2026, 1, 5)},  # noqa: DTZ001
    ],
)
def test_what_is_no_fix_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        step(TrackState(), msgspec.structs.replace(fix_at(0, 0, 0), **changed), [WATCH])


@pytest.mark.parametrize("encoded", [b"", b"\xc1", encode_state(TrackState(version=0))])
def test_a_state_that_is_none_is_refused(encoded: bytes) -> None:
    with pytest.raises(Damaged):
        decode_state(encoded)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", CASES)
def test_why_is_told_in_words_and_without_a_place(name: str, language: str) -> None:
    case = CASES[name]
    fixes = case.track()
    for event in replay(fixes, [case.watch()]):
        said = why(event, language)
        assert "{" not in said
        # No number of it is one of a coordinate: whole numbers only, of metres, seconds and minutes.
        assert not re.search(r"\d[.,]\d", said)
        assert str(event.fixes[-1]) in said
        assert ("nobody is told" in said or "no se avisa" in said) is (event.confidence is Confidence.NONE)
        assert not re.search(rb"\d\.\d{3}", msgspec.json.encode(event.grounds))


def test_why_speaks_two_languages() -> None:
    (event,) = replay([fix_at(10 * n, 0, 0) for n in range(5)], [Watch("f", edge_distance(CIRCLE))])
    assert "You were inside when" in why(event, "en")
    assert "Usted estaba dentro" in why(event, "es")
    with pytest.raises(BadInput, match="Spanish"):
        why(event, "fr")


@pytest.mark.parametrize(
    ("seconds", "en", "es"),
    [
        (1.0, "1 second", "1 segundo"),
        (59.6, "1 minute", "1 minuto"),
        (90.0, "90 seconds", "90 segundos"),
        (119.6, "2 minutes", "2 minutos"),
        (600.0, "10 minutes", "10 minutos"),
    ],
)
def test_how_long_is_told_in_whole_words(seconds: float, en: str, es: str) -> None:
    event = Event(
        fence_id="f",
        stay=1,
        trigger=Trigger.DWELL,
        wish_s=seconds,
        confidence=Confidence.HIGH,
        at_device=datetime(2026, 1, 5, tzinfo=UTC),
        at_server=datetime(2026, 1, 5, tzinfo=UTC),
        fixes=(1, 9),
        grounds=Grounds(fixes=2, span_s=600, edge_m=-50, error_m=5),
    )
    assert f" {en}: since" in why(event, "en")
    assert f" {es}: desde" in why(event, "es")
