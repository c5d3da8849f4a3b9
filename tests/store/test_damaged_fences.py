"""A fence that cannot be read: it is told of, entered again or ended, and takes no other out of service; both databases."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from finder.domain.admin import Action
from finder.domain.fence import FenceStatus
from finder.domain.tenant import Tenant
from finder.errors import Conflict, NotReady
from finder.store import Store
from finder.store.admin_engine import short_read, short_write
from finder.store.audit import AuditLog
from finder.store.fences import DamagedFence, FenceStore
from finder.store.tenants import TenantStore
from tests.notices.fences.desks import ADMIN, NOW
from tests.store.test_fences import FENCE, changed, lawful, trial_of

DAMAGES: dict[str, dict[str, Any]] = {
    "a trigger of another release": {"doc": {"wishes": [{"trigger": "sneeze", "texts": {}}]}},
    "no name": {"doc": {"name": None}},
    "no object": {"doc": []},
    "another's document": {"doc": {"id": "c"}},
    "of another facility": {"doc": {"facility_id": "b"}},
    "rows that are no list": {"rows": {"a": 1}},
    "a trial of another release": {"trial": {"at": "yesterday"}},
}
FAR = "24.94", "60.17"


@pytest.fixture
def fences(store: Store, store_url: str) -> Iterator[FenceStore]:
    """Those with the ids ``a``, ``b`` and ``c`` are active."""
    with TenantStore.open(store_url) as tenants, FenceStore.open(store_url) as opened:
        tenants.add(Tenant(id="norte", name="Norte", created_at=NOW, facilities=("a", "b")), ADMIN)
        tenants.add(Tenant(id="sur", name="Sur", created_at=NOW, facilities=("c",)), ADMIN)
        for id_ in "abc":
            opened.put(lawful(changed(id=id_)), by=ADMIN)
            opened.activate(lawful(changed(id=id_)), trial_of(), by=ADMIN)
        yield opened


def write(fences: FenceStore, column: str, value: str, id_: str = "b") -> None:
    engine = fences._engine  # pyright: ignore[reportPrivateUsage] - somebody who is no program of ours
    cast = "CAST(:value AS JSONB)" if engine.dialect.name == "postgresql" and column != "status" else ":value"
    with short_write(engine) as connection:
        connection.execute(text(f"UPDATE fence SET {column} = {cast} WHERE id = :id"), {"value": value, "id": id_})  # noqa: S608


def written(fences: FenceStore, column: str, id_: str = "b") -> str:
    engine = fences._engine  # pyright: ignore[reportPrivateUsage]
    with short_read(engine) as connection:
        return connection.execute(text(f"SELECT CAST({column} AS TEXT) FROM fence WHERE id = :id"), {"id": id_}).scalar_one()  # noqa: S608


def damage(fences: FenceStore, kind: str) -> None:
    for column, value in DAMAGES[kind].items():
        whole = msgspec.to_builtins(changed(id="b")) | value if column == "doc" and isinstance(value, dict) else value
        write(fences, column, json.dumps(whole))


@pytest.fixture(params=sorted(DAMAGES))
def damaged(fences: FenceStore, request: pytest.FixtureRequest) -> FenceStore:
    damage(fences, request.param)
    return fences


def test_the_others_stay_in_service(damaged: FenceStore, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert [one.fence.id for one in damaged.active()] == ["a", "c"]
    (line,) = caplog.messages
    assert line == "Damaged fences out of service, to be entered again or ended: b."
    page = damaged.list(tenant="norte")
    assert [one.fence.id for one in page.fences] == ["a", "c"]
    assert page.damaged == (DamagedFence(id="b", tenant="norte", facility_id="a", status="active"),)
    assert damaged.list(limit=1, offset=1) == msgspec.structs.replace(page, fences=())
    assert "Enter it again, or end it" in page.damaged[0].problem


def test_what_needs_it_whole_says_what_to_do(damaged: FenceStore) -> None:
    judged, before = lawful(changed(id="b")), damaged.revision()
    acts: list[Callable[[], object]] = [
        lambda: damaged.get("b"),
        lambda: damaged.activate(judged, trial_of(), by=ADMIN),
        lambda: damaged.keep_trial("b", trial_of()),
    ]
    for act in acts:
        with pytest.raises(Conflict, match=r"^Fence b is damaged: .* Enter it again, or end it\.$") as caught:
            act()
        assert not any(number in str(caught.value) for number in FAR)
    assert damaged.revision() == before
    assert damaged.keep_judgements([judged], by=ADMIN) == 0
    damaged.suspend(judged.fence, by=ADMIN)
    assert [one.status for one in damaged.list().damaged] == ["active"]


def test_it_is_entered_again(damaged: FenceStore, store_url: str) -> None:
    with pytest.raises(Conflict, match="Another tenant"):
        damaged.put(lawful(changed(id="b", tenant="sur", facility_id="c")), by=ADMIN)
    put = damaged.put(lawful(changed(id="b")), by=ADMIN)
    assert (put.fence.status, put.trial, damaged.get("b")) == (FenceStatus.DRAFT, None, put)
    damaged.activate(lawful(changed(id="b")), trial_of(), by=ADMIN)
    assert [one.fence.id for one in damaged.active()] == ["a", "b", "c"]
    with AuditLog.open(store_url) as log:
        outcomes = [entry.outcome for entry in log.page() if (entry.action, entry.subject) == (Action.FENCE_SAVE, "fence b")]
    assert outcomes == ["done: entered again, was damaged", "done: of tenant norte"]


def test_it_is_ended_once(damaged: FenceStore, store_url: str) -> None:
    ended = damaged.end("b", at=NOW, by=ADMIN)
    assert ended == DamagedFence(id="b", tenant="norte", facility_id="a", status="ended")
    assert damaged.end("b", at=NOW + timedelta(days=1), by=ADMIN) == ended
    assert damaged.list(status=FenceStatus.ENDED).damaged == (ended,)
    assert [one.fence.id for one in damaged.active()] == ["a", "c"]
    with AuditLog.open(store_url) as log:
        assert [entry.subject for entry in log.page() if entry.action is Action.FENCE_END] == ["fence b"]


def test_what_has_ended_stays_so_when_a_release_comes_that_reads_it(fences: FenceStore) -> None:
    before = written(fences, "doc")
    assert json.loads(before)["status"] == "active"
    damage(fences, "a trigger of another release")
    fences.end("b", at=NOW, by=ADMIN)
    write(fences, "doc", before)
    assert fences.get("b").fence.status is FenceStatus.ENDED
    assert [one.fence.id for one in fences.active()] == ["a", "c"]


def test_a_status_of_another_release_is_damage_too(fences: FenceStore) -> None:
    write(fences, "status", "paused")
    assert [one.status for one in fences.list().damaged] == ["paused"]
    fences.end("b", at=NOW, by=ADMIN)
    assert fences.get("b").fence.status is FenceStatus.ENDED


def test_text_that_is_no_json_hides_no_other(fences: FenceStore) -> None:
    if fences._engine.dialect.name == "postgresql":  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(NotReady):  # it takes none
            write(fences, "doc", "{")
        return
    for column in ("doc", "rows", "trial"):
        write(fences, column, "{")
        assert [one.fence.id for one in fences.active()] == ["a", "c"]
        assert [one.id for one in fences.list().damaged] == ["b"]
        fences.put(lawful(changed(id="b")), by=ADMIN)
        fences.activate(lawful(changed(id="b")), trial_of(), by=ADMIN)


def test_many_are_named_in_part(fences: FenceStore, caplog: pytest.LogCaptureFixture) -> None:
    fences.put_all([lawful(changed(id=f"d{number:02}", facility_id="b")) for number in range(25)], by=ADMIN)
    for number in range(25):
        fences.activate(lawful(changed(id=f"d{number:02}", facility_id="b")), trial_of(FENCE), by=ADMIN)
        write(fences, "doc", "[]", f"d{number:02}")
    with caplog.at_level(logging.INFO):
        assert [one.fence.id for one in fences.active()] == ["a", "b", "c"]
    assert [message.endswith("d18, d19 and 5 more.") for message in caplog.messages] == [True]
