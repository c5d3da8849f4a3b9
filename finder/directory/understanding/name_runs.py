"""Runs of words that are the name of a person or a facility: behind a title, or since one name has all of them."""

from collections.abc import Iterator, Sequence

from finder.directory.names import NameIndex
from finder.directory.understanding.phrases import Candidate, weight_of
from finder.directory.understanding.runs import Reading
from finder.directory.understanding.types import PartKind

__all__ = ["name_candidates"]

_MOST_WORDS = 6
_ONE_NAME = 0.9
"""From this score on one name has all the words as they are: 0.92 for two words of a longer name."""
_VERY_NAME = 0.99
_TITLED, _WHOLE, _SOME, _LOOSE = 0.95, 0.97, 0.95, 0.8
"""What a letter of a name weighs: behind a title, as a whole name, as some words of one name, and of words that no name has."""
_MISTYPED, _MISTYPED_SCORE = 0.9, 0.75
"""What a letter of a name with a typing error weighs, and the score from which on one name has all of its words."""
_TITLE = 0.5
_VERY_PERSON = 1.2
"""Weighs more than a phrase: of two readings of "Dr. English" the person is meant."""
_SHORT_TITLE = 4
_CARE = frozenset({PartKind.SPECIALTY, PartKind.SERVICE, PartKind.KIND})


def name_candidates(names: Sequence[NameIndex], reading: Reading, elsewhere: set[int]) -> Iterator[Candidate]:
    """Every run that may be a name; what nothing else explains becomes one anyway.

    ``elsewhere``: the tokens that may be a place or a plan; a title's name ends before them, a facility's may hold them.
    """
    titled: set[int] = set()
    for at in range(len(reading) - 1):
        if reading.word(at) in reading.lexicon.titles:
            for one in _titled(names, reading, at, elsewhere):
                titled.update(range(one.first, one.last))
                yield one
    at = 0
    while at < len(reading):
        if at in titled:
            at += 1
            continue
        last = _known_run(reading, at)
        found = _whole(names, reading, at, last, elsewhere) if last - at > 1 else None
        if found is not None:
            yield found
        at = max(last, at + 1)
    for first, last in _stretches(reading, titled):
        found = _mistyped(names, reading, first, last, elsewhere)
        if found is not None:
            yield found


def _stretches(reading: Reading, titled: set[int]) -> Iterator[tuple[int, int]]:
    """Runs of words that are known from names, or that nothing surely explains."""
    at = 0
    while at < len(reading):
        last = at
        while (
            last < min(len(reading), at + _MOST_WORDS)
            and last not in titled
            and not (last > at and reading.tokens[last].after_break)
            and (reading.known[last] or not reading.sure[last] or not reading.lexicon.is_phrase_word(reading.word(last)))
            and (last > at if reading.word(last) in reading.lexicon.fillers else reading.word(last) not in reading.lexicon.small)
        ):
            last += 1
        end = last
        while end > at and reading.word(end - 1) in reading.lexicon.fillers:
            end -= 1
        if end > at:
            yield at, end
        at = max(last, at + 1)


def _mistyped(names: Sequence[NameIndex], reading: Reading, first: int, last: int, elsewhere: set[int]) -> Candidate | None:
    """The longest run of the stretch that one name has but for typing errors; a word of it at least is written right."""
    before_place = next((at for at in range(first, last) if at in elsewhere), last)
    for start, end in dict.fromkeys(((first, last), (first, before_place), (first, last - 1), (first + 1, last))):
        content = _content(reading, start, end)
        if len(content) < 2 or content[0] != start or content[-1] != end - 1:
            continue
        kinds = {one.kind for at in content if (one := reading.covering[at]) is not None and reading.sure[at]}
        unread = [at for at in content if not reading.sure[at] and at not in elsewhere]
        strange = [at for at in content if not (reading.known[at] or reading.lexicon.is_phrase_word(reading.word(at)))]
        if (
            not unread
            or not strange
            or len(strange) == len(content)
            or (not kinds <= {PartKind.KIND} and 2 * len(unread) <= len(content))
        ):
            continue
        score = _in_one(names, reading, start, end, least=_MISTYPED_SCORE)
        if score:
            weight = weight_of(reading.letters(start, end), _MISTYPED)
            return Candidate(start, end, PartKind.NAME, reading.typed(start, end), score, weight)
    return None


