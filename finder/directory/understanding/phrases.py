"""Where phrases of the lexicon stand in a text: any order of words, fillers between, the last word perhaps unfinished.

A word that is too far from every phrase's words by itself is guessed by those around it: ``urgent cae``.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import OSA

from finder.directory.understanding.lexicon import DOCTOR, SOUNDS_ALIKE, Entry, Hit, Lexicon
from finder.directory.understanding.tokens import Token
from finder.directory.understanding.types import PartKind
from finder.words.folding import has_digit

__all__ = ["Candidate", "phrase_candidates", "weight_of"]

_PART_COST = 2.0
_PART_COST_SHARE = 0.5
_LEAST_SCORE = 0.8
_OTHER_ORDER = 0.93
_GOING_ON, _GOING_ON_MORE = 0.7, 0.25
"""The share of an unfinished phrase, a little less than that of an unfinished word in :mod:`finder.words.likeness`."""
_MOST_MORE = 0.7
"""How many letters may be missing of an unfinished phrase, for each that is there."""
_DOCTOR_WORTH, _SILENT_WORTH, _RARE_WORTH = 0.8, 0.4, 0.31
"""Words that say nothing weigh less than those that do."""
_STRICT_BONUS = 0.1
"""Of two phrases alike the one that stands word by word is meant."""
_RARE_COST = 0.03
"""What few ask for must be typed better than what many do."""
_WRITING = 0.97
"""Below this a word was misspelt, not only written with another ending."""
_GUESSED = 0.97
"""The share of a phrase of which one word is guessed by the others."""
_PARTED, _LEAST_PARTED = 0.96, 7
"""One word written as two: ``ultra sound``; shorter ones are two words by chance."""
_MOST_FILLERS = 3
_LEAST_GUESSED, _MOST_GUESSED = 3, 3
"""The letters of a word that is guessed by those around it, and the words of its phrase."""
_LEAST_MISTYPED_LANGUAGE = 6
_CARE = frozenset({PartKind.SPECIALTY, PartKind.SERVICE, PartKind.KIND})


class Candidate(NamedTuple):
    """Tokens ``first`` to ``last`` (exclusive) read in one way. ``weight`` is in letters; without a kind it is dropped."""

    first: int
    last: int
    kind: PartKind | None
    value: str
    score: float
    weight: float
    entry: Entry | None = None
    doctor: bool = False


def weight_of(letters: int, share: float) -> float:
    """What a part of so many letters weighs. Each costs up to two letters: one long phrase goes before two short ones."""
    return letters * share - min(_PART_COST, _PART_COST_SHARE * letters)


def phrase_candidates(
    lexicon: Lexicon, tokens: Sequence[Token], hits: Sequence[dict[str, Hit]], strange: Sequence[bool], *, unfinished: bool
) -> Iterator[Candidate]:
    """The best reading of every span that a phrase covers. ``strange``: for each token whether nobody is called so."""
    text = _Text(lexicon, tokens, hits, [_may_be_guessed(lexicon, *one) for one in zip(tokens, strange, strict=True)])
    best: dict[tuple[int, int], Candidate] = {}
    for first in range(len(tokens)):
        for entry in _to_try(text, first, unfinished=unfinished):
            found = _fitted(text, entry, first, unfinished=unfinished)
            if found is not None:
                span = found.first, found.last
                if span not in best or found.weight > best[span].weight:
                    best[span] = found
    for found in _parted(lexicon, tokens):
        best.setdefault((found.first, found.last), found)
    yield from best.values()


class _Text(NamedTuple):
    lexicon: Lexicon
    tokens: Sequence[Token]
    hits: Sequence[dict[str, Hit]]
    guessable: Sequence[bool]


def _may_be_guessed(lexicon: Lexicon, token: Token, strange: bool) -> bool:
    word = token.word
    # A word of three letters may be in some phrase by chance: "cae" of "se me cae el pelo".
    known = bool(lexicon.of_one_word(word) if len(word) == _LEAST_GUESSED else lexicon.is_phrase_word(word))
    known = known or lexicon.as_small(word) in lexicon.small or word in lexicon.ordinary
    return strange and len(word) >= _LEAST_GUESSED and not known and not has_digit(word)


def _parted(lexicon: Lexicon, tokens: Sequence[Token]) -> Iterator[Candidate]:
    """Words of one piece that were typed as two."""
    for first, (one, other) in enumerate(pairwise(tokens)):
        word = one.word + other.word
        if len(word) < _LEAST_PARTED or other.after_break or {one.word, other.word} & lexicon.small:
            continue
        for entry in lexicon.of_one_word(word)[:1]:
            if entry.kind is not None and not entry.joined:
                weight = weight_of(len(word), _PARTED)
                yield Candidate(first, first + 2, entry.kind, entry.value, _PARTED, weight, entry, entry.doctor)


def _to_try(text: _Text, first: int, *, unfinished: bool) -> list[Entry]:
    """The phrases that may begin at a token, in order: of hundreds with "doctor" those that have the next word too."""
    lexicon, hits = text.lexicon, text.hits
    here = hits[first]
    found = {entry.number: entry for word in here for entry in lexicon.of_one_word(word)}
    behind = next((at for at in range(first + 1, len(hits)) if text.tokens[at].word not in lexicon.fillers), None)
    for word in hits[behind] if behind is not None and here else ():
        for entry in lexicon.by_word.get(word, ()):
            if not here.keys().isdisjoint(entry.words):
                found[entry.number] = entry
    if behind is not None:
        # One of the two is guessed by the other, which is surely what it seems.
        for guessed, sure in ((first, behind), (behind, first)):
            for word in _surely(hits[sure]) if text.guessable[guessed] and _tells(text, sure) else ():
                if word != DOCTOR:
                    found.update((entry.number, entry) for entry in lexicon.by_word.get(word, ()) if _guesses(entry, word))
                elif sure == behind == first + 1:
                    typed = text.tokens[first].word
                    found.update((entry.number, entry) for entry in lexicon.kinds_of_doctor if _guess(typed, entry.words)[0])
    elif unfinished:
        found.update((entry.number, entry) for word in here if word != DOCTOR for entry in lexicon.by_word.get(word, ()))
    return [found[number] for number in sorted(found)]


def _tells(text: _Text, at: int) -> bool:
    """Whether a token is more than a filler or an ordinary word: only beside such a one another may be guessed."""
    word = text.tokens[at].word
    return word not in text.lexicon.ordinary and word not in text.lexicon.small


def _surely(hits: dict[str, Hit]) -> Iterator[str]:
    return (word for word, hit in hits.items() if hit.likeness >= SOUNDS_ALIKE)


def _guesses(entry: Entry, word: str) -> bool:
    """Whether a phrase may be meant by this word of it and a misspelt other one."""
    if entry.kind not in _CARE or not 1 < len(entry.words) <= _MOST_GUESSED:
        return False
    return word != DOCTOR or (len(entry.words) == 2 and not entry.rare)


def _guess(typed: str, missing: Sequence[str]) -> tuple[float, str]:
    """The missing word that a typed one is nearest to, and how near: nearness by which a word alone would not be known."""
    allowed = 2 if len(typed) > _LEAST_GUESSED + 1 else 1
    best = (0.0, "")
    for word in missing:
        if word == DOCTOR or abs(len(word) - len(typed)) > allowed:
            continue
        if len(typed) == _LEAST_GUESSED and (len(word) <= len(typed) or (word[0], word[-1]) != (typed[0], typed[-1])):
            continue
        edits = OSA.distance(typed, word, score_cutoff=allowed)
        if edits <= allowed:
            best = max(best, (1.0 - 0.6 * edits / len(typed), word))
    return best


class _Fit(NamedTuple):
    """Tokens up to ``last`` as words of a phrase. ``liked``: the letters, each times its word's likeness."""

    last: int
    letters: int
    liked: float
    missing: Sequence[str]
    in_order: bool
    telling: bool
    """Whether more than "doctor" is there."""
    guessed: bool
    anchored: bool
    """Whether one word of it, and no ordinary one, is surely what it seems."""
    trailing_fillers: int


