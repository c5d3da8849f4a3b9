"""What a typed name is taken for: the near one of namesakes, what else it may be, nothing where nothing is like it."""

import pytest

from finder.domain.position import Position, PositionSource
from finder.geo.points import LonLat
from finder.locate.named_place import named_place

TIJUANA, ENSENADA, MEXICO_CITY = LonLat(-117.0382, 32.5149), LonLat(-116.6, 31.87), LonLat(-99.13, 19.43)


def seen_from(lon_lat, source=PositionSource.IP):
    return Position(lon_lat=lon_lat, accuracy_m=10_000.0, source=source)


@pytest.mark.parametrize(
    ("here", "label"),
    [
        (TIJUANA, "Centro, Tijuana, Baja California, MX"),
        (ENSENADA, "Centro, Ensenada, Baja California, MX"),
        (MEXICO_CITY, "Centro, Ciudad de México, MX"),
    ],
)
def test_of_namesakes_the_near_one_and_the_others_are_named(index, here, label):
    found = named_place(index, "Centro", seen_from(here))
    assert found.position.label == label
    assert found.position.source is PositionSource.PLACE
    assert len(found.others) == 2
    assert label not in found.others


def test_a_stand_in_decides_nothing(index):
    answers = {named_place(index, "Centro", seen_from(here, PositionSource.DEFAULT)) for here in (TIJUANA, MEXICO_CITY)}
    assert len(answers) == 1


def test_what_is_hardly_alike_is_suggested_and_not_taken(index):
    assert index.search("Hospital General")
    found = named_place(index, "Hospital General", seen_from(TIJUANA))
    assert found.position is None
    assert found.others
    assert named_place(index, "Qqqqqqqq", seen_from(TIJUANA)).others == ()