def _titled(names: Sequence[NameIndex], reading: Reading, title: int, elsewhere: set[int]) -> Iterator[Candidate]:
    first = last = title + 1
    while first < len(reading) and reading.word(first) in reading.lexicon.titles:
        first += 1
    last = first
    if first < len(reading) and len(reading.word(title)) <= _SHORT_TITLE and _is_called_like_a_language(reading, first):
        yield _name(reading, title, first, first + 1, share=_VERY_PERSON, score=_TITLED)
    while (
        last < min(len(reading), first + _MOST_WORDS)
        and last not in elsewhere
        and _nameable(reading, last, inside=last > first)
        and not (last > first and _is_rather_care(names, reading, last))
    ):
        last += 1
    score = 0.0
    whole = _known_run(reading, first)
    if whole > last and last not in elsewhere and not all(reading.sure[first:whole]) and _in_one(names, reading, first, whole):
        yield _name(reading, title, first, whole, share=_WHOLE, score=1.0)
    for end in range(last, first, -1):
        if reading.word(end - 1) in reading.lexicon.fillers:
            continue
        several = len(_content(reading, first, end)) > 1
        if several and not score and all(reading.known[at] for at in _content(reading, first, end)):
            score = _in_one(names, reading, first, end)
        share = _TITLED if not several or score else _LOOSE
        yield _name(reading, title, first, end, share=share, score=score or share)


def _is_rather_care(names: Sequence[NameIndex], reading: Reading, at: int) -> bool:
    """Whether a misspelt word behind a name says what the person does: "dr nguyen cardilogo"."""
    one = reading.covering[at]
    if one is None or one.kind not in _CARE or reading.known[at]:
        return False
    return all(index.likely(reading.word(at)) < one.score for index in names)


def _is_called_like_a_language(reading: Reading, at: int) -> bool:
    """Dr. English; but "doctor español" is one who speaks it."""
    one = reading.covering[at]
    return reading.known_people[at] and one is not None and one.kind is PartKind.LANGUAGE and not reading.tokens[at].after_break


def _name(reading: Reading, title: int, first: int, last: int, *, share: float, score: float) -> Candidate:
    weight = reading.letters(title, first) * _TITLE + weight_of(reading.letters(first, last), share)
    return Candidate(title, last, PartKind.NAME, reading.typed(first, last), score, weight, doctor=True)


def _nameable(reading: Reading, at: int, *, inside: bool) -> bool:
    """Whether a word may be of a name: nothing sure, and a small word only within it ("de la Cruz")."""
    if reading.tokens[at].after_break or reading.sure[at]:
        return False
    word = reading.word(at)
    if word in reading.lexicon.fillers:
        return (inside and word in ("de", "del", "la", "las", "los")) or bool(
            reading.known[at] and word not in reading.lexicon.small
        )
    return word not in reading.lexicon.small and (bool(reading.known[at]) or not reading.lexicon.is_phrase_word(word))


def _known_run(reading: Reading, first: int) -> int:
    """The end of the run from token ``first`` on of words that are in names, with "de la" and the like within."""
    at = last = first
    while at < min(len(reading), first + _MOST_WORDS) and not (at > first and reading.tokens[at].after_break):
        if reading.word(at) in ("de", "del", "la", "las", "los", "el", "y", "of", "and", "the"):
            if at == first:
                break
        elif reading.known[at] and reading.word(at) not in reading.lexicon.small:
            last = at + 1
        else:
            break
        at += 1
    return last


def _whole(names: Sequence[NameIndex], reading: Reading, first: int, last: int, elsewhere: set[int]) -> Candidate | None:
    """The run, or what of it is before a place, or all but one word, if a name has it all and nothing explains it better."""
    before_place = next((at for at in range(first, last) if at in elsewhere), last - 1)
    for start, end in dict.fromkeys(((first, last), (first, before_place), (first, last - 1), (first + 1, last))):
        content = _content(reading, start, end)
        if len(content) < 2 or content[0] != start or content[-1] != end - 1:
            continue
        kinds = {one.kind for at in content if (one := reading.covering[at]) is not None and reading.sure[at]}
        explained = all(reading.sure[at] for at in content)
        if explained and kinds <= _CARE:
            continue
        score = _in_one(names, reading, start, end)
        # "Hospital Alemán" is a name although both words mean something. Of a "Consultorio Pediatra López" the words "pediatra
        # lópez" are not: more likely somebody wants a paediatrician of that name.
        if score >= _VERY_NAME or (score and not explained and kinds <= {PartKind.KIND}):
            share = _WHOLE if score >= _VERY_NAME else _SOME
            weight = weight_of(reading.letters(start, end), share)
            return Candidate(start, end, PartKind.NAME, reading.typed(start, end), score, weight)
    return None


def _in_one(names: Sequence[NameIndex], reading: Reading, first: int, last: int, *, least: float = _ONE_NAME) -> float:
    """How well one name has all the words, 0 where none has."""
    best = 0.0
    for index in names:
        matches = index.search(reading.words(first, last), unfinished=False, limit=1)
        if len(matches.scores):
            best = max(best, float(matches.scores[0]))
    return best if best >= least else 0.0


def _content(reading: Reading, first: int, last: int) -> list[int]:
    return [at for at in range(first, last) if reading.word(at) not in reading.lexicon.fillers]
