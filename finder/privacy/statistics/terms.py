"""Under which terms counts are published: the budget of a week, and the noise and the threshold that follow from it.

A person, here and in the counts, is who holds a key: who searches with several in a week is as many, and the budget is spent for
each of them (``docs/statistics.md``).

With the discrete Laplace distribution of scale ``s`` the noise is ``n`` with a probability in proportion to ``exp(-|n| / s)``.
"""

import math
from functools import cache
from itertools import count
from typing import Final

import msgspec

from finder.domain.statistics import Release
from finder.store.search_counts import CONTRIBUTION

__all__ = ["DELTA", "EPSILON", "LEAST_PERSONS", "Terms", "explained", "margin", "tail", "terms"]

EPSILON: Final = 1.0
"""Of one week: with or without all that one person has searched in it, no answer is more than ``e`` times as likely."""
DELTA: Final = 1e-6
"""But for this probability: that a count shows itself which without this one person would not be there."""
LEAST_PERSONS: Final = 10
"""k: nothing is published of care and cell that fewer persons have searched for, whatever the noise."""
_SURE: Final = 0.95


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a release. Each person has a part in ``contribution`` counts at most, of one in each."""

    epsilon: float = EPSILON
    delta: float = DELTA
    least_persons: int = LEAST_PERSONS
    contribution: int = CONTRIBUTION

    @property
    def scale(self) -> float:
        """Of the noise: one person moves all counts together by ``contribution`` at most."""
        return self.contribution / self.epsilon

    @property
    def threshold(self) -> int:
        """The smallest number that is published, noise included.

        ``least_persons - 1`` are taken off each count before the noise and put on again afterwards: see ``noise.py``.
        """
        return self.noisy_threshold + self.least_persons - 1

    @property
    def noisy_threshold(self) -> int:
        """The smallest noisy number that is published of a count without its first ``least_persons - 1`` persons.

        So great that a count that only one person makes, which is 1, passes it with a probability of ``delta`` at most, in any of
        the counts that the person has a part in.
        """
        # contribution · tail(threshold - 1) ≤ delta, solved; and one more where rounding was against us.
        least = self.scale * math.log(self.contribution / (self.delta * (1.0 + math.exp(-1.0 / self.scale))))
        threshold = max(1, 1 + math.ceil(least))
        return threshold if threshold == 1 or self.contribution * tail(threshold - 1, self.scale) <= self.delta else threshold + 1


def tail(least: int, scale: float) -> float:
    """The probability that the noise is ``least`` (1 or more) or greater."""
    return math.exp(-least / scale) / (1.0 + math.exp(-1.0 / scale))


def margin(scale: float) -> int:
    """So far at most is a noisy number from the true one in 95 of 100 cases, before those below the threshold are left out."""
    return next(n for n in count() if 1.0 - 2.0 * tail(n + 1, scale) >= _SURE)


@cache
def terms() -> Terms:
    """Those of this release of the finder."""
    return Terms()


def explained(of: Release) -> str:
    """Return what a reader of the numbers has to know, in a few sentences."""
    return (
        "About how many persons who agreed to be counted searched for this care near this cell in the week, Monday to Sunday "
        "in UTC. A person is a key: who uses several browsers, or has closed one in between, is counted as several, and who "
        "makes keys can forge counts. "
        f"Each key counts once in a count and in {of.contribution} counts at most. To each count a random number is "
        f"added (discrete Laplace, scale {of.scale:g}): in 95 of 100 cases the true one is within {margin(of.scale)} of what is "
        f"shown. Counts of fewer than {of.least_persons} persons, and those below {of.threshold} with the noise, are left "
        "out: what is not here is few, not none. The noise is drawn once: to ask again gives the same numbers. "
        f"Epsilon is {of.epsilon:g} and delta {of.delta:g} for each key and week; for the keys of one person they add up."
    )
