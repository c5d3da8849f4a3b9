"""The simulation: its noise is what it says, its verdicts are true, its files are read with care, its command ends rightly."""

import json
import math
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import msgspec
import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from pyproj import Geod

from finder.cli import main
from finder.domain.facility import Facility, FacilityKind
from finder.domain.fence import Circle, Fence, Outline, Trigger, Wish
from finder.errors import BadFile
from finder.geo.points import LonLat
from finder.notices.fences.reading import ReadFence, fences_of_rows
from finder.notices.fences.tables import rows_in
from finder.notices.law import Site
from finder.notices.simulate import Tally, TrueSide, judge, simulate, true_side
from finder.notices.simulate_files import read_fences, read_track
from finder.notices.simulate_noise import Noise, Truth, noisy_fixes
from finder.notices.simulate_picture import picture
from finder.notices.tracker import Confidence, Event, Grounds, watch_of
from tests.notices.tracks import CENTRE, START, place

CLEAN = Noise(
    noise_m=0.0,
    leaps_per_hour=0.0,
    boasting_share=0.0,
    lost_share=0.0,
    gaps_per_hour=0.0,
    late_share=0.0,
    twice_share=0.0,
    skewed_share=0.0,
)
WALK = [(-400.0, 0.0, 0.0), (0.0, 0.0, 300.0), (0.0, 0.0, 1200.0), (-400.0, 0.0, 1500.0), (-500.0, 0.0, 1900.0)]
"""Metres east and north, seconds."""


def truth_of(points: list[tuple[float, float, float]] = WALK) -> Truth:
    return Truth(np.array([at_s for *_, at_s in points]), np.array([place(east_m, north_m) for east_m, north_m, _ in points]))


def fence_of(radius_m: float = 100.0, limit: float = 0.01) -> Fence:
    wishes = (Wish(trigger=Trigger.DWELL, texts={}, dwell_s=300.0), Wish(trigger=Trigger.WRONG_ENTRANCE, texts={}))
    shape = Circle(centre=CENTRE, radius_m=radius_m)
    return Fence(id="f", tenant="", facility_id="", name="<A & B>", shape=shape, wishes=wishes, false_event_limit=limit)


def gpx(points: list[tuple[float, float, float]], *, times: bool = True, head: str = "") -> str:
    said = "".join(
        f'<trkpt lat="{place(x, y).lat}" lon="{place(x, y).lon}">'
        + (f"<time>{(START + timedelta(seconds=at_s)).isoformat()}</time>" if times else "")
        + "</trkpt>"
        for x, y, at_s in points
    )
    root = '<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1">'
    return f'<?xml version="1.0"?>{head}{root}<trk><trkseg>{said}</trkseg></trk></gpx>'


