"""Runs of words that ask for a health plan: by its name, or by "my insurance" where it is not said which."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from finder.directory.plans import PlanBook
from finder.directory.understanding.needs import needs
from finder.directory.understanding.phrases import Candidate, weight_of
from finder.directory.understanding.runs import Reading, Sequences
from finder.directory.understanding.types import PartKind
from finder.domain.plan import Plan
from finder.words.folding import words

__all__ = ["plan_candidates"]

_ASKED, _UNASKED, _MISTYPED = 0.6, 0.9, 0.8
"""The least score of a plan behind a word like "takes", by itself, and by itself with a typing error."""
_MOST_WORDS, _MOST_UNKNOWN = 5, 3
_MOST_LOOKED_UP: Final = 24
"""So many runs of one text are looked up: a sentence has a few that may be a plan, and no text may hold up others."""
_SHARE = 0.97


class _PlanWords(NamedTuple):
    triggers: Sequences
    weak_triggers: Sequences
    nouns: Sequences
    around: frozenset[str]


@cache
def _said() -> _PlanWords:
    plan = needs().plan
    return _PlanWords(
        Sequences(plan.triggers),
        Sequences(plan.weak_triggers),
        Sequences(plan.nouns),
        frozenset(word for one in plan.around for word in words(one)),
    )


class _Plans:
    """The book while one text is read: each run of words is looked up once, and not more than 24 of them."""

    def __init__(self, book: PlanBook) -> None:
        self.book = book
        self._found: dict[tuple[str, ...], tuple[Plan, float] | None] = {}

    def best(self, run: Sequence[str]) -> tuple[Plan, float] | None:
        """The plan that a run of words names best; None also once too many runs were looked up."""
        key = tuple(run)
        if key not in self._found:
            if len(self._found) == _MOST_LOOKED_UP:
                return None
            self._found[key] = self.book.best(key)
        return self._found[key]


def plan_candidates(book: PlanBook, reading: Reading) -> Iterator[Candidate]:
    """Every plan asked for, and every run that is all but a plan's whole name."""
    plans, at = _Plans(book), 0
    while at < len(reading):
        found = _asked(plans, reading, at) or _named(plans, reading, at, at, _UNASKED)
        if found is not None:
            yield found
        at = found.last if found is not None else at + 1


def _asked(plans: _Plans, reading: Reading, first: int) -> Candidate | None:
    """What begins with a word like "takes", or with "my insurance"."""
    said, at = _said(), first
    while size := said.weak_triggers.at(reading.tokens, at):
        at += size
    weakly = at > first
    strong = at
    while size := said.triggers.at(reading.tokens, at):
        at += size
    triggered = at > strong
    while at < len(reading) and reading.word(at) in said.around and not (at > first and reading.tokens[at].after_break):
        at += 1
    nouns = at
    while size := said.nouns.at(reading.tokens, at):
        at += size
    has_noun = at > nouns
    if not triggered and not weakly and not has_noun:
        return None
    start = at
    while start < len(reading) and reading.word(start) in said.around and not reading.tokens[start].after_break:
        start += 1
    named = _named(plans, reading, first, nouns, _ASKED, least=start + 1)
    if named is not None or not (has_noun or triggered):
        return named
    # A plan that nobody here takes is still a plan, and nobody's name.
    last = at
    while last < min(len(reading), at + _MOST_UNKNOWN) and _is_unknown(reading, last):
        last += 1
    if not has_noun and last == at:
        return None
    return Candidate(first, last, PartKind.PLAN, "", 1.0, weight_of(reading.letters(first, last), _SHARE))


def _named(
    plans: _Plans, reading: Reading, first: int, start: int, least_score: float, *, least: int | None = None
) -> Candidate | None:
    """The longest run from token ``start`` on that names a plan, to be read together with what is before it from ``first``."""
    last = start
    while last < min(len(reading), start + _MOST_WORDS) and not (last > start and reading.tokens[last].after_break):
        last += 1
    asked = least is not None
    book = plans.book
    for end in range(last, (least if asked else start + 1) - 1, -1):
        content = [at for at in range(start, end) if reading.word(at) not in reading.lexicon.fillers]
        if not content or content[-1] != end - 1 or not _may_be_plan(reading, content, book, asked=asked):
            continue
        if not asked and not all(reading.word(at) in book.words for at in content):
            least_score = _MISTYPED
        found = plans.best(reading.words(start, end))
        if found is not None and found[1] >= least_score:
            plan, score = found
            weight = weight_of(reading.letters(first, end), _SHARE)
            return Candidate(first, end, PartKind.PLAN, plan.id, score, weight)
    return None


def _may_be_plan(reading: Reading, content: list[int], book: PlanBook, *, asked: bool) -> bool:
    """By itself half of the words at least must be of plans, and not all read otherwise; typing errors are forgiven."""
    if asked:
        return all(
            reading.word(at) in book.words or not (reading.sure[at] or reading.word(at) in reading.lexicon.small)
            for at in content
        )
    if len(content) == 1 and reading.word(content[0]) in reading.lexicon.ordinary:
        return False
    strange = [at for at in content if reading.word(at) not in book.words]
    if strange:
        return len(strange) * 2 <= len(content) and all(_may_be_mistyped(reading, at, book) for at in strange)
    return not all(reading.sure[at] or reading.word(at) in reading.lexicon.small for at in content)


def _may_be_mistyped(reading: Reading, at: int, book: PlanBook) -> bool:
    word = reading.word(at)
    if reading.sure[at] or reading.known_people[at] or word in reading.lexicon.small or reading.lexicon.is_phrase_word(word):
        return False
    return book.has_word_like(word)


def _is_unknown(reading: Reading, at: int) -> bool:
    """Whether a word may be of a plan that nobody here takes; facilities may well be called like it."""
    word = reading.word(at)
    return (
        not reading.sure[at]
        and not reading.known_people[at]
        and not reading.tokens[at].after_break
        and word not in reading.lexicon.small
        and word not in reading.lexicon.ordinary
        and not reading.lexicon.is_phrase_word(word)
    )
