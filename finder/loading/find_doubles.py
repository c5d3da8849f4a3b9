"""Whole registries compared with each other: what may be one facility of two sources becomes a question for a person."""

from collections.abc import Iterator

from finder.domain.facility import Facility
from finder.domain.review import Question, ReviewItem
from finder.domain.statement import Statement
from finder.errors import NotFound
from finder.loading.link_registries import link
from finder.loading.match import Verdict, compare_pair
from finder.loading.merge import family_of
from finder.store import Store

__all__ = ["find_doubles"]


def find_doubles(store: Store, source: str, other: str) -> int:
    """Ask of facilities that only ``source`` tells and of ones that only ``other`` tells whether they are one, where likely.

    Candidates are found by Splink over both registries (:mod:`finder.loading.link_registries`), so also those that a load,
    which looks around each row only, cannot find. Nothing is merged: ``finder review`` lists the questions. Returns how many.
    Raises :class:`NotFound` where a source tells nothing by itself, :class:`BadInput` for registries that are too small, and
    :class:`NotReady` without the extra ``registries``.
    """
    told = {name: dict(_told_only_by(store, name)) for name in (source, other)}
    if empty := [name for name, facilities in told.items() if not facilities]:
        raise NotFound(f"There is no facility that only {' or '.join(empty)} tells: finder sources lists the sources.")
    ours, theirs = told[source], told[other]
    by_id = {facility.id: (facility, statement) for some in told.values() for facility, statement in some.values()}
    questions: list[ReviewItem] = []
    for id_, other_id, _ in link((one for one, _ in ours.values()), (one for one, _ in theirs.values())):
        (facility, statement), (candidate, _) = by_id[id_], by_id[other_id]
        likeness = compare_pair(facility, candidate)
        if likeness.verdict is not Verdict.DIFFERENT:
            questions.append(
                ReviewItem(
                    question=Question.SAME,
                    load_id=statement.load_id,
                    line=0,
                    own_id=id_,
                    name=facility.name,
                    reasons=likeness.reasons,
                    others=(other_id,),
                    said=facility,
                )
            )
    with store.writing() as writing:
        writing.ask(questions)
    return len(questions)


def _told_only_by(store: Store, source: str) -> Iterator[tuple[str, tuple[Facility, Statement[Facility]]]]:
    for facility, statements in store.facilities_with_statements():
        families = {family_of(statement.source) for statement in statements}
        if families == {family_of(source)} and statements[-1].source == source:
            yield facility.id, (facility, statements[-1])
