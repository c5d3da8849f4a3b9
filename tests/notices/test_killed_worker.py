"""Whatever process is killed at whatever moment: every notice is there once, and reaches the open page once."""

import random
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from finder.privacy.subjects import Person
from tests.notices.pages import PATIENCE_S, Page, Server, bearer, eventually, servers
from tests.notices.served import fence_data, sent, serving_desks, walk

SERVERS, PERSONS, KILLS = 2, 3, 2
TOLD = ["enter", "dwell", "exit"]


def post(client: httpx.Client, addresses: list[str], person: Person, body: Any, chance: random.Random) -> None:
    """Send it to whichever server answers, until one does."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            answer = client.post(
                f"{chance.choice(addresses)}/api/v1/positions",
                json=body,
                headers=bearer(person.token),
            )
            if answer.status_code == 200:
                return
            assert answer.status_code >= 500, answer.text
        except httpx.HTTPError:
            pass
        time.sleep(0.02)
    raise AssertionError("No server answers.")


def stop_at_once(there: list[Server]) -> None:
    """A server that is told to stop does so, although pages listen."""
    started = time.monotonic()
    for one in there:
        one.ask_to_stop()
    for one in there:
        one.process.wait(timeout=PATIENCE_S)
    assert time.monotonic() - started < 12.0, "It was killed, as it waited for pages."


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_servers_that_are_killed_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    """Persons walk in and out, each call sent until it is answered and some of them twice; now and then a server is killed."""
    fence_data(tmp_path)
    with serving_desks(tmp_path) as desks:
        people = [desks.armed() for _ in range(PERSONS)]
    fixes = walk(datetime.now(UTC))
    calls = [sent(fixes[start : start + 2]) for start in range(0, len(fixes), 2)]
    window = -(-len(calls) * PERSONS // (KILLS + 1))
    posted, kills, moved = 0, 0, threading.Condition()

    with servers(SERVERS, tmp_path) as there:
        addresses = [one.address for one in there]
        pages = [
            Page(person.token, addresses[number % SERVERS :] + addresses[: number % SERVERS])
            for number, person in enumerate(people)
        ]

        def may_go() -> bool:
            return posted < window * (kills + 1)

        def go(person: Person, chance: random.Random) -> None:
            """Not beyond what belongs before the next kill, so that there is always something under way when it comes."""
            nonlocal posted
            with httpx.Client(timeout=5) as client:
                for body in calls:
                    with moved:
                        assert moved.wait_for(may_go, PATIENCE_S)
                        posted += 1
                        moved.notify_all()
                    for _ in range(chance.choice((1, 1, 2))):
                        post(client, addresses, person, body, chance)

        walkers = [threading.Thread(target=go, args=(person, random.Random(number))) for number, person in enumerate(people)]  # noqa: S311
        for one in walkers:
            one.start()
        chance = random.Random(0)  # noqa: S311
        while kills < KILLS:
            with moved:
                due = window * kills + chance.randint(window // 4, window)
                assert moved.wait_for(lambda due=due: posted >= due, PATIENCE_S)
            time.sleep(chance.uniform(0.0, 0.02))
            victim = there[kills % SERVERS]
            victim.kill()
            victim.start()
            victim.wait()
            with moved:
                kills += 1
                moved.notify_all()
        for one in walkers:
            one.join()

        for person, page in zip(people, pages, strict=True):
            answer = httpx.get(f"{addresses[0]}/api/v1/notices", headers=bearer(person.token))
            listed = answer.raise_for_status().json()["notices"]
            assert [one["trigger"] for one in listed] == TOLD
            eventually(lambda page=page, listed=listed: len(page.got) >= len(listed))
        # A second time would come as quickly as the first: the pages are woken from the one process and by asking from the other.
        with httpx.Client() as client:
            post(client, addresses, people[0], sent(fixes[-20:]), chance)
        time.sleep(1.2)
        for page in pages:
            assert [one["trigger"] for one in page.got] == TOLD
        assert sum(page.opened for page in pages) > PERSONS

        stop_at_once(there)
        for page in pages:
            page.closed.set()
