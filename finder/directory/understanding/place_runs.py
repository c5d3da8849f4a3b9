"""Runs of words that name a place: behind ``cerca de``, ``en``, ``near`` …, or the name of one by itself, perhaps mistyped."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from finder.directory.names import NameIndex
from finder.directory.understanding.needs import needs
from finder.directory.understanding.phrases import Candidate, weight_of
from finder.directory.understanding.runs import Reading, Sequences
from finder.directory.understanding.spelling import sound
from finder.directory.understanding.types import PartKind
from finder.domain.place import PlaceKind
from finder.locate.place_index import PlaceIndex, PlaceMatch
from finder.locate.place_rank import context_words
from finder.locate.readings import says_enough
from finder.words.folding import GENERIC_WORDS, spelled_out, words
from finder.words.likeness import likeness

__all__ = ["place_candidates"]

_LEAST_SCORE = 0.75
"""Behind a connector: ``playas`` for Playas de Tijuana has 0.79."""
_MISTYPED = 0.6
"""The score from which on a search may have found the place of a mistyped name: ``otai`` for Otay has 0.77."""
_LEAST_MISTYPED = 4
"""Fewer letters are like too much else."""
_MOST_WORDS, _MOST_SEARCHES = 6, 4
_CONNECTED, _CONNECTED_ROUGHLY, _ALONE, _ALONE_ROUGHLY = 0.98, 0.9, 0.96, 0.9
_AREAS = frozenset({PlaceKind.CITY, PlaceKind.NEIGHBOURHOOD, PlaceKind.STATE})
_LARGE = frozenset({PlaceKind.CITY, PlaceKind.POSTCODE, PlaceKind.STATE})


class _Connectors(NamedTuple):
    strong: Sequences
    weak: Sequences
    articles: frozenset[str]


@cache
def _connectors() -> _Connectors:
    said = needs()
    return _Connectors(Sequences(said.place_connectors), Sequences(said.weak_place_connectors), frozenset(said.articles))


def place_candidates(places: PlaceIndex, names: Sequence[NameIndex], reading: Reading, taken: set[int]) -> list[Candidate]:
    """The places that the words not read otherwise may name, without the tokens ``taken``.

    ``names``: the index of facilities first, that of people last: what is more like a name than like a place is no place.
    Each search takes about as long as all the rest: few are made.
    """
    found = [one for one in _connected(places, names, reading) if taken.isdisjoint(range(one.first, one.last))]
    # Who says "near Otay" has said where: the "Roma" of "Farmacia Roma near Otay" is no second place.
    return found or list(_alone(places, names, reading, taken))


def _connected(places: PlaceIndex, names: Sequence[NameIndex], reading: Reading) -> Iterator[Candidate]:
    connectors, at = _connectors(), 0
    while at < len(reading):
        strong = connectors.strong.at(reading.tokens, at)
        size = strong or connectors.weak.at(reading.tokens, at)
        start = at + size
        if not size or start == len(reading) or reading.tokens[start].after_break:
            at += 1
            continue
        found = _run_from(places, names, reading, at, start, very=not strong)
        if found is not None:
            yield found
        at = found.last if found is not None else start


def _run_from(
    places: PlaceIndex, names: Sequence[NameIndex], reading: Reading, first: int, start: int, *, very: bool
) -> Candidate | None:
    """The longest run from token ``start`` on that names a place; ``very``: only by its very name."""
    last, bare = start, start
    while bare < len(reading) and reading.word(bare) in _connectors().articles:
        bare += 1
    while last < min(len(reading), start + _MOST_WORDS) and _may_be_place(reading, last, inside=last > bare):
        last += 1
    if last <= bare or (very and reading.covering[bare] is not None):
        return None
    searches = 0
    for end in range(last, bare, -1):
        if reading.word(end - 1) in reading.lexicon.fillers or not says_enough(reading.typed(bare, end)):
            continue
        searches += 1
        if searches > _MOST_SEARCHES:
            return None
        match = _search(places, reading, start, end)
        if bare > start and (match is None or match.score < _LEAST_SCORE):
            # "El centro" is no name with its article, but what people call Zona Centro.
            match = _search(places, reading, bare, end) or match
        if match is None or (match.score < _LEAST_SCORE and not _is_mistyped(names, reading, match, bare, end)):
            continue
        is_very = _very_name(match, reading.words(bare, end))
        if very and not (is_very and _is_free(reading, match, bare, end)):
            continue
        own = start if bare > start and reading.word(start) in words(match.place.name) else bare
        share = _CONNECTED if is_very else _CONNECTED_ROUGHLY
        weight = weight_of(reading.letters(first, end), share)
        return Candidate(first, end, PartKind.PLACE, reading.typed(own, end), match.score, weight)
    return None


def _alone(places: PlaceIndex, names: Sequence[NameIndex], reading: Reading, taken: set[int]) -> Iterator[Candidate]:
    """Names of places in the stretches of words that nothing surely explains, else nothing at all; the last stretch first."""
    tried: set[tuple[int, int]] = set()
    for free in (_is_unsure, _is_unread):
        found = False
        for first, last in reversed(list(_stretches(reading, taken, free))):
            one = _within(places, names, reading, [run for run in _runs(reading, first, last) if run not in tried])
            tried.update(_runs(reading, first, last)[:_MOST_SEARCHES])
            if one is not None:
                found = True
                yield one
        if found:
            return


def _runs(reading: Reading, first: int, last: int) -> list[tuple[int, int]]:
    """The runs of a stretch in the order in which they are looked up: the whole before its parts."""
    runs = [_without_people(reading, first, last), (first, last)]
    for shorter in range(1, last - first):
        runs += [(first + shorter, last), (first, last - shorter)]
    edging = reading.lexicon.fillers - _connectors().articles
    return [
        (start, end)
        for start, end in dict.fromkeys(runs)
        if not {reading.word(start), reading.word(end - 1)} & edging and says_enough(reading.typed(start, end))
    ]


def _within(
    places: PlaceIndex, names: Sequence[NameIndex], reading: Reading, runs: Sequence[tuple[int, int]]
) -> Candidate | None:
    """The first of the runs that is a place by itself."""
    for start, end in runs[:_MOST_SEARCHES]:
        match = _search(places, reading, start, end)
        if match is None:
            continue
        is_very = _very_name(match, reading.words(start, end))
        if _is_free(reading, match, start, end) if is_very else _is_mistyped(names, reading, match, start, end):
            weight = weight_of(reading.letters(start, end), _ALONE if is_very else _ALONE_ROUGHLY)
            return Candidate(start, end, PartKind.PLACE, reading.typed(start, end), match.score, weight)
    return None


def _stretches(reading: Reading, taken: set[int], free: Callable[[Reading, int], bool]) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(reading):
        at = _behind_titled(reading, at)
        last = at
        while (
            last < min(len(reading), at + _MOST_WORDS)
            and last not in taken
            and free(reading, last)
            and _is_free_word(reading, last, inside=last > at)
        ):
            last += 1
        end = last
        while end > at and reading.word(end - 1) in reading.lexicon.fillers:
            end -= 1
        if end > at:
            yield at, end
        at = max(last, at + 1)


def _is_unsure(reading: Reading, at: int) -> bool:
    return reading.covering[at] is None or not reading.sure[at]


def _is_unread(reading: Reading, at: int) -> bool:
    return reading.covering[at] is None


def _behind_titled(reading: Reading, at: int) -> int:
    """Where the name ends that a title before token ``at`` begins: who has a title is nobody's address."""
    if not 0 < at < len(reading) or reading.word(at - 1) not in reading.lexicon.titles:
        return at
    if reading.tokens[at].after_break or reading.covering[at - 1] is not None:
        return at
    at += 1
    while at < len(reading) and reading.known_people[at] and not reading.tokens[at].after_break:
        at += 1
    return at


