"""Figures over the labelled queries: how many are answered right, and how many stay so when they are typed in another way."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from finder.directory import Snapshot
from tests.queries import Case, Judge, Verdict, cases
from tests.query_variants import capitals, with_one_typo, without_accents

__all__ = ["Scores", "alike", "share"]


def share(good: Iterable[bool]) -> float:
    """The part that is true, 0 to 1. Raises ``ZeroDivisionError`` where there is nothing to count."""
    each = list(good)
    return sum(each) / len(each)


class Scores:
    """All figures of one language; each is reckoned when it is first asked for, and always comes out the same."""

    def __init__(self, snapshot: Snapshot, language: str) -> None:
        self._judge = Judge(snapshot, language)
        self.cases = cases(language)

    @cached_property
    def verdicts(self) -> list[tuple[Case, Verdict]]:
        """Each query as it was written."""
        return [(case, self._judge.judge(case)) for case in self.cases]

    @cached_property
    def accents(self) -> list[tuple[Verdict, Verdict]]:
        """As written and without accents, of the queries that have any."""
        return self._retyped(without_accents)

    @cached_property
    def capitals(self) -> list[tuple[Verdict, Verdict]]:
        """As written and in capitals."""
        return self._retyped(capitals)

    @cached_property
    def typos(self) -> list[tuple[Case, Verdict]]:
        """Every variant with one typing error more, of the queries that are answered right without it."""
        return [
            (case, self._judge.judge(case, text))
            for case, verdict in self.verdicts
            if verdict.hit
            for text in with_one_typo(case.q)
        ]

    def by_tag(self) -> dict[str, list[Verdict]]:
        """The verdicts under each of their case's tags, the most frequent tag first."""
        found: defaultdict[str, list[Verdict]] = defaultdict(list)
        for case, verdict in self.verdicts:
            for tag in case.tags:
                found[tag].append(verdict)
        return dict(sorted(found.items(), key=lambda entry: (-len(entry[1]), entry[0])))

    def recall(self) -> float:
        """The share of the queries that are answered right."""
        return share(verdict.hit for _, verdict in self.verdicts)

    def kept_unaccented(self) -> float:
        """The share of the variants of accents and case that are answered and understood as what was written."""
        return share(map(alike, [*self.accents, *self.capitals]))

    def kept_mistyped(self) -> float:
        """The share of the variants with a typing error that are still answered right."""
        return share(verdict.hit for _, verdict in self.typos)

    def _retyped(self, variant: Callable[[str], str]) -> list[tuple[Verdict, Verdict]]:
        return [
            (verdict, self._judge.judge(case, variant(case.q))) for case, verdict in self.verdicts if variant(case.q) != case.q
        ]


def alike(pair: Sequence[Verdict]) -> bool:
    """Whether two ways of typing the same were taken for the same, with the same outcome."""
    one, other = pair
    return one.hit == other.hit and one.values == other.values