def _aligned(text: _Text, entry: Entry, first: int) -> _Fit | None:
    """The tokens from ``first`` on as words of the phrase, to its end or the text's; None where another word stands between."""
    tokens, missing = text.tokens, list(entry.words)
    letters, liked, fillers = 0, 0.0, 0
    in_order, telling, guessed, anchored = True, False, False, False
    at = first
    while missing and at < len(tokens):
        like, word = _likest(text, entry, at, missing, guess=not guessed)
        if (at > first and tokens[at].after_break) or like < 0.0:
            return None
        if like > 0.0:
            guessed = guessed or word not in text.hits[at]
            in_order = in_order and missing[0] == word
            missing.remove(word)
            letters += len(tokens[at].word)
            liked += len(tokens[at].word) * like
            telling = telling or word != DOCTOR
            anchored = anchored or (like >= SOUNDS_ALIKE and _tells(text, at))
            fillers = 0
        elif at == first or entry.strict or tokens[at].word not in text.lexicon.fillers or fillers == _MOST_FILLERS:
            return None
        else:
            fillers += 1
        at += 1
    return _Fit(at, letters, liked, missing, in_order, telling, guessed, anchored, fillers)


def _likest(text: _Text, entry: Entry, at: int, missing: Sequence[str], *, guess: bool) -> tuple[float, str]:
    """The missing word that a token stands for and its likeness: 0 where it is none, below 0 where it may not be it."""
    hits, typed = text.hits[at], text.tokens[at].word
    like, word = max(((hit.likeness, word) for word, hit in hits.items() if word in missing), default=(0.0, ""))
    if like > 0.0:
        changed = entry.strict and (hits[word].variant or (like < _WRITING and typed[0] != word[0]))
        return (-1.0, word) if changed else (like, word)
    if guess and text.guessable[at] and any(_guesses(entry, other) for other in entry.words):
        return _guess(typed, missing)
    return 0.0, ""


