"""``finder check`` on what goes out, and on a folder that cannot be written."""

import errno
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from finder.domain.admin import Actor
from finder.domain.consent import Subject
from finder.domain.delivery import Channel, Webhook
from finder.domain.tenant import Tenant
from finder.store import Store
from finder.store.admin_engine import short_write
from finder.store.deliveries import Deliveries, enqueue
from finder.store.personal import open_personal_engine
from finder.store.tenants import TenantStore
from finder.store.webhooks import Webhooks
from tests.cli.test_commands import SAMPLES, Finder, row
from tests.notices.delivery.waiting import delivery_of

BY = Actor("test")
SECRETS = ("ana@example.org", "hook.example", "a" * 64)


@pytest.fixture
def finder(tmp_path: Path) -> Finder:
    return Finder(tmp_path)


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with Store.open(url) as store:
        store.migrate()
    return url


@pytest.fixture
def webhooks(url: str) -> Iterator[Webhooks]:
    with TenantStore.open(url) as tenants, Webhooks.open(url) as opened:
        tenants.add(Tenant(id="norte", name="Norte", created_at=datetime.now(UTC), facilities=()), BY)
        yield opened


def put(url: str, id_: str, channel: Channel, *, next_s: float, attempts: int = 0) -> None:
    now = datetime.now(UTC)
    due = now + timedelta(seconds=next_s)
    more: dict[str, Any] = {"attempts": attempts, "next_at": due, "gives_up_at": now + timedelta(hours=9)}
    waiting = delivery_of(channel, "ana@example.org", id=id_, subject=Subject("a" * 64), **more)
    engine = open_personal_engine(url)
    with short_write(engine) as connection:
        enqueue(connection, [waiting])
    engine.dispose()


def test_check_tells_whether_what_waits_goes_out(finder: Finder, url: str) -> None:
    assert row(finder("check").output, "Outgoing").endswith("Outgoing: 0 wait")
    put(url, "soon", Channel.PUSH, next_s=9)
    put(url, "again", Channel.EMAIL, next_s=60, attempts=2)
    put(url, "hook", Channel.WEBHOOK, next_s=3600, attempts=9)  # which has a row of its own
    assert row(finder("check").output, "Outgoing").endswith("Outgoing: 3 wait")
    for number in range(2):
        put(url, f"mail{number}", Channel.EMAIL, next_s=600, attempts=3 + number)
    put(url, "sms", Channel.SMS, next_s=600, attempts=7)
    output = finder("check", fails=True).output
    told = row(output, "Outgoing")
    assert told.startswith("broken  Outgoing: 6 wait. ")
    assert "2 by e-mail (FINDER_SMTP_URL), 1 by short message (FINDER_SMS_URL)" in told
    assert "due since" not in told
    assert not any(secret in output for secret in SECRETS)


def test_check_tells_that_nobody_sends(finder: Finder, url: str) -> None:
    put(url, "now", Channel.PUSH, next_s=-60)
    assert row(finder("check").output, "Outgoing").endswith("Outgoing: 1 wait")
    put(url, "old", Channel.PUSH, next_s=-3600)
    since = datetime.now(UTC) - timedelta(seconds=3600)
    told = row(finder("check", fails=True).output, "Outgoing")
    assert f"2 wait. The oldest has been due since {since:%Y-%m-%d %H:}" in told
    with Deliveries.open(url) as outbox:  # somebody is sending it
        outbox.lease(["old"], datetime.now(UTC), 45.0)
    assert row(finder("check").output, "Outgoing").endswith("Outgoing: 2 wait")


def test_check_tells_which_webhooks_fail(finder: Finder, webhooks: Webhooks) -> None:
    """A tenant has its webhook fail at will: that is no failure of the service, but what was given up by then is."""
    assert row(finder("check").output, "Webhooks").endswith("Webhooks: none is entered")
    now = datetime.now(UTC)
    since = {hours: now - timedelta(hours=hours) for hours in (2, 23, 25)}
    for number in range(4):
        address = f"https://hook.example/{number}"
        webhooks.add(Webhook(id=f"w{number}", tenant="norte", url=address, created_at=now), b"secret", by=BY)
    assert row(finder("check").output, "Webhooks").endswith("Webhooks: 4, none fails")
    for number, at in enumerate(since.values()):
        webhooks.note_failure(f"w{number}", at=at)
    output = finder("check", fails=True).output
    assert row(output, "Webhooks").startswith(f"broken  Webhooks: 3 of 4 fail, the first since {since[25]:%Y-%m-%d %H:%M} UTC")
    assert not any(secret in output for secret in SECRETS)
    webhooks.disable("w2", at=now, by=BY)
    output = finder("check").output
    assert row(output, "Webhooks").startswith(f"warning Webhooks: 2 of 3 fail, the first since {since[23]:%Y-%m-%d %H:%M} UTC")
    assert not any(secret in output for secret in SECRETS)
    for number in range(2):
        webhooks.note_ok(f"w{number}", at=now)
    assert row(finder("check").output, "Webhooks").endswith("Webhooks: 3, none fails")


def test_check_says_of_a_folder_that_cannot_be_written_first(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    finder("load", SAMPLES / "tijuana.csv")
    assert "Data folder: can be written" in finder("check").output
    index = finder.data_dir / "snapshots" / "current" / "places" / "meta.json"
    index.write_bytes(b"?" * index.stat().st_size)

    def refused(**_: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(sys.modules["finder.cli.check"].tempfile, "TemporaryFile", refused)
    output = finder("check", fails=True).output
    first, *_, snapshot = [line for line in output.splitlines() if line.startswith("broken")][:2]
    assert first.startswith("broken  Data folder: It cannot be written (Read-only file system)")
    assert "its folder cannot be written" in snapshot
    assert "ublish again" not in output
    monkeypatch.undo()
    assert "Publish again" in row(finder("check", fails=True).output, "Snapshot")
    assert list(finder.data_dir.glob("tmp*")) == []
