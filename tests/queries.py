"""The labelled queries, the fictional people and facilities that they are asked of, and when an answer counts as right.

Shared by ``tests/directory/test_queries.py`` and ``benchmarks/queries.py``; docs/search-quality.md says how the set was made.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from finder.care.specialties import specialties
from finder.desk import Desk
from finder.directory import Answer, FacilityHit, PractitionerHit, Snapshot, Stated, answer, understood_in
from finder.directory.cares import cares_of_facility, cares_of_role, specialty_ids
from finder.directory.plans import plan_of
from finder.directory.understanding import PartKind, Understood
from finder.domain.facility import FacilityKind, facility_id
from finder.domain.practitioner import Gender
from finder.geo.points import LonLat
from finder.locate.named_place import named_place
from finder.locate.position import stated_position
from finder.store import Store
from finder.words.folding import fold, words

__all__ = ["AT", "FIRST", "LANGUAGES", "Case", "Judge", "Needs", "Verdict", "Want", "cases", "demo_snapshot"]

REPOSITORY = Path(__file__).parent.parent
LANGUAGES: Final = ("es", "en")
FIRST: Final = 5
"""So many results are looked at."""
AT: Final = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo("America/Tijuana"))
"""Noon of a Tuesday that is no holiday on either side of the border."""
CENTRES: Final = {"es": LonLat(-117.0382, 32.5149), "en": LonLat(-117.1611, 32.7157)}
"""Where who asks is unless the query names a place: the centre of Tijuana, downtown San Diego."""
_FILES: Final = ("tijuana", "san_diego", "tijuana_doctors", "san_diego_doctors")
_HIV: Final = frozenset({"hiv", "aids", "vih", "sida"})


class Needs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the answer has to be beside the care; all of it must be understood. ``plan`` is ``"?"`` where it is not said which."""

    languages: frozenset[str] = frozenset()
    open: str | None = None
    plan: str | None = None
    accepting: bool = False
    wheelchair: bool = False
    telehealth: bool = False
    gender: Gender | None = None


