"""Golden searches: what they answer after a load is what a publish of that load would answer; what changes is told rightly."""

import math
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod

from finder.directory import Snapshot, publish
from finder.directory.golden import GoldenSearch, default_golden_searches, read_golden_searches
from finder.directory.golden_diff import After, Cause, RowDifference, SearchDifference, Shown, describe
from finder.domain.facility import Address, Facility, FacilityKind, FacilityStatus
from finder.domain.load import Load
from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.store import Store
from tests.directory.conftest import facility, fill

WGS84 = Geod(ellps="WGS84")
HOSPITAL, PHARMACY, CLINIC = FacilityKind.HOSPITAL, FacilityKind.PHARMACY, FacilityKind.CLINIC
SOME_LOAD = Load(
    source="t", file_name="t.csv", started_at=datetime(2026, 1, 1, tzinfo=UTC), read=0, added=0, changed=0, unchanged=0, refused=0
)

# Few places, so that many facilities lie at one point or equally far; the awkward parts of the Earth among them.
awkward = [(180.0, 0.0), (-180.0, 0.0), (179.9, 0.1), (-179.9, -0.1), (0.0, 90.0), (77.0, 90.0), (12.0, -90.0), (0.0, 89.9)]
towns = [(-117.0 + 0.01 * x, 32.5 + 0.01 * y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
points = st.one_of(
    st.sampled_from([LonLat(*point) for point in awkward + towns]), st.builds(LonLat, st.floats(-180, 180), st.floats(-90, 90))
)
kinds = st.sampled_from([HOSPITAL, PHARMACY, CLINIC])
statuses = st.sampled_from([FacilityStatus.OPEN, FacilityStatus.OPEN, FacilityStatus.CLOSED, FacilityStatus.TEMPORARILY_CLOSED])
searches = st.builds(
    GoldenSearch,
    name=st.just("x"),
    lon_lat=points,
    kinds=st.lists(kinds, max_size=2, unique=True).map(tuple),
    limit=st.integers(1, 12),
    max_distance_m=st.none() | st.sampled_from([1.0, 1500.0, 50_000.0, 9_000_000.0]),
)


@st.composite
def facilities(draw: st.DrawFn, prefix: str, most: int) -> list[Facility]:
    return [
        facility(f"{prefix}{number}", *draw(points), draw(kinds), status=draw(statuses))
        for number in range(draw(st.integers(0, most)))
    ]


@st.composite
def changed(draw: st.DrawFn, old: Facility) -> Facility | None:
    """The facility after a load: moved, renamed, of another kind, closed or opened, several of these, or taken out."""
    if draw(st.integers(0, 5)) == 0:
        return None
    new = {
        "lon_lat": draw(st.just(old.lon_lat) | points),
        "name": draw(st.sampled_from([old.name, "Renamed"])),
        "kind": draw(st.just(old.kind) | kinds),
        "status": draw(st.just(old.status) | statuses),
        "phones": draw(st.sampled_from([(), ("+526641234567",)])),
    }
    return msgspec.structs.replace(old, **new)


def published(folder: Path, state: list[Facility]) -> Snapshot:
    folder.mkdir()
    with Store.open(f"sqlite:///{folder / 'finder.sqlite'}") as store:
        store.migrate()
        fill(store, state, SOME_LOAD)
        return publish(store, folder / "snapshots")


def answers_of(snapshot: Snapshot, asked: list[GoldenSearch]) -> list[tuple[Shown, ...]]:
    found = [
        [(near.distance_m, snapshot.records.facility_at(near.slot)) for near in search.ask(snapshot, search.limit)]
        for search in asked
    ]
    return [tuple(Shown(distance_m, one.id, one.name) for distance_m, one in rows) for rows in found]


def take_in(after: After, added: list[Facility], changes: list[tuple[Facility, Facility | None]]) -> None:
    for old, new in changes:
        if new is None:
            after.remove(old)
        else:
            after.replace(old, new)
    for start in range(0, len(added), 7):
        block = [one for one in added[start : start + 7] if one.status is FacilityStatus.OPEN]
        lon_lat = np.array([one.lon_lat for one in block], dtype=np.float64).reshape(-1, 2)
        after.add([one.id for one in block], lon_lat, [one.kind for one in block], [one.name for one in block])


@given(
    data=st.data(), stored=facilities("old", 25), added=facilities("new", 25), asked=st.lists(searches, min_size=1, max_size=9)
)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_a_load_is_what_its_publish_answers(
    data: st.DataObject,
    stored: list[Facility],
    added: list[Facility],
    asked: list[GoldenSearch],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    touched = data.draw(st.sets(st.sampled_from(range(len(stored))))) if stored else set[int]()
    changes = [(stored[number], data.draw(changed(stored[number]))) for number in sorted(touched)]
    folder = tmp_path_factory.mktemp("golden")
    now = published(folder / "now", stored) if stored or data.draw(st.booleans()) else None
    after = After(asked, now)
    take_in(after, added, changes)
    became = {old.id: new for old, new in changes}
    state = [new for one in stored if (new := became.get(one.id, one)) is not None] + added
    then = answers_of(published(folder / "then", state), asked)
    assert list(after.answers()) == then

    # The differences, done to the answers of now, give those of then.
    before = answers_of(now, asked) if now else [()] * len(asked)
    told = {id(difference): difference for difference in after.differences()}
    differing = [number for number in range(len(asked)) if looks(before[number]) != looks(then[number])]
    assert len(told) == len(differing)
    for number, difference in zip(differing, told.values(), strict=True):
        ranks = {row.id: row for row in difference.rows}
        assert len(ranks) == len(difference.rows)
        was = {row.id: rank for rank, row in enumerate(before[number], start=1)}
        is_ = {row.id: rank for rank, row in enumerate(then[number], start=1)}
        for id_ in was.keys() | is_.keys():
            row = ranks.get(id_)
            assert (row.rank_before, row.rank_after) == (was.get(id_), is_.get(id_)) if row else was[id_] == is_[id_]
        for row in difference.rows:
            assert row.cause is Cause.OTHERS or row.id in {one.id for one in added} | set(became)
        assert describe(difference)


def looks(answer: tuple[Shown, ...]) -> list[tuple[str, str, str]]:
    """An answer as a person sees it: a facility that moves by a metre makes no difference when it is 3 km away."""
    return [
        (row.id, row.name, f"{row.distance_m:.0f} m" if row.distance_m < 999.5 else far(row.distance_m / 1000)) for row in answer
    ]


def far(distance_km: float) -> str:
    return f"{distance_km:.1f} km" if distance_km < 99.95 else f"{distance_km:.0f} km"


def test_a_load_may_close_nearly_everything_around(tmp_path: Path) -> None:
    """Deeper than a search asks the snapshot: all but a few, far away, are closed or moved; one comes near."""
    generator = np.random.default_rng(3)
    near = [facility(f"near{i}", *generator.normal((-117.0, 32.5), 0.05).tolist(), CLINIC) for i in range(3000)]
    far_away = [facility(f"far{i}", *generator.normal((-99.1, 19.4), 0.05).tolist(), CLINIC) for i in range(12)]
    asked = [
        GoldenSearch(name="clinics", lon_lat=LonLat(-117.0, 32.5), kinds=(CLINIC,), limit=5),
        GoldenSearch(name="any", lon_lat=LonLat(-117.0, 32.5), limit=10),
        GoldenSearch(name="elsewhere", lon_lat=LonLat(-99.1, 19.4)),
        GoldenSearch(name="close by", lon_lat=LonLat(-117.0, 32.5), max_distance_m=3_000.0),
    ]
    after = After(asked, published(tmp_path / "now", near + far_away))
    moved = msgspec.structs.replace(near[7], lon_lat=LonLat(-117.01, 32.5))
    for one in near:
        after.replace(one, moved if one is near[7] else msgspec.structs.replace(one, status=FacilityStatus.CLOSED))
    then = answers_of(published(tmp_path / "then", [moved, *far_away]), asked)
    assert list(after.answers()) == then
    assert [len(rows) for rows in then] == [5, 10, 10, 1]
    assert [difference.name for difference in after.differences()] == ["clinics", "any", "close by"]
    after.add(["x"], np.array([[-117.0, 32.5]]), [HOSPITAL], ["Hospital X"])  # going on after asking
    assert [rows[0].name for rows in after.answers()] == [then[0][0].name, "Hospital X", then[2][0].name, "Hospital X"]


def test_what_was_below_the_list_comes_before_what_is_loaded_farther_off(street: tuple[list[Facility], Snapshot]) -> None:
    row, snapshot = street
    after = on_the_street(snapshot, limit=2)
    after.add(["a", "b"], np.array([[1.0, 0.0], [0.045, 0.0]]), [CLINIC, CLINIC], ["A", "B"])
    for one in row[:3]:
        after.remove(one)
    assert [shown.name for shown in after.answers()[0]] == ["Place 4", "B"]


def test_a_large_load_among_many_equally_far(tmp_path: Path) -> None:
    """Blocks of thousands, half of them at one point, as facilities that are known by their town only."""
    generator = np.random.default_rng(5)
    spread = generator.uniform((-180, -90), (180, 90), (10_000, 2))
    lon_lat = np.where(generator.random((10_000, 1)) < 0.5, np.array([[10.0, 50.0]]), spread)
    sorts = [list(FacilityKind)[i % 15] for i in range(10_000)]
    loaded = [facility(str(i), *point, kind) for i, (point, kind) in enumerate(zip(lon_lat.tolist(), sorts, strict=True))]
    asked = [
        GoldenSearch(name=f"{i}", lon_lat=LonLat(*point), kinds=sort, limit=1 + i)
        for i, (point, sort) in enumerate(
            [((10.0, 50.0), ()), ((10.1, 50.0), (HOSPITAL,)), ((-170.0, -50.0), ()), ((180, 0), ())]
        )
    ]
    after = After(asked, None)
    for start in range(0, 10_000, 4000):
        block = loaded[start : start + 4000]
        after.add(
            [one.id for one in block], lon_lat[start : start + 4000], sorts[start : start + 4000], [one.name for one in block]
        )
    assert list(after.answers()) == answers_of(published(tmp_path / "then", loaded), asked)
    for search, rows in zip(asked, after.answers(), strict=True):
        matching = [one for one in loaded if not search.kinds or one.kind in search.kinds]
        by_proj = sorted((round(WGS84.inv(*search.lon_lat, *one.lon_lat)[2], 6), one.id) for one in matching)
        assert [row.id for row in rows] == [id_ for _, id_ in by_proj[: search.limit]]


@pytest.fixture
def street(tmp_path: Path) -> tuple[list[Facility], Snapshot]:
    """Eight clinics on the equator, 1.1 km apart."""
    row = [facility(f"{i}", 0.01 * i, 0.0) for i in range(1, 9)]
    return row, published(tmp_path / "street", row)


def on_the_street(snapshot: Snapshot, limit: int = 6) -> After:
    return After([GoldenSearch(name="any care near zero", lon_lat=LonLat(0.0, 0.0), kinds=(CLINIC,), limit=limit)], snapshot)


def lines(after: After) -> list[str]:
    return [line for difference in after.differences() for line in describe(difference)]


def test_no_load_makes_no_difference(street: tuple[list[Facility], Snapshot]) -> None:
    row, snapshot = street
    after = on_the_street(snapshot)
    for one in row:
        after.replace(one, msgspec.structs.replace(one, phones=("+526641234567",)))
    after.add(["far"], np.array([[90.0, 0.0]]), [CLINIC], ["Far"])
    after.add(["other"], np.array([[0.0, 0.0]]), [HOSPITAL], ["Other"])
    assert after.differences() == ()


def test_what_changes_is_told_in_english(street: tuple[list[Facility], Snapshot]) -> None:
    row, snapshot = street
    after = on_the_street(snapshot)
    after.add(["new"], np.array([[0.0011, 0.0]]), [CLINIC], ["Hospital General"])
    assert lines(after) == [
        "1. Hospital General (122 m) is new",
        "Place 6 (was 6) is pushed off the list",
        "5 others go down by 1",
    ]

    after = on_the_street(snapshot)
    after.replace(row[4], msgspec.structs.replace(row[4], status=FacilityStatus.CLOSED))
    assert lines(after) == [
        "Place 6 goes from 6 to 5",
        "6. Place 7 (7.8 km) moves up into the list",
        "Place 5 (was 5) is gone",
    ]

    after = on_the_street(snapshot)
    after.replace(row[1], msgspec.structs.replace(row[1], lon_lat=LonLat(0.035, 0.0), name="Clínica Sol"))
    after.replace(row[3], msgspec.structs.replace(row[3], name="Clínica Luna"))
    after.replace(row[5], msgspec.structs.replace(row[5], kind=HOSPITAL))
    after.replace(row[7], msgspec.structs.replace(row[7], lon_lat=LonLat(0.001, 0.0)))
    after.replace(row[0], msgspec.structs.replace(row[0], lon_lat=LonLat(0.011, 0.0)))
    assert lines(after) == [
        "1. Place 8 (111 m) comes in: its place or kind changes",
        "Place 1 goes from 1 to 2, is now 1.2 km away (was 1.1 km)",
        "Place 2 goes from 2 to 4, is now called Clínica Sol, is now 3.9 km away (was 2.2 km)",
        "Place 4 goes from 4 to 5, is now called Clínica Luna",
        "Place 5 goes from 5 to 6",
        "Place 6 (was 6) leaves: its place or kind changes",
    ]


def test_a_reopened_one_is_new_and_a_renamed_one_only_moves_up(street: tuple[list[Facility], Snapshot]) -> None:
    row, snapshot = street
    after = on_the_street(snapshot)
    closed = facility("closed", 0.0, 0.0, status=FacilityStatus.CLOSED)
    after.replace(closed, msgspec.structs.replace(closed, status=FacilityStatus.OPEN))
    after.remove(row[0])
    after.remove(row[1])
    after.replace(row[6], msgspec.structs.replace(row[6], name="Seven"))
    assert lines(after) == [
        "1. Place closed (0 m) is new",
        "6. Seven (7.8 km) moves up into the list",
        "Place 1 (was 1) is gone",
        "Place 2 (was 2) is gone",
        "4 others go up by 1",
    ]


def test_the_first_load_is_all_new() -> None:
    after = After([GoldenSearch(name="any", lon_lat=LonLat(0.0, 0.0))], None)
    after.add(["a", "b"], np.array([[0.0, 0.2], [0.0, 0.1]]), [CLINIC, CLINIC], ["A", "B"])
    b = RowDifference(id="b", name="B", distance_m=after.answers()[0][0].distance_m, cause=Cause.ADDED, rank_after=1)
    assert after.differences()[0].rows[0] == b
    assert lines(after) == ["1. B (11.1 km) is new", "2. A (22.1 km) is new"]


def test_lines_hold_no_coordinates() -> None:
    row = RowDifference(id="a", name="A", distance_m=1_234_567.0, cause=Cause.ADDED, rank_after=3)
    assert describe(SearchDifference(name="x", rows=(row,))) == ["3. A (1,235 km) is new"]


def test_a_search_off_the_earth_is_refused() -> None:
    with pytest.raises(BadInput, match="swapped"):
        After([GoldenSearch(name="x", lon_lat=LonLat(32.5, -117.0))], None)


# The operator's file


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "golden_searches.toml"
    path.write_text(
        """
        [[search]]
        name = "hospitals near Zona Río, Tijuana"
        lat = 32.53
        lon = -117.02
        kinds = ["hospital", "emergency"]
        limit = 5
        max_distance_m = 5000

        [[search]]
        place = "Ensenada"
        lat = 32
        lon = -117
        """,
        encoding="utf-8",
    )
    assert read_golden_searches(path) == (
        GoldenSearch(
            name="hospitals near Zona Río, Tijuana",
            lon_lat=LonLat(-117.02, 32.53),
            kinds=(HOSPITAL, FacilityKind.EMERGENCY),
            limit=5,
            max_distance_m=5000.0,
        ),
        GoldenSearch(name="any care near Ensenada", lon_lat=LonLat(-117.0, 32.0)),
    )


def test_the_documents_example_is_read(tmp_path: Path) -> None:
    document = (Path(__file__).parents[2] / "docs/golden-searches.md").read_text(encoding="utf-8")
    path = tmp_path / "golden_searches.toml"
    path.write_text(document.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert [search.name for search in read_golden_searches(path)] == [
        "hospitals near Zona Río, Tijuana",
        "pharmacies near Ensenada",
    ]


WHERE = "lat = 32.53\nlon = -117.02\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"no golden searches: write each as \[\[search\]\]"),
        ("[[search", "no TOML"),
        ("search = 3", "no golden searches"),
        ("search = [3]", r"search 1: write it as \[\[search\]\]"),
        ("[[searches]]\nname = 'x'", r"“searches”; all it can have are entries that begin with \[\[search\]\]"),
        (f"[[search]]\n{WHERE}", "search 1: it needs a name"),
        (f"[[search]]\nname = ' '\n{WHERE}", "it needs a name"),
        (f"[[search]]\nname = 3\nplace = 'x'\n{WHERE}", "it needs a name"),
        ("[[search]]\nname = 'x'\nlat = 32.53", "search 1 “x”: it needs lat and lon"),
        ("[[search]]\nname = 'x'\nlat = '32.53'\nlon = -117.02", "without quotes"),
        ("[[search]]\nname = 'x'\nlat = true\nlon = -117.02", "it needs lat and lon"),
        ("[[search]]\nname = 'x'\nlat = -117.02\nlon = 32.53", "search 1 “x”: Latitude must be between .* swapped"),
        ("[[search]]\nname = 'x'\nlat = nan\nlon = 32.53", "must be numbers"),
        (f"[[search]]\nname = 'x'\n{WHERE}kinds = 'hospital'", r"kinds must be a list, such as \[\"hospital\"\]"),
        (f"[[search]]\nname = 'x'\n{WHERE}kinds = ['hospitals']", "of any of hospital, emergency"),
        (f"[[search]]\nname = 'x'\n{WHERE}kinds = [['hospital']]", "kinds must be a list"),
        (f"[[search]]\nname = 'x'\n{WHERE}limit = 0", "limit .* from 1 to 100"),
        (f"[[search]]\nname = 'x'\n{WHERE}limit = 2.5", "whole number"),
        (f"[[search]]\nname = 'x'\n{WHERE}max_distance_m = 0", "metres above 0"),
        (f"[[search]]\nname = 'x'\n{WHERE}max_distance_m = nan", "metres above 0"),
        (f"[[search]]\nname = 'x'\n{WHERE}radius = 3", "“radius” is not known; a search can have name, place, lat"),
        (f"[[search]]\nname = 'x'\n{WHERE}[[search]]\nname = 'x'\n{WHERE}", "several searches called “x”"),
        (f"[[search]]\nname = 'x'\n{WHERE}" * 201, "201 golden searches; keep at most 200"),
    ],
)
def test_what_cannot_be_used_is_refused_with_advice(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "golden_searches.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said) as refused:
        read_golden_searches(path)
    assert "32.53" not in str(refused.value)
    assert "117.02" not in str(refused.value)


def test_a_file_that_is_not_text_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "golden_searches.toml"
    with pytest.raises(BadInput, match="cannot be read"):
        read_golden_searches(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="no TOML"):
        read_golden_searches(path)


# Those made up for want of a file


def town(name: str, lon: float, lat: float, size: int, kind: FacilityKind = CLINIC) -> list[Facility]:
    generator = np.random.default_rng(size)
    around = generator.normal((lon, lat), 0.02, (size, 2)).tolist()
    address = Address(neighbourhood=name, city=name)  # as files have it of a place that is both; it is said once
    return [facility(f"{name}{i}", *point, kind, address=address) for i, point in enumerate(around)]


def test_searches_are_made_where_facilities_are(tmp_path: Path) -> None:
    state = [
        *town("Tijuana", -117.02, 32.51, 300),
        *town("Ensenada", -116.6, 31.87, 90),
        *town("Mexicali", -115.45, 32.65, 120, PHARMACY),
        facility("lonely", -112.0, 28.0, FacilityKind.DENTIST),
    ]
    snapshot = published(tmp_path / "now", state)
    made = default_golden_searches(snapshot)
    assert made == default_golden_searches(snapshot)
    assert made == default_golden_searches(None, sorted(state, key=lambda one: snapshot_order(snapshot, one)))
    assert len({search.name for search in made}) == len(made) <= 32
    assert [search.name for search in made[:3]] == ["any care near Tijuana", "pharmacies near Tijuana", "clinics near Tijuana"]
    assert {"pharmacies near Mexicali", "clinics near Ensenada"} <= {search.name for search in made}
    assert {search.kinds for search in made} == {(), (PHARMACY,), (CLINIC,)}
    assert {search.max_distance_m for search in made} == {100_000.0}
    middle = made[0].lon_lat
    assert math.hypot(middle.lon + 117.02, middle.lat - 32.51) < 0.03


def snapshot_order(snapshot: Snapshot, one: Facility) -> int:
    """The slot of a facility, which is the order in which a snapshot is read through."""
    return int(snapshot.slots[snapshot.row_of(one.id)])


def test_a_load_where_nothing_was_is_searched_too(tmp_path: Path) -> None:
    snapshot = published(tmp_path / "now", town("Helsinki", 24.94, 60.17, 50))
    made = default_golden_searches(snapshot, iter(town("Tijuana", -117.02, 32.51, 50, HOSPITAL)))
    assert {"any care near Helsinki", "hospitals near Tijuana", "clinics near Helsinki"} <= {search.name for search in made}


def test_many_are_sampled_and_closed_ones_left_out() -> None:
    many = town("Tijuana", -117.02, 32.51, 12_000)
    gone = [msgspec.structs.replace(one, status=FacilityStatus.CLOSED) for one in town("Ensenada", -116.6, 31.87, 50, HOSPITAL)]
    made = default_golden_searches(None, gone + many)
    assert {search.kinds for search in made} == {(), (CLINIC,)}
    assert all("Ensenada" not in search.name for search in made)
    assert 2 <= len(made) <= 16


def test_nothing_is_made_of_nothing(tmp_path: Path) -> None:
    assert default_golden_searches(None) == ()
    assert default_golden_searches(published(tmp_path / "now", [])) == ()


def test_facilities_at_one_point_make_one_spot() -> None:
    made = default_golden_searches(None, [facility(str(i), 180.0 if i % 2 else -180.0, 10.0) for i in range(20)])
    assert [search.name for search in made] == ["any care near Place 0", "clinics near Place 0"]