def _without_people(reading: Reading, first: int, last: int) -> tuple[int, int]:
    """The stretch without what people are called by at its ends, or as it is where nothing would be left."""
    start, end = first, last
    while start < end and reading.known_people[start]:
        start += 1
    while end > start and reading.known_people[end - 1]:
        end -= 1
    return (start, end) if start < end else (first, last)


def _is_free_word(reading: Reading, at: int, *, inside: bool) -> bool:
    word = reading.word(at)
    if word in reading.lexicon.titles:
        return False
    return (inside and word in reading.lexicon.fillers) or word in _connectors().articles or word not in reading.lexicon.small


def _may_be_place(reading: Reading, at: int, *, inside: bool) -> bool:
    if inside and _connectors().strong.at(reading.tokens, at):
        return False
    if reading.word(at) in reading.lexicon.connecting:
        return reading.word(at) in reading.lexicon.fillers
    return not reading.sure[at] or reading.is_care(at)


def _search(places: PlaceIndex, reading: Reading, first: int, last: int) -> PlaceMatch | None:
    goes_on = reading.unfinished and last == len(reading)
    matches = places.search(reading.typed(first, last) + ("" if goes_on else " "), limit=1)
    return matches[0] if matches else None


def _very_name(match: PlaceMatch, typed: list[str]) -> bool:
    """Whether nothing of the place's name is missing but small words and where it lies: ``Playas`` for Playas de Tijuana."""
    context = {spelled_out(word) for word in context_words(match.place)}
    said = {spelled_out(word) for word in typed} - GENERIC_WORDS
    for name in (match.place.name, *match.place.alternate_names):
        own = {spelled_out(word) for word in words(name)} - GENERIC_WORDS
        if own & said and said <= own | context and own <= said | context:
            return True
    return False


