"""What is published is found again: nearest first, page by page, while newer snapshots come into service."""

import math
import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from finder.directory import Directory, Search, Snapshot, Wanted, find, is_behind, publish
from finder.directory.finding.cursor import MOST_SHOWN, Cursor, fingerprint
from finder.directory.summary import FacilitySummary
from finder.domain.facility import Facility, FacilityKind, FacilityStatus
from finder.domain.load import Load
from finder.domain.position import PositionFor, PositionSource
from finder.errors import BadCursor, Damaged, NotFound, NotReady
from finder.geo.points import LonLat
from finder.loading.commit import commit_facilities
from finder.loading.undo import undo_load
from finder.store import Store
from tests.directory.conftest import facility
from tests.facilities import stored

WGS84 = Geod(ellps="WGS84")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def position(lon: float, lat: float, accuracy_m: float = 0.0) -> PositionFor[Any]:
    return PositionFor(lon_lat=LonLat(lon, lat), accuracy_m=accuracy_m, source=PositionSource.GPS)


def by_brute_force(facilities: list[Facility], origin: LonLat) -> list[str]:
    def key(one: Facility) -> tuple[float, str]:
        return round(WGS84.inv(*origin, *one.lon_lat)[2], 6), one.id

    return [one.id for one in sorted(facilities, key=key)]


def ids(snapshot: Snapshot, search: Search) -> list[str]:
    return [hit.facility().id for hit in find(snapshot, search).hits]


def all_pages(snapshot: Snapshot, search: Search) -> list[str]:
    found: list[str] = []
    while True:
        page = find(snapshot, search)
        found += [hit.facility().id for hit in page.hits]
        if page.next_cursor is None:
            return found
        search = msgspec.structs.replace(search, cursor=page.next_cursor)


@pytest.fixture
def towns() -> list[Facility]:
    """Places around the border of Tijuana and San Diego, several at one point, of several kinds."""
    kinds = list(FacilityKind)
    spread = [facility(f"{i}", -117.2 + 0.003 * (i % 17), 32.4 + 0.004 * (i % 23), kinds[i % len(kinds)]) for i in range(120)]
    return spread + [facility(f"same-{i}", -117.05, 32.5) for i in range(30)]


@pytest.fixture
def snapshot(sqlite_store: Store, towns: list[Facility], load: Load, tmp_path: Path) -> Snapshot:
    stored(sqlite_store, towns, load)
    return publish(sqlite_store, tmp_path / "snapshots")


def test_nearest_are_those_of_brute_force(snapshot: Snapshot, towns: list[Facility]) -> None:
    origin = LonLat(-117.1, 32.45)
    assert ids(snapshot, Search(position=position(*origin), limit=150)) == by_brute_force(towns, origin)


@given(limit=st.integers(1, 60), lon=st.floats(-180, 180), lat=st.floats(-90, 90))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_of_any_size_are_the_whole_list_without_gap_or_repeat(
    snapshot: Snapshot, towns: list[Facility], limit: int, lon: float, lat: float
) -> None:
    paged = all_pages(snapshot, Search(position=position(lon, lat), limit=limit))
    assert paged == ids(snapshot, Search(position=position(lon, lat), limit=len(towns)))
    assert sorted(paged) == sorted(one.id for one in towns)


def test_kind_and_radius_filter(snapshot: Snapshot, towns: list[Facility]) -> None:
    origin = LonLat(-117.1, 32.45)
    wanted = frozenset({FacilityKind.HOSPITAL, FacilityKind.DENTIST})
    found = all_pages(snapshot, Search(position=position(*origin), wanted=Wanted(kinds=wanted), radius_m=20_000, limit=3))
    within = [one for one in towns if one.kind in wanted and WGS84.inv(*origin, *one.lon_lat)[2] <= 20_000]
    assert found == by_brute_force(within, origin)
    assert found


def test_a_page_goes_on_after_a_new_snapshot(sqlite_store: Store, snapshot: Snapshot, load: Load, tmp_path: Path) -> None:
    search = Search(position=position(-117.1, 32.45), limit=10)
    first = find(snapshot, search)
    seen = [hit.facility() for hit in first.hits]
    nearer = [facility(f"new-{i}", -117.1, 32.45) for i in range(40)]
    stored(sqlite_store, [msgspec.structs.replace(seen[3], status=FacilityStatus.CLOSED), *nearer], load)
    newer = publish(sqlite_store, tmp_path / "snapshots")
    rest = all_pages(newer, msgspec.structs.replace(search, cursor=first.next_cursor))
    assert rest == all_pages(snapshot, msgspec.structs.replace(search, cursor=first.next_cursor))
    assert not {one.id for one in seen} & set(rest)


