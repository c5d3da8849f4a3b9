"""Grants: nobody makes one, copies one or keeps one; without one a device's fix does not tell where it is."""

import copy
import pickle
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from finder.domain.consent import ForAnalytics, ForDirections, ForDisclosure, ForSearch, Purpose, WithPosition
from finder.errors import OutdatedPolicy
from finder.locate.device import DeviceFix
from finder.privacy.grants import Grant, once
from finder.privacy.policy import CURRENT_POLICY

FIX = DeviceFix(lat=32.5331, lon=-117.0191, accuracy_m=8.0)
GRANT = once(ForSearch, CURRENT_POLICY)


@pytest.mark.parametrize("key", [None, object(), "fs_", GRANT, True])
def test_nobody_else_makes_a_grant(key: Any) -> None:
    with pytest.raises(TypeError, match="once"):
        Grant(key, ForSearch)


def test_a_grant_is_not_made_from_another() -> None:
    assert copy.copy(GRANT) is GRANT
    assert copy.deepcopy([GRANT])[0] is GRANT
    for change in (
        lambda: setattr(GRANT, "_purpose", ForDirections),
        lambda: delattr(GRANT, "_purpose"),
        lambda: setattr(GRANT, "until", 1),
        lambda: pickle.dumps(GRANT),
        lambda: msgspec.structs.replace(GRANT, _purpose=ForDirections),
        lambda: msgspec.json.encode(GRANT),
        lambda: copy.replace(GRANT, _purpose=ForDirections),  # of Python 3.13; before it there is none
    ):
        with pytest.raises((TypeError, AttributeError)):
            change()
    assert GRANT.purpose is ForSearch
    assert repr(GRANT) == "Grant[ForSearch]"


@pytest.mark.parametrize("day", [-1, 1])
def test_consent_in_the_request_is_to_the_policy_in_force(day: int) -> None:
    assert once(ForDirections, CURRENT_POLICY).purpose is ForDirections
    with pytest.raises(OutdatedPolicy, match=str(CURRENT_POLICY)):
        once(ForSearch, CURRENT_POLICY + timedelta(days=day))
    with pytest.raises(OutdatedPolicy):
        once(ForSearch, date(1970, 1, 1))


def test_without_a_grant_for_a_position_there_is_none_even_where_no_type_checker_looked() -> None:
    for no_grant in (None, True, ForSearch, once(ForAnalytics, CURRENT_POLICY), once(ForDisclosure, CURRENT_POLICY)):
        with pytest.raises(TypeError, match="grant"):
            FIX.precise(no_grant)
    with pytest.raises(AttributeError):
        FIX.precise(object.__new__(Grant))  # an empty shell proves nothing

    class Forged:
        purpose = ForSearch

    with pytest.raises(TypeError, match="grant"):
        FIX.precise(Forged())


def test_every_purpose_has_its_type() -> None:
    from finder.domain import consent

    kinds = [kind for name, kind in vars(consent).items() if name.startswith("For") and kind is not consent.ForPurpose]
    assert {kind.purpose for kind in kinds} == set(Purpose)
    assert len(kinds) == len(Purpose)
    assert {kind.purpose for kind in kinds if issubclass(kind, WithPosition)} == {
        Purpose.SEARCH,
        Purpose.DIRECTIONS,
        Purpose.INDOOR,
        Purpose.NOTICES,
    }


def test_a_fix_does_not_show_where_it_is() -> None:
    assert not any(part in f"{FIX!r}{FIX}" for part in ("32", "117", "8.0"))
    with pytest.raises(TypeError):
        vars(FIX)
    with pytest.raises(TypeError):
        msgspec.json.encode(FIX)