def _is_other_language(text: _Text, entry: Entry, first: int) -> bool:
    """Whether a short language's name would have to be mistyped: ``far`` is not Farsi, nor ``chin`` Chinese."""
    name = "".join(entry.words)
    if entry.kind is not PartKind.LANGUAGE or len(entry.words) > 1 or len(name) >= _LEAST_MISTYPED_LANGUAGE:
        return False
    hit = text.hits[first].get(name)
    return (hit is None or hit.likeness < SOUNDS_ALIKE) and not name.startswith(text.tokens[first].word)


def _fitted(text: _Text, entry: Entry, first: int, *, unfinished: bool) -> Candidate | None:
    """The phrase from token ``first`` on, which must be one of its words; None where it does not fit."""
    fit = _aligned(text, entry, first)
    if fit is None or (fit.guessed and not fit.anchored) or _is_other_language(text, entry, first):
        return None
    score = fit.liked / fit.letters * (1.0 if fit.in_order else _OTHER_ORDER) * (_GUESSED if fit.guessed else 1.0)
    if entry.rare and fit.liked < _WRITING * fit.letters:
        score -= _RARE_COST
    if fit.missing:
        # The text is the beginning of the phrase: "rayos" may become "rayos x", but "fiebre" is not yet "fiebre amarilla".
        more = sum(map(len, fit.missing))
        begins = first == 0 and fit.telling and fit.in_order and not fit.trailing_fillers and more <= _MOST_MORE * fit.letters
        if not unfinished or not begins or not fit.anchored or fit.guessed or entry.kind not in _CARE:
            return None
        score *= _GOING_ON + _GOING_ON_MORE * fit.letters / (fit.letters + more)
    if score < _LEAST_SCORE:
        return None
    if entry.kind is None:
        # "doctor" alone says more than small talk, but nothing that could be taken out.
        worth = _DOCTOR_WORTH if entry.doctor else _RARE_WORTH if entry.rare else _SILENT_WORTH
        weight = fit.letters * score * worth
    else:
        letters = sum(len(token.word) for token in text.tokens[first : fit.last])
        weight = weight_of(letters, score) + _STRICT_BONUS * entry.strict
    return Candidate(first, fit.last, entry.kind, entry.value, score, weight, entry, entry.doctor)
