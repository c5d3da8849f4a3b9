"""Is it the same place: labelled pairs as cases, and what must hold for every pair."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from finder.domain.facility import Address, Facility, FacilityKind, FacilityStatus, facility_id
from finder.geo.points import LonLat
from finder.loading.match import Likeness, Verdict, compare_pair
from tests.facilities import facilities

PAIRS = json.loads((Path(__file__).parent.parent / "cases" / "match_pairs.json").read_text("utf-8"))
GEOD = Geod(ellps="WGS84")
HERE = LonLat(-117.03, 32.53)


def moved(start: LonLat, bearing_deg: float, distance_m: float) -> LonLat:
    lon, lat, _ = GEOD.fwd(start.lon, start.lat, bearing_deg, distance_m)
    return LonLat((lon + 180.0) % 360.0 - 180.0, lat)


def facility(side: dict[str, Any], lon_lat: LonLat, source: str) -> Facility:
    said = {"kind": "clinic", "id": facility_id(source, side["name"]), "lon_lat": lon_lat} | side
    return msgspec.convert(said, Facility)


def pair(case: dict[str, Any]) -> tuple[Facility, Facility]:
    return facility(case["a"], HERE, "one"), facility(case["b"], moved(HERE, 70.0, case["metres"]), "two")


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: f"{case['a']['name']} / {case['b']['name']} / {case['teaches']}")
def test_labelled_pairs(case: dict[str, Any]) -> None:
    a, b = pair(case)
    likeness = compare_pair(a, b)
    accepted = case.get("accepts", [case["truth"]])
    assert not (case["truth"] != "same" and "same" in accepted), "the data file itself must put precision first"
    assert likeness.verdict in accepted, (case["teaches"], likeness)
    assert likeness == compare_pair(b, a)


def test_the_labels_are_enough_and_mostly_decided() -> None:
    verdicts = [(case["truth"], compare_pair(*pair(case)).verdict) for case in PAIRS]
    same = [verdict for truth, verdict in verdicts if truth == "same"]
    different = [verdict for truth, verdict in verdicts if truth == "different"]
    assert len(PAIRS) >= 60
    assert len(same) >= 25
    assert len(different) >= 25
    assert same.count(Verdict.SAME) >= 0.9 * len(same)
    assert different.count(Verdict.DIFFERENT) >= 0.85 * len(different)


NAMES = st.sampled_from([case[side]["name"] for case in PAIRS for side in ("a", "b")])
PHONES = st.sampled_from(["+526646341000", "+526646341000;ext=5", "+16195550101", "+18005550101", "066", "por confirmar"])
STREETS = st.sampled_from(
    ["Av. Revolución", "Avenida Revolucion 1230", "Calle 10", "5th Ave", "Eucalipto No. 1", "Main St Ste 4"]
)
UNITS = st.none() | st.sampled_from(["Suite 2", "3", "Local B"])
CITIES = st.none() | st.sampled_from(["Tijuana", "San Diego"])


@st.composite
def places(draw: st.DrawFn, within_m: float = 400.0) -> Facility:
    """A facility near HERE, of few words, so that two of them often agree in something."""
    vague = draw(st.booleans())
    address = draw(
        st.builds(
            Address,
            street=STREETS if vague else st.none() | STREETS,
            house_number=st.just("12") if vague else st.none() | st.sampled_from(["12", "14", "s/n"]),
            unit=UNITS,
            city=st.just("Tijuana") if vague else CITIES,
        )
    )
    return Facility(
        id=facility_id("test", draw(st.text("abc", min_size=1, max_size=4))),
        kind=draw(st.sampled_from(FacilityKind)),
        name=draw(NAMES),
        lon_lat=moved(HERE, draw(st.floats(0, 360)), draw(st.floats(0, within_m))),
        names=draw(st.dictionaries(st.sampled_from(["es", "en"]), NAMES, max_size=1)),
        address=address,
        phones=tuple(draw(st.lists(PHONES, max_size=2, unique=True))),
        website=draw(st.none() | st.sampled_from(["https://www.facebook.com/x", "https://clinica.mx", "http://[bad"])),
        identifiers=draw(st.dictionaries(st.sampled_from(["clues", "npi", "own"]), st.sampled_from(["1", "2"]), max_size=2)),
        status=draw(st.sampled_from(FacilityStatus)),
        position_accuracy_m=draw(st.floats(1, 5000)) if vague else None,
    )


@settings(deadline=None)
@given(places(), places())
def test_order_does_not_matter(a: Facility, b: Facility) -> None:
    one, two = compare_pair(a, b), compare_pair(b, a)
    assert one == two
    assert 0.0 <= one.score <= 1.0
    assert one.reasons


@settings(deadline=None)
@given(facilities(), facilities())
def test_order_does_not_matter_for_any_text_at_all(a: Facility, b: Facility) -> None:
    assert compare_pair(a, b) == compare_pair(b, a)


@settings(deadline=None)
@given(places(), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_a_copy_in_another_case_is_the_same(place: Facility, recased: Any) -> None:
    copy = msgspec.structs.replace(place, id="copy", name=recased(place.name))
    assert compare_pair(place, copy).verdict is Verdict.SAME


@settings(deadline=None)
@given(facilities())
def test_a_copy_of_anything_is_the_same(place: Facility) -> None:
    copy = msgspec.structs.replace(place, id="copy", identifiers={})
    assert compare_pair(place, copy).verdict is Verdict.SAME


@settings(deadline=None)
@given(places(), st.floats(0, 360), st.floats(0, 10_000))
def test_five_kilometres_away_is_never_the_same(place: Facility, bearing_deg: float, more_m: float) -> None:
    far = msgspec.structs.replace(place, id="far", lon_lat=moved(place.lon_lat, bearing_deg, 5000.0 + more_m))
    assert compare_pair(place, far).verdict is not Verdict.SAME


@settings(deadline=None, max_examples=50)
@given(places(), places(), st.sampled_from(["clues", "npi", "ccn", "osm"]))
def test_contradicting_identifiers_are_different(a: Facility, b: Facility, scheme: str) -> None:
    a = msgspec.structs.replace(a, identifiers={scheme: "A1"})
    b = msgspec.structs.replace(b, identifiers={scheme: "B2"})
    assert compare_pair(a, b) == Likeness(Verdict.DIFFERENT, 0.0, (f"different {scheme.upper()}",))


@settings(deadline=None, max_examples=50)
@given(places(), places(), st.integers(1, 98))
def test_another_number_is_never_the_same(a: Facility, b: Facility, number: int) -> None:
    a = msgspec.structs.replace(a, name=f"UMF {number}", names={})
    b = msgspec.structs.replace(b, name=f"Unidad de Medicina Familiar No. {number + 1}", names={}, identifiers={})
    assert compare_pair(a, b).verdict is Verdict.DIFFERENT


@settings(deadline=None, max_examples=50)
@given(places(within_m=150), places(within_m=150))
def test_nearer_is_never_less_alike(a: Facility, b: Facility) -> None:
    beside = msgspec.structs.replace(b, lon_lat=a.lon_lat)
    assert compare_pair(a, beside).score >= compare_pair(a, b).score


def test_reasons_are_in_plain_words() -> None:
    a, b = pair(next(case for case in PAIRS if case["teaches"].startswith("the address settles")))
    likeness = compare_pair(a, b)
    assert likeness.reasons == ("same name", "a chain has this name at many places", "90 m apart", "same address")


def test_no_reason_holds_a_coordinate() -> None:
    for case in PAIRS:
        said = " ".join(compare_pair(*pair(case)).reasons)
        assert "117." not in said
        assert "32.5" not in said


def test_the_same_identifier_far_away_is_for_people() -> None:
    a = Facility(id="a", kind=FacilityKind.CLINIC, name="Clínica Altamira", lon_lat=HERE, identifiers={"npi": "1234567893"})
    b = msgspec.structs.replace(a, id="b", name="Otra Casa", lon_lat=moved(HERE, 10.0, 9000.0))
    assert compare_pair(a, b).verdict is Verdict.UNSURE
