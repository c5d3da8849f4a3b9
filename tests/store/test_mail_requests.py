"""Requests that came by letter: due ones first, answered once, and after an erasure nobody's; on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from finder.domain.consent import Subject, Via
from finder.domain.rights import Law, MailRequest, Outcome, RequestKind
from finder.errors import BadInput, Conflict, NotFound
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.consents import ConsentLedger
from finder.store.mail_requests import MailRequests, forget_in_mail_requests, sweep_mail_requests

ONE, OTHER = Subject("0a1" + "0" * 61), Subject("fff" + "0" * 61)
TODAY = date(2026, 11, 23)


@pytest.fixture
def requests(store: Store, store_url: str) -> Iterator[MailRequests]:
    with MailRequests.open(store_url) as opened:
        yield opened


def entered(requests: MailRequests, *, due_in: int = 20, subject: Subject | None = None) -> MailRequest:
    return requests.add(
        RequestKind.ACCESS,
        Law.MEXICO,
        received_on=TODAY,
        due_on=TODAY + timedelta(days=due_in),
        reference="2026/114",
        subject=subject,
        since=0,
    )


def test_it_is_kept_as_it_was_entered_and_answered_once(requests: MailRequests) -> None:
    request = entered(requests, subject=ONE)
    assert request == MailRequest(
        id=request.id,
        kind=RequestKind.ACCESS,
        law=Law.MEXICO,
        received_on=TODAY,
        due_on=TODAY + timedelta(days=20),
        reference="2026/114",
        subject=ONE,
    )
    assert requests.get(request.id) == request
    with pytest.raises(BadInput, match="before"):
        requests.answer(request.id, Outcome.DONE, on=TODAY - timedelta(days=1))
    answered = requests.answer(request.id, Outcome.DONE, on=TODAY + timedelta(days=30))
    assert requests.get(request.id) == answered
    assert (answered.answered_on, answered.outcome) == (TODAY + timedelta(days=30), Outcome.DONE)
    with pytest.raises(Conflict, match="already"):
        requests.answer(request.id, Outcome.REFUSED, on=TODAY)
    for unknown in (request.id + 1, 0, -1, 2**40):
        with pytest.raises(NotFound, match="finder requests list"):
            requests.get(unknown)
        with pytest.raises(NotFound):
            requests.answer(unknown, Outcome.DONE, on=TODAY)


def test_what_is_due_first_comes_first_and_what_is_answered_last(requests: MailRequests) -> None:
    late, soon, answered = (entered(requests, due_in=days) for days in (30, 5, 1))
    answered = requests.answer(answered.id, Outcome.WITHDRAWN, on=TODAY)
    assert requests.listed(answered=False) == [soon, late]
    assert requests.listed(answered=True) == [soon, late, answered]
    assert [request.is_overdue(TODAY + timedelta(days=5)) for request in (soon, late)] == [False, False]
    assert [request.is_overdue(TODAY + timedelta(days=6)) for request in (soon, late)] == [True, False]
    assert not answered.is_overdue(TODAY + timedelta(days=99))


def test_after_an_erasure_it_is_nobodys(requests: MailRequests, store_url: str, tmp_path: Path) -> None:
    mine, theirs = entered(requests, subject=ONE), entered(requests, subject=OTHER)
    assert requests.of(ONE) == [mine]
    with ConsentLedger.open(store_url, tmp_path / "revisions") as ledger:
        at = datetime(2026, 11, 23, tzinfo=UTC)
        assert ledger.erase(ONE, at=at, via=Via.ADMIN, also=[forget_in_mail_requests]).erased == 1
    assert requests.of(ONE) == []
    assert requests.get(mine.id).subject is None
    assert requests.of(OTHER) == [theirs]


def test_answered_ones_are_swept_and_their_numbers_not_given_again(requests: MailRequests) -> None:
    waiting, old, newer = (entered(requests) for _ in range(3))
    requests.answer(newer.id, Outcome.DONE, on=TODAY + timedelta(days=1))
    requests.answer(old.id, Outcome.DONE, on=TODAY)
    before = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    with short_write(requests._engine) as connection:
        assert sweep_mail_requests(connection, before) == 1
        assert sweep_mail_requests(connection, before) == 0
        assert sweep_mail_requests(connection, before + timedelta(days=1)) == 1
    assert [request.id for request in requests.listed(answered=True)] == [waiting.id]
    assert entered(requests).id > newer.id
