"""Health plans: what a file's text names, and the book of all plans that a snapshot's facilities and people take."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

import msgspec

from finder.domain.facility import facility_id
from finder.domain.plan import NETWORK_MARK, Plan
from finder.errors import Damaged, NotFound
from finder.words.folding import GENERIC_WORDS, fold, words
from finder.words.likeness import likeness

__all__ = ["PlanBook", "PlanCounts", "PlanTaken", "plan_ids", "plan_of", "write_plans"]

_FILE = "plans.json"
_OF_ANY_PLAN = (
    "plan plans planes seguro seguros aseguradora poliza cobertura gastos medico medicos medica salud red "
    "insurance coverage health healthcare medical care network"
)
_TELLS_LITTLE = GENERIC_WORDS | set(_OF_ANY_PLAN.split())
_LITTLE = 0.2
"""What such a word weighs in a name beside another, which weighs 1."""


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


class PlanBook:
    """All plans that are taken. Immutable. ``all`` is the most taken first; a plan's number is its place there."""

    def __init__(self, taken: Sequence[PlanTaken]) -> None:
        self.all = tuple(each.plan for each in taken)
        self._taken = tuple(taken)
        self._numbers = {plan.id: number for number, plan in enumerate(self.all)}
        self._words = [tuple(dict.fromkeys(words(plan.label()))) for plan in self.all]
        self._joined = [_joined(words(plan.label())) for plan in self.all]
        self._plans_with = defaultdict[str, set[int]](set)
        for number, own in enumerate(self._words):
            for word in own:
                self._plans_with[word].add(number)

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

    def find(self, typed: Sequence[str]) -> list[tuple[Plan, float]]:
        """The plans that typed words may mean, best first, each with a score up to 1, which only the whole name has.

        Accents, case, typing errors and words parted or joined wrongly are forgiven, and words of the name may be missing; every
        typed word that tells plans apart must be in it. A plan comes before its networks.
        """
        told = [word for each in typed for word in words(each)]
        if not told:
            return []
        telling = [word for word in told if word not in _TELLS_LITTLE]
        scores = {number: self._score(told, number) for number in self._with_all(telling or told)}
        if not telling:  # "seguro de salud" says nothing of a plan that has a name of its own
            scores = {number: score for number, score in scores.items() if _TELLS_LITTLE.issuperset(self._words[number])}
        joined = _joined(told)
        for number, other in enumerate(self._joined):
            scores[number] = max(scores.get(number, 0.0), 0.95 * likeness(joined, other, unfinished=False))
        found = sorted((number for number, score in scores.items() if score > 0.0), key=lambda number: (-scores[number], number))
        return [(self.all[number], scores[number]) for number in found]

    def _with_all(self, telling: Sequence[str]) -> set[int]:
        """The numbers of the plans that have something like each of these words."""
        found = set(range(len(self.all)))
        for word in telling:
            like = (numbers for known, numbers in self._plans_with.items() if likeness(word, known, unfinished=False) > 0.0)
            found.intersection_update(set[int]().union(*like))
        return found

    def _score(self, told: Sequence[str], number: int) -> float:
        own = self._words[number]
        alike = {(word, known): likeness(word, known, unfinished=False) for word in told for known in own}
        of_told = sum(_weight(word) * max(alike[word, known] for known in own) for word in told)
        of_name = sum(_weight(known) * max(alike[word, known] for word in told) for known in own)
        meant, named = of_told / sum(map(_weight, told)), of_name / sum(map(_weight, own))
        return meant * (0.5 + 0.5 * named)


def _weight(word: str) -> float:
    return _LITTLE if word in _TELLS_LITTLE else 1.0


def _joined(told: Sequence[str]) -> str:
    """As one word what tells plans apart: "Met Life" is "MetLife". Words that tell little stand for a plan that has no others."""
    return "".join([word for word in told if word not in _TELLS_LITTLE] or told)
