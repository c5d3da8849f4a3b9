"""What was understood of a question, each thing with the same question without it."""

from collections.abc import Iterator
from dataclasses import dataclass

from finder.directory.plans import PlanBook
from finder.directory.understanding import Part, PartKind
from finder.directory.understanding.labels import part_label
from finder.domain.position import PositionSource
from finder.web.asked import Asked, is_answered
from finder.web.find import Question
from finder.web.formats import language_names
from finder.web.labels import GENDER_LABELS, KIND_LABELS, OPEN_LABELS, WHAT_LABELS, within_label
from finder.web.language import Reader

__all__ = ["Chip", "Ignored", "WhichPlan", "chips_of", "helpful", "ignored_chips", "which_plan"]

_TRIED = 6


@dataclass(frozen=True)
class Chip:
    """One thing that is asked for, and the question that no longer asks for it."""

    label: str
    without: Question


@dataclass(frozen=True)
class Ignored(Chip):
    """Words that narrow nothing down: nothing is known by that name, or they say a time that no search looks for."""

    is_time: bool


@dataclass(frozen=True)
class WhichPlan:
    """The question which plan is the person's own, where the words only say that it is theirs."""

    question: Question
    """Without those words: the plan that is chosen stands in its own field."""
    chip: Chip


def chips_of(asked: Asked, reader: Reader) -> list[Chip]:
    """Everything that narrows the question down: parts of the words in their order, then the form's filters."""
    return [*_of_words(asked, reader), *_of_place(asked, reader), *_of_filters(asked.question, asked.snapshot.plans, reader)]


def ignored_chips(asked: Asked) -> list[Ignored]:
    """The words that narrow nothing down."""
    return [
        Ignored(part.text if part.kind is PartKind.OPEN else part.value, _without(asked, part), part.kind is PartKind.OPEN)
        for part in asked.answer.ignored
    ]


def which_plan(asked: Asked, reader: Reader) -> WhichPlan | None:
    """The question which plan is meant; None where nobody has spoken of one's own, or the form says which."""
    part = next((part for part in asked.understood.of(PartKind.PLAN) if not part.value), None)
    if part is None or asked.question.plan:
        return None
    question = _without(asked, part)
    return WhichPlan(question, Chip(_label(part, asked.snapshot.plans, reader), question))


def helpful(asked: Asked, chips: list[Chip]) -> list[Chip]:
    """Those of the chips without which something answers the question; all of them where none of them helps alone.

    Each costs a search, so only the first few are tried.
    """
    return [chip for chip in chips[:_TRIED] if is_answered(asked, chip.without)] or chips


def _of_words(asked: Asked, reader: Reader) -> Iterator[Chip]:
    for part in asked.understood.parts:
        if part in (*asked.answer.ignored, *asked.answer.overruled) or (part.kind is PartKind.PLAN and not part.value):
            continue
        yield Chip(_label(part, asked.snapshot.plans, reader), _without(asked, part))


def _without(asked: Asked, part: Part) -> Question:
    return asked.question.but(words=asked.understood.without(part))


def _label(part: Part, plans: PlanBook, reader: Reader) -> str:
    match part.kind:
        case PartKind.LANGUAGE:
            return reader.text("Speaks %(languages)s", languages=language_names((part.value,), reader))
        case PartKind.PLACE:
            return reader.text("near %(where)s", where=part.value)
        case PartKind.PLAN if part.value:
            return reader.text("Takes %(plan)s", plan=plans.get(part.value).label())
        case PartKind.NAME:
            return f"«{part.value}»" if reader.language == "es" else f"“{part.value}”"
        case _:
            return part_label(part, plans, reader.language)


def _of_place(asked: Asked, reader: Reader) -> Iterator[Chip]:
    question = asked.question
    used = asked.position.source is PositionSource.PLACE and asked.place_part is None
    if question.place and used:
        yield Chip(reader.text("near %(where)s", where=asked.called or question.place), question.but(place=""))


def _of_filters(question: Question, plans: PlanBook, reader: Reader) -> Iterator[Chip]:
    if question.what is not None:
        yield Chip(reader.text(WHAT_LABELS[question.what]), question.but(what=None))
    if question.kind is not None:
        yield Chip(reader.text(KIND_LABELS[question.kind]), question.but(kind=None))
    if question.open is not None:
        yield Chip(reader.text(OPEN_LABELS[question.open]), question.but(open=None))
    if question.speaks:
        languages = language_names((question.speaks,), reader)
        yield Chip(reader.text("Speaks %(languages)s", languages=languages), question.but(speaks=""))
    if question.plan:
        yield Chip(reader.text("Takes %(plan)s", plan=plans.get(question.plan).label()), question.but(plan=""))
    if question.accepting:
        yield Chip(reader.text("Accepts new patients"), question.but(accepting=False))
    if question.wheelchair:
        yield Chip(reader.text("Wheelchair access"), question.but(wheelchair=False))
    if question.video:
        yield Chip(reader.text("Video visit"), question.but(video=False))
    if question.gender is not None:
        yield Chip(reader.text(GENDER_LABELS[question.gender]), question.but(gender=None))
    if question.within:
        yield Chip(within_label(question.within, reader), question.but(within=""))