def _is_free(reading: Reading, match: PlaceMatch, first: int, last: int) -> bool:
    """Whether it is nobody's name as well: of one small place's single word that somebody is called by, the person is meant."""
    context = set(context_words(match.place))
    own = [at for at in range(first, last) if reading.word(at) not in reading.lexicon.fillers and reading.word(at) not in context]
    return len(own) > 1 or match.place.kind in _LARGE or not any(reading.known_people[at] for at in own)


def _is_mistyped(names: Sequence[NameIndex], reading: Reading, match: PlaceMatch, first: int, last: int) -> bool:
    """Whether the whole run is all but the whole name of a town or a part of one, and less like anybody's name."""
    if match.score < _MISTYPED or match.place.kind not in _AREAS:
        return False
    typed = [word for word in reading.words(first, last) if word not in reading.lexicon.fillers]
    like = _likeness_to_name(match, typed)
    if like <= 0.0:
        return False
    if len(typed) == 1:
        word = typed[0]
        at = next(at for at in range(first, last) if reading.word(at) == word)
        if reading.known_people[at] or reading.lexicon.is_phrase_word(word):
            return False
        person = names[-1].likely(word) if names else 0.0
        # One letter away from a place and from a person: who named care says where.
        return person < like or (person == like and any(one is not None for one in reading.covering))
    return all(float(index.search(typed, unfinished=False, limit=1).scores.max(initial=0.0)) < like for index in names)


def _likeness_to_name(match: PlaceMatch, typed: Sequence[str]) -> float:
    """How much the typed words, run together, are like a name of the place with or without where it lies; 0 for another."""
    context = {spelled_out(word) for word in context_words(match.place)}
    best = 0.0
    for name in (match.place.name, *match.place.alternate_names):
        own = [spelled_out(word) for word in words(name) if spelled_out(word) not in GENERIC_WORDS]
        said = [spelled_out(word) for word in typed if spelled_out(word) not in GENERIC_WORDS]
        for bare in (own, [word for word in own if word not in context]):
            one, other = "".join(word for word in said if word in bare or word not in context), "".join(bare)
            if len(one) >= _LEAST_MISTYPED and (len(one) > _LEAST_MISTYPED or sound(one)[:1] == sound(other)[:1]):
                best = max(best, likeness(one, other, unfinished=False))
    return best
