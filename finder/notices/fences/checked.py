"""What a fence must say before the law is asked about it: texts in both languages, hours that can be read, an outline of use."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from finder.directory.hours.rules import rules_of
from finder.domain.facility import Facility
from finder.domain.fence import Circle, Fence, Outline, Trigger, Wish
from finder.errors import BadInput
from finder.notices.fences.outlines import doubt_of, overlaps
from finder.notices.listening import expires_at
from finder.notices.telling import LONGEST_BODY, entrance_name
from finder.notices.tracker import wish_s_of

__all__ = ["LANGUAGES", "MOST_CORNERS", "Problem", "check", "problems"]

LANGUAGES: Final = ("en", "es")
"""Every text is there in these; further ones may be."""
MOST_CORNERS: Final = 2000
"""Of an outline: each fix of each visit is held against all of them."""
_MOST_OVERLAPPING: Final = 200
"""Corners of an outline whose parts may overlap: of 2,000 the law would be asked about a million crossings."""
_LONGEST_NAME: Final = 80
_LONGEST_HOURS: Final = 255
_MOST_WISHES: Final = 10
_MOST_LANGUAGES: Final = 20
_MOST_EXTRAS_BYTES: Final = 4096
_EXAMPLES: Final = "enter; dwell 10 min; approach 5 min; exit; wrong entrance"
"""All that a fence may listen for, as a file says it."""
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_FILLED: Final = re.compile(r"\{(?:facility|entrance)\}")
_TIMES_S: Final = {
    Trigger.DWELL: (60.0, 86_400.0, "1 minute to 24 hours"),
    Trigger.APPROACH: (60.0, 3600.0, "1 minute to 1 hour"),
}


class Problem(NamedTuple):
    """What is wrong with a fence: which of its columns or fields, and what to do. It holds no coordinate."""

    field: str
    text: str


def check(fence: Fence, facility: Facility, at: datetime) -> Fence:
    """Return a fence that says all that it must. Raises :class:`BadInput` with every problem that it has."""
    try:
        fence = msgspec.convert(msgspec.to_builtins(fence), Fence)
    except (msgspec.ValidationError, TypeError) as error:
        raise BadInput(f"The fence cannot be used: {error}.") from error
    found = [f"{problem.field}: {problem.text}" for problem in problems(fence, facility, at)]
    if found:
        raise BadInput(" ".join(found))
    return fence


def problems(fence: Fence, facility: Facility, at: datetime) -> Iterator[Problem]:
    """Yield what is wrong with a fence of a facility ``at`` a moment, but for its shape being lawful."""
    if not _ID.fullmatch(fence.id):
        yield Problem("id", "An id is 1 to 64 letters, digits, dots, hyphens and underscores; leave it out to be given one.")
    if not (0 < len(fence.name.strip()) <= _LONGEST_NAME and fence.name.isprintable()):
        yield Problem("name", f"Give it a name of 1 to {_LONGEST_NAME} printable letters.")
    rings = () if isinstance(fence.shape, Circle) else [ring for polygon in fence.shape.polygons for ring in polygon]
    if sum(map(len, rings)) > MOST_CORNERS:
        yield Problem("shape", f"The outline has more than {MOST_CORNERS:,} corners: simplify it.")
    is_hollow = isinstance(fence.shape, Outline) and not (fence.shape.polygons and all(fence.shape.polygons))
    if is_hollow or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        yield Problem("shape", "A ring of an outline has at least three corners, and ends where it begins.")
    elif isinstance(fence.shape, Outline) and sum(map(len, rings)) <= MOST_CORNERS:
        if doubt := doubt_of(fence.shape):
            yield Problem("shape", doubt)
        elif sum(map(len, rings)) > _MOST_OVERLAPPING and overlaps(fence.shape):
            yield Problem(
                "shape",
                f"The parts of an outline of more than {_MOST_OVERLAPPING} corners must not cross each other: join them, or "
                "simplify it.",
            )
    yield from _wish_problems(fence)
    for wish in fence.wishes:
        yield from _text_problems(wish, facility)
    country = facility.address.country
    for field, hours in (("windows", fence.windows), ("quiet_hours", fence.quiet_hours)):
        if hours and (len(hours) > _LONGEST_HOURS or rules_of(hours, "UTC", country) is None):
            yield Problem(field, "Write opening hours of OpenStreetMap, such as Mo-Fr 08:00-18:00; PH off, or nothing.")
    end = expires_at(fence, facility)
    if end is not None and end <= at:
        yield Problem("expires_on", "That day is over: give a later one, or none.")
    if fence.extras and len(msgspec.json.encode(fence.extras)) > _MOST_EXTRAS_BYTES:
        yield Problem("extras", f"The other columns hold more than {_MOST_EXTRAS_BYTES:,} bytes: leave some out.")


def _wish_problems(fence: Fence) -> Iterator[Problem]:
    if not 0 < len(fence.wishes) <= _MOST_WISHES:
        yield Problem("triggers", f"Say 1 to {_MOST_WISHES} things that it listens for, of: {_EXAMPLES}.")
    kinds = [(wish.trigger, wish_s_of(wish)) for wish in fence.wishes]
    if len(set(kinds)) < len(kinds):
        yield Problem("triggers", "It listens for the same thing twice: take one of them out.")
    for wish in fence.wishes:
        if (wish.dwell_s is not None and wish.trigger is not Trigger.DWELL) or (
            wish.eta_s is not None and wish.trigger is not Trigger.APPROACH
        ):
            yield Problem("triggers", f"{wish.trigger} has no such time: only dwell has dwell_s, and only approach has eta_s.")
        # wish_s_of() takes 0 for none.
        given_s = wish.dwell_s if wish.trigger is Trigger.DWELL else wish.eta_s
        wish_s, limits = wish_s_of(wish) if given_s is None else given_s, _TIMES_S.get(wish.trigger)
        if limits is not None and wish_s is not None and not limits[0] <= wish_s <= limits[1]:
            yield Problem("triggers", f"The time of {wish.trigger} must be {limits[2]}.")


def _text_problems(wish: Wish, facility: Facility) -> Iterator[Problem]:
    what = wish.trigger.replace("_", " ")
    for language in LANGUAGES:
        if not wish.texts.get(language, "").strip():
            yield Problem(f"text_{language}", f"Write in this language what people are told at {what}.")
    if len(wish.texts) > _MOST_LANGUAGES:
        yield Problem("text_en", f"A text may be there in {_MOST_LANGUAGES} languages.")
    for language, text in wish.texts.items():
        if not _LANGUAGE.fullmatch(language):
            yield Problem("text_en", f"A text of {what} has a language that is none: name it as en, es, or pt-BR.")
            continue
        column = f"text_{language}"
        if not text.isprintable():
            yield Problem(column, f"The text of {what} has letters that cannot be shown, such as a line break: take them out.")
        bare = _FILLED.sub("", text)
        if "{" in bare or "}" in bare:
            yield Problem(column, f"In the text of {what} braces may hold {{facility}} and {{entrance}} only.")
        filled = text.replace("{facility}", facility.name).replace("{entrance}", entrance_name(facility, language))
        if len(filled) > LONGEST_BODY:
            yield Problem(column, f"The text of {what} has {len(filled)} letters with its names, and {LONGEST_BODY} fit.")