def test_distances_from_an_uncertain_position_are_ranges(snapshot: Snapshot) -> None:
    centre, accuracy_m = LonLat(-117.1, 32.45), 6000.0
    page = find(snapshot, Search(position=position(*centre, accuracy_m), limit=150))
    for bearing in range(0, 360, 45):
        lon, lat, _ = WGS84.fwd(*centre, bearing, accuracy_m * 0.999)
        for hit in page.hits:
            true_m = WGS84.inv(lon, lat, *hit.facility().lon_lat)[2]
            assert hit.distance_min_m <= true_m <= hit.distance_max_m
    assert page.hits[0].distance_min_m == 0.0


@pytest.mark.parametrize("cursor", ["", "x", "Ñ", "gqFhAQ", "a" * 5000])
def test_a_cursor_of_somebody_else_is_refused(snapshot: Snapshot, cursor: str) -> None:
    with pytest.raises(BadCursor, match="next_cursor"):
        find(snapshot, Search(position=position(0, 0), cursor=cursor))


def cursor_of(search: Search, **fields: object) -> str:
    """A cursor as nobody was given it, for the very search."""
    of_ours = Cursor(
        tier=0,
        value=1.0,
        second_value=1.0,
        id="a",
        at=int(NOON.timestamp()),
        shown=1,
        asked=fingerprint(search),
        by_road=False,
        snapshot=1,
        before=0,
        waits=None,
    )
    return msgspec.structs.replace(of_ours, **fields).encode()


@pytest.mark.parametrize(
    "forged",
    [
        *({field: number} for field in ("value", "second_value") for number in (math.inf, math.nan, -1.0, 3e7)),
        {"shown": 2**31},
        {"shown": -1},
        {"shown": MOST_SHOWN + 1},
        {"tier": -1},
    ],
)
def test_a_forged_cursor_buys_no_long_search(snapshot: Snapshot, forged: dict[str, float]) -> None:
    search = Search(position=position(0, 0))
    with pytest.raises(BadCursor, match="next_cursor"):
        find(snapshot, msgspec.structs.replace(search, cursor=cursor_of(search, **forged)), NOON)


@pytest.mark.parametrize(("forged", "found"), [({"tier": 99}, 0), ({"id": ""}, 3), ({"value": 2e7}, 0)])
def test_a_forged_cursor_that_could_be_one_is_answered(snapshot: Snapshot, forged: dict[str, object], found: int) -> None:
    search = Search(position=position(0, 0), limit=3)
    page = find(snapshot, msgspec.structs.replace(search, cursor=cursor_of(search, **forged)), NOON)
    assert len(page.hits) == found


@pytest.mark.parametrize(("minutes", "good"), [(0, True), (60, True), (61, False), (-1, True), (-2, False), (10**9, False)])
def test_a_cursor_is_good_for_an_hour(snapshot: Snapshot, minutes: int, good: bool) -> None:
    """Its page tells what was open when the first was asked for; a moment that a calendar does not have is none of ours."""
    search = Search(position=position(0, 0), limit=3)
    later = msgspec.structs.replace(search, cursor=cursor_of(search, at=int(NOON.timestamp()) - 60 * minutes))
    if good:
        assert len(find(snapshot, later, NOON).hits) == 3
    else:
        with pytest.raises(BadCursor, match="start again"):
            find(snapshot, later, NOON)


def test_paging_ends(snapshot: Snapshot) -> None:
    search = Search(position=position(-117.1, 32.45), limit=5)
    last = cursor_of(search, value=0.0, second_value=0.0, id="", shown=MOST_SHOWN)
    page = find(snapshot, msgspec.structs.replace(search, cursor=last), NOON)
    assert (len(page.hits), page.next_cursor) == (5, None)


