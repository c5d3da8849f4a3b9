"""A question as the directory takes it: where the person is, what the words were taken for, and the answer."""

from dataclasses import dataclass
from datetime import datetime

from finder.directions.borders import Borders, Documents
from finder.directions.router import Router
from finder.directory import Answer, Snapshot, Stated, Wanted, answer, understood_in
from finder.directory.understanding import Part, PartKind, Understood
from finder.domain.consent import ForSearch
from finder.domain.facility import FacilityKind
from finder.domain.position import PositionFor
from finder.locate.named_place import Found, named_place
from finder.web.find import Question

__all__ = ["Asked", "Ways", "ask", "is_answered", "whereabouts"]


@dataclass(frozen=True)
class Ways:
    """By what the way to an answer leads: roads, borders with their waits, and with what the person can cross one.

    ``documents`` is None where nobody said.
    """

    roads: Router
    borders: Borders
    documents: Documents | None = None


@dataclass(frozen=True)
class Asked:
    """A question with all that was made of it."""

    question: Question
    snapshot: Snapshot
    position: PositionFor[ForSearch]
    called: str
    """How to call the place in a heading where its label would mislead; else empty."""
    answer: Answer
    at: datetime
    ways: Ways

    @property
    def understood(self) -> Understood:
        """What the words were taken for."""
        return self.answer.understood

    @property
    def place_part(self) -> Part | None:
        """The part of the words that says where, if one does: it comes before all else that tells where the person is."""
        return next(iter(self.understood.of(PartKind.PLACE)), None)


def whereabouts(snapshot: Snapshot, understood: Understood, place: str, seen_from: PositionFor[ForSearch]) -> Found[ForSearch]:
    """Where the search starts: the place that the words name, else the one typed as place, else ``seen_from``."""
    for part in understood.of(PartKind.PLACE):
        found = named_place(snapshot.places, part.value, seen_from)
        if found.position is not None:
            return found
    return named_place(snapshot.places, place, seen_from) if place else Found(seen_from)


def ask(
    snapshot: Snapshot,
    question: Question,
    understood: Understood,
    position: PositionFor[ForSearch],
    at: datetime,
    *,
    ways: Ways,
    called: str = "",
) -> Asked:
    """Answer a question, its words understood, for who is at the position at an aware moment."""
    stated = _stated(question, ways.documents, question.show, facets=True)
    found = answer(snapshot, understood, stated, position, at, roads=ways.roads, borders=ways.borders)
    return Asked(question=question, snapshot=snapshot, position=position, called=called, answer=found, at=at, ways=ways)


def is_answered(asked: Asked, question: Question) -> bool:
    """Whether anything answers another question that the same person may ask."""
    understood = understood_in(asked.snapshot, question.words)
    stated = _stated(question, asked.ways.documents, 1, facets=False)
    return bool(answer(asked.snapshot, understood, stated, asked.position, asked.at, borders=asked.ways.borders).page.hits)


def _stated(question: Question, documents: Documents | None, limit: int, *, facets: bool) -> Stated:
    urgent = question.kind is FacilityKind.EMERGENCY  # most emergency departments are a hospital's
    return Stated(
        what=question.what,
        care=("emergency_care",) if urgent else (),
        wanted=Wanted(
            kinds=frozenset({question.kind} if question.kind and not urgent else ()),
            languages=frozenset({question.speaks} if question.speaks else ()),
            plan=question.plan or None,
            accepting=question.accepting,
            telehealth=question.video,
            wheelchair=question.wheelchair,
            gender=question.gender,
        ),
        open=question.open,
        mode=question.mode,
        documents=documents,
        sort=question.sort,
        radius_m=question.radius_m,
        limit=limit,
        facets=facets,
        question=facets,
    )
