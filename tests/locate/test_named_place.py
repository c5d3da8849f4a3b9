"""What a typed name is taken for: the near one of namesakes, what else it may be, nothing where nothing is like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finder.domain.position import PositionFor, PositionSource
from finder.geo.points import LonLat
from finder.locate.named_place import named_place
from finder.locate.place_index import PlaceIndex, build_place_index
from finder.locate.readings import trailing_parts
from tests.locate.conftest import place

TIJUANA, ENSENADA, MEXICO_CITY = LonLat(-117.0382, 32.5149), LonLat(-116.6, 31.87), LonLat(-99.13, 19.43)


def seen_from(lon_lat, source=PositionSource.IP):
    return PositionFor(lon_lat=lon_lat, accuracy_m=10_000.0, source=source)


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


@pytest.mark.parametrize(
    ("typed", "label", "partly"),
    [
        ("Avenida Nadie Sabe 12, Playas de Tijuana", "Playas de Tijuana, Tijuana, Baja California, MX", "Avenida Nadie Sabe 12"),
        ("Xyzzy 5, Libertad, Tijuana", "Libertad, Tijuana, Baja California, MX", "Xyzzy 5"),
        ("Hospital Tijuana", "Tijuana, Baja California, MX", "Hospital"),
        ("farmacia cerca de Libertad", "Libertad, Tijuana, Baja California, MX", "farmacia"),
        ("pharmacy near 00100", "00100, Helsinki, FI", "pharmacy"),
        ("cerca de playas de tijuana", "Playas de Tijuana, Tijuana, Baja California, MX", ""),
        ("near mission blvd", "Mission Blvd, San Diego, CA, US", ""),
        ("en Tijuana", "Tijuana, Baja California, MX", ""),
        ("in Helsinki", "Helsinki, FI", ""),
        ("Mannerheimintie20", "Mannerheimintie, Helsinki, FI", ""),
        ("Mannerheimintie22", "Mannerheimintie 22, Helsinki, FI", ""),
        ("00100-1234", "00100, Helsinki, FI", ""),
        ("Avenida Revolución, Tijuana", "Avenida Revolución, Tijuana, Baja California, MX", ""),
    ],
)
def test_what_is_not_known_of_it_is_left_over_and_said(index, typed, label, partly):
    found = named_place(index, typed, seen_from(TIJUANA))
    assert (found.position.label, found.partly) == (label, partly)


@pytest.mark.parametrize("typed", ["1", "a", "22", "5 a", "c", "a, b", "220", "M 2"])
def test_a_bare_number_or_letter_is_suggested_and_not_taken(index, typed):
    assert named_place(index, typed, seen_from(TIJUANA)).position is None


def test_a_bare_letter_still_suggests(index):
    assert named_place(index, "m", seen_from(TIJUANA)).others


@pytest.mark.parametrize("typed", ["Å, FI", "\u6771\u4eac"])
def test_a_short_name_is_taken_by_its_label_or_in_a_script_of_signs(tmp_path, typed):
    places = [place("Å", "city", 22.0, 60.0, country="FI"), place("\u6771\u4eac", "city", 139.7, 35.7, country="JP")]
    build_place_index(tmp_path / "index", places)
    assert named_place(PlaceIndex.open(tmp_path / "index"), typed, seen_from(TIJUANA)).position is not None


def test_a_landmark_is_called_by_the_name_that_was_typed(tmp_path):
    station = place(
        "Helsinki", "landmark", 24.94, 60.17, 100.0, country="FI", alternate_names=("Rautatieasema", "Centralstation")
    )
    build_place_index(tmp_path / "index", [station, place("Helsinki", "city", 24.94, 60.17, 9000.0, country="FI")])
    opened = PlaceIndex.open(tmp_path / "index")
    assert named_place(opened, "rautatieasema", seen_from(TIJUANA)).called == "Rautatieasema (Helsinki)"
    assert named_place(opened, "centralstation", seen_from(TIJUANA)).called == "Centralstation (Helsinki)"
    assert named_place(opened, "Helsinki", seen_from(TIJUANA)).called == ""


@given(st.text(max_size=200) | st.sampled_from([",a" * 100, "abc," * 50, "abc " * 50, " cerca de " * 20, "near", "en ,"]))
def test_any_text_is_answered_with_few_look_ups(index, text):
    assert len(list(trailing_parts(text))) <= 12
    found = named_place(index, text, seen_from(TIJUANA))
    assert found.position is not None or found.partly == ""
