"""The trial: the same for the same fence, about its very shape, and telling of what cannot work."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest

from finder.domain.fence import Circle, Fence, Outline, Trigger, Wish, shape_sha256
from finder.geo.points import LonLat
from finder.notices.fences import trial as trial_module
from finder.notices.fences.trial import TRIAL_RUNS, tried, visit
from finder.notices.simulate import true_side
from finder.notices.simulate_noise import Noise, Truth
from finder.notices.tracker import watch_of
from tests.notices.fences.desks import HELSINKI, NOW, TEXTS, TIJUANA, clinic, fence_of
from tests.notices.fences.phones import LEAPING, RARE
from tests.notices.law_shapes import WGS84, regular

ENTER = (Wish(trigger=Trigger.ENTER, texts=TEXTS),)
DATE_LINE, SVALBARD = LonLat(179.9999, -16.8), LonLat(15.6, 78.2)


def fence(shape: Circle | Outline, wishes: tuple[Wish, ...] = ENTER) -> Fence:
    return fence_of(clinic("a", HELSINKI), shape=shape, wishes=wishes)


def test_the_same_fence_has_the_same_trial() -> None:
    one = fence(Circle(centre=TIJUANA, radius_m=100.0))
    first = tried(one, at=NOW, runs=12)
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert tried(msgspec.structs.replace(one, id="b", name="B"), at=later, runs=12) == msgspec.structs.replace(first, at=later)
    assert (first.runs, first.at, first.shape_sha256) == (12, NOW, shape_sha256(one))
    assert TRIAL_RUNS == 200


def test_a_fence_of_ground_enough_works() -> None:
    trial = tried(fence(Circle(centre=TIJUANA, radius_m=150.0)), at=NOW, runs=40)
    assert trial.false_share <= 0.025
    assert trial.missed_share <= 0.05


def test_nobody_waits_a_day_for_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    lasting_s: list[float] = []
    real = trial_module.noisy_fixes

    def watched(truth: Truth, *how: Any) -> Any:
        lasting_s.append(float(truth.times_s[-1]))
        return real(truth, *how)

    monkeypatch.setattr(trial_module, "noisy_fixes", watched)
    wishes = tuple(Wish(trigger=Trigger.DWELL, texts=TEXTS, dwell_s=dwell_s) for dwell_s in (600.0, 7200.0, 86_400.0))
    one = fence(Circle(centre=TIJUANA, radius_m=150.0), wishes)
    trial = tried(one, at=NOW, runs=4)
    assert 7200.0 < max(lasting_s) < 4 * 3600.0
    assert (trial.missed_share, trial.shape_sha256) == (0.0, shape_sha256(one)), "what is tried is told of, in so short a stay"


def test_one_that_is_too_small_misses_who_comes() -> None:
    assert tried(fence(Circle(centre=HELSINKI, radius_m=5.0)), at=NOW, runs=20).missed_share > 0.5


def test_who_is_next_door_and_told_of_the_place_counts_as_false(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_module, "_PLANS", ("next door",))
    one = fence(Circle(centre=HELSINKI, radius_m=150.0))
    assert tried(one, at=NOW, runs=20).false_share == 0.0
    leapt = tried(one, at=NOW, runs=20, noise=msgspec.structs.replace(LEAPING, leaps_per_hour=60.0))
    assert 0.05 < leapt.false_share <= 1.0
    assert leapt.missed_share == 0.0, "nothing was due"


def zone_of(level: float | None) -> Fence:
    return fence(msgspec.structs.replace(regular(HELSINKI, 150.0, 4), level=level))


def test_a_zone_is_tried_on_its_floor_and_by_who_is_above_or_below(monkeypatch: pytest.MonkeyPatch) -> None:
    zone, went = zone_of(2.0), list[tuple[float | None, bool]]()
    real = trial_module.true_side

    def watched(truth: Truth, watch: Any) -> Any:
        side = real(truth, watch)
        went.append((truth.level, bool(side.edge_m.min() < 0.0)))
        assert bool(side.stays) is (went[-1] == (2.0, True))
        return side

    monkeypatch.setattr(trial_module, "true_side", watched)
    trial = tried(zone, at=NOW, runs=24)
    assert (trial.false_share, trial.missed_share) == (0.0, 0.0)
    assert [went.count((2.0, is_there)) for is_there in (True, False)] == [12, 6]
    assert {level for level, is_there in went if is_there} == {1.0, 2.0, 3.0}


def test_who_is_below_a_zone_and_told_of_it_counts_as_false(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_module, "_PLANS_OF_ZONE", ("another floor",))
    assert tried(zone_of(2.0), at=NOW, runs=8).false_share == 0.0
    confused = Noise(wrong_floor_share=0.9, no_floor_share=0.0)
    assert tried(zone_of(2.0), at=NOW, runs=8, noise=confused).false_share > 0.0


def test_shares_are_of_the_visits_and_of_those_with_something_due() -> None:
    one = fence(Circle(centre=HELSINKI, radius_m=150.0))
    leapt, rare = (tried(one, at=NOW, runs=20, noise=noise) for noise in (LEAPING, RARE))
    assert 0.05 < leapt.false_share < 1.0
    assert 0.0 < leapt.missed_share <= 0.5
    assert (rare.false_share, rare.missed_share > 0.5) == (0.0, True)
    assert (leapt.false_share * 20, leapt.missed_share * 10, rare.missed_share * 10) == pytest.approx(
        [round(share) for share in (leapt.false_share * 20, leapt.missed_share * 10, rare.missed_share * 10)]
    )


def test_only_what_it_tells_of_counts() -> None:
    tiny = Circle(centre=HELSINKI, radius_m=5.0)
    silent = tried(fence(tiny, ()), at=NOW, runs=12)
    assert (silent.false_share, silent.missed_share) == (0.0, 0.0)
    assert tried(fence(tiny, ENTER), at=NOW, runs=12).missed_share == 1.0


@pytest.mark.parametrize("centre", [HELSINKI, TIJUANA, DATE_LINE, SVALBARD])
@pytest.mark.parametrize("kind", ["circle", "square", "two parts"])
def test_who_goes_in_is_in_and_who_does_not_is_not(centre: LonLat, kind: str) -> None:
    away = LonLat(*WGS84.fwd(*centre, 200.0, 400.0)[:2])
    square, other = regular(centre, 90.0, 4), regular(away, 50.0, 5)
    shape = {
        "circle": Circle(centre=centre, radius_m=80.0),
        "square": square,
        "two parts": Outline(polygons=square.polygons + other.polygons),
    }[kind]
    one = fence(shape)
    watch = watch_of(one)
    for number in range(6):
        chance = np.random.default_rng(number)
        inside = true_side(visit(one, "goes in", chance), watch)
        stays = [end_s - begin_s for begin_s, end_s in inside.stays]
        assert max(stays) >= 1200.0
        assert inside.edge_m[0] > 500.0
        for plan in ("passes by", "next door"):
            side = true_side(visit(one, plan, chance), watch)
            assert side.stays == ()
            assert 10.0 < side.edge_m.min() < (41.0 if plan == "passes by" else 81.0)
            assert side.edge_m[0] > 500.0


def test_what_counts_as_inside_is_drawn_from_all_of_it() -> None:
    one = fence(Circle(centre=HELSINKI, radius_m=100.0))
    watch = watch_of(one)
    deepest = [true_side(visit(one, "goes in", np.random.default_rng(number)), watch).edge_m.min() for number in range(30)]
    assert min(deepest) < -80.0 < -60.0 < max(deepest) < -40.0
