"""What a person decided about a row that waited: it is done, and the answer is kept for the next load of the same source."""

from datetime import UTC, datetime

import msgspec

from finder.domain.facility import Facility
from finder.domain.review import Decision, Question, ReviewItem
from finder.errors import BadInput, NotFound
from finder.loading.merge import merged
from finder.loading.settle import Said, believed, owned_by, owners_of
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

    Raises :class:`NotFound` for a question that there is not, and :class:`BadInput` for an answer that is none to it, and for a
    question that was answered.
    """
    with store.writing() as writing:
        item = writing.review(item_id)
        if item is None:
            raise NotFound(f"There is no question {item_id}: finder review lists them.")
        if item.decision is not None:
            raise BadInput(f"Question {item_id} was answered with “{item.decision}” already.")
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
        raise BadInput(f"Question {item.id} is about a facility that is not there any more: answer “different”.") from None
    if ours == other:
        return
    stated = writing.stated(Facility, (ours, other))
    kept = {statement.load_id for statement in stated[other].statements}
    # Where one load speaks of both, what it says of the other stays.
    moved = [statement for statement in stated[ours].statements if statement.load_id not in kept]
    statements = tuple(sorted((*stated[other].statements, *moved), key=lambda statement: statement.load_id))
    after = merged(other, statements, writing.ranks())
    gone = Stated(id=ours, before=stated[ours].before, after=None, statements=())
    joined = Stated(id=other, before=stated[other].before, after=after, statements=statements)
    writing.put(Facility, [gone], rewrite=True)
    writing.put(Facility, [joined], rewrite=True)


def _keep(writing: Writing, item: ReviewItem) -> None:
    """Load the row as it is, as part of the load that it came with."""
    load = writing.load(item.load_id)
    if item.said is None or load is None or load.undone_at is not None:
        raise BadInput(f"The load of question {item.id} was undone: load the file again.")
    said = item.said
    keys = tuple(keys_of(said, ()))
    row = Said(line=item.line, own_id=item.own_id, said=said, keys=keys)
    owners = owners_of(writing, Facility, [row])
    stored = writing.stated(Facility, set(owners.values()))
    owned = owned_by(row, owners, stored)
    if len(owned) > 1:
        raise BadInput(f"The identifiers of question {item.id} belong to several facilities now: correct the row.")
    id_ = owned.pop() if owned else item.own_id
    known = stored.get(id_)
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
