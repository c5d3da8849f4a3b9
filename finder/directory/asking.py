"""What a person typed and what a form or a program states, made into one search."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from finder.care.specialties import CareKind, specialties
from finder.directions.borders import Borders, Documents
from finder.directions.estimate import TravelMode
from finder.directions.router import Router
from finder.directory.finding.find import find
from finder.directory.finding.road_times import DEADLINE_S
from finder.directory.finding.selecting import LEAST_NAME_SCORE
from finder.directory.marks import Wanted
from finder.directory.search import OpenWish, Search, SearchPage, Sort, What
from finder.directory.snapshot import Snapshot
from finder.directory.understanding import Part, PartKind, Understood, understand
from finder.domain.consent import ForSearch
from finder.domain.facility import FacilityKind
from finder.domain.position import PositionFor
from finder.domain.practitioner import Gender, Practitioner
from finder.words.folding import words

__all__ = ["Answer", "Stated", "answer", "understood_in"]

_NOTHING = Understood(text="")
_MOST_LOOKED_AT, _MOST_UNPLACED = 200, 5


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for beside the words; see :class:`finder.directory.search.Search` and ``Wanted``.

    ``what`` is None where nobody said: then the words decide. ``plan`` is the id of a plan.
    """

    what: What | None = None
    wanted: Wanted = Wanted()
    care: tuple[str, ...] = ()
    open: OpenWish | None = None
    open_at: datetime | None = None
    mode: TravelMode = TravelMode.CAR
    documents: Documents | None = None
    sort: Sort = Sort.DISTANCE
    radius_m: float | None = None
    limit: int = 10
    cursor: str | None = None
    facets: bool = False
    question: bool = True


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A page and what the words were taken for.

    ``ignored`` are parts that narrowed nothing down: nothing is known by that name, or a search has no such wish;
    ``overruled`` those that a form's own field, or an earlier part, says otherwise: a search has one plan, one gender and one
    moment.
    """

    search: Search
    page: SearchPage
    understood: Understood
    ignored: tuple[Part, ...] = ()
    overruled: tuple[Part, ...] = ()
    unplaced: tuple[Practitioner, ...] = ()
    """Practitioners of that name of whom no place is known, where nobody else was found: their page may have a phone."""
    instead: tuple[str, ...] = ()
    """Ids of the wider care that the page is for, where nobody gives the very care asked for; such a page has no next one."""


def understood_in(snapshot: Snapshot, text: str) -> Understood:
    """Take a person's words apart with the names, places and plans of this snapshot."""
    if not text.strip():
        return _NOTHING
    names = (snapshot.facility_names, snapshot.people_names)
    return understand(text, names=names, places=snapshot.places, plans=snapshot.plans)


def answer(
    snapshot: Snapshot,
    understood: Understood,
    stated: Stated,
    position: PositionFor[ForSearch],
    at: datetime | None = None,
    *,
    roads: Router | None = None,
    borders: Borders | None = None,
    road_deadline_s: float = DEADLINE_S,
) -> Answer:
    """Answer what was understood and stated together, for who is at the position at an aware moment, now if none is given.

    ``roads``, ``borders`` and ``road_deadline_s`` as :func:`finder.directory.finding.find.find` has them.
    A name that nobody has is ignored and told; so is a name that has nothing in common with the rest of what was asked for.
    """
    unheard = tuple(part for part in understood.of(PartKind.OPEN) if part.value == "another_time")
    ignored = tuple(part for part in understood.of(PartKind.NAME) if not _is_name(snapshot, part, understood)) + unheard
    overruled = _overruled(understood, stated)
    search = _search(understood, (*ignored, *overruled), stated, position)
    if search.name and (search.care or search.wanted.kinds) and not _somebody_is(snapshot, search):
        ignored = understood.of(PartKind.NAME) + unheard
        search = _search(understood, (*ignored, *overruled), stated, position)

    def page_of(search: Search) -> SearchPage:
        return find(snapshot, search, at, roads, borders=borders, road_deadline_s=road_deadline_s)

    page = page_of(search)
    instead: tuple[str, ...] = ()
    if not page.hits and search.care and not search.name and _nobody_gives(snapshot, search):
        instead = _unique(parent for one in search.care for parent in specialties().get(one).parents)
        if instead:
            wider = page_of(msgspec.structs.replace(search, care=instead, cursor=None))
            page = msgspec.structs.replace(wider, next_cursor=None)
        instead = instead if page.hits else ()
    unplaced = _unplaced(snapshot, search) if not page.hits and search.name and search.cursor is None else ()
    if understood.red_flag is not None:  # the alarm was in those words: nothing is left of them to be told
        understood = msgspec.structs.replace(understood, parts=tuple(part for part in understood.parts if part not in ignored))
        ignored = ()
    return Answer(
        search=search, page=page, understood=understood, ignored=ignored, overruled=overruled, unplaced=unplaced, instead=instead
    )


def _nobody_gives(snapshot: Snapshot, search: Search) -> bool:
    """Whether nobody at all gives the care, wherever and whenever: a page may be empty for want of a plan too, or a radius."""
    anybody = Search(position=search.position, what=search.what, care=search.care, limit=1, question=False)
    return not find(snapshot, anybody).hits


