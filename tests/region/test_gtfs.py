"""Feeds of public transport: what they say of themselves, what is made of them for Valhalla, and which are refused."""

import csv
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.errors import BadFile, BadInput, FinderError
from finder.region import gtfs_files
from finder.region.gtfs import Feed
from finder.region.gtfs_files import NEEDED
from finder.region.gtfs_times import clock_texts, seconds_of, within_minutes
from finder.region.transit import take_timetables
from tests.region.test_transit import HELSINKI, TODAY
from tests.region.timetable import LINES, WEEK, Timetable

BUS = "20 Beta South 480"
"""The trip of line 20 from the south at 8:00."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "feeds"
    folder.mkdir()
    return folder


def taken(source: Path, folder: Path) -> Feed:
    [feed] = take_timetables([source], folder, HELSINKI, TODAY).feeds
    return feed


def rows(folder: Path, file: str) -> list[dict[str, str]]:
    [feed] = folder.iterdir()
    with (feed / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def stops_of(folder: Path, trip: str) -> list[tuple[str, str, str]]:
    """Stop, arrival and departure; whole minutes are written with a second more, which Valhalla cuts off."""
    return [
        (row["stop_id"], *(re.sub(":01$", ":00", row[of]) for of in ("arrival_time", "departure_time")))
        for row in rows(folder, "stop_times.txt")
        if row["trip_id"] == trip
    ]


def zipped(feed: Path, path: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in feed.iterdir():
            archive.write(file, f"{inside}{file.name}")
    return path


@pytest.mark.parametrize("inside", ["", "google_transit/"])
def test_a_zip_file_is_as_good_as_a_folder(tmp_path: Path, folder: Path, inside: str) -> None:
    source = Timetable().write(tmp_path / "hsl")
    path = zipped(source, tmp_path / "hsl.zip", inside)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../escaped.txt", "no")
        archive.writestr("__MACOSX/agency.txt", "no")
    feed = taken(path, folder)
    by_folder = tmp_path / "by folder"
    by_folder.mkdir()
    assert feed == taken(source, by_folder)
    for file in ("stops.txt", "stop_times.txt", "calendar.txt"):
        assert rows(folder, file) == rows(by_folder, file)
    assert not list(tmp_path.parent.rglob("escaped.txt"))
    assert {path.name for path in tmp_path.iterdir()} == {"hsl", "hsl.zip", "feeds", "by folder"}, "nothing else is kept"


@pytest.mark.parametrize("name", [*NEEDED, "calendar.txt"])
@pytest.mark.parametrize("packed", [False, True])
def test_the_missing_file_is_named(tmp_path: Path, folder: Path, name: str, packed: bool) -> None:
    source = Timetable().write(tmp_path / "hsl")
    (source / name).unlink()
    with pytest.raises(BadFile, match=f"lacks {name}"):
        taken(zipped(source, tmp_path / "hsl.zip") if packed else source, folder)
    assert not list(folder.iterdir())


def test_zip_files_that_are_not_unpacked(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Timetable().write(tmp_path / "hsl")
    good = zipped(source, tmp_path / "good.zip")
    bomb, cut, two, locked = (tmp_path / f"{name}.zip" for name in ("bomb", "cut", "two", "locked"))
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in source.iterdir():
            archive.write(file, file.name) if file.name != "trips.txt" else archive.writestr(file.name, b"0" * (8 << 20))
    cut.write_bytes(good.read_bytes()[:-100])
    with zipfile.ZipFile(two, "w") as archive:
        for file in source.iterdir():
            archive.write(file, f"bus/{file.name}")
            archive.write(file, f"rail/{file.name}")
    # Bit 0 of the flags at offset 6 of a local header and 8 of a directory entry: encrypted.
    content = bytearray(good.read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.find(mark)
        while at >= 0:
            struct.pack_into("<H", content, at + offset, 1)
            at = content.find(mark, at + 4)
    locked.write_bytes(content)
    text = tmp_path / "text.zip"
    text.write_text("no")
    for path, words in (
        (bomb, "fill the disk"),
        (cut, "damaged|no GTFS"),
        (two, "holds 2 GTFS feeds"),
        (locked, "encrypted"),
        (text, "no GTFS"),
    ):
        with pytest.raises(BadFile, match=words):
            taken(path, folder)
    with pytest.raises(BadFile, match="There is no file"):
        taken(tmp_path / "none.zip", folder)
    monkeypatch.setattr(gtfs_files, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(BadFile, match="fill the disk"):
        taken(good, folder)
    assert not list(folder.iterdir())


def test_the_days_and_the_credit(tmp_path: Path, folder: Path) -> None:
    timetable = Timetable("20260101", "20271231")
    timetable.files["feed_info.txt"] = [
        {"feed_publisher_name": "City", "feed_start_date": "20260301", "feed_end_date": "20260831"}
    ]
    timetable.files["calendar_dates.txt"] = [{"service_id": "D", "date": "20280101", "exception_type": 1}]
    feed = taken(timetable.write(tmp_path / "hsl"), folder)
    assert feed == Feed(name="hsl", first_day=date(2026, 3, 1), last_day=date(2026, 8, 31), attribution="City")
    del timetable.files["feed_info.txt"]
    timetable.files["attributions.txt"] = [{"organization_name": name} for name in ("City (CC BY 4.0)", "State", "State")]
    (tmp_path / "other").mkdir()
    feed = taken(timetable.write(tmp_path / "hsl2"), tmp_path / "other")
    assert (feed.first_day, feed.last_day, feed.attribution) == (date(2026, 1, 1), date(2028, 1, 1), "City (CC BY 4.0), State")


def test_a_service_that_is_told_day_by_day(tmp_path: Path, folder: Path) -> None:
    timetable = Timetable()
    del timetable.files["calendar.txt"]
    days = [("20260703", 1), ("20260701", 1), ("20260702", 2)]
    timetable.files["calendar_dates.txt"] = [{"service_id": "D", "date": day, "exception_type": kind} for day, kind in days]
    feed = taken(timetable.write(tmp_path / "hsl"), folder)
    assert (feed.first_day, feed.last_day) == (date(2026, 7, 1), date(2026, 7, 3))
    assert rows(folder, "calendar.txt") == [
        dict.fromkeys(WEEK, "0") | {"service_id": "D", "start_date": "20260701", "end_date": "20260703"}
    ]
    assert len(rows(folder, "calendar_dates.txt")) == 3


def test_times_between_are_spread_evenly(tmp_path: Path, folder: Path) -> None:
    timetable = Timetable()
    for row in timetable.files["stop_times.txt"]:
        if row["trip_id"] == BUS and row["stop_sequence"] in {1, 2, 3}:
            row |= {"arrival_time": "", "departure_time": ""}
        if row["trip_id"] == BUS and row["stop_sequence"] == 4:
            row |= {"arrival_time": "8:08:00", "departure_time": ""}
    timetable.files["stop_times.txt"].reverse()
    taken(timetable.write(tmp_path / "hsl"), folder)
    clocks = ["08:00:00", "08:02:00", "08:04:00", "08:06:00", "08:08:00"]
    assert stops_of(folder, BUS) == [(stop, clock, clock) for stop, clock in zip(LINES["20"], clocks, strict=True)]


def test_trips_that_cannot_be_are_left_out(tmp_path: Path, folder: Path) -> None:
    timetable = Timetable()
    trips = [row["trip_id"] for row in timetable.files["trips.txt"][:4]]
    by_place = {(row["trip_id"], row["stop_sequence"]): row for row in timetable.files["stop_times.txt"]}
    by_place[trips[0], 2]["stop_id"] = "nowhere"
    by_place[trips[1], 4] |= {"arrival_time": "", "departure_time": ""}
    by_place[trips[2], 3] |= {"arrival_time": "01:00:00", "departure_time": "01:00:00"}
    timetable.files["trips.txt"][3]["service_id"] = "unknown"
    taken(timetable.write(tmp_path / "hsl"), folder)
    left = {row["trip_id"] for row in rows(folder, "trips.txt")}
    assert left == {row["trip_id"] for row in timetable.files["trips.txt"]} - set(trips[1:])
    assert len(stops_of(folder, trips[0])) == 4
    assert {row["trip_id"] for row in rows(folder, "stop_times.txt")} == left


def test_lines_that_run_every_so_many_minutes(tmp_path: Path, folder: Path) -> None:
    timetable = Timetable(lines={"20": LINES["20"]})
    spans = [("09:00:00", "09:30:00", 600), ("24:50:00", "25:01:00", 600), ("10:00:00", "10:00:00", 60)]
    timetable.files["frequencies.txt"] = [
        {"trip_id": BUS, "start_time": start, "end_time": end, "headway_secs": every} for start, end, every in spans
    ]
    taken(timetable.write(tmp_path / "hsl"), folder)
    new = [row["trip_id"] for row in rows(folder, "trips.txt") if row["trip_id"].startswith(f"{BUS} ")]
    ends = [(stops_of(folder, trip)[0][2], stops_of(folder, trip)[-1][1]) for trip in new]
    assert ends == [
        ("09:00:00", "09:04:00"),
        ("09:10:00", "09:14:00"),
        ("09:20:00", "09:24:00"),
        ("24:50:00", "24:54:00"),
        ("25:00:00", "25:04:00"),
    ]
    assert not stops_of(folder, BUS), "which only says how long it takes"
    timetable.files["frequencies.txt"] = [{"trip_id": BUS, "start_time": "00:00:00", "end_time": "900:00:00", "headway_secs": 1}]
    with pytest.raises(BadFile, match="makes more than"):
        taken(timetable.write(tmp_path / "too-often"), folder)


def test_what_lies_in_the_region_goes_in(tmp_path: Path, folder: Path) -> None:
    out = {"Out": (25.3, 60.3), "Beyond": (25.4, 60.3), "In": (24.94, 60.17)}
    through = {"First": (24.94, 60.17), "Middle": (25.3, 60.3), "Last": (24.95, 60.17)}
    timetable = Timetable(lines={"out": out, "through": through})
    timetable.files["stops.txt"] += [
        {"stop_id": "Station", "stop_lat": "60.17", "stop_lon": "24.94", "location_type": 1},
        {"stop_id": "Door", "stop_lat": "60.17", "stop_lon": "24.94", "location_type": 2, "parent_station": "Station"},
        {"stop_id": "Hall", "location_type": 3, "parent_station": "Station"},
        {"stop_id": "Unused", "stop_lat": "60.17", "stop_lon": "24.94"},
    ]
    timetable.files["stops.txt"][3]["parent_station"] = "Station"
    taken(timetable.write(tmp_path / "hsl"), folder)
    assert {row["stop_id"] for row in rows(folder, "stops.txt")} == {"First", "Last", "Station", "Door"}
    assert [row["route_id"] for row in rows(folder, "routes.txt")] == ["through"]
    assert [stop for stop, *_ in stops_of(folder, "through First 480")] == ["First", "Last"]


def test_kinds_and_operators_that_valhalla_would_not_know(tmp_path: Path, folder: Path) -> None:
    kinds = {
        "3": "3",
        "0": "0",
        "11": "3",
        "12": "1",
        "100": "2",
        "401": "1",
        "715": "3",
        "900": "0",
        "1200": "4",
        "1100": None,
        "x": None,
    }
    timetable = Timetable(lines={kind: {f"{kind} {stop}": place for stop, place in LINES["20"].items()} for kind in kinds})
    for row in timetable.files["routes.txt"]:
        row |= {"route_type": row["route_id"], "agency_id": ""}
    taken(timetable.write(tmp_path / "hsl"), folder)
    found = {row["route_id"]: (row["route_type"], row["agency_id"]) for row in rows(folder, "routes.txt")}
    assert found == {kind: (plain, "T") for kind, plain in kinds.items() if plain is not None}


def _set(file: str, **values: object) -> Callable[[Timetable], None]:
    def change(timetable: Timetable) -> None:
        timetable.files[file][0] |= values

    return change


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (_set("calendar.txt", end_date="20260531"), BadInput, "ended on 2026-05-31"),
        (_set("calendar.txt", end_date="31/12/2026"), BadFile, "day in its calendar that is none: '31/12/2026'"),
        (_set("stop_times.txt", arrival_time="8 o'clock"), BadFile, "time that is none"),
        (_set("stop_times.txt", stop_sequence="first"), BadFile, "stop_sequence that is no number"),
        (lambda t: t.files["calendar.txt"].clear(), BadFile, "no column service_id"),
        (lambda t: t.files["trips.txt"].clear(), BadFile, "no column route_id"),
        (_set("calendar.txt", service_id="other"), BadFile, "no trip between two stops"),
    ],
)
def test_feeds_that_cannot_be_used(
    tmp_path: Path, folder: Path, change: Callable[[Timetable], None], error: type[FinderError], words: str
) -> None:
    timetable = Timetable()
    change(timetable)
    with pytest.raises(error, match=words):
        taken(timetable.write(tmp_path / "hsl"), folder)


def test_feeds_of_elsewhere_and_of_nothing(tmp_path: Path, folder: Path) -> None:
    far = Timetable(lines={"1": {"One": (-8.61, 41.15), "Two": (-8.62, 41.15)}})
    with pytest.raises(BadInput, match="of another area"):
        taken(far.write(tmp_path / "far"), folder)
    source = Timetable().write(tmp_path / "hsl")
    for content in (b"\xff\xfe\x00", b"service_id,start_date,end_date\n1,2,3,4\n"):
        (source / "calendar.txt").write_bytes(content)
        with pytest.raises(BadFile, match=r"calendar\.txt of the feed hsl"):
            taken(source, folder)
    (source / "calendar.txt").write_text("service_id,start_date,end_date\n")
    with pytest.raises(BadFile, match="has no day"):
        taken(source, folder)


def test_a_byte_order_mark_and_blanks_do_no_harm(tmp_path: Path, folder: Path) -> None:
    source = Timetable().write(tmp_path / "hsl")
    for path in source.iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace(",", " , "), encoding="utf-8-sig")
    taken(source, folder)
    assert stops_of(folder, BUS)[1] == ("Beta Two", "08:01:00", "08:01:00")


@given(st.lists(st.integers(0, 99 * 3600), min_size=1))
def test_clocks_there_and_back(seconds: list[int]) -> None:
    texts = clock_texts(np.array(seconds, dtype=np.float64))
    assert [sum(int(part) * unit for part, unit in zip(text.split(":"), (3600, 60, 1), strict=True)) for text in texts] == seconds
    assert seconds_of(pa.chunked_array([pa.array(texts, pa.string())]), "hsl").tolist() == seconds


def test_no_time_stands_on_the_edge_of_a_minute() -> None:
    given = np.array([0.0, 59.0, 60.0, 61.0, 29_100.0, 29_136.0, 119.6])
    assert within_minutes(given).tolist() == [1.0, 59.0, 61.0, 61.0, 29_101.0, 29_136.0, 121.0]
