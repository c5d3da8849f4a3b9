"""The noise: its privacy by the library's own map and by arithmetic, its distribution by many draws, and who never shows."""

import math
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.statistics import Release
from finder.privacy.statistics.noise import measurement, with_noise
from finder.privacy.statistics.terms import DELTA, EPSILON, LEAST_PERSONS, Terms, explained, margin, tail, terms
from finder.store.search_counts import CONTRIBUTION

FAR = 400
"""Beyond it the noise of the scales used here is of no weight: exp(-400 / 5) is 2e-35."""


def probabilities(scale: float) -> dict[int, float]:
    """Of the discrete Laplace distribution, by its definition."""
    weights = {n: math.exp(-abs(n) / scale) for n in range(-FAR, FAR + 1)}
    whole = math.fsum(weights.values())
    return {n: weight / whole for n, weight in weights.items()}


def outcomes(count: int, of: Terms) -> dict[int | None, float]:
    """With which probability a true count is published as which number, or not at all: written from the docs, not the code."""
    if count < of.least_persons:
        return {None: 1.0}
    noisy = {count + n: p for n, p in probabilities(of.scale).items()}
    shown: dict[int | None, float] = {number: p for number, p in noisy.items() if number >= of.threshold}
    shown[None] = 1.0 - math.fsum(shown.values())
    return shown


def test_the_terms_are_those_that_are_promised() -> None:
    assert (EPSILON, DELTA, LEAST_PERSONS, CONTRIBUTION) == (1.0, 1e-6, 10, 5)
    assert (terms().scale, terms().threshold) == (5.0, 85)


@pytest.mark.parametrize("of", [Terms(), Terms(contribution=1), Terms(epsilon=0.5, delta=1e-8), Terms(contribution=20)])
def test_the_library_itself_says_that_the_budget_is_kept(of: Terms) -> None:
    """For whoever differs in all that a person may have a part in, by one each."""
    epsilon, delta = measurement(of).map((of.contribution, of.contribution, 1))
    assert (epsilon <= of.epsilon, delta <= of.delta) == (True, True)
    # And it is not kept by a needlessly high threshold: two less would be too low.
    assert of.contribution * tail(of.noisy_threshold - 3, of.scale) > of.delta


@pytest.mark.parametrize("keys", [2, 3, 5, 10])
def test_who_has_several_keys_has_the_budget_as_often(keys: int) -> None:
    """As docs/statistics.md says: by the library's own map, for who differs in all that so many keys have a part in."""
    of = terms()
    epsilon, delta = measurement(of).map((keys * of.contribution, keys * of.contribution, keys))
    assert epsilon == pytest.approx(keys * of.epsilon)
    assert delta <= keys * math.exp((keys - 1) * of.epsilon) * of.delta
    assert keys != 2 or delta < 2e-6


def test_terms_that_do_not_keep_to_the_budget_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Terms, "noisy_threshold", property(lambda _: 20))
    with pytest.raises(RuntimeError, match="budget"):
        measurement(Terms())
    monkeypatch.undo()
    monkeypatch.setattr(Terms, "scale", property(lambda _: 4.9))
    with pytest.raises(RuntimeError, match="budget"):
        measurement(Terms())


@pytest.mark.parametrize("of", [Terms(), Terms(contribution=2, least_persons=3), Terms(epsilon=2.0, delta=1e-4)])
def test_one_person_more_or_less_shows_in_no_count(of: Terms) -> None:
    """Each count of neighbours, one by one: e^(epsilon share) holds for every answer, and delta pays for the rest."""
    share = math.exp(of.epsilon / of.contribution) * (1 + 1e-9)
    for count in chain(range(40), range(of.threshold - 30, of.threshold + 60)):
        one, other = outcomes(count, of), outcomes(count + 1, of)
        for less, more in ((one, other), (other, one)):
            excess = math.fsum(max(0.0, p - share * less.get(number, 0.0)) for number, p in more.items() if p > 1e-20)
            assert excess * of.contribution <= of.delta, (count, excess)


@given(
    counts=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 200), max_size=8),
    person=st.sets(st.sampled_from("abcdefgh"), max_size=CONTRIBUTION),
)
@settings(max_examples=200, deadline=None)
def test_what_is_taken_off_leaves_neighbours_neighbours(counts: dict[str, int], person: set[str]) -> None:
    """The counts that OpenDP is given of two neighbours differ by as little as the neighbours do."""
    with_person = counts | {key: counts.get(key, 0) + 1 for key in person}
    given = [{key: count - 9 for key, count in all_counts.items() if count > 9} for all_counts in (counts, with_person)]
    differences = [abs(given[1].get(key, 0) - given[0].get(key, 0)) for key in given[0].keys() | given[1].keys()]
    assert max(differences, default=0) <= 1
    assert sum(map(bool, differences)) <= CONTRIBUTION
    assert sum(differences) <= CONTRIBUTION


