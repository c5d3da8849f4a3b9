"""As exact as the person has agreed: what a request may wish, with a yes in it, in the ledger, or nowhere."""

import logging
from datetime import date
from pathlib import Path

import pytest

from finder.domain.consent import ForDirections, ForSearch, Purpose, Via
from finder.errors import ConsentNeeded, NotReady, OutdatedPolicy
from finder.privacy.desk import ConsentDesk
from finder.privacy.exactness import grant_as_wished
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person
from finder.store.consents import ConsentLedger
from tests.consenting import old_yes, unasked_desk

OLD = date(2020, 1, 1)


@pytest.fixture
def agreed(ledger: ConsentLedger) -> tuple[ConsentDesk, Person]:
    """A desk and a person who agreed to searches."""
    desk, person = ConsentDesk(ledger), new_person()
    desk.say_yes(person.subject, Purpose.SEARCH, version=CURRENT_POLICY, language="es", via=Via.WEB)
    return desk, person


@pytest.mark.parametrize("exact", [True, None])
def test_a_yes_in_the_request_is_enough_and_asks_no_ledger(*, exact: bool | None) -> None:
    grant = grant_as_wished(unasked_desk(), ForSearch, new_person(), exact=exact, agreed=CURRENT_POLICY)
    assert grant is not None
    assert grant.purpose is ForSearch


def test_who_has_no_token_or_wishes_no_exact_position_is_looked_up_nowhere() -> None:
    desk = unasked_desk()
    assert grant_as_wished(desk, ForSearch, None, exact=None, agreed=None) is None
    assert grant_as_wished(desk, ForSearch, new_person(), exact=False, agreed=None) is None
    assert grant_as_wished(desk, ForSearch, new_person(), exact=False, agreed=CURRENT_POLICY) is None
    with pytest.raises(ConsentNeeded):
        grant_as_wished(desk, ForSearch, None, exact=True, agreed=None)


@pytest.mark.parametrize("exact", [True, None])
def test_a_yes_in_the_ledger_is_for_its_purpose_alone(agreed: tuple[ConsentDesk, Person], *, exact: bool | None) -> None:
    desk, person = agreed
    grant = grant_as_wished(desk, ForSearch, person, exact=exact, agreed=None)
    assert grant is not None
    assert grant.purpose is ForSearch
    if exact:
        with pytest.raises(ConsentNeeded) as refused:
            grant_as_wished(desk, ForDirections, person, exact=exact, agreed=None)
        assert refused.value.purpose == "directions"
    else:
        assert grant_as_wished(desk, ForDirections, person, exact=exact, agreed=None) is None


def test_a_yes_to_an_older_policy_is_asked_for_again(ledger: ConsentLedger) -> None:
    desk, person = ConsentDesk(ledger), new_person()
    old_yes(ledger, person.subject, Purpose.SEARCH)
    with pytest.raises(OutdatedPolicy) as refused:
        grant_as_wished(desk, ForSearch, person, exact=True, agreed=None)
    assert refused.value.purpose == "search"
    assert grant_as_wished(desk, ForSearch, person, exact=None, agreed=None) is None


@pytest.mark.parametrize("exact", [True, None])
def test_an_older_policy_in_the_request_is_refused(*, exact: bool | None) -> None:
    with pytest.raises(OutdatedPolicy):
        grant_as_wished(unasked_desk(), ForSearch, None, exact=exact, agreed=OLD)


@pytest.mark.parametrize("agreed", [OLD, None])
def test_in_an_emergency_nothing_is_refused(*, agreed: date | None) -> None:
    assert grant_as_wished(unasked_desk(), ForSearch, None, exact=True, agreed=agreed, urgent=True) is None


def test_without_its_ledger_the_finder_goes_on_without_exactness(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    person = new_person()
    with ConsentLedger.open(f"sqlite:///{tmp_path / 'empty.sqlite'}", tmp_path / "revisions") as never_migrated:
        desk = ConsentDesk(never_migrated)
        with caplog.at_level(logging.WARNING):
            assert grant_as_wished(desk, ForSearch, person, exact=None, agreed=None) is None
        assert "finder migrate" in caplog.text
        assert person.subject not in caplog.text
        with pytest.raises(NotReady):
            grant_as_wished(desk, ForSearch, person, exact=True, agreed=None)
        assert grant_as_wished(desk, ForSearch, person, exact=True, agreed=None, urgent=True) is None
