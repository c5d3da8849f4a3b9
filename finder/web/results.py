"""What the results show, from the banner of an emergency down to the last card."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from finder.care.specialties import specialties
from finder.directions.borders import Documents
from finder.directory import AreaChoice
from finder.directory.finding.reasons import ReasonCode
from finder.domain.position import Position, PositionSource
from finder.domain.practitioner import Practitioner
from finder.web.asked import Asked
from finder.web.cards import CardGroup, card_groups
from finder.web.chips import Chip, Ignored, WhichPlan, chips_of, helpful, ignored_chips, which_plan
from finder.web.crossing_choice import crossing_choices, have_a_port_between, is_near_a_port
from finder.web.filters import Choice, counts_of, plan_choices
from finder.web.find import FIRST_PAGE, MOST_SHOWN, Question
from finder.web.formats import phone_link
from finder.web.headings import AnyHit, emergency_heading, heading, place_of, position_note
from finder.web.language import Reader

__all__ = ["Banner", "Results", "results_of"]


@dataclass(frozen=True)
class Banner:
    """What is said before all else when the words sound like an emergency."""

    label: str
    number: str
    crisis_name: str
    """Name and number of the crisis line; empty, as is ``crisis_link``, where there is none, or no life crisis is meant."""
    crisis_link: str


@dataclass(frozen=True)
class Results:
    """What ``_results.html`` and ``_emergency.html`` show."""

    question: Question
    banner: Banner | None
    heading: str
    note: str
    groups: list[CardGroup]
    count: int
    position: Position
    by_device: bool
    is_guess: bool
    is_vague: bool
    next_show: int | None
    chips: list[Chip]
    ignored: list[Ignored]
    which_plan: WhichPlan | None
    plans: list[Choice]
    """What ``which_plan`` can be answered with."""
    nearer_to: tuple[AreaChoice, AreaChoice] | None
    unplaced: Sequence[Practitioner]
    """Doctors of that name of whom no place is known, where nobody else was found."""
    instead: str
    """The wider care that is shown where nobody gives the very care; else empty."""
    helpful: list[Chip]
    """What to give up, where nothing was found."""
    crossing: str
    """What is asked or told of the border, above the choice of documents; empty where none matters."""
    documents: list[Choice]
    documents_said: bool
    asks_documents: bool
    """Whether the form, too, offers the choice."""
    counts: str
    """JSON for the script, which shows them in the form."""


def results_of(asked: Asked, reader: Reader) -> Results:
    """Return all that is shown of an answer."""
    page, question, position = asked.answer.page, asked.question, asked.position
    found = [hit for hit in page.hits if not hit.emergency]
    chips = chips_of(asked, reader)
    next_show = min(question.show + FIRST_PAGE, MOST_SHOWN)
    mine = which_plan(asked, reader)
    crossing = _crossing(asked, reader)
    is_guess = position.source in {PositionSource.IP, PositionSource.DEFAULT}
    return Results(
        question=question,
        banner=_banner(asked, reader),
        heading=_heading(asked, found, reader),
        note=position_note(position, reader),
        groups=card_groups(page.hits, asked.answer.search, asked.at, reader),
        count=len(page.hits),
        position=position,
        by_device=position.source is PositionSource.GPS,
        is_guess=is_guess,
        is_vague=is_guess or position.coarsened,
        next_show=next_show if page.next_cursor is not None and next_show > question.show else None,
        chips=chips,
        unplaced=asked.answer.unplaced,
        instead=", ".join(specialties().get(one).name(reader.language) for one in asked.answer.instead),
        ignored=ignored_chips(asked),
        which_plan=mine,
        plans=plan_choices(asked.snapshot, {}) if mine else [],
        nearer_to=page.nearer_to,
        helpful=helpful(asked, chips) if not page.hits else [],
        crossing=crossing,
        documents=crossing_choices(asked.ways.documents, reader),
        documents_said=asked.ways.documents is not None,
        asks_documents=bool(crossing) or is_near_a_port(position, asked.ways.borders),
        counts=msgspec.json.encode(counts_of(page.facets, question)).decode(),
    )


def _heading(asked: Asked, found: Sequence[AnyHit], reader: Reader) -> str:
    if len(found) < len(asked.answer.page.hits):
        return emergency_heading(asked.position, reader, asked.called)
    return heading(found, asked.answer.page.next_cursor is not None, asked.answer.search, reader, asked.called)


def _crossing(asked: Asked, reader: Reader) -> str:
    hits, documents = asked.answer.page.hits, asked.ways.documents
    if documents is Documents.NONE:
        return reader.text("Only this side of the border is shown, as you asked.")
    if any(hit.crossing for hit in hits):
        return reader.text("Some of these places are across the border: the wait there is counted.")
    if documents is not None:
        return reader.text("Nothing of what is listed lies across the border.")
    if asked.understood.red_flag is not None:  # in an emergency nobody is asked for papers
        return ""
    across = (hit for hit in hits if any(reason.code is ReasonCode.ACROSS_BORDER for reason in hit.reasons))
    if any(have_a_port_between(asked.position, place_of(hit), asked.ways.borders) for hit in across):
        return reader.text("Some of these places are across the border. Can you cross? Say with what: then the wait is counted.")
    return ""


def _banner(asked: Asked, reader: Reader) -> Banner | None:
    emergency = asked.answer.page.emergency
    if emergency is None:
        return None
    flag, numbers, spanish = emergency.red_flag, emergency.numbers, reader.language == "es"
    line = (numbers.crisis_line or "") if flag.crisis else ""
    name = (numbers.crisis_name_es if spanish else numbers.crisis_name_en) or ""
    return Banner(
        label=flag.label_es if spanish else flag.label_en,
        number=numbers.emergency,
        crisis_name=name if line in name else f"{name}: {line}",  # some bear their number as their name
        crisis_link=phone_link(line) or "",
    )
