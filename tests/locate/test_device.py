"""A device's fix: exact with consent; without it, the same answer for a whole cell, and a true one."""

import h3
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from finder.domain.consent import ForSearch
from finder.domain.position import PositionSource
from finder.errors import BadInput
from finder.locate.device import DeviceFix
from finder.privacy.grants import once
from finder.privacy.policy import CURRENT_POLICY

GEOD = Geod(ellps="WGS84")
GRANT = once(ForSearch, CURRENT_POLICY)
MEASURED = st.fixed_dictionaries({"lat": st.floats(-90, 90), "lon": st.floats(-180, 180), "accuracy_m": st.floats(0, 500)})


@given(MEASURED)
def test_with_consent_the_fix_is_used_as_given(measured):
    position = DeviceFix(**measured).precise(GRANT)
    assert {"lat": position.lon_lat.lat, "lon": position.lon_lat.lon, "accuracy_m": position.accuracy_m} == measured
    assert position.source is PositionSource.GPS
    assert not position.coarsened


@given(MEASURED)
def test_without_consent_the_circle_holds_the_point(measured):
    position = DeviceFix(**measured).blurred()
    assert position.coarsened
    assert position.source is PositionSource.GPS
    assert position.accuracy_m > 1000.0
    _, _, away_m = GEOD.inv(measured["lon"], measured["lat"], position.lon_lat.lon, position.lon_lat.lat)
    assert away_m + measured["accuracy_m"] <= position.accuracy_m


@given(measured=MEASURED, share=st.floats(0, 0.9), corner=st.integers(0, 4))
def test_everybody_in_a_cell_gets_the_same_answer(measured, share, corner):
    cell = h3.latlng_to_cell(measured["lat"], measured["lon"], 7)
    centre, towards = h3.cell_to_latlng(cell), h3.cell_to_boundary(cell)[corner]
    assume(abs(centre[1] - towards[1]) < 1)
    lat, lon = (a + share * (b - a) for a, b in zip(centre, towards, strict=True))
    assume(h3.latlng_to_cell(lat, lon, 7) == cell)
    other = DeviceFix(lat=lat, lon=lon, accuracy_m=measured["accuracy_m"])
    assert other.blurred() == DeviceFix(**measured).blurred()


def test_what_the_device_does_not_know_is_added():
    exact, vague = (DeviceFix(lat=32.5, lon=-117.0, accuracy_m=metres).blurred() for metres in (0.0, 9000.0))
    assert vague.accuracy_m == exact.accuracy_m + 9000.0


@pytest.mark.parametrize(("lat", "lon", "accuracy_m"), [(91, 0, 1), (0, 200, 1), (0, 0, -100)])
def test_impossible_fixes_are_refused_without_repeating_them(lat, lon, accuracy_m):
    with pytest.raises(BadInput) as caught:
        DeviceFix(lat=lat, lon=lon, accuracy_m=accuracy_m)
    assert "91" not in str(caught.value)
    assert "00" not in str(caught.value)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(number):
    with pytest.raises(BadInput):
        DeviceFix(lat=number, lon=0.0, accuracy_m=1.0)
    with pytest.raises(BadInput):
        DeviceFix(lat=0.0, lon=0.0, accuracy_m=number)
