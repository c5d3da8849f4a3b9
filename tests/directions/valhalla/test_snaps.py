"""To which road a point is tied: from made-up answers."""

import json
from collections.abc import Sequence

import pytest

from finder.directions.estimate import TravelMode
from finder.directions.router import Snap
from finder.directions.valhalla.codec import Action
from finder.directions.valhalla.snaps import Ties, snap_all
from finder.errors import BadInput, NotReady
from finder.geo.points import LonLat

HERE = LonLat(24.0, 60.0)


def road(lat: float, outbound_reach: int = 50, inbound_reach: int = 50) -> dict[str, float]:
    """A road north of here."""
    reach = {"outbound_reach": outbound_reach, "inbound_reach": inbound_reach}
    return {"correlated_lat": lat, "correlated_lon": 24.0, "distance": (lat - 60.0) * 111_400} | reach


def snapped(roads: Sequence[dict[str, float]] | None, points: Sequence[LonLat] = (HERE,)) -> list[Snap | None]:
    """The snaps of points that all have these roads; Valhalla names only those within the distance that it is asked for."""

    def answer(action: Action, question: str) -> str:
        assert action is Action.SNAP
        locations = json.loads(question)["locations"]
        near = [[one for one in roads or () if one["distance"] <= place["search_cutoff"]] for place in locations]
        return json.dumps([{"edges": edges or None} for edges in near])

    return snap_all(answer, points, TravelMode.CAR)


def test_the_nearest_road_that_leads_on_counts() -> None:
    islands = [road(60.0002, outbound_reach=49), road(60.0001, inbound_reach=0)]
    for leading in (60.0008, 60.0015):
        (snap,) = snapped([*islands, road(60.0017), road(leading)])
        assert snap is not None
        assert snap.lon_lat == LonLat(24.0, leading)
        assert snap.distance_m == pytest.approx((leading - 60.0) * 111_400, rel=0.01)


def test_where_none_leads_on_the_nearest_counts() -> None:
    (snap,) = snapped([road(60.0002, outbound_reach=49), road(60.0001, inbound_reach=0)])
    assert snap is not None
    assert snap.lon_lat == LonLat(24.0, 60.0001)


@pytest.mark.parametrize("roads", [None, [], [road(60.003)]])
def test_there_may_be_none_near(roads: list[dict[str, float]] | None) -> None:
    assert snapped(roads) == [None]
    assert snapped(roads, []) == []


def test_what_an_old_server_finds_far_away_is_none() -> None:
    far = json.dumps([{"edges": [road(60.003)]}])
    assert snap_all(lambda _, __: far, [HERE], TravelMode.CAR) == [None]


def test_each_point_has_its_own() -> None:
    points = [LonLat(24.0 + number / 1e6, 60.0) for number in range(2500)]
    snaps = snapped([road(60.0001)], points)
    assert len({snap.distance_m for snap in snaps if snap is not None}) == 2500


def test_what_cannot_be() -> None:
    with pytest.raises(BadInput):
        snapped([], [LonLat(0, 91)])
    for text in ("[]", "{}", '[{"edges": [{"correlated_lat": 60.0, "correlated_lon": 24.0}]}]'):
        with pytest.raises(NotReady, match=r"3\.9"):
            snap_all(lambda _, __, text=text: text, [HERE], TravelMode.CAR)


class Counting:
    """An engine that keeps the points that it is asked about."""

    def __init__(self) -> None:
        self.asked: list[LonLat] = []

    def ask(self, _: Action, question: str) -> str:
        locations = json.loads(question)["locations"]
        self.asked += [LonLat(one["lon"], one["lat"]) for one in locations]
        return json.dumps([{"edges": [road(one["lat"])] if one["lon"] < 25.0 else None} for one in locations])


def test_places_are_asked_about_once_and_people_always() -> None:
    engine = Counting()
    ties = Ties(engine.ask)
    me, clinic, hospital = HERE, LonLat(24.001, 60.0), LonLat(24.002, 60.0)
    first = ties.of([me], [clinic, hospital, clinic], TravelMode.CAR)
    assert engine.asked == [me, clinic, hospital]
    assert [len(side) for side in first] == [1, 3]
    assert first[1][0] == first[1][2] != first[1][1]
    assert ties.of([me], [clinic, hospital, clinic], TravelMode.CAR) == first
    assert engine.asked == [me, clinic, hospital, me]
    ties.of([clinic], [clinic], TravelMode.FOOT)  # another mode has other roads, and a person at a clinic is a person
    assert engine.asked[4:] == [clinic, clinic]


def test_that_no_road_is_near_a_place_is_kept_too() -> None:
    engine = Counting()
    ties, nowhere = Ties(engine.ask), LonLat(25.5, 60.0)
    asked = [ties.of([], [nowhere], TravelMode.CAR) and len(engine.asked) for _ in range(3)]
    assert ties.of([], [nowhere], TravelMode.CAR) == ([], [None])
    assert len(set(asked)) == 1


def test_where_a_person_was_is_in_nothing_that_stays() -> None:
    ties = Ties(Counting().ask)
    ties.of([LonLat(24.123456, 60.123456)], [HERE], TravelMode.CAR)
    assert "123456" not in repr(vars(ties))


def test_no_more_places_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finder.directions.valhalla.snaps.MOST_KEPT", 2)
    engine = Counting()
    ties, places = Ties(engine.ask), [LonLat(24.0 + number / 1000, 60.0) for number in range(3)]
    for place in (*places, places[2]):
        ties.of([], [place], TravelMode.CAR)
    assert engine.asked == places, "the third made room and was kept"
    ties.of([], places[:1], TravelMode.CAR)
    assert engine.asked == [*places, places[0]]
