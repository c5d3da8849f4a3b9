"""A device's fix: exact with consent; without it, the same answer for a whole cell, and a true one."""

import h3
import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from finder.domain.position import PositionSource
from finder.errors import BadInput
from finder.locate.device import DeviceFix, position_from_fix
from finder.privacy.consent import grant_from_version
from finder.privacy.policy import CURRENT_POLICY

GEOD = Geod(ellps="WGS84")
GRANT = grant_from_version(CURRENT_POLICY.isoformat())
FIXES = st.builds(DeviceFix, lat=st.floats(-90, 90), lon=st.floats(-180, 180), accuracy_m=st.floats(0, 500, allow_nan=False))


@given(FIXES)
def test_with_consent_the_fix_is_used_as_given(fix):
    position = position_from_fix(fix, GRANT)
    assert (position.lon_lat.lat, position.lon_lat.lon, position.accuracy_m) == (fix.lat, fix.lon, fix.accuracy_m)
    assert position.source is PositionSource.GPS
    assert not position.coarsened


@given(FIXES)
def test_without_consent_the_circle_holds_the_point(fix):
    position = position_from_fix(fix, None)
    assert position.coarsened
    assert position.source is PositionSource.GPS
    assert position.accuracy_m > 1000.0
    _, _, away_m = GEOD.inv(fix.lon, fix.lat, position.lon_lat.lon, position.lon_lat.lat)
    assert away_m + fix.accuracy_m <= position.accuracy_m


@given(fix=FIXES, share=st.floats(0, 0.9), corner=st.integers(0, 4))
def test_everybody_in_a_cell_gets_the_same_answer(fix, share, corner):
    cell = h3.latlng_to_cell(fix.lat, fix.lon, 7)
    centre, towards = h3.cell_to_latlng(cell), h3.cell_to_boundary(cell)[corner]
    assume(abs(centre[1] - towards[1]) < 1)
    lat, lon = (a + share * (b - a) for a, b in zip(centre, towards, strict=True))
    assume(h3.latlng_to_cell(lat, lon, 7) == cell)
    other = DeviceFix(lat=lat, lon=lon, accuracy_m=fix.accuracy_m)
    assert position_from_fix(other, None) == position_from_fix(fix, None)


def test_what_the_device_does_not_know_is_added():
    exact, vague = (position_from_fix(DeviceFix(lat=32.5, lon=-117.0, accuracy_m=metres), None) for metres in (0.0, 9000.0))
    assert vague.accuracy_m == exact.accuracy_m + 9000.0


@pytest.mark.parametrize(
    "body",
    [
        '{"lat": 91, "lon": 0, "accuracy_m": 1}',
        '{"lat": 0, "lon": 200, "accuracy_m": 1}',
        '{"lat": 0, "lon": 0, "accuracy_m": -1}',
    ],
)
def test_impossible_fixes_are_refused_without_repeating_them(body):
    with pytest.raises(BadInput) as caught:
        msgspec.json.decode(body, type=DeviceFix)
    assert "91" not in str(caught.value)
    assert "200" not in str(caught.value)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused(number):
    with pytest.raises(BadInput):
        DeviceFix(lat=number, lon=0.0, accuracy_m=1.0)
    with pytest.raises(BadInput):
        DeviceFix(lat=0.0, lon=0.0, accuracy_m=number)


@pytest.mark.parametrize("body", ['{"lat": 1, "lon": 2}', '{"lat": 1, "lon": 2, "accuracy_m": 3, "speed": 4}', '{"lat": "1"}'])
def test_missing_and_unknown_fields_are_refused(body):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=DeviceFix)
