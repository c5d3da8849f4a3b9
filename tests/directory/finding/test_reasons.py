"""What a reason says of a time: an estimate is a range, a way by road from a place that is known well one number."""

import pytest

from finder.directions.router import Router
from finder.directory import Search, Snapshot, find
from finder.directory.finding.reasons import Reason, ReasonCode, reason_text
from finder.domain.position import PositionFor, PositionSource
from tests.directory.finding.brute_force import Stored
from tests.directory.finding.winding_roads import WindingRoads
from tests.directory.finding.worlds import MONDAY_NOON, POINTS


@pytest.mark.parametrize(
    ("code", "range_min", "what", "english", "spanish"),
    [
        (ReasonCode.TRAVEL, (3, 8), "estimate", "3\u20138 min away (estimate)", "a 3\u20138 min (estimado)"),
        (ReasonCode.TRAVEL, None, "roads", "5 min by road", "a 5 min por calles y carreteras"),
        (ReasonCode.TRAVEL, (3, 8), "roads", "3\u20138 min by road", "a 3\u20138 min por calles y carreteras"),
        (ReasonCode.BORDER_WAIT, (3, 8), "", "about 3\u20138 min of waiting are counted", "unos 3\u20138 min de espera"),
        (ReasonCode.BORDER_WAIT, None, "", "about 5 min of waiting are counted", "unos 5 min de espera"),
    ],
)
def test_a_time_is_told_as_well_as_it_is_known(
    code: ReasonCode, range_min: tuple[int, int] | None, what: str, english: str, spanish: str
) -> None:
    reason = Reason(code=code, number=5, range_min=range_min, what=what)
    assert reason_text(reason, "en").endswith(english)
    assert reason_text(reason, "es-MX").endswith(spanish)


@pytest.mark.parametrize(("roads", "accuracy_m"), [(None, 0.0), (None, 500.0), (WindingRoads(), 500.0), (WindingRoads(), 0.0)])
def test_the_range_is_that_of_the_way(large_world: tuple[Snapshot, Stored], roads: Router | None, accuracy_m: float) -> None:
    position = PositionFor(lon_lat=POINTS[0], accuracy_m=accuracy_m, source=PositionSource.PLACE)
    for hit in find(large_world[0], Search(position=position), MONDAY_NOON, roads).hits:
        (travel,) = (reason for reason in hit.reasons if reason.code is ReasonCode.TRAVEL)
        if hit.travel.min_s == hit.travel.max_s:
            assert not accuracy_m
            assert roads is not None or not hit.distance_m
            assert travel.range_min is None
            continue
        assert travel.range_min is not None
        least, most = travel.range_min
        assert least * 60 <= hit.travel.min_s < (least + 1) * 60
        assert (most - 1) * 60 < hit.travel.max_s <= most * 60
        assert f"{least}\u2013{most} min " in reason_text(travel, "en")
