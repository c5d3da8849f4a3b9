"""Pages of an order by road, where the engine answers one page and not the other: nothing is lost or repeated unsaid."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finder.care.red_flags import red_flag_in
from finder.directions.estimate import TravelMode
from finder.directions.great_circle import GreatCircle
from finder.directions.router import Basis, Matrix, Router
from finder.directory import OpenWish, Search, Snapshot, Sort, What, find
from finder.directory.finding import find as find_module
from finder.errors import BadCursor, NotReady
from finder.geo.points import LonLat
from finder.locate.position import stated_position as at_point
from tests.directory.finding.brute_force import Stored
from tests.directory.finding.checks import PATIENT_S, AnyHit, id_of
from tests.directory.finding.winding_roads import WindingRoads, detour
from tests.directory.finding.worlds import MONDAY_NOON, POINTS

AGAIN = "search again from the first page"
DECIDED = [
    {"sort": Sort.TRAVEL_TIME},
    {"sort": Sort.BEST},
    {"sort": Sort.DISTANCE, "open": OpenWish.ON_ARRIVAL},
    {"sort": Sort.TRAVEL_TIME, "what": What.EITHER, "mode": TravelMode.FOOT},
    {"sort": Sort.TRAVEL_TIME, "care": ("paediatrics",), "what": What.PRACTITIONERS},
    {"sort": Sort.DISTANCE, "red_flag": red_flag_in("dolor de pecho")},
]


class Broken(WindingRoads):
    """Fails always."""

    def matrix(self, *_: object) -> Matrix:  # type: ignore[override]
        raise NotReady("No tiles.")


class SomeRegions(WindingRoads):
    """As of several engines, of which some fail: no way is known to half of the places, and nothing is said."""

    def __init__(self, seed: int) -> None:
        super().__init__(lambda target: hash((target, seed)) % 2 == 0)


class Whimsical(GreatCircle):
    """Another engine for each question."""

    def __init__(self, engines: Sequence[Router]) -> None:
        self._engines = iter(engines)

    def matrix(self, origins: Sequence[LonLat], targets: Sequence[LonLat], mode: TravelMode) -> Matrix:
        return next(self._engines, ROADS).matrix(origins, targets, mode)


ROADS = WindingRoads(detour=lambda target: 3.0 * detour(target))


def pages(snapshot: Snapshot, search: Search, engines: Sequence[Router | None]) -> list[AnyHit]:
    """All pages, the first by the first of the engines, all after the last by that one."""
    hits: list[AnyHit] = []
    for number in range(1000):
        page = find(snapshot, search, MONDAY_NOON, engines[min(number, len(engines) - 1)], road_deadline_s=PATIENT_S)
        hits += page.hits
        if page.next_cursor is None:
            return hits
        search = msgspec.structs.replace(search, cursor=page.next_cursor)
    raise AssertionError("paging does not end")


def asking(asked: dict[str, object], limit: int = 7) -> Search:
    return Search(**{"position": at_point(POINTS[0]), "limit": limit, **asked})  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", DECIDED)
@pytest.mark.parametrize("later", [Broken(), None], ids=["broken", "gone"])
def test_by_road_and_then_not_is_said(large_world: tuple[Snapshot, Stored], asked: dict[str, object], later: Router) -> None:
    with pytest.raises(BadCursor, match=AGAIN):
        pages(large_world[0], asking(asked), [ROADS, later])


@pytest.mark.parametrize("asked", DECIDED)
@pytest.mark.parametrize("first", [Broken(), GreatCircle(), None], ids=["broken", "no roads", "gone"])
def test_what_began_with_estimates_goes_on_with_them(
    large_world: tuple[Snapshot, Stored], asked: dict[str, object], first: Router | None
) -> None:
    hits = pages(large_world[0], asking(asked), [first, ROADS])
    assert hits == pages(large_world[0], asking(asked), [None])
    assert {hit.travel_basis for hit in hits} == {Basis.ESTIMATE}


def test_by_distance_roads_may_come_and_go(large_world: tuple[Snapshot, Stored]) -> None:
    """They decide nothing; each page shows what is known."""
    search = asking({"sort": Sort.DISTANCE})
    hits = pages(large_world[0], search, [ROADS, Broken(), ROADS])
    assert [id_of(hit) for hit in hits] == [id_of(hit) for hit in pages(large_world[0], search, [None])]
    by_road = [hit.travel_basis is Basis.ROADS for hit in hits]
    assert any(by_road[:7])
    assert not any(by_road[7:14])
    assert any(by_road[14:])


ENGINES: st.SearchStrategy[Router] = st.sampled_from(
    [ROADS, ROADS, ROADS, Broken(), GreatCircle(), SomeRegions(1), SomeRegions(2)]
)


@given(
    asked=st.sampled_from(DECIDED),
    limit=st.sampled_from([3, 20, 60]),
    first=st.lists(ENGINES, max_size=4),
    later=st.lists(st.lists(ENGINES, max_size=4), max_size=3),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_fails_every_answer_comes_once_or_it_is_said(
    large_world: tuple[Snapshot, Stored], asked: dict[str, object], limit: int, first: list[Router], later: list[list[Router]]
) -> None:
    snapshot, _ = large_world
    if asked.get("open") is not None:
        asked = {"sort": Sort.TRAVEL_TIME}  # what is open on arrival depends on the way, so that there is no one right answer
    expected = sorted(map(id_of, pages(snapshot, asking(asked, 100), [None])))
    try:
        hits = pages(snapshot, asking(asked, limit), [Whimsical(engines) for engines in (first, *later)])
    except BadCursor as error:
        assert AGAIN in str(error)  # noqa: PT017 - either is right
        return
    assert sorted(map(id_of, hits)) == expected


def test_a_later_page_waits_longer(large_world: tuple[Snapshot, Stored], monkeypatch: pytest.MonkeyPatch) -> None:
    """It has nothing else to give; on the first there are estimates."""
    waited: list[float] = []

    class Watched(find_module.RoadTimes):
        def __init__(self, *args: object, deadline_s: float) -> None:
            waited.append(deadline_s)
            super().__init__(*args, deadline_s=deadline_s)  # type: ignore[arg-type]

    monkeypatch.setattr(find_module, "RoadTimes", Watched)
    pages(large_world[0], asking(DECIDED[0], 60), [ROADS])
    assert len(waited) > 1
    assert all(later > waited[0] for later in waited[1:])
