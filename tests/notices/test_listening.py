"""When fences listen: beside what a clock at the facility shows, minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finder.domain.facility import Address, Facility, FacilityKind
from finder.domain.fence import Circle, Fence, Trigger, Wish
from finder.errors import BadInput
from finder.geo.clocks import zone_of
from finder.geo.points import LonLat
from finder.notices.listening import expires_at, intervals, is_quiet, listens, quiet_intervals

MINUTE = timedelta(minutes=1)
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
LEAPS = {
    "Europe/Helsinki": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/Tijuana": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # by half an hour
    "America/Santiago": (date(2026, 4, 5), date(2026, 9, 6)),  # at midnight
    "Asia/Kathmandu": (date(2026, 5, 1),),
}
type Range = tuple[frozenset[int], int, int]
"""Days of the week from Monday, 0, and from and to which minute of the day; on into the next day where ``to`` is not later."""


def fence(**fields: object) -> Fence:
    wish = Wish(trigger=Trigger.ENTER, texts={"en": "Here."})
    told = {"id": "f", "tenant": "t", "facility_id": "x", "name": "f", "wishes": (wish,)}
    return Fence(**{**told, "shape": Circle(centre=LonLat(24.94, 60.17), radius_m=50.0), **fields})


def facility(zone: str | None = "Europe/Helsinki", country: str | None = None) -> Facility:
    return Facility(
        id="x",
        kind=FacilityKind.CLINIC,
        name="Clinic",
        lon_lat=LonLat(24.94, 60.17),
        time_zone=zone,
        address=Address(country=country),
    )


def written(ranges: list[Range]) -> str:
    """The ranges in OpenStreetMap's grammar; a later rule would take its days from the one before, but for ``,``."""
    return ", ".join(
        f"{','.join(DAYS[day] for day in sorted(days))} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
        for days, begin, end in ranges
    )


def is_within(ranges: list[Range], shown: datetime) -> bool:
    """Whether what a clock shows is within one of the ranges."""
    minute, today, yesterday = shown.hour * 60 + shown.minute, shown.weekday(), (shown.weekday() - 1) % 7
    for days, begin, end in ranges:
        if begin < end:
            if today in days and begin <= minute < end:
                return True
        elif (today in days and minute >= begin) or (yesterday in days and minute < end):
            return True
    return False


@st.composite
def a_range(draw: st.DrawFn) -> Range:
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    quarter = st.integers(0, 95).map(lambda number: 15 * number)
    begin = draw(quarter)
    return days, begin, draw(quarter.filter(lambda end: end != begin))


@st.composite
def a_span(draw: st.DrawFn) -> tuple[str, datetime, datetime]:
    zone = draw(st.sampled_from(sorted(LEAPS)))
    day = draw(st.sampled_from(LEAPS[zone]))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + draw(st.integers(-2_500, 1_000)) * MINUTE
    return zone, start, start + draw(st.integers(1, 1_800)) * MINUTE


@given(st.lists(a_range(), min_size=1, max_size=3), a_span())
@example(
    [(frozenset({6}), 180, 210)],
    ("Europe/Helsinki", datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC)),
)
@example(
    [(frozenset({5}), 1320, 420)],
    ("Europe/Helsinki", datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 12, tzinfo=UTC)),
)
@settings(deadline=None, max_examples=80)
def test_intervals_are_what_a_clock_shows_minute_by_minute(ranges: list[Range], span: tuple[str, datetime, datetime]) -> None:
    zone, start, end = span
    text, there = written(ranges), facility(zone)
    minutes = [start + number * MINUTE for number in range((end - start) // MINUTE)]
    shown = [is_within(ranges, at.astimezone(ZoneInfo(zone))) for at in minutes]
    for found in (
        intervals(fence(windows=text), there, start, end),
        quiet_intervals(fence(quiet_hours=text), there, start, end),
    ):
        assert [any(begin <= at < stop for begin, stop in found) for at in minutes] == shown
        edges = [edge for one in found for edge in one]
        assert edges == sorted(set(edges))  # ascending, none empty, none touches the next
        assert all(start <= edge <= end for edge in edges)
    for at, is_in in list(zip(minutes, shown, strict=True))[::97]:
        assert listens(fence(windows=text), there, at) is is_in
        assert is_quiet(fence(quiet_hours=text), there, at) is is_in


def test_without_hours_a_fence_listens_always_and_is_never_quiet() -> None:
    start, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    assert intervals(fence(), facility(), start, end) == [(start, end)]
    assert quiet_intervals(fence(), facility(), start, end) == []
    assert intervals(fence(), facility(), end, start) == []
    assert listens(fence(), facility(), start)
    assert not is_quiet(fence(), facility(), start)


def test_what_nobody_can_read_says_nothing() -> None:
    start, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    unread = fence(windows="whenever", quiet_hours="whenever")
    assert intervals(unread, facility(), start, end) == []
    assert quiet_intervals(unread, facility(), start, end) == [(start, end)]
    assert not listens(unread, facility(), start)
    assert is_quiet(unread, facility(), start)


def test_a_holiday_of_which_the_hours_say_nothing_is_quiet_and_not_listened_to() -> None:
    there = facility("America/Tijuana", "MX")
    noon = datetime(2026, 9, 16, 19, tzinfo=UTC)  # Independence Day, a Wednesday, at noon
    one = fence(windows="Mo-Fr 08:00-18:00", quiet_hours="Mo-Fr 08:00-18:00")
    assert not listens(one, there, noon)
    assert is_quiet(one, there, noon)
    assert intervals(one, there, noon, noon + timedelta(hours=24)) == [
        (datetime(2026, 9, 17, 15, tzinfo=UTC), datetime(2026, 9, 17, 19, tzinfo=UTC))
    ]
    assert listens(one, there, noon + timedelta(days=1))
    assert listens(fence(windows="Mo-Fr,PH 08:00-18:00"), there, noon)


@pytest.mark.parametrize("zone", [None, "Nowhere/Else"])
def test_a_facility_without_a_time_zone_has_that_of_its_place(zone: str | None) -> None:
    at = datetime(2026, 1, 15, 7, 30, tzinfo=UTC)  # 9:30 in Helsinki
    assert listens(fence(windows="09:00-10:00"), facility(zone), at)
    assert not listens(fence(windows="07:00-08:00"), facility(zone), at)


def test_a_fence_expires_at_the_end_of_its_day_at_the_facility() -> None:
    ends = fence(expires_on=date(2026, 3, 29))
    assert expires_at(ends, facility()) == datetime(2026, 3, 29, 21, tzinfo=UTC)
    assert expires_at(ends, facility("America/Tijuana")) == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert expires_at(fence(), facility()) is None


def test_a_moment_without_its_zone_is_refused() -> None:
    at = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(BadInput, match="time zone"):
        listens(fence(windows="24/7"), facility(), at)
    with pytest.raises(BadInput, match="time zone"):
        intervals(fence(windows="24/7"), facility(), at, at)


@pytest.mark.parametrize("stated", [None, "", "Nowhere/Town", "Europe", "../etc/passwd", "\0"])
def test_a_zone_that_is_none_is_that_of_the_place(stated: str | None) -> None:
    assert zone_of("Asia/Tokyo", LonLat(24.94, 60.17)).key == "Asia/Tokyo"
    assert zone_of(stated, LonLat(24.94, 60.17)).key == "Europe/Helsinki"
    assert zone_of(stated, LonLat(-40.0, 30.0)).key.startswith(("Etc/", "UTC"))
