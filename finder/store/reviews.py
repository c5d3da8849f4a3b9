"""The rows of questions for a person."""

from collections.abc import Iterable
from itertools import batched

import msgspec
from sqlalchemy import Connection, Table, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from finder.domain.review import Decision, Question, ReviewItem
from finder.store.tables import METADATA, SAID

__all__ = ["ask", "decide", "decisions", "hand_on", "read_reviews", "topic_of"]

REVIEW: Table = METADATA.tables["review"]
AT_ONCE = 1000
_DECODER = msgspec.json.Decoder(ReviewItem)


def topic_of(question: Question, own_id: str, others: Iterable[str] = ()) -> str:
    """What a question is about: the same when a later load asks it again, whichever of two facilities comes first."""
    if question is Question.SAME:
        return "|".join((question.value, *sorted((own_id, *others))))
    return "|".join((question.value, own_id, *others))


def ask(connection: Connection, items: Iterable[ReviewItem]) -> None:
    """Put questions into the queue; one that is there already is brought up to date, unless it was answered."""
    statement = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(REVIEW)
    news = {"load_id": statement.excluded.load_id, "document": statement.excluded.document}
    statement = statement.on_conflict_do_update(index_elements=["topic"], set_=news, where=REVIEW.c.decision.is_(None))
    for some in batched(items, AT_ONCE):
        rows = {
            topic_of(item.question, item.own_id, item.others or item.about): {"load_id": item.load_id, "document": _encoded(item)}
            for item in some
        }
        connection.execute(statement, [{"topic": topic, **row} for topic, row in rows.items()])


def decisions(connection: Connection, topics: Iterable[str]) -> dict[str, Decision]:
    """The answers to those of ``topics`` that have one."""
    found: dict[str, Decision] = {}
    for some in batched(topics, AT_ONCE):
        query = select(REVIEW.c.topic, REVIEW.c.decision).where(REVIEW.c.topic.in_(some), REVIEW.c.decision.is_not(None))
        found |= {topic: Decision(decision) for topic, decision in connection.execute(query)}
    return found


def hand_on(connection: Connection, load_id: int) -> None:
    """Let open questions of a withdrawn load be those of the newest other load that speaks of the same; else remove them."""
    open_ones = select(REVIEW.c.id, REVIEW.c.document).where(REVIEW.c.load_id == load_id, REVIEW.c.decision.is_(None))
    for id_, document in connection.execute(open_ones).all():
        item = _DECODER.decode(document)
        others = select(func.max(SAID.c.load_id)).where(
            func.coalesce(SAID.c.own_id, SAID.c.thing_id) == item.own_id, SAID.c.load_id != load_id
        )
        newest = connection.execute(others).scalar_one() if item.question is Question.SAME else None
        if newest is None:
            connection.execute(delete(REVIEW).where(REVIEW.c.id == id_))
        else:
            moved = _encoded(msgspec.structs.replace(item, load_id=newest))
            connection.execute(update(REVIEW).where(REVIEW.c.id == id_).values(load_id=newest, document=moved))


def read_reviews(connection: Connection, *, item_id: int | None = None, decided: bool = False) -> list[ReviewItem]:
    """The open questions, oldest first; with ``decided`` those that were answered too; or only the one of ``item_id``."""
    query = select(REVIEW.c.id, REVIEW.c.document).order_by(REVIEW.c.id)
    if item_id is not None:
        query = query.where(REVIEW.c.id == item_id)
    elif not decided:
        query = query.where(REVIEW.c.decision.is_(None))
    return [msgspec.structs.replace(_DECODER.decode(document), id=id_) for id_, document in connection.execute(query)]


def decide(connection: Connection, item: ReviewItem) -> None:
    """Keep the answer that ``item`` has."""
    values = {"decision": item.decision.value if item.decision else None, "document": _encoded(item)}
    connection.execute(update(REVIEW).where(REVIEW.c.id == item.id).values(values))


def _encoded(item: ReviewItem) -> str:
    return msgspec.json.encode(msgspec.structs.replace(item, id=None)).decode()
