"""How well a place answers what was typed: a score from 0 to 1 that can be compared between queries.

``score = 0.85 · text + 0.15 · (importance, or importance and nearness in halves)``, where ``text`` is 1 for the very name. The
text part aligns each typed word with a word of the name or, at a discount, of its context (city, state, country), forgiving
one edit from 4 letters and two from 8 (optimal string alignment: a transposition is one edit) and an unfinished last word.
"""

import math
from functools import lru_cache

import msgspec
from babel import Locale
from rapidfuzz.distance import OSA

from finder.domain.place import Place, PlaceKind
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.words.folding import GENERIC_WORDS, fold, has_digit, spelled_out, state_words, words
from finder.words.likeness import edits_allowed, likeness

__all__ = ["Typed", "context_words", "importance", "likest_name", "parse_typed", "score_place"]

_MAX_WORDS = 12
_MAX_LETTERS = 300
_KIND_IMPORTANCE = {
    PlaceKind.COUNTRY: 0.9,
    PlaceKind.STATE: 0.75,
    PlaceKind.CITY: 0.5,
    PlaceKind.POSTCODE: 0.4,
    PlaceKind.NEIGHBOURHOOD: 0.4,
    PlaceKind.STREET: 0.3,
    PlaceKind.LANDMARK: 0.25,
    PlaceKind.ADDRESS: 0.2,
}
_COUNTRY_LANGUAGES = ("en", "es")
_MORE_COUNTRY_WORDS = {"US": ("usa", "eeuu", "eua"), "GB": ("uk",)}


class Typed(msgspec.Struct, frozen=True):
    """What a person typed, folded: the words before the first comma, those after it, and whether the last is unfinished."""

    head: tuple[str, ...]
    tail: tuple[str, ...]
    comma: bool
    unfinished: bool

    @property
    def words(self) -> tuple[str, ...]:
        """All words in order."""
        return self.head + self.tail

    @property
    def joined(self) -> str:
        """The head as one word, abbreviations spelled out: it finds names that were parted or joined wrongly."""
        return "".join(spelled_out(word) for word in self.head)


def parse_typed(text: str) -> Typed:
    """Fold and part what was typed. More than 300 letters or 12 words are cut off; the order is kept."""
    text = text[:_MAX_LETTERS].replace("#", " ")
    head, comma, tail = text.partition(",")
    if not words(head):
        head, comma, tail = tail, "", ""
    heads = tuple(words(head)[:_MAX_WORDS])
    tails = tuple(words(tail)[: _MAX_WORDS - len(heads)])
    return Typed(head=heads, tail=tails, comma=bool(comma and tails), unfinished=bool(text) and text[-1].isalnum())


def importance(place: Place) -> float:
    """From 0 to 1: by kind, and among cities by the number of their people (10 million: as a country)."""
    base = _KIND_IMPORTANCE[place.kind]
    if place.population > 0:
        base += (1.0 - base) * min(1.0, math.log10(1 + place.population) / 7.0) * 0.8
    return base


def context_words(place: Place) -> tuple[str, ...]:
    """The folded words that tell the place from others of its name: city, state by name and code, country by code and name."""
    city = _words_of(place.city) if place.city else ()
    return (*city, *state_words(place.state, place.country), *_country_words(place.country))


def score_place(place: Place, typed: Typed, near: LonLat | None) -> float:
    """How well the place answers, 0 (not at all) to 1."""
    context = context_words(place)
    text = max(_text_score(_words_of(name), context, typed) for name in (place.name, *place.alternate_names))
    if typed.joined and not any(has_digit(word) for word in typed.head):
        # Without its context such a match is as good as the same edits inside words.
        tail = _covered(typed.tail, context, unfinished=typed.unfinished) if typed.tail else 1.0
        text = max(text, tail * max(_joined_score(name, typed.joined) for name in (place.name, *place.alternate_names)))
    if text <= 0.0:
        return 0.0
    bonus = importance(place)
    if near is not None:
        # 1 within a kilometre, 0 from a thousand on: nearness is felt in ratios, not in kilometres.
        distance_km = max(1.0, geodesic_m(near, place.lon_lat) / 1000.0)
        bonus = 0.35 * bonus + 0.65 * max(0.0, 1.0 - math.log10(distance_km) / 3.0)
    return min(1.0, 0.85 * text + 0.15 * bonus)


