"""Counting a search: of whom, and that it never gets in the way of one."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Request, get
from litestar.testing import RequestFactory, create_test_client

from finder.domain.consent import ForAnalytics, Purpose, Subject, Via
from finder.domain.position import Position, PositionSource
from finder.errors import NotReady
from finder.geo.points import LonLat
from finder.http.counting import SearchCounter, counting_nobody
from finder.http.persons import SESSION_COOKIE
from finder.privacy.coarsen import coarse_cell
from finder.privacy.desk import ConsentDesk
from finder.privacy.grants import Grant
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person
from finder.store import Store
from finder.store.consents import ConsentLedger

HERE = Position(lon_lat=LonLat(-117.038231, 32.514915), accuracy_m=30.0, source=PositionSource.GPS)


class Noted:
    """What would be written."""

    def __init__(self) -> None:
        self.all: list[tuple[Subject, str, tuple[str, ...]]] = []

    def note(self, grant: Grant[ForAnalytics], subject: Subject, position: Position, care: Any) -> None:
        assert grant.purpose is ForAnalytics
        self.all.append((subject, coarse_cell(position.lon_lat), tuple(care)))


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Iterator[ConsentDesk]:
    with ConsentLedger.open(f"sqlite:///{tmp_path / 'finder.sqlite'}", tmp_path / "revisions") as ledger:
        yield ConsentDesk(ledger)


def agreed(desk: ConsentDesk, purpose: Purpose = Purpose.ANALYTICS) -> Person:
    person = new_person()
    desk.say_yes(person.subject, purpose, version=CURRENT_POLICY, language="es", via=Via.WEB)
    return person


def request_of(person: Person | None, **headers: str) -> Request[Any, Any, Any]:
    if person:
        headers["Authorization"] = f"Bearer {person.token}"
    return RequestFactory().get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_who_agrees_is_counted_by_token_or_cookie(desk: ConsentDesk) -> None:
    noted: Any = Noted()
    person, count = agreed(desk), SearchCounter(desk, noted)
    count(request_of(person), HERE, ["cardiology"])
    count(request_of(None, Cookie=f"{SESSION_COOKIE}={person.token}"), HERE, ())
    cell = coarse_cell(HERE.lon_lat)
    assert noted.all == [(person.subject, cell, ("cardiology",)), (person.subject, cell, ())]


@pytest.mark.parametrize("headers", [{"Sec_GPC": "1"}, {"DNT": "1"}, {"Sec_GPC": "1", "DNT": "0"}, {"sec_gpc": " 1 "}])
def test_a_browser_that_opts_out_is_not(desk: ConsentDesk, headers: dict[str, str]) -> None:
    noted: Any = Noted()
    SearchCounter(desk, noted)(request_of(agreed(desk), **headers), HERE, ["cardiology"])
    assert noted.all == []


@pytest.mark.parametrize("headers", [{"Sec_GPC": "0"}, {"DNT": "0"}, {"DNT": "unspecified"}, {"Sec_GPC": ""}])
def test_another_value_opts_nobody_out(desk: ConsentDesk, headers: dict[str, str]) -> None:
    noted: Any = Noted()
    SearchCounter(desk, noted)(request_of(agreed(desk), **headers), HERE, ["cardiology"])
    assert len(noted.all) == 1


def test_nobody_else_is(desk: ConsentDesk) -> None:
    noted: Any = Noted()
    count, revoked = SearchCounter(desk, noted), agreed(desk)
    desk.revoke(revoked.subject, Purpose.ANALYTICS, via=Via.WEB)
    others = [agreed(desk, purpose) for purpose in Purpose if purpose is not Purpose.ANALYTICS]
    for person in (None, new_person(), revoked, *others):
        count(request_of(person), HERE, ["cardiology"])
    assert noted.all == []
    counting_nobody(request_of(agreed(desk)), HERE, ["cardiology"])


@pytest.mark.parametrize("error", [NotReady("the ledger is away"), RuntimeError("what 32.5149,-117.0382 is")])
def test_a_search_does_not_fail_because_it_is_not_counted(desk: ConsentDesk, error: Exception, caplog: Any) -> None:
    """Nor does a library's message get into a log, whichever server it runs under."""

    class Failing:
        def note(self, *_: object) -> None:
            raise error

    failing: Any = Failing()
    person = agreed(desk)
    request = request_of(person)  # which sets up logging anew
    logging.getLogger("finder.http.faults").addHandler(caplog.handler)
    try:
        SearchCounter(desk, failing)(request, HERE, ["cardiology"])
    finally:
        logging.getLogger("finder.http.faults").removeHandler(caplog.handler)
    assert ("RuntimeError at note" in caplog.text) is isinstance(error, RuntimeError)
    for told in (person.token, person.subject, "32.51"):
        assert told not in caplog.text


def test_a_request_that_cannot_be_read_does_not_fail_either(desk: ConsentDesk) -> None:
    noted: Any = Noted()

    @get("/", sync_to_thread=False)
    def handler(request: Request[Any, Any, Any]) -> str:
        SearchCounter(desk, noted)(request, HERE, ["cardiology"])
        return "found"

    with create_test_client([handler]) as client:
        for token in ("fs_", "fs_" + "é" * 40, "fs_" + "a" * 41, "x"):
            assert client.get("/", headers={"Authorization": f"Bearer {token}".encode()}).text == "found"
    assert noted.all == []
