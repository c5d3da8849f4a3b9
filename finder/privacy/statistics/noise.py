"""Noise on counts, by OpenDP: a stable histogram, of which no one person's part can be told."""

from collections.abc import Mapping
from typing import Any

from finder.domain.statistics import SearchCount
from finder.privacy.statistics.terms import Terms

__all__ = ["measurement", "with_noise"]

_BETWEEN = "\t"
"""Neither a cell nor a specialty's id has one."""


def with_noise(counts: Mapping[tuple[str, str], int], terms: Terms) -> list[SearchCount]:
    """Return what may be published of the exact numbers of persons, by cell and specialty. Each call draws other noise.

    From each count ``least_persons - 1`` are taken off, and counts of no more are left out. That changes no count by more than
    the person does who is added or taken away, so that the measurement's privacy holds for the whole; and a count of fewer
    persons than ``least_persons`` cannot come out at all. Afterwards they are put on again, which is a matter of arithmetic.

    Raises :class:`RuntimeError` when the measurement itself tells that it does not keep to the terms.
    """
    taken_off = terms.least_persons - 1
    rest = {_BETWEEN.join(key): count - taken_off for key, count in counts.items() if count > taken_off}
    if not rest:
        return []  # as the measurement would answer, which is not loaded for this
    noisy: dict[str, int] = measurement(terms)(rest)
    return sorted(
        (_count(key, number + taken_off) for key, number in noisy.items()), key=lambda count: (count.cell, count.specialty)
    )


def measurement(terms: Terms) -> Any:
    """Return OpenDP's measurement from a dict of whole numbers to a dict of fewer.

    Two inputs are neighbours that differ in ``contribution`` numbers at most, in each by 1. Raises :class:`RuntimeError` when its
    privacy map for them says more than the budget.
    """
    # 40 MB and a third of a second that only a release needs.
    from opendp.domains import atom_domain, map_domain  # noqa: PLC0415
    from opendp.measurements import make_laplace_threshold  # noqa: PLC0415
    from opendp.metrics import absolute_distance, l01inf_distance  # noqa: PLC0415
    from opendp.mod import enable_features  # noqa: PLC0415

    enable_features("contrib")
    keys_and_counts = map_domain(atom_domain(T="String"), atom_domain(T="i64"))
    neighbours = l01inf_distance(absolute_distance(T="i64"))
    made = make_laplace_threshold(keys_and_counts, neighbours, scale=terms.scale, threshold=terms.noisy_threshold)
    epsilon, delta = made.map((terms.contribution, terms.contribution, 1))
    if epsilon > terms.epsilon or delta > terms.delta:
        raise RuntimeError(f"The noise would not keep to the budget: epsilon {epsilon}, delta {delta}.")
    return made


def _count(key: str, persons: int) -> SearchCount:
    cell, specialty = key.split(_BETWEEN)
    return SearchCount(cell=cell, specialty=specialty, persons=persons)