class Want(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The target of a query, one at most; a query of needs alone has none. Of ``codes`` any will do."""

    codes: frozenset[str] = frozenset()
    service: str | None = None
    kind: FacilityKind | None = None
    practitioner: str | None = None
    facility: str | None = None
    emergency: bool = False
    needs: Needs = Needs()
    place: str | None = None

    @property
    def has_target(self) -> bool:
        """Whether more is asked for than needs at a place."""
        return self != Want(needs=self.needs, place=self.place)


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query with its label."""

    q: str
    want: Want
    tags: frozenset[str]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one query: ``why`` is empty for a hit, else says what sort of failure it is."""

    text: str
    why: str
    understood: Understood
    found: Answer | None
    by_luck: bool = False
    """Answered right though neither care, a kind of facility nor a name was understood: what is near happened to fit."""

    @property
    def hit(self) -> bool:
        """Whether it was answered as its label says."""
        return not self.why

    @property
    def values(self) -> list[tuple[PartKind, str]]:
        """What was understood, however it was typed."""
        return [(part.kind, fold(part.value)) for part in self.understood.parts]


def cases(language: str, *, held_out: bool = False) -> tuple[Case, ...]:
    """The labelled queries of a language, in file order: those that the search may be tuned on, or those held out from it."""
    name = f"queries_held_out_{language}.json" if held_out else f"queries_{language}.json"
    return msgspec.json.decode((REPOSITORY / "tests/cases" / name).read_bytes(), type=tuple[Case, ...])


def demo_snapshot(folder: Path) -> Snapshot:
    """The fictional facilities and doctors of both cities, loaded into a new store in ``folder`` and published."""
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        paths = {name: folder / name for name in ("snapshots_dir", "regions_dir", "places_dir", "golden_searches")}
        desk = Desk(store, **paths)
        for name in _FILES:
            desk.load(REPOSITORY / "data/facilities" / f"{name}.csv")
        return desk.publish()


class Judge:
    """Asks a snapshot what people type and compares with the labels."""

    def __init__(self, snapshot: Snapshot, language: str) -> None:
        self.snapshot = snapshot
        self.centre = stated_position(CENTRES[language])

    def judge(self, case: Case, text: str | None = None) -> Verdict:
        """Ask a query, or another way of typing it, as the page and the API do."""
        text = case.q if text is None else text
        understood = understood_in(self.snapshot, text)
        position = self.centre
        if asked := understood.of(PartKind.PLACE):
            named = named_place(self.snapshot.places, asked[0].value, self.centre).position
            if named is None:  # the API says that it knows no such place
                return Verdict(text=text, why="the place was not found", understood=understood, found=None)
            position = named
        found = answer(self.snapshot, understood, Stated(limit=FIRST), position, AT)
        why = _Right(self.snapshot, case).failure(found, position.label if asked else None)
        search = found.search
        seen = search.care or search.wanted.kinds or search.name or search.red_flag
        return Verdict(text=text, why=why, understood=understood, found=found, by_luck=not (why or seen) and case.want.has_target)


class _Right:
    """What is right for one case."""

    def __init__(self, snapshot: Snapshot, case: Case) -> None:
        self.snapshot = snapshot
        self.case = case
        self.want = case.want

    def failure(self, found: Answer, place: str | None) -> str:
        """What is wrong with an answer; empty when nothing is. ``place`` is the label of the place that was understood."""
        want = self.want
        if want.place is not None and (place is None or fold(place.partition(",")[0]) != fold(want.place)):
            return "place: none understood" if place is None else "place: another one understood"
        if missing := list(self._not_understood(found)):
            return f"need: {', '.join(missing)} not understood"
        return self._emergency_failure(found) if want.emergency else self._target_failure(found)

    def _emergency_failure(self, found: Answer) -> str:
        if found.page.emergency is None:
            return "emergency: not seen"
        first = found.page.hits[0] if found.page.hits else None
        return "" if isinstance(first, FacilityHit) and self._fits_facility(first) else "emergency: no such care first"

    def _target_failure(self, found: Answer) -> str:
        hits = found.page.hits[:FIRST]
        if not hits:
            return "nothing found"
        fits = (self._fits_practitioner(hit) if isinstance(hit, PractitionerHit) else self._fits_facility(hit) for hit in hits)
        return "" if not self.want.has_target or any(fits) else self._other(found)

    def _not_understood(self, found: Answer) -> Iterator[str]:
        needs, search = self.want.needs, found.search
        wanted = search.wanted
        if needs.languages and wanted.languages != needs.languages:
            yield "language"
        if needs.open and search.open != needs.open:
            yield "open"
        if needs.plan == "?":
            if "" not in {part.value for part in found.understood.of(PartKind.PLAN)}:
                yield "plan"
        elif needs.plan and wanted.plan != plan_of(needs.plan).id:
            yield "plan"
        for name in ("accepting", "wheelchair", "telehealth", "gender"):
            needed = getattr(needs, name)
            if needed and getattr(wanted, name) != needed:
                yield name

    def _fits_practitioner(self, hit: PractitionerHit) -> bool:
        want = self.want
        if want.practitioner is not None:
            return hit.person.practitioner.id == _practitioner_id(want.practitioner)
        if want.codes:
            return not want.codes.isdisjoint(hit.person.specialties_of(hit.role))
        offering = {one for id_ in self._services for one in specialties().get(id_).offered_by}
        return not offering.isdisjoint(cares_of_role(hit.person, hit.role, specialties()))

    def _fits_facility(self, hit: FacilityHit) -> bool:
        want = self.want
        facility = hit.facility()
        if want.facility is not None:
            return facility.id == facility_id(*want.facility.split(":"))
        if want.kind is not None:
            return facility.kind is want.kind
        if "emergency_care" in self._services and facility.kind is FacilityKind.EMERGENCY:
            return True
        here = self.snapshot.listings_at(facility.id)
        practised = {one for _, person, role in here for one in cares_of_role(person, role, specialties())}
        given = set(cares_of_facility(facility, sorted(practised), specialties()))
        return not given.isdisjoint(self._services or self._specialties)

    @cached_property
    def _specialties(self) -> frozenset[str]:
        return frozenset(specialty_ids(sorted(self.want.codes), specialties()))

    @cached_property
    def _services(self) -> frozenset[str]:
        """The services that will do: for a test of HIV the care of it too, as both do it."""
        service = "emergency_care" if self.want.emergency else self.want.service
        if service is None:
            return frozenset()
        return frozenset({service, "hiv_care"} if not _HIV.isdisjoint(words(self.case.q)) else {service})

    def _other(self, found: Answer) -> str:
        """Why what was found is something else: by what the words were taken for."""
        want, search = self.want, found.search
        if want.practitioner or want.facility:
            return "name: another one first" if search.name else "name: none understood"
        if want.kind is not None:
            right = want.kind in search.wanted.kinds
        else:
            right = not set(search.care).isdisjoint(self._services or self._specialties)
        if right:
            return "care: understood, not among the first"
        return "care: another one understood" if search.care or search.wanted.kinds else "care: none understood"


def _practitioner_id(own: str) -> str:
    source, _, id_ = own.partition(":")
    return facility_id(f"practitioner:{source}", id_)
