"""One box for everything: a person's words become parts."""

import re
from collections.abc import Iterator, Sequence

from finder.care.red_flags import red_flag_in
from finder.directory.names import NameIndex
from finder.directory.plans import PlanBook
from finder.directory.understanding.absorbing import with_connecting_words
from finder.directory.understanding.ages import for_a_child, time_candidates
from finder.directory.understanding.complaint_runs import complaint_candidates
from finder.directory.understanding.cover import best_cover
from finder.directory.understanding.lexicon import SOUNDS_ALIKE, Hit, lexicon
from finder.directory.understanding.name_runs import name_candidates
from finder.directory.understanding.phrases import Candidate, phrase_candidates
from finder.directory.understanding.place_runs import place_candidates
from finder.directory.understanding.plan_runs import plan_candidates
from finder.directory.understanding.runs import Reading
from finder.directory.understanding.tokens import Token, tokenize
from finder.directory.understanding.types import MOST_LETTERS, Part, PartKind, Understood
from finder.domain.practitioner import Gender
from finder.locate.place_index import PlaceIndex
from finder.words.folding import words

__all__ = ["understand"]

_GAPS = re.compile(r"\s+")
_LEFT_OVER_SCORE = 0.5
_ALONE = 0.3
"""What a letter weighs that nothing explains; phrases of three letters still weigh more."""
_CHANCE = 0.9
"""A word of up to six letters with a typing error scores less, and may be any word."""
_GUESSED = frozenset({PartKind.SPECIALTY, PartKind.SERVICE, PartKind.LANGUAGE})
_FACILITY, _NO_NAME = 0.75, 0.6
"""What is that much like the name of a facility, and less than this like every name of a person, is no person's."""
_SURE_PREFIX = 5
"""A beginning of fewer letters that somebody is called by is that name."""


def understand(text: str, *, names: Sequence[NameIndex], places: PlaceIndex, plans: PlanBook) -> Understood:
    """Tell apart what was typed: care, place, needs, plan and names, each with its span.

    ``names``: the index of facilities first, that of people last.
    Typing errors, accents, word order within a phrase and an unfinished last word are forgiven; more than 200 letters are cut
    off. What nothing explains is a name, so that no word is lost in silence. No text makes it raise.
    """
    red_flag = red_flag_in(text)  # in all of it: who writes a long story may be in danger at its end
    text = text[:MOST_LETTERS]
    tokens = tokenize(text)
    unfinished = bool(tokens) and tokens[-1].end == len(text)
    known = [[index.knows(token.word) for index in names] for token in tokens]
    compiled = lexicon()
    hits = [
        _likely(
            compiled.hits(token.word, unfinished=_goes_on(token, unfinished and at == len(tokens) - 1)), token.word, known[at]
        )
        for at, token in enumerate(tokens)
    ]
    strange = [not any(counts) for counts in known]
    phrases = list(phrase_candidates(compiled, tokens, hits, strange, unfinished=unfinished))
    phrases += [*complaint_candidates(compiled, tokens, hits), *time_candidates(tokens)]
    phrases = [one for one in phrases if not _by_chance(one, phrases, tokens, strange, names)]
    alone = [0.0 if compiled.as_small(token.word) in compiled.small else _ALONE * len(token.word) for token in tokens]
    reading = Reading(text, tokens, compiled, known, best_cover(alone, phrases), unfinished=unfinished)
    found = list(plan_candidates(plans, reading))
    found += place_candidates(places, names, reading, _tokens_of(found))
    found += name_candidates(names, reading, _tokens_of(found))
    cover = best_cover(alone, [*phrases, *found])
    cover = for_a_child(cover, reading)
    covered = _tokens_of(cover)
    cover = [_with_gender(one, reading, covered) for one in cover]
    spans = with_connecting_words(_with_left_over(cover, reading), cover, reading)
    return Understood(
        text=text,
        parts=tuple(_part(one, first, last, text, tokens) for one, first, last in spans),
        red_flag=red_flag,
        practitioner_wanted=any(one.doctor and not _is_a_facility(one, names) for one in cover),
        unfinished=unfinished,
    )


def _with_gender(one: Candidate, reading: Reading, covered: set[int]) -> Candidate:
    """ "Una doctora" is a wish for a woman; "doctor o doctora" is none, nor is a title or the adjective of "atención médica"."""
    word, compiled = reading.word(one.first), reading.lexicon
    if one.kind is not None or not one.doctor or word not in compiled.women_doctors or one.last - one.first > 1:
        return one
    if any(compiled.is_doctor(other.word) and other.word not in compiled.women_doctors for other in reading.tokens):
        return one
    behind = one.last
    if behind < len(reading) and behind not in covered and compiled.as_small(reading.word(behind)) not in compiled.small:
        return one
    if word not in compiled.titles and one.first > 0 and reading.word(one.first - 1) not in ("una", "unas", "la", "las"):
        return one
    return one._replace(kind=PartKind.GENDER, value=Gender.FEMALE.value)


