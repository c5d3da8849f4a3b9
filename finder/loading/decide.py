"""What a person decided about a row that waited: it is done, and the answer is kept for the next load of the same source."""

from datetime import UTC, datetime

import msgspec

from finder.domain.facility import Facility
from finder.domain.review import Decision, Question, ReviewItem
from finder.errors import BadInput, Conflict, NotFound
from finder.loading.matching import Matcher, same_question
from finder.loading.merge import merged
from finder.loading.settle import Said, believed, free_id, owned_by, owners_of
from finder.store import Stated, Store, Writing
from finder.store.writing import keys_of

__all__ = ["ANSWERS", "decide_review"]

ANSWERS = {
    Question.SAME: (Decision.SAME, Decision.DIFFERENT),
    Question.CONTRADICTION: (Decision.KEEP, Decision.DROP),
    Question.NO_POSITION: (Decision.DROP,),
}


def decide_review(store: Store, item_id: int, decision: Decision, by: str) -> ReviewItem:
    """Answer a question and do what follows; ``by`` is who answered. All or nothing.

    Raises :class:`NotFound` for a question that there is not, :class:`BadInput` for an answer that is none to it, and
    :class:`Conflict` for a question that was answered, or whose answer nothing can be done with any more.
    """
    with store.writing() as writing:
        item = writing.review(item_id)
        if item is None:
            raise NotFound(f"There is no question {item_id}: finder review lists them.")
        if item.decision is not None:
            raise Conflict(f"Question {item_id} was answered with “{item.decision}” already.")
        if decision not in ANSWERS[item.question]:
            raise BadInput(f"Question {item_id} can be answered with {' or '.join(ANSWERS[item.question])}.")
        if decision is Decision.SAME:
            _join(writing, item)
        elif decision is Decision.KEEP:
            _keep(writing, item)
        item = msgspec.structs.replace(item, decision=decision, decided_at=datetime.now(UTC), decided_by=by)
        writing.decide(item)
        return item


def _join(writing: Writing, item: ReviewItem) -> None:
    """Let all that is said of the row's facility be said of the other one."""
    owners = writing.owners(Facility, (item.own_id, *item.others))
    try:
        ours, other = owners[item.own_id], owners[item.others[0]]
    except KeyError:
        raise Conflict(f"Question {item.id} is about a facility that is not there any more: answer “different”.") from None
    if ours == other:
        return
    stated = writing.stated(Facility, (ours, other))
    loads = [statement.load_id for each in (ours, other) for statement in stated[each].statements]
    if len(set(loads)) < len(loads):
        raise Conflict(f"One load speaks of both facilities of question {item.id}, as of two: answer “different”.")
    both = (*stated[other].statements, *stated[ours].statements)
    statements = tuple(sorted(both, key=lambda statement: statement.load_id))
    after = merged(other, statements, writing.ranks())
    gone = Stated(id=ours, before=stated[ours].before, after=None, statements=())
    joined = Stated(id=other, before=stated[other].before, after=after, statements=statements)
    writing.put(Facility, [gone], rewrite=True)
    writing.put(Facility, [joined], rewrite=True)


def _keep(writing: Writing, item: ReviewItem) -> None:
    """Load the row as it is, as part of the load that it came with."""
    load = writing.load(item.load_id)
    if item.said is None or "lon_lat" in item.silent or load is None or load.undone_at is not None:
        raise Conflict(f"The load of question {item.id} was undone: load the file again.")
    said = item.said
    keys = tuple(sorted(keys_of(said, ())))
    row = Said(line=item.line, own_id=item.own_id, said=said, keys=keys, silent=item.silent)
    owners = owners_of(writing, Facility, [row])
    stored = writing.stated(Facility, set(owners.values()))
    owned = owned_by(row, owners, stored)
    if len(owned) > 1:
        raise Conflict(f"The identifiers of question {item.id} belong to several facilities now: correct the row.")
    id_ = owned.pop() if owned else free_id(writing, Facility, item.own_id)
    known = stored.get(id_) if id_ in owners.values() else None
    if known:
        # What the same load said of it without the position gives way.
        others = tuple(statement for statement in known.statements if statement.load_id != item.load_id)
        known = msgspec.structs.replace(known, statements=others)
    ranks = writing.ranks()
    change = believed(known, id_, row, load_id=item.load_id, source=load.source, ranks=ranks)
    statements = tuple(sorted(change.statements, key=lambda statement: statement.load_id))
    change = msgspec.structs.replace(change, statements=statements, after=merged(id_, statements, ranks))
    writing.put(Facility, [change], rewrite=True)
    counts = msgspec.structs.replace(load, set_aside=max(0, load.set_aside - 1), added=load.added + 1)
    writing.finish(load if known else counts)
    if not known:
        _ask_about(writing, load.source, row, item.load_id)


def _ask_about(writing: Writing, source: str, row: Said[Facility], load_id: int) -> None:
    """A facility that comes in late is compared with those of other sources too."""
    matches, _ = Matcher(writing, source).matches([row])
    for match in matches.values():
        writing.ask(
            same_question(row, load_id, other, likeness.reasons)
            for other, likeness in zip(match.ids, match.likenesses, strict=True)
        )