def test_a_cursor_of_another_search_is_refused(snapshot: Snapshot) -> None:
    cursor = find(snapshot, Search(position=position(0, 0), limit=1)).next_cursor
    with pytest.raises(BadCursor, match="something else"):
        find(snapshot, Search(position=position(0, 0), limit=1, radius_m=5.0, cursor=cursor))


def test_one_facility_by_id(snapshot: Snapshot, towns: list[Facility]) -> None:
    for one in towns:
        assert snapshot.facility(one.id) == one
    for unknown in ("", "nothing", "\x00", "ñ" * 40, towns[0].id + "x"):
        with pytest.raises(NotFound):
            snapshot.facility(unknown)


def test_summaries_are_json_of_the_same_facility(snapshot: Snapshot) -> None:
    for hit in find(snapshot, Search(position=position(-117.1, 32.45), limit=5)).hits:
        summary = msgspec.json.decode(hit.summary_json(), type=FacilitySummary)
        assert (summary.id, summary.name) == (hit.facility().id, hit.facility().name)


def test_only_open_facilities_are_published(sqlite_store: Store, load: Load, tmp_path: Path) -> None:
    states = [facility(state.value, 0, 0, status=state) for state in FacilityStatus]
    stored(sqlite_store, states, load)
    snapshot = publish(sqlite_store, tmp_path / "snapshots")
    assert len(snapshot) == 1
    assert snapshot.manifest.by_kind == {FacilityKind.CLINIC: 1}


def test_an_empty_store_publishes_an_empty_snapshot(sqlite_store: Store, tmp_path: Path) -> None:
    snapshot = publish(sqlite_store, tmp_path / "snapshots")
    assert find(snapshot, Search(position=position(0, 0))).hits == ()
    assert snapshot.manifest.centre is None
    assert Snapshot.open(tmp_path / "snapshots" / "current", verify=True).number == 1


