"""What a card says of the hours and the way there: never more than is known."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from finder.directory import Search, find
from finder.domain.facility import Facility, FacilityKind
from finder.domain.position import PositionFor, PositionSource
from finder.geo.distance import geodesic_m
from finder.web.cards import card_groups, place_note
from finder.web.hours_text import hours_line
from finder.web.language import Reader

from .town import CENTRE, facility, publish_town

READER = Reader("en", Locale("en", "GB"), miles=False)
MEXICO = Reader("es", Locale("es", "MX"), miles=False)
USA = Reader("en", Locale("en", "US"), miles=True)
SATURDAY_NOON = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
"""12:00 in Helsinki."""


@pytest.mark.parametrize(
    ("opening_hours", "state", "detail"),
    [
        ("Sa 08:00-14:00", "open", "until 14:00"),
        ("Sa 08:00-12:20", "soon", "closes in 20 min"),
        ("Sa 08:00-13:00", "soon", "closes in 60 min"),
        ("Sa 08:00-13:01", "open", "until 13:01"),
        ('Sa 08:00-12:20, Sa 12:20-18:00 unknown "by appointment"', "open", ""),
        ("Su 08:00-14:00", "closed", "opens tomorrow 08:00"),
        ("Mo 08:00-14:00", "closed", "opens Mon 23 Nov, 08:00"),
        ('Sa off; Su unknown "by appointment"', "closed", ""),
        ('Sa 08:00-14:00, Sa 14:00-18:00 unknown "by appointment"', "open", ""),
        ("24/7", "open", ""),
        ('Mo-Sa unknown "hours not stated"; Su off', "unknown", ""),
        ('Sa unknown "ring the bell"', "unknown", "ring the bell"),
    ],
)
def test_only_a_change_that_is_known_is_announced(opening_hours: str, state: str, detail: str) -> None:
    one = facility(1, "Clinic", FacilityKind.CLINIC, 24.94, 60.17, opening_hours=opening_hours)
    line = hours_line(one, SATURDAY_NOON, READER)
    assert (line.state, line.detail) == (state, detail)


UNDATED = '07:00-14:30 "days not stated"'


def clinic(**more: Any) -> Facility:
    return facility(1, "Clinic", FacilityKind.CLINIC, 24.94, 60.17, **{"phones": ("+358931050151",), **more})


@pytest.mark.parametrize(
    ("reader", "hour", "expected"),
    [
        (READER, 12, ("unknown", "Hours not confirmed", "07:00\u201314:30, days not stated: call first")),
        (MEXICO, 12, ("unknown", "Horario sin confirmar", "7:00 a.m. \u2013 2:30 p.m., no se indican los días: llame antes")),
        (USA, 12, ("unknown", "Hours not confirmed", "7:00 AM \u2013 2:30 PM, days not stated: call first")),
        (READER, 20, ("closed", "Closed now", "07:00\u201314:30, days not stated: call first")),
        (MEXICO, 20, ("closed", "Cerrado ahora", "7:00 a.m. \u2013 2:30 p.m., no se indican los días: llame antes")),
    ],
)
def test_hours_without_days_are_told_with_a_warning(reader: Reader, hour: int, expected: tuple[str, str, str]) -> None:
    line = hours_line(clinic(opening_hours=UNDATED), datetime(2026, 11, 21, hour - 2, 0, tzinfo=UTC), reader)
    assert (line.state, line.label, line.detail.translate({0x202F: " ", 0xA0: " ", 0x2060: ""})) == expected


def test_who_has_no_phone_is_not_to_be_called() -> None:
    line = hours_line(clinic(opening_hours=UNDATED, phones=()), SATURDAY_NOON, READER)
    assert line.detail == "07:00\u201314:30, days not stated"


def test_our_own_comment_is_translated_where_its_times_cannot_be_told() -> None:
    one = clinic(opening_hours='Mo-Sa 07:00-14:30 "days not stated"')
    assert hours_line(one, SATURDAY_NOON, MEXICO).detail == "no se indican los días: llame antes"


def test_a_place_found_by_its_address_says_so() -> None:
    assert place_note(clinic(), READER) == ""
    rough = clinic(position_accuracy_m=1500.0)
    assert place_note(rough, READER).endswith("about 1.5\u00a0km: found by its address")
    assert place_note(rough, MEXICO).endswith("alrededor de 1.5\u00a0km: se ubicó por su dirección")
    assert "0.9\u00a0miles" in place_note(rough, USA)


def test_the_way_to_a_place_found_by_its_address_is_a_range(tmp_path: Path) -> None:
    exact, rough = clinic(), clinic(position_accuracy_m=1500.0)
    sharp = PositionFor(lon_lat=CENTRE, accuracy_m=20.0, source=PositionSource.GPS)
    vague = PositionFor(lon_lat=CENTRE, accuracy_m=5000.0, source=PositionSource.IP)
    distances: dict[tuple[float | None, PositionSource], str] = {}
    for one in (exact, rough):
        town = publish_town(tmp_path / str(one.position_accuracy_m), [one]).current()
        for position in (sharp, vague):
            search = Search(position=position)
            [group] = card_groups(find(town, search, SATURDAY_NOON).hits, search, SATURDAY_NOON, READER)
            distances[one.position_accuracy_m, position.source] = group.cards[0].distance.replace("\u00a0", " ")
    # 90 m away: within 20 m, within 1.52 km, within 5 km, within 6.5 km
    assert geodesic_m(CENTRE, exact.lon_lat) == pytest.approx(90, abs=5)
    assert distances == {
        (None, PositionSource.GPS): "90 m",
        (1500.0, PositionSource.GPS): "up to 1.6 km",
        (None, PositionSource.IP): "up to 6 km",
        (1500.0, PositionSource.IP): "up to 7 km",
    }


def test_only_what_is_far_for_certain_comes_under_the_line(tmp_path: Path) -> None:
    """101 km to the north, but found by its address to 2.5 km; behind it one that is 101.5 km away to the metre."""
    north, beyond = CENTRE.lat + 101_000 / 111_400, CENTRE.lat + 101_500 / 111_400
    rough = facility(1, "Rough", FacilityKind.CLINIC, CENTRE.lon, north, position_accuracy_m=2500.0)
    exact = facility(2, "Exact", FacilityKind.CLINIC, CENTRE.lon, beyond)
    position = PositionFor(lon_lat=CENTRE, accuracy_m=20.0, source=PositionSource.GPS)
    search = Search(position=position)
    hits = find(publish_town(tmp_path, [rough, exact]).current(), search, SATURDAY_NOON).hits
    groups = card_groups(hits, search, SATURDAY_NOON, READER)
    assert [(group.heading.replace("\u00a0", " "), [card.name for card in group.cards]) for group in groups] == [
        ("", ["Rough"]),
        ("Farther than 100 km", ["Exact"]),
    ]
