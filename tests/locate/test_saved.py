"""A saved place does not tell where it is without a grant, nor to anybody but its person."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.domain.consent import ForAnalytics, ForDirections, ForSearch
from finder.domain.position import PositionSource
from finder.domain.rights import SealedPlace
from finder.errors import Damaged
from finder.geo.distance import geodesic_m
from finder.geo.points import LonLat
from finder.locate.saved import SavedPlace
from finder.privacy.grants import once
from finder.privacy.places import PlaceSaid, sealed_place
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import new_person

DAY = date(2026, 11, 23)
PERSON = new_person()


def saved(lat: float, lon: float, accuracy_m: float = 12.0) -> SavedPlace:
    said = PlaceSaid(name="Mamá", label="Zona Río", lat=lat, lon=lon, accuracy_m=accuracy_m)
    sealed = SealedPlace(id="0" * 24, sealed=sealed_place(said, PERSON.key, PERSON.subject), saved_on=DAY, used_on=DAY)
    return SavedPlace(sealed, PERSON.key, PERSON.subject)


@pytest.mark.parametrize("purpose", [ForSearch, ForDirections])
def test_with_a_grant_it_is_exact(purpose: type[ForSearch] | type[ForDirections]) -> None:
    position = saved(32.5331, -117.0191).precise(once(purpose, CURRENT_POLICY))
    assert (position.lon_lat, position.accuracy_m, position.source) == (LonLat(-117.0191, 32.5331), 12.0, PositionSource.PLACE)
    assert (position.label, position.coarsened) == ("Mamá", False)


@settings(deadline=None)
@given(st.floats(-89.9, 89.9), st.floats(-180, 180), st.floats(0, 1e5))
def test_without_it_is_its_cell_and_has_no_name(lat: float, lon: float, accuracy_m: float) -> None:
    blurred = saved(lat, lon, accuracy_m).blurred()
    assert (blurred.coarsened, blurred.label, blurred.source) == (True, None, PositionSource.PLACE)
    assert geodesic_m(blurred.lon_lat, LonLat(lon, lat)) + accuracy_m <= blurred.accuracy_m + 1e-6


def test_everybody_in_a_cell_has_the_same_start() -> None:
    assert saved(32.5331, -117.0191).blurred() == saved(32.5335, -117.0195).blurred()


@pytest.mark.parametrize("grant", [None, ForSearch, CURRENT_POLICY, once(ForAnalytics, CURRENT_POLICY)])
def test_what_is_no_grant_for_a_position_opens_nothing(grant: object) -> None:
    with pytest.raises(TypeError, match="grant"):
        saved(32.5, -117.0).precise(grant)  # pyright: ignore[reportArgumentType]


def test_it_shows_itself_nowhere_and_to_no_other_key() -> None:
    place = saved(32.5331, -117.0191)
    assert repr(place) == "SavedPlace(…)"
    other = new_person()
    for key, subject in ((other.key, PERSON.subject), (PERSON.key, other.subject), (other.key, other.subject)):
        with pytest.raises(Damaged):
            SavedPlace(place._place, key, subject).blurred()


def test_what_is_said_of_a_place_shows_itself_nowhere() -> None:
    said = PlaceSaid(name="Mamá", label=None, lat=32.5331, lon=-117.0191, accuracy_m=1.0)
    assert repr(said) == f"{said}" == "PlaceSaid(…)"
