"""The best reading, against trying every one."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from finder.directory.understanding.cover import best_cover
from finder.directory.understanding.phrases import Candidate

SIZE = 6


def candidate(first, length, weight):
    return Candidate(first, min(SIZE, first + length), None, "", 1.0, weight)


@given(
    drawn=st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(1, 4), st.integers(-2, 12)), max_size=8),
    alone=st.lists(st.integers(0, 3), min_size=SIZE, max_size=SIZE),
)
def test_no_other_cover_weighs_more(drawn, alone):
    candidates = [candidate(*each) for each in drawn]

    def worth(chosen):
        covered = [at for one in chosen for at in range(one.first, one.last)]
        if len(covered) != len(set(covered)):
            return None
        return sum(one.weight for one in chosen) + sum(alone[at] for at in range(SIZE) if at not in covered)

    kept = best_cover(alone, candidates)
    assert [one.first for one in kept] == sorted(one.first for one in kept)
    every = (worth(chosen) for size in range(len(candidates) + 1) for chosen in combinations(candidates, size))
    assert worth(kept) == max(each for each in every if each is not None)
