"""What Valhalla is asked."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from valhalla import Actor

from finder.directions.estimate import TravelMode
from finder.directions.router import Avoid, RouteRequest
from finder.directions.valhalla.codec import match_question, matrix_question, reach_question, route_question, snap_question
from finder.directions.valhalla.languages import LANGUAGES, language_of
from finder.errors import BadInput
from finder.geo.points import LonLat
from tests.directions.tiles import settings

STATION, HARBOUR = LonLat(24.9384, 60.1699), LonLat(24.9480, 60.1640)
SAN_DIEGO, TIJUANA = LonLat(-117.16, 32.72), LonLat(-117.02, 32.53)


def asked(**changes: Any) -> dict[str, Any]:
    request = {"origin": STATION, "target": HARBOUR, "mode": TravelMode.CAR} | changes
    return json.loads(route_question(RouteRequest(**request)))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("es", "es-ES"),
        ("es-MX", "es-ES"),
        ("ES_mx", "es-ES"),
        ("en", "en-US"),
        ("en-GB", "en-GB"),
        ("en-NZ", "en-US"),
        ("pt-br", "pt-BR"),
        ("pt", "pt-PT"),
        ("fi", "fi-FI"),
        ("nn", "nb-NO"),
        ("tlh", "en-US"),
        ("", "en-US"),
    ],
)
def test_languages(tag: str, expected: str) -> None:
    assert language_of(tag) == expected


def test_valhalla_speaks_all_of_them(helsinki_roads: Path) -> None:
    actor = Actor(str(settings(helsinki_roads)))
    spoken = [
        json.loads(actor.route(json.dumps(asked(mode=TravelMode.FOOT) | {"language": tag})))["trip"]["language"]
        for tag in LANGUAGES
    ]
    assert spoken == list(LANGUAGES)


@pytest.mark.parametrize(
    ("mode", "costing", "kind"),
    [
        (TravelMode.CAR, "auto", None),
        (TravelMode.FOOT, "pedestrian", None),
        (TravelMode.BICYCLE, "bicycle", None),
        (TravelMode.WHEELCHAIR, "pedestrian", "wheelchair"),
    ],
)
def test_modes(mode: TravelMode, costing: str, kind: str | None) -> None:
    question = asked(mode=mode)
    assert question["costing"] == costing
    assert question["costing_options"][costing].get("type") == kind
    assert question["units"] == "kilometers"


def test_borders_cost_nothing_unless_avoided() -> None:
    plain = asked()["costing_options"]["auto"]
    assert plain == {"country_crossing_cost": 0.0, "country_crossing_penalty": 0.0}
    careful = asked(avoid=frozenset(Avoid))["costing_options"]["auto"]
    assert careful == {
        "country_crossing_cost": 0.0,
        "country_crossing_penalty": 43_200.0,
        "use_tolls": 0.0,
        "use_ferry": 0.0,
    }


@pytest.mark.parametrize("mode", TravelMode)
def test_a_matrix_goes_by_ferry_in_a_car_only(mode: TravelMode) -> None:
    question = json.loads(matrix_question([STATION], [HARBOUR], mode))
    (options,) = question["costing_options"].values()
    by_ferry = mode is TravelMode.CAR
    assert options.get("exclude_ferries") is (None if by_ferry else True)
    for location in (*question["sources"], *question["targets"]):
        assert location.get("search_filter") == (None if by_ferry else {"exclude_ferry": True})
    assert "exclude_ferries" not in asked(mode=mode)["costing_options"][question["costing"]]


def test_snapped_points_stay_where_they_are_and_say_beside_what() -> None:
    request = RouteRequest(origin=STATION, target=HARBOUR, mode=TravelMode.FOOT, via=(LonLat(24.94, 60.168),))
    on_roads = (LonLat(24.9385, 60.1698), LonLat(24.9401, 60.1681), LonLat(24.9481, 60.1641))
    locations = json.loads(route_question(request, on_roads))["locations"]
    assert [(one["lon"], one["lat"]) for one in locations] == [*on_roads]
    assert [(one["display_lon"], one["display_lat"]) for one in locations] == [STATION, request.via[0], HARBOUR]
    assert [one.get("type") for one in locations] == [None, "via", None]
    matrix = json.loads(matrix_question([STATION], [HARBOUR], TravelMode.CAR))
    reach = json.loads(reach_question(STATION, [5.0], TravelMode.CAR))
    everywhere = (*locations, *matrix["sources"], *matrix["targets"], *reach["locations"])
    assert {one["minimum_reachability"] for one in everywhere} == {0}


@pytest.mark.parametrize("mode", TravelMode)
def test_snaps_are_ashore_and_tell_how_far_a_road_leads(mode: TravelMode) -> None:
    question = json.loads(snap_question([STATION], mode))
    assert question["verbose"] is True
    assert question["locations"] == [
        {"lat": STATION.lat, "lon": STATION.lon, "search_cutoff": 300.0, "search_filter": {"exclude_ferry": True}}
    ]


def test_points_are_tied_to_roads_within_300_metres() -> None:
    question = asked(via=(LonLat(24.94, 60.168),))
    assert question["locations"] == [
        {"lat": 60.1699, "lon": 24.9384, "search_cutoff": 300.0},
        {"lat": 60.168, "lon": 24.94, "search_cutoff": 300.0, "type": "via"},
        {"lat": 60.164, "lon": 24.948, "search_cutoff": 300.0},
    ]


@pytest.mark.parametrize(
    ("depart_at", "origin", "local"),
    [
        (datetime(2026, 1, 15, 12, 0, tzinfo=UTC), STATION, "2026-01-15T14:00"),
        (datetime(2026, 7, 15, 12, 0, tzinfo=UTC), STATION, "2026-07-15T15:00"),
        (datetime(2026, 7, 15, 12, 0, tzinfo=timezone(timedelta(hours=2))), SAN_DIEGO, "2026-07-15T03:00"),
        (datetime(2026, 3, 8, 10, 30, tzinfo=UTC), TIJUANA, "2026-03-08T03:30"),
    ],
)
def test_valhalla_gets_the_clock_of_the_place(depart_at: datetime, origin: LonLat, local: str) -> None:
    assert asked(depart_at=depart_at, origin=origin)["date_time"] == {"type": 1, "value": local}


def test_a_time_without_offset_says_what_to_do() -> None:
    with pytest.raises(BadInput, match="offset"):
        asked(depart_at=datetime(2026, 1, 1))  # noqa: DTZ001
    assert "date_time" not in asked()


@pytest.mark.parametrize("point", [LonLat(0, 91), LonLat(181, 0), LonLat(float("nan"), 0), LonLat(0, float("inf"))])
def test_points_that_are_not_on_the_earth(point: LonLat) -> None:
    for ask in (
        lambda: asked(origin=point),
        lambda: asked(target=point),
        lambda: asked(via=(point,)),
        lambda: matrix_question([STATION], [point], TravelMode.CAR),
        lambda: match_question([STATION, point], TravelMode.CAR),
    ):
        with pytest.raises(BadInput):
            ask()
