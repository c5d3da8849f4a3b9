"""``finder check`` on the law: whether its outlines are there, and whether fences were judged by it."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from finder.domain.admin import Actor
from finder.domain.fence import Trial, shape_sha256
from finder.domain.lawful import Judgement, _lawful
from finder.domain.tenant import Tenant
from finder.notices.law.ruled import current_law
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.fence_tables import FENCE
from finder.store.fences import FenceStore
from finder.store.personal import open_personal_engine
from finder.store.tenants import TenantStore
from tests.cli.test_commands import Finder
from tests.notices.made_fences import a_fence

BY = Actor("test")


@pytest.fixture
def finder(tmp_path: Path) -> Finder:
    return Finder(tmp_path)


def activate(url: str, law: str, *numbers: int) -> None:
    now = datetime.now(UTC)
    with FenceStore.open(url) as fences:
        for fence in map(a_fence, numbers):
            lawful = _lawful(fence, Judgement(at=now, law=law, rows=()))
            fences.put(lawful, by=BY)
            trial = Trial(at=now, runs=1, false_share=0.0, missed_share=0.0, shape_sha256=shape_sha256(fence))
            fences.activate(lawful, trial, by=BY)


def test_check_tells_whether_fences_were_judged_by_the_law_of_now(finder: Finder, tmp_path: Path) -> None:
    assert "Fences: none, as there is no store yet" in finder("check").output
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with Store.open(url) as store:
        store.migrate()
    with TenantStore.open(url) as tenants:
        clinics = ("clinic0", "clinic1", "clinic2")
        tenants.add(Tenant(id="harbour", name="Harbour", created_at=datetime.now(UTC), facilities=clinics), BY)
    law = current_law()
    assert law is not None
    activate(url, law, 0, 1)
    told = finder("check").output
    assert "Boundaries: countries of Natural Earth" in told
    assert "Fences: 2 are active, each judged by the law of now" in told
    activate(url, "another", 2)
    told = finder("check", fails=True).output
    assert "1 of 3 active ones were judged by another law" in told
    assert "finder notices fences judge" in told


def test_check_counts_damaged_fences_and_says_what_to_do(finder: Finder, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with Store.open(url) as store:
        store.migrate()
    with TenantStore.open(url) as tenants:
        tenants.add(Tenant(id="harbour", name="Harbour", created_at=datetime.now(UTC), facilities=("clinic0", "clinic1")), BY)
    law = current_law()
    assert law is not None
    activate(url, law, 0, 1)
    engine = open_personal_engine(url)
    with short_write(engine) as connection:
        connection.execute(update(FENCE).where(FENCE.c.id == a_fence(0).id).values(doc=["of another release"]))
    engine.dispose()
    told = finder("check", fails=True).output
    assert f"1 cannot be read, as if another release had written them, and nobody is told of them: {a_fence(0).id}." in told
    assert "finder notices fences end ID" in told
    assert "another law" not in told
    with FenceStore.open(url) as fences:
        fences.end(a_fence(0).id, at=datetime.now(UTC), by=BY)
    assert "Fences: 1 are active, each judged by the law of now" in finder("check").output


def test_check_says_that_without_outlines_no_fence_is_lawful(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    # The package has the command under the name of its module.
    monkeypatch.setattr(sys.modules["finder.cli.check"], "installed_boundaries", lambda: None)
    assert "no fence is lawful anywhere: make setup" in finder("check").output
