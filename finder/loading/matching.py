"""Which facilities of other sources a new row may be the same as."""

from collections.abc import Mapping, Sequence

import numpy as np

from finder.domain.facility import Facility
from finder.domain.review import Decision, Question, ReviewItem
from finder.loading.candidates import Candidates, Match, best_match
from finder.loading.match import WORTH_COMPARING_M, Likeness, Verdict
from finder.loading.merge import family_of
from finder.loading.settle import Said
from finder.store import Stated, Writing
from finder.store.reviews import topic_of

__all__ = ["Matcher", "same_question"]

NEAREST = 30
"""So many stored facilities around a row are compared with it: where more are that near, only a shared identifier tells."""


class Matcher:
    """Compares what a load adds with what other sources gave before it."""

    def __init__(self, writing: Writing, source: str) -> None:
        """Reads where every stored facility is: 16 bytes for each, and its id."""
        self._writing = writing
        self._family = family_of(source)
        ids, lon_lat = writing.points()
        self._candidates = Candidates(ids, lon_lat) if ids else None

    def matches(self, rows: Sequence[Said[Facility]]) -> tuple[dict[int, Match], Mapping[str, Stated[Facility]]]:
        """By position in ``rows``, what is the same as a stored facility or may be; and the stored ones that are spoken of.

        What a person decided about a pair before holds: it is not compared again.
        """
        if self._candidates is None or not rows:
            return {}, {}
        lon_lat = np.array([row.said.lon_lat for row in rows], np.float64)
        near = [some[:NEAREST] for some in self._candidates.near(lon_lat, WORTH_COMPARING_M)]
        wanted = {self._candidates.ids[at] for some in near for at in some}
        stored = {id_: stated for id_, stated in self._writing.stated(Facility, wanted).items() if self._is_foreign(stated)}
        pairs = {
            topic_of(Question.SAME, row.own_id, (self._candidates.ids[at],)): (position, self._candidates.ids[at])
            for position, (row, some) in enumerate(zip(rows, near, strict=True))
            for at in some
        }
        answers = self._writing.decisions(pairs)
        told_apart = {pairs[topic] for topic, decision in answers.items() if decision is Decision.DIFFERENT}
        joined = dict(pairs[topic] for topic, decision in answers.items() if decision is Decision.SAME)
        found: dict[int, Match] = {}
        for position, (row, some) in enumerate(zip(rows, near, strict=True)):
            if joined.get(position) in stored:
                found[position] = Match(Verdict.SAME, (joined[position],), (Likeness(Verdict.SAME, 1.0, ("A person said so.",)),))
                continue
            ids = [self._candidates.ids[at] for at in some]
            candidates = [
                facility
                for id_ in ids
                if id_ in stored and (position, id_) not in told_apart and (facility := stored[id_].before) is not None
            ]
            match = best_match(row.said, candidates)
            if match.verdict is not Verdict.DIFFERENT:
                found[position] = match
        return found, stored

    def _is_foreign(self, stated: Stated[Facility]) -> bool:
        """Two rows of one source are two facilities, however alike."""
        return all(family_of(statement.source) != self._family for statement in stated.statements)


def same_question(row: Said[Facility], load_id: int, other: str, reasons: tuple[str, ...]) -> ReviewItem:
    """Whether the row's facility is the stored one of the id ``other``."""
    return ReviewItem(
        question=Question.SAME,
        load_id=load_id,
        line=row.line,
        own_id=row.own_id,
        name=row.said.name,
        reasons=reasons,
        others=(other,),
        said=row.said,
        silent=row.silent,
    )
