"""Health plans: what a file's text names, and the book of all plans that a snapshot's facilities and people take."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from finder.domain.facility import facility_id
from finder.domain.plan import NETWORK_MARK, Plan
from finder.errors import Damaged, NotFound
from finder.words.folding import GENERIC_WORDS, fold, spelled_out, words
from finder.words.likeness import edits_allowed, likeness

__all__ = ["PlanBook", "PlanCounts", "PlanTaken", "plan_ids", "plan_of", "write_plans"]

_FILE = "plans.json"
_OF_ANY_PLAN = (
    "plan plans planes seguro seguros aseguradora poliza cobertura gastos medico medicos medica salud red "
    "insurance coverage health healthcare medical care network"
)
_TELLS_LITTLE = GENERIC_WORDS | set(_OF_ANY_PLAN.split())
_LITTLE = 0.2
"""What such a word weighs in a name beside another, which weighs 1."""
_WORDS_REMEMBERED = 512


@lru_cache(maxsize=65_536)
def plan_of(text: str) -> Plan:
    """The plan of a cell of a file: ``Plan Imaginario / Red Norte`` is a plan and its network, all else just a plan.

    Accents, case and punctuation make no other plan. Every text that is not blank names one.
    """
    name, _, network = (" ".join(part.split()) for part in f"{text.strip()} ".partition(" / "))
    if not name:
        name, network = network or text.strip(), ""
    return Plan(f"{_slug(name)}{NETWORK_MARK}{_slug(network)}", name, network) if network else Plan(_slug(name), name)


def plan_ids(texts: Iterable[str]) -> set[str]:
    """Every id under which somebody may ask for one of these plans, as files write them; see :attr:`Plan.ids`."""
    return {id_ for text in texts for id_ in plan_of(text).ids}


def _slug(text: str) -> str:
    # A name of punctuation alone still has to be told from others.
    return fold(text).replace(" ", "-") or facility_id("plan", text)


class PlanTaken(msgspec.Struct, frozen=True):
    """A plan and how many take it: facilities that say so themselves, and listings of people. Those of its networks count."""

    plan: Plan
    facilities: int
    listings: int


class PlanCounts:
    """Counts at publish who takes what."""

    def __init__(self) -> None:
        self._facilities = Counter[str]()
        self._listings = Counter[str]()
        self._spellings: defaultdict[str, Counter[Plan]] = defaultdict(Counter)

    def facility(self, texts: Iterable[str]) -> None:
        """Count one facility with the plans that its file names."""
        self._facilities.update(self._ids(texts))

    def listing(self, texts: Iterable[str]) -> None:
        """Count one role of a practitioner at a published facility, as :meth:`facility`."""
        self._listings.update(self._ids(texts))

    def taken(self) -> list[PlanTaken]:
        """Every plan, and the plan without a network of each network; the most taken first, equals by id.

        Each is spelled as most spell it.
        """
        found = [
            PlanTaken(
                plan=min(spellings, key=lambda plan: (-spellings[plan], plan.label())),
                facilities=self._facilities[id_],
                listings=self._listings[id_],
            )
            for id_, spellings in self._spellings.items()
        ]
        return sorted(found, key=lambda each: (-each.facilities - each.listings, each.plan.id))

    def _ids(self, texts: Iterable[str]) -> set[str]:
        found = set[str]()
        for plan in map(plan_of, texts):
            found.update(plan.ids)
            for id_ in plan.ids:
                self._spellings[id_][plan if id_ == plan.id else Plan(id_, plan.name)] += 1
        return found


def write_plans(folder: Path, counts: PlanCounts) -> int:
    """Write the file of :class:`PlanBook` into the folder; the number of plans."""
    taken = counts.taken()
    (folder / _FILE).write_bytes(msgspec.json.encode(taken))
    return len(taken)


class _Vocabulary:
    """Distinct folded words, and which of them a typed word is like. Immutable."""

    def __init__(self, known: Iterable[str]) -> None:
        self.words = tuple(dict.fromkeys(known))
        self._same = defaultdict[str, list[int]](list)
        self._of_length = defaultdict[int, list[int]](list)
        for number, word in enumerate(self.words):
            self._same[spelled_out(word)].append(number)
            self._of_length[len(word)].append(number)

    def like(self, typed: str) -> dict[int, float]:
        """The numbers of the words that the typed word is like, with their :func:`finder.words.likeness.likeness`."""
        allowed = edits_allowed(typed)
        near = list(self._same.get(spelled_out(typed), ()))
        for length in range(len(typed) - allowed, len(typed) + allowed + 1) if allowed else ():
            numbers = self._of_length.get(length, ())
            others = [self.words[number] for number in numbers]
            edits = process.cdist([typed], others, scorer=OSA.distance, score_cutoff=allowed, dtype=np.uint8)[0]
            near += [numbers[at] for at in np.flatnonzero(edits <= allowed).tolist()]
        return {number: likeness(typed, self.words[number], unfinished=False) for number in near}


class PlanBook:
    """All plans that are taken. Immutable. ``all`` is the most taken first; a plan's number is its place there."""

    def __init__(self, taken: Sequence[PlanTaken]) -> None:
        self.all = tuple(each.plan for each in taken)
        self._taken = tuple(taken)
        self._numbers = {plan.id: number for number, plan in enumerate(self.all)}
        self._labels = labels = [words(plan.label()) for plan in self.all]
        self._vocabulary = _Vocabulary(chain.from_iterable(labels))
        self.words = frozenset(self._vocabulary.words)
        """Every word of a plan or a network, folded."""
        own = [dict.fromkeys(label) for label in labels]
        self._plans_with = _postings(self._vocabulary, own)
        self._weights = np.array([sum(map(_weight, label)) for label in own], dtype=np.float64)
        self._tells_little = np.array([_TELLS_LITTLE.issuperset(label) for label in own], dtype=np.bool_)
        joined = [_joined(label) for label in labels]
        self._joined = _Vocabulary(joined)
        self._plans_joined = _postings(self._joined, [(each,) for each in joined])
        # A text is looked through in many overlapping runs of the same few words.
        self._like = lru_cache(maxsize=_WORDS_REMEMBERED)(self._vocabulary.like)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read what :func:`write_plans` wrote. Raises :class:`Damaged` when it cannot be read."""
        try:
            return cls(msgspec.json.decode((folder / _FILE).read_bytes(), type=tuple[PlanTaken, ...]))
        except (OSError, msgspec.DecodeError) as error:
            raise Damaged("The plans of a snapshot cannot be read. Publish again: finder publish.") from error

    def __len__(self) -> int:
        return len(self.all)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._numbers

    def get(self, id_: str) -> Plan:
        """Return the plan of that id. Raises :class:`NotFound` when nobody takes such a plan."""
        return self.all[self.number(id_)]

    def number(self, id_: str) -> int:
        """Return the plan's place in ``all``. Raises :class:`NotFound` as :meth:`get`."""
        try:
            return self._numbers[id_]
        except KeyError:
            raise NotFound("No plan has this id, or nobody takes it. GET /api/v1/plans lists them.") from None

    def taken(self, id_: str) -> PlanTaken:
        """Return the plan with how many take it. Raises :class:`NotFound` as :meth:`get`."""
        return self._taken[self.number(id_)]

    def has_word_like(self, word: str) -> bool:
        """Whether a plan has something like this folded word in its name."""
        return bool(self._like(word))

    def find(self, typed: Sequence[str]) -> list[tuple[Plan, float]]:
        """The plans that typed words may mean, best first, each with a score up to 1, which only the whole name has.

        Accents, case, typing errors and words parted or joined wrongly are forgiven, and words of the name may be missing; every
        typed word that tells plans apart must be in it. A plan comes before its networks.
        """
        scores = self._scores(typed)
        numbers = np.flatnonzero(scores)
        numbers = numbers[np.argsort(-scores[numbers], kind="stable")]
        return [(self.all[number], score) for number, score in zip(numbers.tolist(), scores[numbers].tolist(), strict=True)]

    def suggest(self, text: str) -> list[Plan]:
        """The plans that a text typed so far may become the name of: those with words that begin as typed, the most taken first,
        then as :meth:`find`.
        """
        typed = words(text)
        if not typed:
            return []
        begun = (
            plan
            for plan, label in zip(self.all, self._labels, strict=True)
            if all(any(word.startswith(one) for word in label) for one in typed)
        )
        return list(dict.fromkeys((*begun, *(plan for plan, _ in self.find(typed)))))

    def best(self, typed: Sequence[str]) -> tuple[Plan, float] | None:
        """The first of :meth:`find`, None where it finds nothing."""
        scores = self._scores(typed)
        if not scores.any():
            return None
        number = int(scores.argmax())
        return self.all[number], float(scores[number])

    def _scores(self, typed: Sequence[str]) -> NDArray[np.float64]:
        """How well the typed words name each plan, shape (plans,)."""
        scores = np.zeros(len(self.all))
        told = Counter(word for each in typed for word in words(each))
        if not told or not self.all:
            return scores
        telling = {word for word in told if word not in _TELLS_LITTLE}
        # "seguro de salud" says nothing of a plan that has a name of its own.
        fits = np.ones(len(self.all), dtype=np.bool_) if telling else self._tells_little.copy()
        of_told, of_name = np.zeros(len(self.all)), np.zeros(len(self.all))
        named: dict[int, float] = {}
        for word, times in told.items():
            like = self._like(word)
            best = np.zeros(len(self.all))
            for known, alike in like.items():
                numbers = self._plans_with[known]
                best[numbers] = np.maximum(best[numbers], alike)
                named[known] = max(named.get(known, 0.0), alike)
            of_told += times * _weight(word) * best
            if word in telling or not telling:
                fits &= best > 0.0
        for known, alike in named.items():
            of_name[self._plans_with[known]] += _weight(self._vocabulary.words[known]) * alike
        meant = of_told[fits] / sum(times * _weight(word) for word, times in told.items())
        scores[fits] = meant * (0.5 + 0.5 * of_name[fits] / self._weights[fits])
        for known, alike in self._joined.like(_joined([word for each in typed for word in words(each)])).items():
            numbers = self._plans_joined[known]
            scores[numbers] = np.maximum(scores[numbers], 0.95 * alike)
        # Sums of the same numbers in another order are not quite the same, and would put equals in any order.
        return scores.round(9)


def _postings(vocabulary: _Vocabulary, texts: Iterable[Iterable[str]]) -> list[NDArray[np.int64]]:
    """For each word of a vocabulary the numbers of the texts that have it, each of which names a word once."""
    number_of = {word: number for number, word in enumerate(vocabulary.words)}
    found = [array("q") for _ in number_of]
    for at, text in enumerate(texts):
        for word in text:
            found[number_of[word]].append(at)
    return [np.array(numbers, dtype=np.int64) for numbers in found]


def _weight(word: str) -> float:
    return _LITTLE if word in _TELLS_LITTLE else 1.0


def _joined(told: Sequence[str]) -> str:
    """As one word what tells plans apart: "Met Life" is "MetLife". Words that tell little stand for a plan that has no others."""
    return "".join([word for word in told if word not in _TELLS_LITTLE] or told)
