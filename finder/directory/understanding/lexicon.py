"""Every phrase that means something, by its words, and what a typed word may stand for among them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from finder.care.complaints import complaints
from finder.care.specialties import CareKind, specialties
from finder.directory.understanding.needs import Need, needs
from finder.directory.understanding.spelling import sound, variants
from finder.directory.understanding.types import PartKind
from finder.words.folding import words
from finder.words.likeness import edits_allowed, likeness
from finder.words.ordinary import ordinary_words

__all__ = ["DOCTOR", "SOUNDS_ALIKE", "Entry", "Hit", "Lexicon", "lexicon"]

_ANY_DOCTOR = "family_medicine"
"""A part of the body that any doctor sees to says nothing beside "doctor"."""
DOCTOR = "doctor"
"""The one word that stands for doctor, médica, specialist, … within phrases."""
SOUNDS_ALIKE = 0.94
"""A word that sounds the same is a writing of it, not a guess: from here on a word counts as known."""
_VARIANT = 0.97
_OTHER_FIRST_LETTER = 0.05
_SUBSTITUTED = 0.004
"""One letter too few or too many is likelier than another letter."""
_PREFIX, _PREFIX_MORE, _MISTYPED_PREFIX = 0.75, 0.2, 0.85
_LEAST_PREFIX, _LEAST_FUZZY_PREFIX, _LEAST_SMALL = 3, 5, 4


class Hit(NamedTuple):
    """How a typed word is like a word of phrases. ``variant``: by another number or gender."""

    likeness: float
    variant: bool = False


class Entry(NamedTuple):
    """One phrase: its words without fillers, and what it means. Without a kind it says nothing, and is dropped."""

    words: tuple[str, ...]
    kind: PartKind | None
    value: str
    need: Need | None
    doctor: bool
    joined: bool = False
    """Whether its words are written as one: "xray"; nobody is on the way to that."""
    rare: bool = False
    """Whether few ask for it: of two readings of a misspelt word it is hardly the one that was meant."""
    number: int = -1
    """Its place among all phrases of the lexicon."""

    @property
    def strict(self) -> bool:
        """Whether it stands only word by word, and with no other number or gender: "doctora mujer", not "doctor de la mujer"."""
        return self.need is not None and self.need.strict


class Lexicon:
    """Immutable; threads may share it. Of equal phrases the first one counts: care in file order, kinds, needs, small talk."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        by_words: dict[tuple[tuple[str, ...], bool], Entry] = {}
        for entry in entries:
            if entry.words:
                by_words.setdefault((entry.words, entry.strict), entry)
        self.entries = tuple(entry._replace(number=number) for number, entry in enumerate(by_words.values()))
        """All phrases."""
        found: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            for word in dict.fromkeys(entry.words):
                found[word].append(entry)
        self.by_word = {word: tuple(several) for word, several in found.items()}
        """The phrases in which a word is."""
        self._of_one_word = {word: tuple(entry for entry in several if len(entry.words) == 1) for word, several in found.items()}
        self.kinds_of_doctor = tuple(
            entry for entry in found[DOCTOR] if len(entry.words) == 2 and entry.kind is PartKind.SPECIALTY and not entry.rare
        )
        """The phrases of a "doctor" and one word more, of specialties that many ask for."""
        said = needs()
        self.fillers = _all_words(said.fillers)
        """May be missing from a phrase or stand within it."""
        self.connecting = self.fillers | _all_words(said.connecting)
        """Belong to the part behind them."""
        self.titles = _all_words(said.titles)
        self.women_doctors = _all_words(said.women_doctors)
        """Ask for a woman where they are not a title."""
        self._doctor_words = _all_words(said.doctor_words)
        self.small = self.connecting | _all_words(
            [
                *said.place_connectors,
                *said.plan.triggers,
                *said.plan.weak_triggers,
                *said.plan.around,
                *said.language_words.lead,
                *said.language_words.tail,
            ]
        )
        """Never a name by themselves, and nobody's typo."""
        self.ordinary = ordinary_words()
        """Mean what they say: nobody's typo either, and on the way to no other word."""
        self._small_sounds = {sound(word): word for word in self.small if len(word) >= _LEAST_SMALL}
        vocabulary = {**dict.fromkeys(self._doctor_words, DOCTOR), **{word: word for word in self.by_word}}
        self._vocabulary = vocabulary
        self._fuzzy: defaultdict[int, list[str]] = defaultdict(list)
        self._by_letter: defaultdict[str, list[str]] = defaultdict(list)
        self._by_sound: defaultdict[str, list[str]] = defaultdict(list)
        self._sounds: defaultdict[int, list[str]] = defaultdict(list)
        joined = {word for word, several in found.items() if all(entry.joined for entry in several)}
        for word in vocabulary:
            if word not in joined:
                self._by_letter[word[0]].append(word)
            if edits_allowed(word):
                self._fuzzy[len(word)].append(word)
                self._by_sound[sound(word)].append(word)
        for heard in self._by_sound:
            self._sounds[len(heard)].append(heard)

    def of_one_word(self, word: str) -> tuple[Entry, ...]:
        """The phrases that are nothing but this word."""
        return self._of_one_word.get(word, ())

    def is_doctor(self, word: str) -> bool:
        """Whether a folded word is one of a doctor of either gender or none: doctor, médica, specialist."""
        return word in self._doctor_words

    def telling_words(self, phrase: str) -> tuple[str, ...]:
        """The folded words of a phrase as entries have them: without fillers, doctors all alike."""
        return _telling_words(phrase, self.fillers, self._doctor_words)

    def is_phrase_word(self, word: str) -> bool:
        """Whether a folded word stands in a phrase exactly as it is."""
        return word in self._vocabulary

    def as_small(self, word: str) -> str:
        """The small word that a folded word is a writing of ("ablen": hablen), else the word itself."""
        if word in self.small or len(word) < _LEAST_SMALL:
            return word
        return self._small_sounds.get(sound(word), word)

    def hits(self, word: str, *, unfinished: bool, least_prefix: int = _LEAST_PREFIX) -> dict[str, Hit]:
        """The phrase words that a folded word may stand for; a word that is one, a small or an ordinary word is nobody's typo.

        ``unfinished``: also those that it may become, from ``least_prefix`` letters on.
        """
        found: dict[str, Hit] = {}
        if word in self._vocabulary:
            found[self._vocabulary[word]] = Hit(1.0)
        for form in variants(word):
            if form in self._vocabulary:
                found.setdefault(self._vocabulary[form], Hit(_VARIANT, variant=True))
        if word not in self._vocabulary and word not in self.small:
            for canonical, hit in self._misspelt(word).items() if word not in self.ordinary else ():
                found.setdefault(canonical, hit)
        elif len(word) >= _LEAST_FUZZY_PREFIX and word not in self.ordinary:
            # The file lists some misspellings itself; those are still writings of the right word.
            for other in self._by_sound.get(sound(word), ()):
                found.setdefault(self._vocabulary[other], Hit(SOUNDS_ALIKE))
        if unfinished and len(word) >= least_prefix and word not in self.small:
            for whole, like in self._going_on(word, guess=not found):
                canonical = self._vocabulary[whole]
                if canonical not in found or found[canonical].likeness < like:
                    found[canonical] = Hit(like)
        return found

    def _misspelt(self, word: str) -> dict[str, Hit]:
        allowed = edits_allowed(word)
        if not allowed:
            return {}
        heard = sound(word)
        found = {self._vocabulary[other]: Hit(SOUNDS_ALIKE) for other in self._by_sound.get(heard, ())}
        for other in _near(word, self._fuzzy, allowed):
            self._keep(found, word, other, likeness(word, other, unfinished=False))
        if len(heard) >= 4:
            for near in _near(heard, self._sounds, edits_allowed(heard)):
                for other in self._by_sound[near]:
                    if OSA.distance(word, other, score_cutoff=allowed + 1) <= allowed + 1:
                        self._keep(found, word, other, 0.97 * likeness(heard, near, unfinished=False))
        return found

    def _keep(self, found: dict[str, Hit], word: str, other: str, like: float) -> None:
        canonical = self._vocabulary[other]
        like -= _SUBSTITUTED * (len(word) == len(other)) + _OTHER_FIRST_LETTER * (
            word[0] != other[0] and sound(word)[:1] != sound(other)[:1]
        )
        if like > 0.0 and (canonical not in found or found[canonical].likeness < like):
            found[canonical] = Hit(like)

    def _going_on(self, word: str, *, guess: bool) -> Iterator[tuple[str, float]]:
        """What a word may become, scored as in :mod:`finder.words.likeness`; with an edit only where nothing else fits."""
        longer = [whole for whole in self._by_letter.get(word[0], ()) if len(whole) > len(word)]
        found = [whole for whole in longer if whole.startswith(word)]
        share = 1.0
        if not found and guess and len(word) >= _LEAST_FUZZY_PREFIX and edits_allowed(word):
            found = [whole for whole in longer if OSA.distance(word, whole[: len(word)], score_cutoff=1) <= 1]
            share = _MISTYPED_PREFIX
        for whole in found:
            yield whole, share * (_PREFIX + _PREFIX_MORE * len(word) / len(whole))


