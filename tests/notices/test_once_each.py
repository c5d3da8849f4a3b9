"""Notices in an open page and by Web Push, the server stopped, killed and started again in between: once each."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from finder.notices.tracker import Fix
from finder.privacy.policy import CURRENT_POLICY
from tests.notices.delivery.parts import Browser
from tests.notices.delivery.receivers import Received, Receiver, receiver
from tests.notices.pages import Page, Server, bearer, eventually, servers
from tests.notices.served import CLINIC, fence_data, sent, walk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
TOLD = ["enter", "dwell", "exit"]


@pytest.fixture
def push_service() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


class Visitor:
    """Who agreed to notices, whose browser is subscribed, who armed a visit and has a page open: all of it by the API."""

    def __init__(self, server: Server, endpoint: str, *, says_seen: bool = False) -> None:
        yes = {"purposes": ["notices"], "policy": str(CURRENT_POLICY), "language": "en"}
        answer = httpx.post(f"{server.address}/api/v1/consents", json=yes)
        self._server, self.token = server, answer.raise_for_status().json()["token"]
        self.browser = Browser(endpoint)
        self.post("push/subscriptions", self.browser.subscription())
        self.post("visits", {"facility": CLINIC.id})
        self.page = Page(self.token, [server.address], says_seen=says_seen)
        self.answered: list[Any] = []
        """The notices that calls with positions were answered with."""

    def post(self, what: str, body: Any) -> Any:
        answer = httpx.post(f"{self._server.address}/api/v1/{what}", json=body, headers=bearer(self.token), timeout=20)
        return answer.raise_for_status().json()

    def go(self, fixes: Iterator[Fix], until: str) -> None:
        """Send one fix after the other, until a notice answers one."""
        for fix in fixes:
            if notices := self.post("positions", sent([fix]))["notices"]:
                self.answered += notices
                assert [one["trigger"] for one in notices] == [until]
                return
        raise AssertionError(f"Nothing of {until} in the whole walk.")

    def listed(self) -> list[Any]:
        answer = httpx.get(f"{self._server.address}/api/v1/notices", headers=bearer(self.token), timeout=20)
        return answer.raise_for_status().json()["notices"]

    def pushed(self, came: list[Received]) -> list[str]:
        """The ids of the notices that its browser was told of, which nobody else could read."""
        return [self.browser.read(got.body)["notice"] for got in came if self.browser.endpoint.endswith(got.path)]


def waiting(folder: Path) -> int:
    """How many things are still to go out."""
    with closing(sqlite3.connect(folder / "finder.sqlite")) as connection:
        return connection.execute("SELECT count(*) FROM delivery").fetchone()[0]


def test_each_notice_comes_once_by_each_way_though_the_server_goes_in_between(tmp_path: Path, push_service: Receiver) -> None:
    """One has the page open and locks the telephone: both ways. Another looks at the page: nothing goes out but by it."""
    fence_data(tmp_path)
    whole = walk(datetime.now(UTC))
    with servers(1, tmp_path, FINDER_PUSH_NETWORKS="127.0.0.0/8") as [server]:
        away, fixes = Visitor(server, push_service.url("/away")), iter(whole)

        # Killed when the call is answered, before the push goes out and maybe before the page has it.
        away.go(fixes, until="enter")
        server.kill()
        assert (push_service.received, waiting(tmp_path)) == ([], 1)
        server.start()
        server.wait()

        # Stopped with the next push still to go out; the first may have gone by now, or go out together with this one.
        away.go(fixes, until="dwell")
        server.stop()
        server.start()
        server.wait()

        away.go(fixes, until="exit")
        reading = Visitor(server, push_service.url("/reading"), says_seen=True)
        for each in (reading, away):  # what was sent before tells nothing again
            for fix in whole:  # in one call those from before the visit was armed would be passed over
                each.answered += each.post("positions", sent([fix]))["notices"]
        ids = [one["id"] for one in away.listed()]
        came = push_service.wait_for(len(TOLD))
        eventually(lambda: waiting(tmp_path) == 0 and len(away.page.got) >= len(TOLD) <= len(reading.page.got))
        time.sleep(1.2)  # a second one of any of them would come as quickly as the first

        for each in (away, reading):
            listed = each.listed()
            assert [one["trigger"] for one in listed] == TOLD
            assert [one["id"] for one in each.page.got] == [one["id"] for one in listed]
            assert [one["id"] for one in each.answered] == [one["id"] for one in listed]
            assert all((not one["is_seen"]) == (each is away) for one in listed)
            each.page.closed.set()
        assert sorted(away.pushed(push_service.received)) == sorted(ids), "each once, and of each one"
        assert reading.pushed(push_service.received) == [], "who has seen it is told in no other way"
        assert push_service.received == came
        assert away.page.opened >= 3, "its stream was taken up again"
        server.stop()