def test_readers_switch_without_losing_a_request(sqlite_store: Store, towns: list[Facility], load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    stored(sqlite_store, towns, load)
    publish(sqlite_store, folder)
    directory = Directory(folder)
    seen: list[int] = []
    wrong: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                current = directory.current()
                assert len(find(current, Search(position=position(-117.1, 32.45), limit=20)).hits) == 20
                seen.append(current.number)
        except BaseException as error:
            wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(8):
        publish(sqlite_store, folder)
    deadline = 2000
    while seen[-1] != 9 and deadline:
        deadline -= 1
        threading.Event().wait(0.005)
    stop.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert {1, 9} <= set(seen) <= set(range(1, 10))
    assert sorted(path.name for path in folder.glob("0*")) == ["0000000007", "0000000008", "0000000009"]


def test_a_crash_while_publishing_leaves_the_old_one_in_service(
    sqlite_store: Store, snapshot: Snapshot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class BrokenStore:
        def facilities(self) -> object:
            yield from list(sqlite_store.facilities())[:5]
            raise OSError("the disk went away")

        def revision(self) -> str:
            return sqlite_store.revision()

    with pytest.raises(OSError, match="disk"):
        publish(BrokenStore(), tmp_path / "snapshots")  # type: ignore[arg-type]
    directory = Directory(tmp_path / "snapshots")
    assert directory.current().number == 1
    publish(sqlite_store, tmp_path / "snapshots")
    assert directory.current().number == 2
    assert not list((tmp_path / "snapshots").glob("writing-*"))


def test_a_damaged_newest_snapshot_leaves_the_one_before_answering(
    sqlite_store: Store, snapshot: Snapshot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = Directory(tmp_path / "snapshots")
    assert directory.current().number == 1
    publish(sqlite_store, tmp_path / "snapshots")
    (tmp_path / "snapshots" / "current" / "facilities.bin").write_bytes(b"cut")
    for _ in range(3):
        assert directory.current().number == 1
    assert caplog.text.count("left out") == 1
    with pytest.raises(Damaged):
        Directory(tmp_path / "snapshots").current()
    publish(sqlite_store, tmp_path / "snapshots")
    assert directory.current().number == 3


def test_readers_switch_when_the_folder_of_snapshots_was_lost_and_numbers_begin_anew(
    sqlite_store: Store, snapshot: Snapshot, load: Load, tmp_path: Path
) -> None:
    directory = Directory(tmp_path / "snapshots")
    count = len(directory.current())
    (tmp_path / "snapshots").rename(tmp_path / "lost")
    stored(sqlite_store, [facility("one more", 0, 0)], load)
    assert publish(sqlite_store, tmp_path / "snapshots").number == 1
    assert len(directory.current()) == count + 1


def test_a_store_is_behind_until_its_changes_are_published(sqlite_store: Store, load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    assert is_behind(sqlite_store, folder)
    publish(sqlite_store, folder)
    assert not is_behind(sqlite_store, folder)
    stored(sqlite_store, [], load)  # a load that changed nothing
    assert not is_behind(sqlite_store, folder)
    stored(sqlite_store, [facility("1", 0, 0)], msgspec.structs.replace(load, read=1, added=1))
    stored(sqlite_store, [], load)
    assert is_behind(sqlite_store, folder)
    publish(sqlite_store, folder)
    assert not is_behind(sqlite_store, folder)


def test_a_snapshot_of_another_table_of_care_is_not_opened(sqlite_store: Store, snapshot: Snapshot, tmp_path: Path) -> None:
    """Its catalogues know care by its number in the table: a specialty put in between would shift them all."""
    folder = tmp_path / "snapshots"
    assert not is_behind(sqlite_store, folder)
    path = folder / "current" / "manifest.json"
    told = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**told, "care": told["care"][::-1]}))
    with pytest.raises(Damaged, match=r"table of specialties.*finder publish"):
        Snapshot.open(folder / "current")
    with pytest.raises(Damaged):
        Directory(folder).current()
    assert is_behind(sqlite_store, folder)
    publish(sqlite_store, folder)
    assert not is_behind(sqlite_store, folder)
    assert len(Directory(folder).current()) == len(snapshot)


def test_a_store_is_behind_when_an_old_load_is_taken_back(sqlite_store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    first = commit_facilities(sqlite_store, [facility("1", 0, 0)], source="a", file_name="a.csv")
    second = commit_facilities(sqlite_store, [facility("2", 9, 9)], source="b", file_name="b.csv")
    assert len(publish(sqlite_store, folder)) == 2
    undo_load(sqlite_store, first.id or 0)
    assert is_behind(sqlite_store, folder)
    assert len(publish(sqlite_store, folder)) == 1
    assert not is_behind(sqlite_store, folder)
    undo_load(sqlite_store, second.id or 0)
    assert is_behind(sqlite_store, folder)


def test_a_store_that_came_back_from_a_backup_is_behind(sqlite_store: Store, load: Load, tmp_path: Path) -> None:
    """It may have as many loads again by now, of other files."""
    folder = tmp_path / "snapshots"
    stored(sqlite_store, [facility("1", 0, 0)], msgspec.structs.replace(load, added=1))
    publish(sqlite_store, folder)
    with Store.open(f"sqlite:///{tmp_path / 'backup.sqlite'}") as backup:
        backup.migrate()
        assert is_behind(backup, folder)
        later = msgspec.structs.replace(load, added=1, started_at=load.started_at + timedelta(hours=1))
        stored(backup, [facility("2", 0, 0)], later)
        assert [one.id for one in backup.loads()] == [one.id for one in sqlite_store.loads()]
        assert is_behind(backup, folder)


def test_without_a_snapshot_the_directory_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="finder load"):
        Directory(tmp_path).current()


@pytest.mark.parametrize(
    "name",
    [
        *("manifest.json", "ids.npy", "slots.npy", "facilities.bin", "facilities.ends.npy", "summaries.bin"),
        *(
            "plans.json",
            "marks.json",
            "people/people_ids.npy",
            "facilities/marks.npy",
            "facilities/care.npy",
            "listings/lon_lat.npy",
        ),
        *("facilities/hours/hours.npy", "listings/hours/hours_classes.json", "facilities/verified_day.npy"),
    ],
)
@pytest.mark.parametrize("damage", ["remove", "cut", "scribble"])
def test_a_damaged_snapshot_is_refused(snapshot: Snapshot, tmp_path: Path, name: str, damage: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "snapshots" / "0000000001", copy)
    path = copy / name
    content = path.read_bytes()
    if damage == "remove":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.write_bytes(content[:-40] + bytes(byte ^ 0x55 for byte in content[-40:]))
    with pytest.raises(Damaged, match="finder publish"):
        Snapshot.open(copy, verify=True)