def likest_name(place: Place, text: str) -> str:
    """The one of the place's names that is most like what was typed; of equals the first."""
    typed, context = parse_typed(text), context_words(place)

    def like(name: str) -> float:
        return max(_text_score(_words_of(name), context, typed), _joined_score(name, typed.joined) if typed.joined else 0.0)

    return max((place.name, *place.alternate_names), key=like)


@lru_cache(maxsize=65_536)
def _words_of(name: str) -> tuple[str, ...]:
    return tuple(words(name))


@lru_cache(maxsize=512)
def _country_words(country: str | None) -> tuple[str, ...]:
    if not country:
        return ()
    names = (str(Locale(language).territories.get(country, "")) for language in _COUNTRY_LANGUAGES)
    return (fold(country), *_MORE_COUNTRY_WORDS.get(country, ()), *(word for name in names for word in words(name)))


def _covered(typed: tuple[str, ...], context: tuple[str, ...], *, unfinished: bool) -> float:
    """The mean likeness of the typed words to the best of the context's words."""
    last = len(typed) - 1
    return sum(
        max((likeness(word, other, unfinished=unfinished and at == last) for other in context), default=0.0)
        for at, word in enumerate(typed)
    ) / len(typed)


def _joined_score(name: str, joined: str) -> float:
    """Likeness of the whole head to the whole name when spaces do not count."""
    whole = "".join(spelled_out(word) for word in _words_of(name))
    allowed = edits_allowed(joined)
    if abs(len(whole) - len(joined)) > allowed:
        return 0.0
    edits = OSA.distance(joined, whole, score_cutoff=allowed)
    return 0.98 - 0.6 * edits / len(joined) if edits <= allowed else 0.0


def _text_score(name: tuple[str, ...], context: tuple[str, ...], typed: Typed) -> float:
    """The aligned likeness of what was typed to one name of a place, 0 to 1; 0 when nothing typed is in the name itself."""
    free = list(name)
    found_weight = total_weight = 0.0
    used_weight = sum(_weight(word) for word in name)
    unused_weight = used_weight
    in_name = wrong_number = False
    all_generic = all(spelled_out(word) in GENERIC_WORDS for word in typed.words)
    last = len(typed.words) - 1
    for at, word in enumerate(typed.words):
        is_head = at < len(typed.head)
        unfinished = typed.unfinished and at == last
        weight = _weight(word)
        like, best = max(((likeness(word, other, unfinished=unfinished), other) for other in free), default=(0.0, ""))
        if not is_head:
            like *= 0.9
        in_context = max((likeness(word, other, unfinished=unfinished) for other in context), default=0.0)
        in_context *= 1.0 if not is_head else 0.5 if typed.comma else 0.95
        if like > 0.0 and like >= in_context:
            free.remove(best)
            unused_weight -= _weight(best)
            in_name = in_name or all_generic or spelled_out(word) not in GENERIC_WORDS
        elif in_context == 0.0:
            if has_digit(word):
                # A house that is not in the index: its street is the answer, and another house of the street is not.
                wrong_number = True
                weight *= 0.25
            elif spelled_out(word) in GENERIC_WORDS or len(word) == 1:
                weight *= 0.3
        found_weight += weight * max(like, in_context)
        total_weight += weight
    if not in_name or total_weight == 0.0:
        return 0.0
    typed_covered = found_weight / total_weight
    name_covered = 1.0 - unused_weight / used_weight if used_weight else 0.0
    if wrong_number and any(has_digit(word) for word in free):
        typed_covered *= 0.7
    in_order = 1.0 if name[: len(typed.head)] == typed.head else 0.98
    return typed_covered * (0.75 + 0.25 * name_covered) * in_order


def _weight(word: str) -> float:
    return 0.3 if spelled_out(word) in GENERIC_WORDS or (len(word) == 1 and not has_digit(word)) else 1.0
