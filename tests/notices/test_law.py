"""Which fence is lawful: cases by hand, and shapes at random beside outlines measured by brute force."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from finder.domain.facility import FacilityKind
from finder.domain.fence import Circle, Outline
from finder.errors import BadInput
from finder.geo.points import LonLat
from finder.notices.law import Boundaries, Operator, Purpose, Site, Verdict, Why, installed_boundaries, look_around_m, verdict
from finder.notices.law import boundaries as boundaries_module
from finder.notices.law.ground import Ground
from finder.notices.law.table import law_table, law_table_from
from tests.notices.law_shapes import (
    BOUNDARIES,
    CASES,
    LAW_TOML,
    WGS84,
    away,
    circle,
    distance_m,
    edge_points,
    facility,
    holds,
    outline,
    regular,
    site_of,
)

INSTALLED = installed_boundaries()
ANY_OPERATOR, ANY_PURPOSE = st.sampled_from(list(Operator)), st.sampled_from(list(Purpose))
RADIUS_M = st.floats(1.0, 20_000.0)


def judged(shape: Circle | Outline, site: Site, others: list[Site] | None = None, **how: Any) -> Verdict:
    asked = {"operator": Operator.RUNS_THE_FACILITY, "purpose": Purpose.NOTICES, "boundaries": INSTALLED, "others": others or []}
    return verdict(shape, site, **(asked | how))


def said(given: Verdict) -> list[str]:
    return sorted(" ".join(filter(None, (one.why, one.jurisdiction, one.row and one.row.id))) for one in given.reasons)


def a_site(lon_lat: tuple[float, float], radius_m: float | None = None) -> Site:
    return Site(facility=facility(lon_lat), perimeter=None if radius_m is None else regular(lon_lat, radius_m))


def test_the_outlines_are_installed() -> None:
    assert INSTALLED is not None, "run make setup"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_cases(case: dict[str, Any]) -> None:
    others = None if case["others"] is None else [site_of(other) for other in case["others"]]
    how = {"operator": Operator(case.get("operator", "runs_the_facility")), "purpose": Purpose(case.get("purpose", "notices"))}
    shape = circle(case.get("fence_at", case["lon_lat"]), case["radius_m"])
    given = verdict(shape, site_of(case), others=others, boundaries=INSTALLED, **how)
    assert (given.allowed, said(given)) == (case["allowed"], sorted(case["why"]))
    for reason in given.reasons:
        for language in ("en", "es-MX"):
            text = reason.text(language)
            assert "{" not in text
            assert not any(str(degrees) in text for degrees in case["lon_lat"] if degrees)
            assert reason.row is None or (reason.row.source in text and reason.row.read_on.isoformat() in text)


# ---- Washington: no shape, whoever wants it, whatever for


@st.composite
def in_washington(draw: st.DrawFn) -> tuple[float, float]:
    place = draw(st.tuples(st.floats(-124.7, -117.0), st.floats(45.6, 49.0)))
    assume(holds("us", "Washington", place))
    return place


@given(in_washington(), RADIUS_M, st.booleans(), st.one_of(st.none(), st.floats(5.0, 1400.0)), ANY_OPERATOR, ANY_PURPOSE)
@settings(deadline=None, max_examples=150)
def test_in_washington_every_shape_is_refused(
    place: tuple[float, float], radius_m: float, round_: bool, site_m: float | None, operator: Operator, purpose: Purpose
) -> None:
    shape = circle(place, radius_m) if round_ else regular(place, radius_m)
    given_ = judged(shape, a_site(place, site_m), operator=operator, purpose=purpose)
    assert not given_.allowed
    assert "forbidden US-WA wa-all" in said(given_)


@given(st.integers(0), st.floats(0.0, 360.0), RADIUS_M, ANY_OPERATOR, ANY_PURPOSE)
@settings(deadline=None, max_examples=150)
def test_what_only_touches_the_line_of_washington_is_refused(
    number: int, azimuth_deg: float, radius_m: float, operator: Operator, purpose: Purpose
) -> None:
    points = edge_points("us", "Washington")
    on_the_line = tuple(points[number % len(points)].tolist())
    place = away(on_the_line, azimuth_deg, radius_m)  # wherever that is: the circle reaches the line
    given_ = judged(circle(place, radius_m), a_site(place, 50.0), operator=operator, purpose=purpose)
    assert not given_.allowed
    assert "forbidden US-WA wa-all" in said(given_)


@given(in_washington(), st.floats(1.0, 500.0))
@settings(deadline=None, max_examples=50)
def test_a_site_in_washington_has_no_fence_outside_either(place: tuple[float, float], radius_m: float) -> None:
    assert not judged(circle((24.94, 60.17), radius_m), a_site(place)).allowed
    near = away(place, 200.0, 15_000.0)
    assert "forbidden US-WA wa-all" in said(judged(circle(near, radius_m), a_site(place)))


# ---- where it is lawful


@given(st.floats(-117.05, -116.85), st.floats(32.35, 32.49), st.floats(1.0, 500.0), st.booleans())
@settings(deadline=None, max_examples=100)
def test_an_own_fence_in_tijuana_is_allowed_with_consent(lon: float, lat: float, radius_m: float, round_: bool) -> None:
    shape = circle((lon, lat), radius_m) if round_ else regular((lon, lat), radius_m)
    given_ = judged(shape, a_site((lon, lat)))
    assert (given_.allowed, said(given_)) == (True, ["allowed MX mx-own-notices"])
    assert not judged(shape, a_site((lon, lat)), operator=Operator.OTHER).allowed
    assert not judged(circle((lon, lat), radius_m + 502.0), a_site((lon, lat))).allowed


@given(st.floats(24.85, 25.05), st.floats(60.16, 60.25), st.floats(1.0, 500.0))
@settings(deadline=None, max_examples=50)
def test_an_own_fence_in_helsinki_is_allowed_with_consent(lon: float, lat: float, radius_m: float) -> None:
    given_ = judged(circle((lon, lat), radius_m), a_site((lon, lat)))
    assert (given_.allowed, said(given_)) == (True, ["allowed FI fi-own-notices"])


# ---- near a line


@given(st.floats(-117.11, -116.9), st.floats(-3_300.0, 9_800.0))
@settings(deadline=None, max_examples=60)
def test_at_the_border_of_san_ysidro_both_laws_rule(lon: float, north_m: float) -> None:
    # The line from the ocean to the Colorado is nearly straight: from 32.534 at -117.122 to 32.719 at -114.72.
    place = away((lon, 32.534 + (lon + 117.122) * (32.719 - 32.534) / (117.122 - 114.72)), 0.0, north_m)
    inside = judged(circle(place, 40.0), a_site(place, 60.0))
    assert (inside.allowed, said(inside)) == (True, ["allowed MX mx-own-notices", "allowed US-CA ca-own-notices"])
    beyond = judged(circle(place, 70.0), a_site(place, 60.0))
    assert (beyond.allowed, said(beyond)) == (False, ["beyond_own_site US-CA ca-own-notices"])
    assert "must lie inside the perimeter of the own site" in beyond.reasons[0].text("en")
    assert "ambos lados" in beyond.reasons[0].text("es")


def test_with_a_row_for_oregon_portland_is_free_but_for_the_river() -> None:
    oregon = (
        '[[jurisdiction]]\ncode = "US-OR"\natlas = "us"\nid = "41"\nname_en = "Oregon"\nname_es = "Oregón"\n'
        '[[row]]\nid = "or"\njurisdictions = ["US-OR"]\noperators = ["runs_the_facility"]\npurposes = ["notices"]\n'
        'allowed = "with_express_consent"\nsite = "own_site"\nbeyond = { m = 100 }\nwhy_en = "a"\nwhy_es = "a"\nlaw = "a"\n'
        'source = "https://example.org/a"\nread_on = 2026-01-01\n'
    )
    table = law_table_from(oregon + LAW_TOML)
    how = {"table": table, "boundaries": Boundaries(BOUNDARIES, table)}
    south, river, north = (-122.676, 45.48), (-122.675, 45.605), (-122.67, 45.63)
    assert said(judged(circle(south, 90.0), a_site(south), **how)) == ["allowed US-OR or"]
    for place in (river, north):
        given_ = judged(circle(place, 90.0), a_site(place), **how)
        assert (given_.allowed, said(given_)) == (False, ["forbidden US-WA wa-all"])


NAMES = {
    "us": [("US-CA", "California"), ("US-WA", "Washington"), (None, "Oregon"), (None, "Nevada"), ("US-NY", "New York")],
    "world": [("MX", "Mexico"), ("FI", "Finland"), (None, "Canada"), (None, "Sweden"), (None, "Guatemala")],
}
PLACES = st.one_of(
    st.tuples(st.floats(-125.0, -114.0), st.floats(31.0, 50.0)),
    st.tuples(st.floats(-80.0, -71.0), st.floats(40.0, 46.0)),
    st.tuples(st.floats(19.0, 32.0), st.floats(59.0, 70.0)),
    st.tuples(st.floats(-99.0, -86.0), st.floats(13.5, 22.0)),
)


@given(PLACES, st.floats(1.0, 20_000.0), st.floats(0.0, 5_000.0))
@settings(deadline=None, max_examples=60)
def test_who_may_rule_is_what_brute_force_finds(place: tuple[float, float], radius_m: float, reach_m: float) -> None:
    assert INSTALLED is not None
    shape = circle(place, radius_m)
    ground = Ground.under(shape)
    near = INSTALLED.near(ground, ground.shape(shape), reach_m)
    codes, names = {one.code for one in near.rulings}, {one.name for one in near.rulings}
    for atlas, error_m in (("us", 3_000.0), ("world", 10_000.0)):
        for code, name in NAMES[atlas]:
            measured_m, limit_m = distance_m(atlas, name, place) - radius_m, error_m + reach_m
            found = code in codes if code else name in names
            if measured_m <= limit_m:  # brute force never says too little, and a circle's polygon holds it
                assert found, name
            elif measured_m > limit_m + 160.0:
                assert not found, name


# ---- distances are between polygons


@given(st.floats(0.0, 360.0), st.floats(30.0, 1_400.0), st.floats(-40.0, 40.0))
@settings(deadline=None, max_examples=100)
def test_in_california_1850_ft_count_from_the_perimeter(azimuth_deg: float, site_m: float, more_m: float) -> None:
    assume(abs(more_m) > 2.0)
    here = (-117.16, 32.72)
    # Two squares corner to corner along one line: the gap between them is the gap between the corners.
    fence_m = 40.0
    there = away(here, azimuth_deg, fence_m + 564.0 + more_m + site_m)
    fence = outline(_square(here, azimuth_deg, fence_m))
    other = Site(
        facility=facility(there, kind=FacilityKind.MENTAL_HEALTH), perimeter=outline(_square(there, azimuth_deg, site_m))
    )
    given_ = judged(fence, a_site(here, 60.0), [other])
    assert given_.allowed == (more_m > 0.0), said(given_)
    assert WGS84.inv(*here, *there)[2] < look_around_m(fence)


def _square(middle: tuple[float, float], azimuth_deg: float, radius_m: float) -> list[tuple[float, float]]:
    corners = [away(middle, azimuth_deg + turn, radius_m) for turn in (0.0, 90.0, 180.0, 270.0)]
    return [*corners, corners[0]]


def test_a_fence_that_is_the_outline_of_its_site_is_inside_it() -> None:
    place = (-117.16, 32.72)
    assert judged(regular(place, 80.0), a_site(place, 80.0)).allowed
    assert not judged(regular(place, 81.0), a_site(place, 80.0)).allowed


def test_a_perimeter_somewhere_else_is_no_proof() -> None:
    place = (-117.16, 32.72)
    elsewhere = away(place, 90.0, 400.0)
    site = Site(facility=facility(place), perimeter=regular(elsewhere, 80.0))
    assert said(judged(circle(elsewhere, 30.0), site)) == [Why.PERIMETER_DOUBTFUL]


# ---- what is not known is refused


def test_without_outlines_everything_is_refused() -> None:
    given_ = judged(circle((24.94, 60.17), 50.0), a_site((24.94, 60.17)), boundaries=None)
    assert (given_.allowed, said(given_)) == (False, ["no_boundaries"])


def test_outlines_of_another_table_allow_nothing() -> None:
    other = law_table_from(LAW_TOML.replace('"FI"', '"XX"'))
    given_ = judged(circle((24.94, 60.17), 50.0), a_site((24.94, 60.17)), table=other)
    assert (given_.allowed, said(given_)) == (False, ["no_row FI"])


NOWHERE = float("nan")


@pytest.mark.parametrize(
    "shape",
    [
        Circle(centre=LonLat(NOWHERE, 60.0), radius_m=50.0),
        Circle(centre=LonLat(24.9, 91.0), radius_m=50.0),
        Circle(centre=LonLat(24.9, 60.0), radius_m=NOWHERE),
        Circle(centre=LonLat(24.9, 60.0), radius_m=-5.0),
        Circle(centre=LonLat(24.9, 60.0), radius_m=float("inf")),
        Outline(polygons=()),
        Outline(polygons=(((),),)),
        outline([(24.9, 60.0), (24.91, 60.0), (24.9, 60.0)]),
        outline([(24.9, 60.0), (24.91, 60.0), (24.92, 60.0), (24.9, 60.0)]),
        outline([(24.9, 60.0), (24.91, NOWHERE), (24.92, 60.1), (24.9, 60.0)]),
        outline([(24.9, 89.0), (24.91, 95.0), (24.92, 89.0), (24.9, 89.0)]),
    ],
)
def test_a_shape_that_is_none_is_bad_input(shape: Circle | Outline) -> None:
    with pytest.raises(BadInput) as caught:
        judged(shape, a_site((24.94, 60.17)))
    assert not any(digit in str(caught.value) for digit in ("24", "60", "95"))


def test_a_hole_is_not_part_of_a_fence() -> None:
    place = (-117.16, 32.72)
    ring, hole = regular(place, 900.0, 16).polygons[0][0], regular(place, 700.0, 16).polygons[0][0]
    clinic = Site(facility=facility(place, kind=FacilityKind.MENTAL_HEALTH), perimeter=regular(place, 30.0))
    site = Site(facility=facility(away(place, 0.0, 800.0)), perimeter=regular(place, 901.0, 16))
    assert judged(Outline(polygons=((ring, hole),)), site, [clinic]).allowed
    assert not judged(Outline(polygons=((ring,),)), site, [clinic]).allowed


def test_the_table_and_the_outlines_agree() -> None:
    assert INSTALLED is not None
    for code, (lon, lat) in {
        "US-CA": (-119.0, 36.0),
        "US-WA": (-120.0, 47.5),
        "US-NY": (-75.5, 43.0),
        "US-CT": (-72.7, 41.6),
    }.items():
        ground = Ground(LonLat(lon, lat))
        near = INSTALLED.near(ground, ground.point(LonLat(lon, lat)), 0.0)
        assert [(one.code, one.name) for one in near.rulings] == [(code, law_table().jurisdictions[code].name_en)]
        assert near.all_known


def test_outlines_that_are_brought_while_it_runs_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path.joinpath("web", "static", "vendor", "boundaries")
    monkeypatch.setattr(boundaries_module.resources, "files", lambda _: tmp_path)
    assert installed_boundaries() is None
    shutil.copytree(BOUNDARIES, folder)
    first = installed_boundaries()
    assert first is not None
    assert installed_boundaries() is first, "read once"
    states = folder / "states-10m.json"
    states.write_bytes(states.read_bytes() + b"\n")
    second = installed_boundaries()
    assert second is not None
    assert second.sha256 != first.sha256
    states.unlink()
    assert installed_boundaries() is None