def _near(word: str, by_length: dict[int, list[str]], allowed: int) -> Iterator[str]:
    for length in range(len(word) - allowed, len(word) + allowed + 1):
        if choices := by_length.get(length):
            for other, _, _ in process.extract(word, choices, scorer=OSA.distance, score_cutoff=allowed, limit=None):
                yield other


def _all_words(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(word for phrase in phrases for word in words(phrase))


@cache
def lexicon() -> Lexicon:
    """The phrases of ``specialties.toml`` and ``needs.toml``, compiled once."""
    return Lexicon(_entries())


def _telling_words(phrase: str, fillers: frozenset[str], doctors: frozenset[str]) -> tuple[str, ...]:
    typed = words(phrase)
    bare = tuple(DOCTOR if word in doctors else word for word in typed if word not in fillers)
    # Of "walk in" the "in" is what tells it from a walk.
    says_nothing = len(bare) < len(typed) and ordinary_words().issuperset(bare)
    return tuple(typed) if says_nothing else bare


def _entries() -> Iterator[Entry]:
    said, care = needs(), specialties()
    fillers, doctors = _all_words(said.fillers), _all_words(said.doctor_words)

    def of(
        phrase: str, kind: PartKind | None, value: str = "", need: Need | None = None, *, rare: bool = False
    ) -> Iterator[Entry]:
        bare = _telling_words(phrase, fillers, doctors)
        if bare == (DOCTOR,):
            yield Entry(bare, None, "", None, doctor=True)
            return
        yield Entry(bare, kind, value, need, DOCTOR in bare, rare=rare)
        if 1 < len(bare) <= 3 and len("".join(bare)) >= 4 and kind is not None and DOCTOR not in bare:
            yield Entry(("".join(bare),), kind, value, need, doctor=False, joined=True, rare=rare)

    moments = [set(words(phrase)) - fillers for need in said.need if need.kind is PartKind.OPEN for phrase in need.phrases]

    def says_when(phrase: str) -> bool:
        """Whether it is two wishes in one: "farmacia 24 horas"."""
        return any(moment < set(words(phrase)) for moment in moments)

    needs_of = {care_id: need for need in said.need for care_id in need.care}
    for one in care.all:
        if one.id in needs_of:
            for phrase in one.phrases():
                yield from of(phrase, needs_of[one.id].kind, needs_of[one.id].value, needs_of[one.id])
            continue
        kind = PartKind.SERVICE if one.kind is CareKind.SERVICE else PartKind.SPECIALTY
        for phrase in one.phrases():
            yield from of(phrase, kind, one.id, rare=not one.common)
    for facility_kind, phrases in care.kind_words().items():
        for phrase in phrases:
            if not says_when(phrase):
                yield from of(phrase, PartKind.KIND, facility_kind.value)
    for need in said.need:
        for phrase in need.phrases:
            yield from of(phrase, need.kind, need.value, need)
    for tag, names in said.languages.items():
        for phrase in names:
            yield from of(phrase, PartKind.LANGUAGE, tag)
    yield from of(DOCTOR, None)
    for phrase in (*said.asking, *said.near_me):
        yield from of(phrase, None)
    yield from _of_the_body(doctors)


def _of_the_body(doctors: frozenset[str]) -> Iterator[Entry]:
    """Parts of the body with a doctor, and by themselves, which mostly says nothing; and complaints, which say nothing alone."""
    common = {one.id for one in specialties().all if one.common}
    for names, part in complaints().part_of_words().items():
        if doctors.isdisjoint(names) and part.care != _ANY_DOCTOR:
            yield Entry((DOCTOR, *names), PartKind.SPECIALTY, part.care, None, doctor=True, rare=part.care not in common)
        kind, value = (PartKind.SPECIALTY, part.care) if part.alone else (None, "")
        yield Entry(names, kind, value, None, doctor=False, rare=True)
    for word in complaints().of_word():
        yield Entry((word,), None, "", None, doctor=False, rare=True)
