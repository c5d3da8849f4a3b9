"""Calls of all sorts to a road engine, by number: each number is always the same call."""

import random

import numpy as np

from finder.directions.estimate import TravelMode
from finder.directions.router import Avoid, Router, RouteRequest
from finder.errors import BadInput, NoRoute, NotOffered
from finder.geo.points import LonLat

_NONSENSE = (LonLat(float("nan"), 60.0), LonLat(24.9, 91.0), LonLat(float("inf"), float("-inf")), LonLat(1e9, 1e9))


def outcome(router: Router, number: int, box: tuple[float, float, float, float]) -> str:
    """What a call of points in a box (west, south, east, north) comes to, as text: a tenth are far away, some are nonsense.

    Errors other than BadInput, NoRoute and NotOffered are raised.
    """
    chance = random.Random(number)  # noqa: S311
    mode = chance.choice(list(TravelMode))
    call = chance.choice(("route", "route", "route", "matrix", "reach", "match", "snap"))
    try:
        return f"{call}:{_answer(router, call, chance, mode, box)}"
    except (BadInput, NoRoute, NotOffered) as error:
        return f"{type(error).__name__}:{error}"


def _answer(router: Router, call: str, chance: random.Random, mode: TravelMode, box: tuple[float, float, float, float]) -> str:
    def point() -> LonLat:
        sort = chance.random()
        if sort < 0.02:
            return chance.choice(_NONSENSE)
        if sort < 0.05:
            return LonLat(chance.uniform(-180, 180), chance.uniform(-90, 90))
        return LonLat(chance.uniform(box[0], box[2]), chance.uniform(box[1], box[3]))

    def points(most: int) -> list[LonLat]:
        return [point() for _ in range(chance.randrange(most))]

    if call == "route":
        via = tuple(points(2))
        avoid = frozenset(chance.sample(list(Avoid), chance.randrange(3)))
        language = chance.choice(("en", "es-MX", "", "x" * 50))
        request = RouteRequest(origin=point(), target=point(), mode=mode, via=via, avoid=avoid, language=language)
        return str(router.route(request))
    if call == "matrix":
        matrix = router.matrix(points(3), points(20), mode)
        return str((matrix.duration_s.tolist(), np.nansum(matrix.length_m)))
    if call == "reach":
        return str(router.reach(point(), [chance.choice((-1.0, 0.5, 3.0, 7.0, 500.0)) for _ in range(chance.randrange(3))], mode))
    if call == "match":
        return str(router.match(points(6), mode))
    return str(router.snap(points(20), mode))
