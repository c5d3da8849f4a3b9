"""The choices of the find form, with how many of the things found have each."""

from collections.abc import Iterable
from dataclasses import dataclass

from finder.directions.estimate import TravelMode
from finder.directory import Facets, OpenWish, Snapshot
from finder.directory.search import FacetCount
from finder.domain.practitioner import Gender
from finder.web.find import Question
from finder.web.formats import language_names
from finder.web.labels import GENDER_LABELS, KIND_LABELS, MODE_LABELS, OPEN_LABELS, SORT_LABELS, WHAT_LABELS, within_label
from finder.web.language import Reader

__all__ = ["Choice", "Filters", "counts_of", "filters_of", "plan_choices"]

_KILOMETRES, _MILES = (2, 5, 10, 25, 50, 100), (1, 3, 5, 10, 25, 50)

type Counts = dict[str, dict[str, int]]
"""By the form's field and value: how many of the things found have it."""


@dataclass(frozen=True)
class Choice:
    """One option of a field; ``count`` is None where nothing was counted."""

    value: str
    label: str
    chosen: bool
    count: int | None = None


@dataclass(frozen=True)
class Filters:
    """The fields of the form below *more filters*, each with its options."""

    what: list[Choice]
    kind: list[Choice]
    open: list[Choice]
    speaks: list[Choice]
    plan: list[Choice]
    gender: list[Choice]
    mode: list[Choice]
    ticks: list[tuple[str, Choice]]
    """Boxes to tick, by the name of the field."""
    sort: list[Choice]
    within: list[Choice]
    counted: int | None
    """Over how many of the nearest things was counted, where those are not all."""


def counts_of(facets: Facets | None, question: Question) -> Counts:
    """What the form says beside its options. Of a field that is set already nothing: the others were left out of the count."""
    if facets is None:
        return {}
    counts: Counts = {
        "kind": {} if question.kind else _by_value(facets.kind),
        "open": {} if question.open else {OpenWish.NOW.value: facets.open_now},
        "speaks": {} if question.speaks else _by_value(facets.languages),
        "plan": {} if question.plan else _by_value(facets.plan),
        "gender": {} if question.gender else {Gender.FEMALE.value: facets.female, Gender.MALE.value: facets.male},
        "accepting": {} if question.accepting else {"yes": facets.accepting_new_patients},
        "wheelchair": {} if question.wheelchair else {"yes": facets.wheelchair},
        "video": {} if question.video else {"yes": facets.telehealth},
    }
    return {field: values for field, values in counts.items() if values}


def filters_of(question: Question, snapshot: Snapshot, facets: Facets | None, reader: Reader, *, has_timetable: bool) -> Filters:
    """The form's choices for a question as it stands; public transport only where there is a timetable, or it was chosen."""
    counts = counts_of(facets, question)

    def choices(field: str, labels: Iterable[tuple[str, str]], chosen: str) -> list[Choice]:
        counted = counts.get(field, {})
        return [Choice(value, label, value == chosen, counted.get(value)) for value, label in labels]

    unit, steps = ("mi", _MILES) if reader.miles else ("km", _KILOMETRES)
    within = _with_own((f"{step}{unit}" for step in steps), question.within)
    languages = _with_own(snapshot.marks.languages, question.speaks)
    kinds = _labelled(KIND_LABELS, reader)
    by_bus = has_timetable or question.mode is TravelMode.TRANSIT
    modes = {mode: MODE_LABELS[mode] for mode in TravelMode if by_bus or mode is not TravelMode.TRANSIT}
    ticks = (
        ("accepting", reader.text("Accepts new patients"), question.accepting),
        ("wheelchair", reader.text("Wheelchair access"), question.wheelchair),
        ("video", reader.text("Video visit"), question.video),
    )
    return Filters(
        what=choices("what", _labelled(WHAT_LABELS, reader), question.what or ""),
        kind=choices("kind", kinds, question.kind or ""),
        open=choices("open", _labelled(OPEN_LABELS, reader), question.open or ""),
        speaks=choices("speaks", sorted(_names(languages, reader), key=lambda one: one[1].casefold()), question.speaks),
        plan=plan_choices(snapshot, counts.get("plan", {}), question.plan),
        gender=choices("gender", _labelled(GENDER_LABELS, reader), question.gender or ""),
        mode=choices("mode", _labelled(modes, reader), question.mode),
        ticks=[(field, Choice("yes", label, ticked, counts.get(field, {}).get("yes"))) for field, label, ticked in ticks],
        sort=choices("sort", _labelled(SORT_LABELS, reader), question.sort),
        within=choices("within", ((value, within_label(value, reader)) for value in within), question.within),
        counted=facets.counted if facets is not None and not facets.complete else None,
    )


def plan_choices(snapshot: Snapshot, counts: dict[str, int], chosen: str = "") -> list[Choice]:
    """Every plan that somebody takes, by name, with its networks behind it."""
    plans = sorted(snapshot.plans.all, key=lambda plan: plan.label().casefold())
    return [Choice(plan.id, plan.label(), plan.id == chosen, counts.get(plan.id)) for plan in plans]


def _by_value(counts: Iterable[FacetCount]) -> dict[str, int]:
    return {one.value: one.count for one in counts}


def _labelled[K: str](labels: dict[K, str], reader: Reader) -> Iterable[tuple[str, str]]:
    return ((str(value), reader.text(label)) for value, label in labels.items())


def _with_own(values: Iterable[str], own: str) -> list[str]:
    """The usual values, and the one that was asked for if it is another."""
    known = list(values)
    return known if not own or own in known else [*known, own]


def _names(tags: Iterable[str], reader: Reader) -> Iterable[tuple[str, str]]:
    return ((tag, language_names((tag,), reader)) for tag in tags)