def _is_a_facility(one: Candidate, names: Sequence[NameIndex]) -> bool:
    """Whether what stands behind a title is how a facility is called, and nobody: "dr smile"."""
    if one.kind is not PartKind.NAME or len(names) < 2:
        return False
    facility, person = (
        float(index.search(words(one.value), unfinished=False, limit=1).scores.max(initial=0.0))
        for index in (names[0], names[-1])
    )
    return facility >= _FACILITY and person < _NO_NAME


def _goes_on(token: Token, unfinished: bool) -> bool:
    """Whether the last word of an unfinished text may become another one: an ordinary word is finished."""
    return unfinished and token.word not in lexicon().ordinary


def _tokens_of(found: Sequence[Candidate]) -> set[int]:
    return {at for one in found for at in range(one.first, one.last)}


def _likely(hits: dict[str, Hit], word: str, known: Sequence[int]) -> dict[str, Hit]:
    """Without guesses at a word that somebody is called by; a facility may be called by what a word begins with."""
    if not any(known):
        return hits
    of_person = known[-1] > 0
    return {
        other: hit
        for other, hit in hits.items()
        if hit.likeness >= SOUNDS_ALIKE or ((not of_person or len(word) >= _SURE_PREFIX) and other.startswith(word))
    }


def _by_chance(
    one: Candidate, phrases: Sequence[Candidate], tokens: Sequence[Token], strange: Sequence[bool], names: Sequence[NameIndex]
) -> bool:
    """Whether a misspelt word beside one that nothing explains, or that is in a name, is as much like a word of names."""
    word = tokens[one.first].word
    meant = one.entry.words[0] if one.entry is not None else word
    if one.kind not in _GUESSED or one.last - one.first > 1 or one.score >= _CHANCE or meant.startswith(word):
        return False
    explained = {at for other in phrases if other.score >= _CHANCE for at in range(other.first, other.last)}
    small = lexicon().small
    around = (
        next((at for at in steps if tokens[at].word not in small), None)
        for steps in (range(one.first - 1, -1, -1), range(one.last, len(tokens)))
    )
    beside_name = any(at is not None and (at not in explained or not strange[at]) for at in around)
    return beside_name and any(index.likely(word) > 0.0 for index in names)


def _with_left_over(cover: Sequence[Candidate], reading: Reading) -> list[Candidate]:
    """The parts of the cover in order, with what nothing explains as names; names side by side are one."""
    taken: list[Candidate | None] = [None] * len(reading)
    for one in cover:
        taken[one.first : one.last] = [one] * (one.last - one.first)
    parts = [one for one in cover if one.kind is not None]
    parts += [
        Candidate(at, at + 1, PartKind.NAME, reading.typed(at, at + 1), _LEFT_OVER_SCORE, 0.0)
        for at in range(len(reading))
        if taken[at] is None and reading.lexicon.as_small(reading.word(at)) not in reading.lexicon.small
    ]
    return list(_joined(sorted(parts, key=lambda part: part.first), taken, reading))


def _same_wish(before: Candidate, part: Candidate, taken: Sequence[Candidate | None], reading: Reading) -> bool:
    """Whether two parts side by side say one thing twice: "abierto, 24 horas"."""
    between = range(before.last, part.first)
    return (
        (before.kind, before.value) == (part.kind, part.value)
        and part.kind is not PartKind.NAME
        and all(taken[at] is None and reading.word(at) in reading.lexicon.connecting for at in between)
    )


def _joined(parts: list[Candidate], taken: Sequence[Candidate | None], reading: Reading) -> Iterator[Candidate]:
    before: Candidate | None = None
    for part in parts:
        if before is not None and _one_name(before, part, taken, reading):
            start = before.first + _letters_before(before.value, before, reading)
            before = before._replace(last=part.last, value=reading.typed(start, part.last), score=min(before.score, part.score))
            continue
        if before is not None and _same_wish(before, part, taken, reading):
            before = before._replace(last=part.last, score=max(before.score, part.score))
            continue
        if before is not None:
            yield before
        before = part
    if before is not None:
        yield before


def _letters_before(value: str, name: Candidate, reading: Reading) -> int:
    """How many titles stand before a name's own words."""
    return next(
        (skipped for skipped in range(name.last - name.first) if reading.typed(name.first + skipped, name.last) == value), 0
    )


def _one_name(before: Candidate, part: Candidate, taken: Sequence[Candidate | None], reading: Reading) -> bool:
    between = range(before.last, part.first)
    return (
        before.kind is PartKind.NAME
        and part.kind is PartKind.NAME
        and not any(reading.tokens[at].after_break for at in range(before.last, part.first + 1))
        and all(taken[at] is None and reading.word(at) in reading.lexicon.fillers for at in between)
        and reading.word(part.first) not in reading.lexicon.titles
    )


def _part(one: Candidate, first: int, last: int, text: str, tokens: Sequence[Token]) -> Part:
    start, end = tokens[first].start, tokens[last - 1].end
    kind = one.kind or PartKind.NAME
    value = _GAPS.sub(" ", one.value)
    return Part(kind=kind, value=value, text=text[start:end], start=start, end=end, score=round(min(1.0, one.score), 3))
