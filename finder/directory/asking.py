"""What a person typed and what a form or a program states, made into one search."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from finder.care.specialties import CareKind, specialties
from finder.directions.estimate import TravelMode
from finder.directory.finding.find import find
from finder.directory.marks import Wanted
from finder.directory.search import OpenWish, Search, SearchPage, Sort, What
from finder.directory.snapshot import Snapshot
from finder.directory.understanding import Part, PartKind, Understood, understand
from finder.domain.facility import FacilityKind
from finder.domain.position import Position
from finder.domain.practitioner import Gender
from finder.errors import BadCursor
from finder.words.folding import words

__all__ = ["LEAST_NAME_SCORE", "Answer", "Stated", "answer", "understood_in"]

LEAST_NAME_SCORE = 0.6
"""Words that are less like any name are nobody's name: they are shown as not understood and narrow nothing down."""
_NOTHING = Understood(text="")


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
    sort: Sort = Sort.DISTANCE
    radius_m: float | None = None
    limit: int = 10
    cursor: str | None = None
    facets: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A page, what the words were taken for, and which parts of them narrowed nothing down because nothing is known of them."""

    search: Search
    page: SearchPage
    understood: Understood
    ignored: tuple[Part, ...] = ()


def understood_in(snapshot: Snapshot, text: str) -> Understood:
    """Take a person's words apart with the names, places and plans of this snapshot."""
    if not text.strip():
        return _NOTHING
    names = (snapshot.facility_names, snapshot.people_names)
    return understand(text, names=names, places=snapshot.places, plans=snapshot.plans)


def answer(snapshot: Snapshot, understood: Understood, stated: Stated, position: Position, at: datetime | None = None) -> Answer:
    """Answer what was understood and stated together, for who is at the position at an aware moment, now if none is given.

    A name that nobody has is ignored and told; so is a name that has nothing in common with the rest of what was asked for.
    """
    ignored = tuple(part for part in understood.of(PartKind.NAME) if not _is_name(snapshot, part, understood))
    search = _search(understood, ignored, stated, position)
    page = _page(snapshot, search, at)
    if page is None:
        ignored = understood.of(PartKind.NAME)
        search = _search(understood, ignored, stated, position)
        page = find(snapshot, search, at)
    if understood.red_flag is not None and ignored:  # the alarm was in those words: nothing is left of them to be told
        understood = msgspec.structs.replace(understood, parts=tuple(part for part in understood.parts if part not in ignored))
        return Answer(search=search, page=page, understood=understood)
    return Answer(search=search, page=page, understood=understood, ignored=ignored)


def _page(snapshot: Snapshot, search: Search, at: datetime | None) -> SearchPage | None:
    """The page; None where nothing has both this name and the rest, on a later page told by the cursor of another search."""
    name_may_go = bool(search.name) and bool(search.care or search.wanted.kinds)
    try:
        page = find(snapshot, search, at)
    except BadCursor:
        if not name_may_go:
            raise
        return None
    return None if name_may_go and not page.hits and search.cursor is None else page


def _is_name(snapshot: Snapshot, part: Part, understood: Understood) -> bool:
    typed, unfinished = words(part.value), _goes_on(part, understood)
    for index in (snapshot.facility_names, snapshot.people_names):
        scores = index.search(typed, unfinished=unfinished, limit=1).scores
        if len(scores) and scores[0] >= LEAST_NAME_SCORE:
            return True
    return False


def _goes_on(part: Part, understood: Understood) -> bool:
    return understood.unfinished and part.end == len(understood.text)


def _search(understood: Understood, ignored: tuple[Part, ...], stated: Stated, position: Position) -> Search:
    said = [part for part in understood.parts if part not in ignored]

    def values(*kinds: PartKind) -> list[str]:
        return [part.value for part in said if part.kind in kinds and part.value]

    care = _unique((*stated.care, *values(PartKind.SPECIALTY, PartKind.SERVICE)))
    wanted = stated.wanted
    genders = values(PartKind.GENDER)
    wanted = Wanted(
        kinds=wanted.kinds | {FacilityKind(value) for value in values(PartKind.KIND)},
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
        sort=stated.sort,
        radius_m=stated.radius_m,
        red_flag=understood.red_flag,
        limit=stated.limit,
        cursor=stated.cursor,
        facets=stated.facets,
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