def _unplaced(snapshot: Snapshot, search: Search) -> tuple[Practitioner, ...]:
    if search.what is What.FACILITIES:
        return ()
    items, scores = snapshot.people_names.search(words(search.name), unfinished=search.unfinished, limit=_MOST_LOOKED_AT)
    rows = [row for row in items[scores >= LEAST_NAME_SCORE].tolist() if not len(snapshot.people.listings_of_person(row))]
    return tuple(snapshot.people.person_at(row).practitioner for row in rows[:_MOST_UNPLACED])


def _somebody_is(snapshot: Snapshot, search: Search) -> bool:
    """Whether anybody of this name gives this care, or is of this kind, wherever and whenever."""
    kinds = search.wanted.kinds
    anywhere = Search(
        position=search.position, what=search.what, wanted=Wanted(kinds=kinds), care=search.care, name=search.name, limit=1
    )
    return bool(find(snapshot, msgspec.structs.replace(anywhere, unfinished=search.unfinished, question=False)).hits)


def _overruled(understood: Understood, stated: Stated) -> tuple[Part, ...]:
    wanted = stated.wanted
    stated_kinds = {
        PartKind.LANGUAGE: bool(wanted.languages),
        PartKind.PLAN: wanted.plan is not None,
        PartKind.GENDER: wanted.gender is not None,
        PartKind.KIND: bool(wanted.kinds),
        PartKind.OPEN: stated.open is not None,
    }
    by_form = [part for part in understood.parts if stated_kinds.get(part.kind, False)]
    one_each = (understood.of(kind) for kind in (PartKind.PLAN, PartKind.GENDER, PartKind.OPEN))
    by_words = [part for parts in one_each for part in parts if part.value != parts[0].value]
    return tuple(part for part in understood.parts if part in by_form or part in by_words)


def _is_name(snapshot: Snapshot, part: Part, understood: Understood) -> bool:
    typed, unfinished = words(part.value), _goes_on(part, understood)
    for index in (snapshot.facility_names, snapshot.people_names):
        scores = index.search(typed, unfinished=unfinished, limit=1).scores
        if len(scores) and scores[0] >= LEAST_NAME_SCORE:
            return True
    return False


def _goes_on(part: Part, understood: Understood) -> bool:
    return understood.unfinished and part.end == len(understood.text)


def _search(understood: Understood, left_out: tuple[Part, ...], stated: Stated, position: PositionFor[ForSearch]) -> Search:
    said = [part for part in understood.parts if part not in left_out]
    if understood.red_flag is not None:  # in an emergency nothing is narrowed down by what may be misread
        said = [part for part in said if part.score == 1.0 and part.kind is not PartKind.TELEHEALTH]

    def values(*kinds: PartKind) -> list[str]:
        return [part.value for part in said if part.kind in kinds and part.value]

    care = _unique((*stated.care, *values(PartKind.SPECIALTY, PartKind.SERVICE)))
    wanted = stated.wanted
    genders = values(PartKind.GENDER)
    kinds = {FacilityKind(value) for value in values(PartKind.KIND)}
    if FacilityKind.EMERGENCY in kinds:  # most emergency departments are a hospital's
        kinds, care = kinds - {FacilityKind.EMERGENCY}, _unique((*care, "emergency_care"))
    wanted = Wanted(
        kinds=wanted.kinds | kinds,
        languages=wanted.languages | set(values(PartKind.LANGUAGE)),
        plan=wanted.plan or next(iter(values(PartKind.PLAN)), None),
        accepting=wanted.accepting or bool(values(PartKind.ACCEPTING)),
        telehealth=wanted.telehealth or bool(values(PartKind.TELEHEALTH)),
        wheelchair=wanted.wheelchair or bool(values(PartKind.WHEELCHAIR)),
        gender=wanted.gender or (Gender(genders[0]) if genders else None),
    )
    name = " ".join(values(PartKind.NAME))
    if understood.red_flag is not None and not (care or wanted.kinds or name):
        care = ("emergency_care",)
    wishes = values(PartKind.OPEN)
    return Search(
        position=position,
        what=stated.what or _what(understood, care, wanted, name),
        wanted=wanted,
        care=care,
        name=name,
        unfinished=bool(said) and said[-1].kind is PartKind.NAME and _goes_on(said[-1], understood),
        open=stated.open or (OpenWish(wishes[0]) if wishes else None),
        open_at=stated.open_at,
        mode=stated.mode,
        documents=stated.documents,
        sort=stated.sort,
        radius_m=stated.radius_m,
        red_flag=understood.red_flag,
        limit=stated.limit,
        cursor=stated.cursor,
        facets=stated.facets,
        question=stated.question,
    )


def _what(understood: Understood, care: tuple[str, ...], wanted: Wanted, name: str) -> What:
    """Whom or what the words ask for, where nobody said: who names a specialty is served by a doctor as by a clinic."""
    if understood.practitioner_wanted or wanted.gender is not None:
        return What.PRACTITIONERS
    if wanted.kinds:
        return What.FACILITIES
    table = specialties()
    if name or any(table.get(one).kind is CareKind.SPECIALTY for one in care):
        return What.EITHER
    return What.FACILITIES


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