def test_tails_are_those_of_the_distribution() -> None:
    for scale in (1.0, 5.0, 20.0):
        exact = probabilities(scale)
        for least in (1, 2, 10, 74):
            assert tail(least, scale) == pytest.approx(math.fsum(p for n, p in exact.items() if n >= least), rel=1e-6)


def test_the_noise_is_distributed_as_it_is_told() -> None:
    """20,000 draws against the theory; each bound is six standard deviations, which chance passes once in 500 million runs."""
    draws, of = 20_000, terms()
    true = 500  # so many that the threshold is of no weight
    counts = with_noise({(str(at), "any"): true for at in range(draws)}, of)
    noise = [count.persons - true for count in counts]
    assert len(noise) == draws
    exact = probabilities(of.scale)
    for least in (-30, -15, -10, -5, -2, -1, 0, 1, 2, 3, 6, 11, 16, 31):
        expected = math.fsum(p for n, p in exact.items() if n >= least)
        spread = math.sqrt(draws * expected * (1 - expected))
        assert abs(sum(n >= least for n in noise) - draws * expected) < 6 * spread, least
    variance = math.fsum(p * n * n for n, p in exact.items())
    assert abs(math.fsum(noise)) < 6 * math.sqrt(draws * variance)
    within = sum(abs(n) <= margin(of.scale) for n in noise) / draws
    assert within > 0.94


def test_how_often_a_count_at_the_threshold_is_shown() -> None:
    draws, of = 20_000, terms()
    for true in (of.threshold - 10, of.threshold, of.threshold + 10):
        expected = 1.0 - outcomes(true, of)[None]
        shown = with_noise({(str(at), "any"): true for at in range(draws)}, of)
        spread = math.sqrt(draws * expected * (1 - expected))
        assert abs(len(shown) - draws * expected) < 6 * spread
        assert min(count.persons for count in shown) == of.threshold


@given(small=st.lists(st.integers(1, LEAST_PERSONS - 1), max_size=50), greater=st.lists(st.integers(10, 400), max_size=50))
@settings(max_examples=30, deadline=None)
def test_few_never_show(small: list[int], greater: list[int]) -> None:
    """Even where the threshold would let them through: it is 1 here, of a budget that nobody would have."""
    loose = Terms(epsilon=0.5, delta=4.0)
    exact = {("few", str(at)): count for at, count in enumerate(small)}
    exact |= {("many", str(at)): count for at, count in enumerate(greater)}
    for of in (loose, terms()):
        shown = with_noise(exact, of)
        assert {count.cell for count in shown} <= {"many"}
        assert all(count.persons >= LEAST_PERSONS for count in shown)
    assert loose.noisy_threshold <= 5


def test_what_is_published_is_in_no_order_of_its_own() -> None:
    exact = {(cell, care): 1000 for cell in "cab" for care in "zx"}
    assert [(count.cell, count.specialty) for count in with_noise(exact, terms())] == sorted(exact)


def test_who_reads_is_told_the_figures() -> None:
    of = terms()
    release = Release(
        week=date(2026, 11, 23),
        released_at=datetime(2026, 11, 30, tzinfo=UTC),
        epsilon=of.epsilon,
        delta=of.delta,
        least_persons=of.least_persons,
        contribution=of.contribution,
        scale=of.scale,
        threshold=of.threshold,
    )
    told = explained(release)
    for figure in ("5 counts", "scale 5", "within 15", "fewer than 10", "below 85", "Epsilon is 1", "delta 1e-06"):
        assert figure in told
    for truth in ("A person is a key", "can forge counts", "for each key and week"):
        assert truth in told


def test_the_threshold_is_exact() -> None:
    """In whole numbers: the probability that one person's own count shows is at most delta, and with one less it is not."""
    of = terms()
    ratio = Fraction(math.exp(-1 / of.scale))

    def shows(threshold: int) -> Fraction:
        return of.contribution * ratio ** (threshold - 1) / (1 + ratio)

    assert shows(of.noisy_threshold) <= Fraction(of.delta) < shows(of.noisy_threshold - 1)