def geojson(*features: dict[str, object]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def point_fence(**properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": list(CENTRE)}, "properties": properties}


def test_without_noise_everything_is_told_and_nothing_else() -> None:
    report = simulate([fence_of()], truth_of(), noise=CLEAN, runs=20)
    assert {(one.trigger, one.due, one.false, one.missed, one.doubled) for one in report.tallies} == {
        (trigger, 20, 0, 0, 0) for trigger in (Trigger.WRONG_ENTRANCE, Trigger.DWELL)
    }
    assert {event.trigger for event in report.first_events} == {Trigger.WRONG_ENTRANCE, Trigger.DWELL}
    assert report.above_limit([fence_of(limit=0.0)]) == []


def test_a_fence_that_is_never_entered_has_nothing_due() -> None:
    report = simulate([fence_of()], truth_of([(-400.0, -300.0, 0.0), (400.0, -300.0, 600.0)]), noise=CLEAN, runs=5)
    assert all((one.due, one.false, one.missed) == (0, 0, 0) for one in report.tallies)


def test_the_noise_is_as_large_as_it_says() -> None:
    truth = truth_of([(0.0, 0.0, 0.0), (0.0, 0.0, 600.0)])
    quiet = Noise(noise_m=30.0, leaps_per_hour=0.0)
    errors_m = [
        Geod(ellps="WGS84").inv(*CENTRE, *fix.lon_lat)[2]
        for seed in range(150)
        for fix in noisy_fixes(truth, quiet, seed, START)[::12]
    ]
    assert np.quantile(errors_m, 0.68) == pytest.approx(30.0, rel=0.12)


def test_the_same_seed_gives_the_same_fixes_and_they_come_as_received() -> None:
    noise = Noise()
    fixes = noisy_fixes(truth_of(), noise, 7, START)
    assert fixes == noisy_fixes(truth_of(), noise, 7, START)
    assert fixes != noisy_fixes(truth_of(), noise, 8, START)
    assert [fix.received_at for fix in fixes] == sorted(fix.received_at for fix in fixes)


def test_leaps_claim_what_a_real_one_did() -> None:
    fixes = noisy_fixes(truth_of(), Noise(leaps_per_hour=60.0), 3, START)
    assert any(fix.accuracy_m == 1.9 for fix in fixes)


def event(
    trigger: Trigger, at_s: float, stay: int = 1, *, confidence: Confidence = Confidence.HIGH, wish_s: float | None = None
) -> Event:
    at = START + timedelta(seconds=at_s)
    grounds = Grounds(fixes=2, span_s=20, edge_m=-50, error_m=10)
    return Event(
        fence_id="f",
        stay=stay,
        trigger=trigger,
        wish_s=wish_s,
        confidence=confidence,
        at_device=at,
        at_server=at,
        fixes=(1, 2),
        grounds=grounds,
    )


SIDE = TrueSide(
    np.arange(0.0, 3000.0), np.where((np.arange(3000) >= 600) & (np.arange(3000) <= 1500), -50.0, 150.0), ((600.0, 1500.0),)
)


@pytest.mark.parametrize(
    ("trigger", "wish_s", "told", "false", "missed", "doubled"),
    [
        (Trigger.ENTER, None, [620], 0, 0, 0),
        (Trigger.ENTER, None, [590], 1, 0, 0),
        (Trigger.ENTER, None, [1570], 1, 1, 0),
        (Trigger.ENTER, None, [], 0, 1, 0),
        (Trigger.ENTER, None, [620, 900], 0, 0, 1),
        (Trigger.ENTER, None, [620, 2500], 1, 0, 0),
        (Trigger.DWELL, 300.0, [910], 0, 0, 0),
        (Trigger.DWELL, 300.0, [700], 1, 1, 0),
        (Trigger.DWELL, 300.0, [], 0, 1, 0),
        (Trigger.DWELL, 900.0, [], 0, 0, 0),
        (Trigger.EXIT, None, [1600], 0, 0, 0),
        (Trigger.EXIT, None, [1000, 1600], 1, 0, 1),
        (Trigger.EXIT, None, [], 0, 1, 0),
        (Trigger.APPROACH, 120.0, [500], 0, 0, 0),
        (Trigger.APPROACH, 120.0, [2000], 1, 1, 0),
    ],
)
def test_what_is_false_missed_and_doubled(
    trigger: Trigger, wish_s: float | None, told: list[float], false: int, missed: int, doubled: int
) -> None:
    events = [event(trigger, at_s, number, wish_s=wish_s) for number, at_s in enumerate(told)]
    tally = Tally(fence_id="f", trigger=trigger, wish_s=wish_s)
    bad = judge(tally, events, dict(zip((one.key for one in events), told, strict=True)), SIDE, 0.0)
    assert (tally.false, tally.missed, tally.doubled) == (false, missed, doubled)
    assert bad is bool(false or doubled)


def test_what_nobody_is_told_does_not_count() -> None:
    silent = event(Trigger.ENTER, 100, confidence=Confidence.NONE)
    tally = Tally(fence_id="f", trigger=Trigger.ENTER)
    assert not judge(tally, [silent], {silent.key: 100.0}, SIDE, 0.0)
    assert (tally.false, tally.missed) == (0, 1)


def test_a_short_way_out_does_not_end_a_true_stay() -> None:
    out = [(0.0, 0.0, 0.0), (0.0, 0.0, 600.0), (150.0, 0.0, 620.0), (150.0, 0.0, 660.0), (0.0, 0.0, 680.0), (0.0, 0.0, 1200.0)]
    (stay,) = true_side(truth_of(out), watch_of(fence_of())).stays
    assert stay == (0.0, 1200.0)


def test_a_track_across_180_degrees_goes_the_short_way() -> None:
    truth = Truth(np.array([0.0, 10.0]), np.array([[179.99, 0.0], [-179.99, 0.0]]))
    assert abs(truth.at(np.array([5.0]))[0, 0]) == pytest.approx(180.0)


SQUARE = [list(place(x, y)) for x, y in ((0, 0), (50, 0), (50, 50), (0, 50), (0, 0))]


class OneSite:
    """The facilities are one."""

    def site(self, facility_id: str) -> Site:
        """See :class:`finder.notices.fences.sites.Sites`."""
        return Site(facility=Facility(id=facility_id, kind=FacilityKind.CLINIC, name="Clinic", lon_lat=CENTRE, time_zone="UTC"))

    def others(self, shape: Circle | Outline, but: str) -> list[Site]:
        """None."""
        return []


def test_fences_are_read_as_the_import_reads_them(tmp_path: Path) -> None:
    """The same text, with all that an import needs, is read by both; but for tenant and texts they are the same."""
    file = tmp_path / "fences.csv"
    file.write_text(
        "id,facility,name,lat,lon,radius_m,triggers,text_en,text_es,windows,false_event_limit,note\n"
        f"c,clinic0,Clinic,{CENTRE.lat},{CENTRE.lon},80,enter; dwell 10 min; approach 2 min,"
        "In,Dentro,Mo-Fr 08:00-18:00; PH off,0.05,x\n"
    )
    (imported,) = fences_of_rows(rows_in(file.read_bytes(), file.name), "harbour", OneSite(), START)
    assert isinstance(imported, ReadFence)
    (tried,) = read_fences(file)
    assert msgspec.structs.replace(imported.fence, tenant="", wishes=tried.wishes) == tried
    assert [(wish.trigger, wish.dwell_s, wish.eta_s) for wish in tried.wishes] == [
        ("enter", None, None),
        ("dwell", 600.0, None),
        ("approach", None, 120.0),
    ]


def test_what_a_simulation_does_not_ask_about_may_be_left_out(tmp_path: Path) -> None:
    collection, table = tmp_path / "fences.geojson", tmp_path / "fences.csv"
    polygon: dict[str, object] = {"type": "Feature", "id": 7, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}
    collection.write_text(
        geojson(point_fence(triggers=["enter", "exit"], radius_m=80), polygon | {"properties": {"triggers": "exit"}})
    )
    circle, outline = read_fences(collection)
    assert circle.shape == Circle(centre=CENTRE, radius_m=80.0)
    assert [wish.trigger for wish in circle.wishes] == ["enter", "exit"]
    assert circle.name == "Row 1"
    assert isinstance(outline.shape, Outline)
    assert (outline.id, outline.name, len(outline.shape.polygons[0][0])) == ("7", "7", 5)
    table.write_text(f"triggers;lat;lon;radius_m\nwrong entrance;{CENTRE.lat};{CENTRE.lon};80\n")
    (fence,) = read_fences(table)
    assert (fence.shape, [wish.trigger for wish in fence.wishes]) == (circle.shape, ["wrong_entrance"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no json", "names none of the columns"),
        ("[]", "commas, semicolons or tabs"),
        ("sep=;\nname;lat\na;1\n", "no column triggers"),
        ("triggers,lat,lon,radius_m\n", "no fences below"),
        (geojson(), "no features"),
        (geojson(point_fence(radius_m=50)), "Row 1, triggers: "),
        (geojson(point_fence(radius_m=50, dwell_s=60)), "Row 1, triggers: "),
        (geojson(point_fence(triggers="enter")), "Row 1, geometry: "),
        (geojson(point_fence(triggers="enter", radius_m=-1)), "Row 1, radius_m: "),
        (geojson(point_fence(triggers="enter", radius_m="wide")), "Row 1, radius_m: "),
        (geojson(point_fence(triggers="enter", radius_m=50, false_event_limit=0.06)), "Row 1, false_event_limit: "),
        (geojson(*(point_fence(triggers="enter", radius_m=50, id="a") for _ in "12")), "Row 2, id: "),
        (geojson({"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}}), "Row 1: "),
        (geojson(*(point_fence(triggers="enter") for _ in range(30))), "And 10 more"),
    ],
)
def test_what_is_no_fence_is_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "fences.geojson"
    file.write_text(text)
    with pytest.raises(BadFile, match=told):
        read_fences(file)


def test_a_track_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "walk.gpx"
    file.write_text(gpx(WALK))
    track = read_track(file)
    truth = track.truth
    assert track.has_times
    assert truth.times_s.tolist() == [at_s for *_, at_s in WALK]
    assert truth.lon_lat == pytest.approx(truth_of().lon_lat)


def test_a_track_without_times_is_walked(tmp_path: Path) -> None:
    file = tmp_path / "walk.gpx"
    file.write_text(gpx([(0, 0, 0), (130, 0, 0), (130, 130, 0)], times=False))
    track = read_track(file)
    truth = track.truth
    assert not track.has_times
    metres = [
        0.0,
        *np.cumsum([Geod(ellps="WGS84").inv(*a, *b)[2] for a, b in zip(truth.lon_lat, truth.lon_lat[1:], strict=False)]),
    ]
    assert truth.times_s * 1.3 == pytest.approx(metres)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<gpx",
        "<kml/>",
        gpx([(0, 0, 0)]),
        gpx([(0, 0, 60), (1, 0, 0)]),
        gpx(WALK, head='<!DOCTYPE gpx [<!ENTITY a "b">]>'),
        gpx(WALK).replace('lat="', 'lat="9'),
        gpx(WALK).replace("<time>", "<time>x", 1),
        gpx(WALK).replace('lat="', 'north="'),
    ],
)
def test_what_is_no_track_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "walk.gpx"
    file.write_text(text)
    with pytest.raises(BadFile) as refused:
        read_track(file)
    assert str(CENTRE.lat)[:5] not in str(refused.value)


def test_a_bomb_of_entities_does_not_unfold(tmp_path: Path) -> None:
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    file = tmp_path / "walk.gpx"
    file.write_text(gpx(WALK, head=f'<!DOCTYPE gpx [<!ENTITY e0 "boom">{nested}]>').replace("<trk>", "<name>&e11;</name><trk>"))
    with pytest.raises(BadFile, match="document type"):
        read_track(file)


def test_the_picture_is_svg_with_the_fence_to_scale() -> None:
    truth = truth_of()
    report = simulate([fence_of()], truth, noise=Noise(), runs=1)
    root = ET.fromstring(picture([fence_of()], truth, report))  # noqa: S314 - our own
    namespace = {"s": "http://www.w3.org/2000/svg"}
    fence = root.find("s:path", namespace)
    assert fence is not None
    assert fence.findtext("s:title", namespaces=namespace) == "<A & B>"
    corners = [tuple(map(float, pair.split(","))) for pair in fence.attrib["d"].strip("MZ").split()]
    bar = next(path for path in root.findall("s:path", namespace) if "h" in path.attrib["d"])
    hundred = float(bar.attrib["d"].split("h")[1])
    assert math.sqrt(shapely.Polygon(corners).area / math.pi) == pytest.approx(hundred, rel=0.01)
    assert len(root.findall("s:circle", namespace)) >= 2 * len(report.first_run)
    assert any((text.text or "").startswith("dwell") for text in root.findall("s:text", namespace))


@pytest.mark.parametrize(
    ("turn", "sides"),
    [((1.0, 0.0), (960.0, 480.0)), ((0.0, 1.0), (480.0, 960.0))],
)
def test_labels_are_in_the_picture_and_of_use(turn: tuple[float, float], sides: tuple[float, float]) -> None:
    """Somebody comes from far away, straight from the west or the south, and all that is told is told at the other end."""
    walk = [(-3000.0, 0.0), (0.0, 300.0), (0.0, 1500.0)]
    truth = truth_of([(turn[0] * along_m, turn[1] * along_m, at_s) for along_m, at_s in walk])
    report = simulate([fence_of()], truth, noise=CLEAN, runs=1)
    root = ET.fromstring(picture([fence_of()], truth, report))  # noqa: S314 - our own
    namespace = {"s": "http://www.w3.org/2000/svg"}
    assert tuple(map(float, root.attrib["viewBox"].split()[2:])) == pytest.approx(sides, abs=1.0)
    width, height = sides
    told = [text for text in root.findall("s:text", namespace) if "(" in (text.text or "")]
    assert len(told) == 2
    for text in told:
        x, y, length = float(text.attrib["x"]), float(text.attrib["y"]), 8.0 * len(text.text or "")
        begin = x - length if text.attrib["text-anchor"] == "end" else x
        assert begin > 0.0
        assert begin + length < width
        assert 0.0 < y < height


def run(
    tmp_path: Path, *arguments: str, walk: str = "", limit: float = 0.05, triggers: str = "dwell 5 min", at: LonLat = CENTRE
) -> tuple[int, str]:
    fences, track = tmp_path / "fences.csv", tmp_path / "walk.gpx"
    head = "id,name,lat,lon,radius_m,triggers,false_event_limit"
    fences.write_text(f"{head}\nf,Clinic,{at.lat},{at.lon},100,{triggers},{limit}\n")
    track.write_text(walk or gpx(WALK))
    done = CliRunner().invoke(main, ["notices", "simulate", str(fences), str(track), *arguments])
    return done.exit_code, done.output


def test_the_command_shows_a_table_and_draws(tmp_path: Path) -> None:
    svg = tmp_path / "run.svg"
    code, output = run(tmp_path, "--runs", "10", "--picture", str(svg))
    assert code == 0, output
    assert "Clinic" in output
    assert "dwell 5 min" in output
    assert "10 visits, noise 30 m" in output
    assert "exit" not in output
    assert not re.search("never|no times|Not read", output)
    assert svg.read_text().startswith("<svg")


def test_the_command_fails_for_a_fence_that_cannot_work(tmp_path: Path) -> None:
    """Somebody waits for hours 5 m outside its edge."""
    waiting = gpx([(-105.0, 0.0, 0.0), (-105.0, 0.0, 7200.0)])
    code, output = run(tmp_path, "--runs", "40", walk=waiting, limit=0.0, triggers="enter; exit")
    assert code == 3, output
    assert "its limit is 0.00%" in output
    assert "never goes into Clinic: it comes within 5 m" in output


def test_the_command_says_that_a_track_has_no_times(tmp_path: Path) -> None:
    _, output = run(tmp_path, "--runs", "1", walk=gpx(WALK, times=False))
    assert "walk.gpx has no times, so it was gone along at 1.3 m/s without a stop" in output


def test_the_command_says_what_it_does_not_read(tmp_path: Path) -> None:
    file = tmp_path / "own.geojson"
    file.write_text(geojson(point_fence(triggers="enter", radius_m=100, dwell_s=60, colour="red")))
    (tmp_path / "walk.gpx").write_text(gpx(WALK))
    done = CliRunner().invoke(main, ["notices", "simulate", str(file), str(tmp_path / "walk.gpx"), "--runs", "1"])
    assert done.exit_code in {0, 3}
    assert "Not read: colour, dwell_s." in done.output


def test_the_command_says_why_no_approach_was_due(tmp_path: Path) -> None:
    """The walk is there after 383 s."""
    walk = gpx([(-600.0, 0.0, 0.0), (0.0, 0.0, 460.0), (0.0, 0.0, 900.0)])
    _, output = run(tmp_path, "--runs", "1", walk=walk, triggers="approach 1 min; approach 5 min")
    assert re.findall(r"No approach to Clinic was due.*?begin (\S+) min before it is there", output) == ["7"]
    assert "none due" in output
    _, output = run(tmp_path, "--runs", "1", walk=walk, triggers="enter; approach 1 min")
    assert "No approach" not in output


def test_the_command_says_that_a_track_is_of_elsewhere(tmp_path: Path) -> None:
    code, output = run(tmp_path, "--runs", "1", at=LonLat(CENTRE.lat, CENTRE.lon))
    assert code == 0, output
    away_km = Geod(ellps="WGS84").inv(*CENTRE, CENTRE.lat, CENTRE.lon)[2] / 1000.0
    told = re.search(r"never goes into Clinic: it comes no nearer than ([\d,]+) km. Are lat and lon swapped", output)
    assert told
    assert float(told[1].replace(",", "")) == pytest.approx(away_km, rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "said", "due"),
    [
        ((), "The track states no floor: nobody enters Lab, on level 2. Say with --level on which floor the walk went.", 0),
        (("--level", "3"), "The walk went on level 3: nobody enters Lab, on level 2.", 0),
        (("--level", "2"), "", 1),
    ],
)
def test_the_command_says_on_which_floor_a_zone_is_entered(
    tmp_path: Path, arguments: tuple[str, ...], said: str, due: int
) -> None:
    ring = [list(place(x, y)) for x, y in ((-90, -90), (90, -90), (90, 90), (-90, 90), (-90, -90))]
    zone: dict[str, object] = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}
    zone["properties"] = {"name": "Lab", "triggers": "enter", "level": 2}
    file, track = tmp_path / "zone.geojson", tmp_path / "walk.gpx"
    file.write_text(geojson(zone))
    track.write_text(gpx(WALK))
    done = CliRunner().invoke(main, ["notices", "simulate", str(file), str(track), "--runs", "1", *arguments])
    assert done.exit_code in {0, 3}, done.output
    output = " ".join(done.output.split())
    assert ("nobody enters" in output) is bool(said)
    assert said in output
    assert re.search(rf"Lab\W+enter\W+{due} ", output)


def test_of_a_zone_it_is_false_to_tell_whoever_is_on_another_floor() -> None:
    """On the map they are inside for a quarter of an hour."""
    below = TrueSide(SIDE.times_s, SIDE.edge_m, (), is_on_floor=False)
    for trigger, wish_s in ((Trigger.ENTER, None), (Trigger.DWELL, 300.0)):
        told, tally = event(trigger, 1000.0, wish_s=wish_s), Tally(fence_id="f", trigger=trigger, wish_s=wish_s)
        assert judge(tally, [told], {told.key: 1000.0}, below, 0.0)
        assert (tally.false, tally.due) == (1, 0)
    told, tally = event(Trigger.EXIT, 1000.0), Tally(fence_id="f", trigger=Trigger.EXIT)
    assert not judge(tally, [told], {told.key: 1000.0}, below, 0.0)


def test_a_floor_is_stated_now_and_then_and_at_times_a_wrong_one() -> None:
    truth = msgspec.structs.replace(truth_of(), level=2.0)
    fixes = noisy_fixes(truth, Noise(wrong_floor_share=0.2), 7, START)
    assert [msgspec.structs.replace(fix, level=None) for fix in fixes] == noisy_fixes(truth_of(), Noise(), 7, START)
    assert {fix.level for fix in fixes} == {None, 1.0, 2.0, 3.0}
    assert {fix.level for fix in noisy_fixes(truth_of(), Noise(), 7, START)} == {None}


def test_for_minutes_no_floor_is_stated_at_all() -> None:
    truth = msgspec.structs.replace(truth_of(), level=2.0)
    always = msgspec.structs.replace(CLEAN, no_floor_share=0.0, wrong_floor_share=0.0, floor_gaps_per_hour=0.0)
    assert {fix.level for fix in noisy_fixes(truth, always, 7, START)} == {2.0}
    gaps_s = list[float]()
    for seed in range(20):
        fixes = noisy_fixes(truth, msgspec.structs.replace(always, floor_gaps_per_hour=3.0), seed, START)
        for level, stretch in groupby(fixes, key=lambda fix: fix.level):
            made_at = [fix.at_device for fix in stretch]
            if level is None and {made_at[0], made_at[-1]}.isdisjoint({fixes[0].at_device, fixes[-1].at_device}):
                gaps_s.append((made_at[-1] - made_at[0]).total_seconds())
    assert len(gaps_s) > 5
    assert max(gaps_s) > 300.0


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    code, output = run(tmp_path, walk="<kml/>")
    assert code == 1
    assert "export the track" in output
    code, output = run(tmp_path, triggers="dwells")
    assert code == 1
    assert "Row 2, triggers: " in output


def test_a_start_has_a_zone() -> None:
    assert noisy_fixes(truth_of(), CLEAN, 1, datetime(2026, 1, 1, tzinfo=UTC))[0].lon_lat == pytest.approx(
        LonLat(*place(-400, 0)), abs=1e-3
    )
