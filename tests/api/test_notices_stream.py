"""A page hears of every notice once and in order, as long as its person agrees; and takes up where its stream broke."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig

from finder.api import notices_stream
from finder.api.notices_stream import notices_stream_handler
from finder.api.problems import problem_of
from finder.api.services import ApiServices
from finder.api.visits import visit_handlers
from finder.domain.consent import Purpose, Via
from finder.errors import NotReady
from finder.http.head import answering_head
from finder.http.last_resort import keeping_faults
from finder.http.web_log import WebLog, logging_visits
from finder.notices.hub import STREAMS_OF_ONE, NoticeHub
from finder.notices.visits import Notice, VisitDesk
from finder.privacy.subjects import Person, new_person
from finder.store import Store
from finder.store.consents import ConsentLedger
from finder.store.visits import Visits
from tests.consenting import Unasked
from tests.notices.visiting import OTHER, Visiting, fence, track

PATH = "/api/v1/notices/stream"
PATIENCE_S = 20.0
NOT_USED: Any = Unasked()


class Event(msgspec.Struct):
    """What a browser makes of a block of lines."""

    name: str = ""
    id: str = ""
    data: Any = None


class Opened:
    """An answer while it is sent."""

    def __init__(self, sent: asyncio.Queue[dict[str, Any]]) -> None:
        self.sent = sent
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.is_over = False

    async def _more(self) -> None:
        message = await self.sent.get()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.text += message["body"].decode()
            self.is_over = not message.get("more_body", False)

    async def begun(self) -> None:
        while not self.text and not self.is_over:
            await self._more()

    async def block(self) -> str:
        while "\n\n" not in self.text:
            assert not self.is_over, "The stream is over."
            await self._more()
        first, _, self.text = self.text.partition("\n\n")
        return first

    async def event(self) -> Event:
        """The next one; comments are passed over, as browsers do."""
        while True:
            fields = dict(line.split(": ", 1) for line in (await self.block()).splitlines() if not line.startswith(":"))
            if "event" in fields:
                return Event(fields["event"], fields.get("id", ""), msgspec.json.decode(fields["data"]))

    async def rest(self) -> str:
        while not self.is_over:
            await self._more()
        return self.text


class World:
    """The handlers as the application has them, over a real store."""

    def __init__(self, url: str, ledger: ConsentLedger, folder: Path) -> None:
        self.visiting = Visiting(url, ledger)
        self.store = Visits.open(url)
        self.hub = NoticeHub(
            self.store.newest,
            lambda subjects: self.store.armed(subjects, at=self.visiting.clock()),
            lambda error: None,
            poll_s=0.02,
            heartbeat_s=0.3,
        )
        self.desk = VisitDesk(self.store, self.visiting.book, self.visiting.announce, self.hub.wake, self.visiting.clock)
        services = ApiServices(
            directory=NOT_USED, locate_request=NOT_USED, consents=self.visiting.consents, rights=NOT_USED, hub=self.hub
        )
        handlers = [*visit_handlers(services, self.desk), notices_stream_handler(services, self.desk, self.hub)]
        router = Router("/api/v1", route_handlers=handlers, exception_handlers={Exception: problem_of})
        compression = CompressionConfig(backend="gzip", minimum_size=1000, exclude=[f"^{PATH}$"])
        app = Litestar([router], openapi_config=None, compression_config=compression)
        log = WebLog(folder / "log")
        app.asgi_handler = keeping_faults(logging_visits(answering_head(app.asgi_handler), log, [ip_network("10.0.0.0/8")]))
        self.app: Any = app

    def run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def in_time() -> None:
            async with asyncio.timeout(PATIENCE_S):
                await work()

        asyncio.run(in_time())

    def armed(self) -> Person:
        person = self.visiting.agreeing()
        self.visiting.arm(person)
        return person

    def walk(self, person: Person, desk: VisitDesk | None = None) -> list[Notice]:
        return list(self.visiting.take(person, track("walk_in_and_stay"), desk or self.desk).notices)

    def list(self, person: Person) -> list[Any]:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://finder.test") as client:
                return await client.get("/api/v1/notices", headers={"Authorization": f"Bearer {person.token}"})

        return asyncio.run(asked()).raise_for_status().json()["notices"]

    @asynccontextmanager
    async def opened(
        self,
        person: Person | None,
        *,
        query: str = "",
        method: str = "GET",
        leave: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[Opened]:
        """A stream that its reader leaves at the end."""
        told = {"accept-encoding": "gzip, br", **(headers or {})}
        if person is not None:
            told["authorization"] = f"Bearer {person.token}"
        scope: Any = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": PATH,
            "raw_path": PATH.encode(), "root_path": "", "query_string": query.encode(), "client": ("10.1.2.3", 4711),
            "server": ("finder.test", 80), "headers": [(name.encode(), value.encode()) for name, value in told.items()],
        }  # fmt: skip
        sent, gone = asyncio.Queue[dict[str, Any]](), asyncio.Event()
        asked = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if asked:
                return asked.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            await sent.put(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                gone.set()  # as servers do

        task = asyncio.ensure_future(self.app(scope, receive, send))
        opened = Opened(sent)
        try:
            await opened.begun() if method == "GET" else await opened.rest()
            yield opened
        finally:
            if leave:
                gone.set()
            await task


@pytest.fixture
def world(store: Store, store_url: str, tmp_path: Path) -> Iterator[World]:
    with ConsentLedger.open(store_url, tmp_path / "revisions") as ledger:
        world = World(store_url, ledger, tmp_path)
        with closing(world.store), closing(world.visiting.desk):
            yield world
            world.hub.stop()


@pytest.fixture
def sqlite_world(sqlite_store: Store, tmp_path: Path) -> Iterator[World]:
    url = f"sqlite:///{tmp_path / 'finder.sqlite'}"
    with ConsentLedger.open(url, tmp_path / "revisions") as ledger:
        world = World(url, ledger, tmp_path)
        with closing(world.store), closing(world.visiting.desk):
            yield world
            world.hub.stop()


def test_a_notice_comes_as_it_is_told_and_those_before_at_once(world: World) -> None:
    person, other = world.armed(), world.armed()
    fixes = track("walk_in_and_stay")
    got: list[Event] = []

    async def work() -> None:
        async with world.opened(other) as quiet, world.opened(person) as stream:
            for one in range(len(fixes)):
                told = await asyncio.to_thread(world.visiting.take, person, fixes[one : one + 1], world.desk)
                got.extend([await stream.event() for _ in told.notices])
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] == "no-store"
            assert stream.headers["x-accel-buffering"] == "no"
            assert "content-encoding" not in stream.headers
            assert await quiet.block() == "retry: 2000"
            assert await quiet.block() == ":"
        async with world.opened(person) as again:
            assert [await again.event() for _ in got] == got

    world.run(work)
    listed = world.list(person)
    assert len(listed) >= 2
    assert [(one.name, one.id, one.data) for one in got] == [("notice", str(one["seq"]), one) for one in listed]


def test_a_notice_that_another_process_stored_comes_too(world: World) -> None:
    person = world.armed()

    async def work() -> None:
        world.hub.start()
        async with world.opened(person) as stream:
            await stream.block()
            with closing(world.visiting.another_desk()) as desk:
                told = await asyncio.to_thread(world.walk, person, desk)
            assert [(await stream.event()).data["id"] for _ in told] == [one.id for one in told]

    world.run(work)


@pytest.mark.parametrize("by", ["this process", "another process"])
@pytest.mark.parametrize("how", ["the last one", "all", "its time"])
def test_it_ends_when_nothing_is_armed_any_more(world: World, by: str, how: str) -> None:
    world.visiting.book.put(fence(), fence("fence-2", OTHER))
    person, other = world.armed(), world.armed()
    first, second = world.desk.visits(person)[0], world.visiting.arm(person, OTHER)

    async def work() -> None:
        with closing(world.visiting.another_desk()) as another:
            desk = world.desk if by == "this process" else another
            if by == "another process" or how == "its time":
                world.hub.start()
            async with world.opened(other) as of_other, world.opened(person, leave=False) as stream:
                assert await stream.block() == "retry: 2000"
                await asyncio.to_thread(desk.disarm, person, first.id)
                assert await stream.block() == ":", "Another visit is armed still."
                told = await asyncio.to_thread(world.walk, person, desk)
                if how == "its time":
                    world.visiting.clock.now = second.ends_at
                else:
                    stop = partial(desk.disarm, person, second.id) if how == "the last one" else partial(desk.disarm_all, person)
                    await asyncio.to_thread(stop)
                assert [(await stream.event()).data["id"] for _ in told] == [one.id for one in told]
                assert await stream.event() == Event("end", data={"why": "nothing_armed"})
                assert await stream.rest() == ""
                if how != "its time":
                    assert await of_other.block() == "retry: 2000"
                    assert await of_other.block() == ":"
            async with world.opened(person, query=f"after={told[-1].seq if told else 0}", leave=False) as again:
                assert await again.event() == Event("end", data={"why": "nothing_armed"})
                await again.rest()

    world.run(work)


def test_a_stream_is_taken_up_where_it_broke(sqlite_world: World) -> None:
    world = sqlite_world
    person = world.armed()
    told = world.walk(person)
    first = told[0].seq

    async def work() -> None:
        for query, headers in (
            (f"after={first}", {}),
            ("", {"last-event-id": str(first)}),
            ("after=0", {"last-event-id": str(first)}),
        ):
            async with world.opened(person, query=query, headers=headers) as stream:
                assert [(await stream.event()).data["id"] for _ in told[1:]] == [one.id for one in told[1:]]

    world.run(work)


def test_what_was_seen_does_not_come(sqlite_world: World) -> None:
    world = sqlite_world
    person = world.armed()
    told = world.walk(person)
    world.desk.seen(person, told[0].id)

    async def work() -> None:
        async with world.opened(person) as stream:
            assert (await stream.event()).data["id"] == told[1].id

    world.run(work)


@pytest.mark.parametrize("end", ["revoked", "erased", "expired"])
@pytest.mark.parametrize("woken", [True, False], ids=["at a waking", "in silence"])
def test_it_ends_with_the_yes(sqlite_world: World, end: str, woken: bool) -> None:
    world = sqlite_world
    person, consents = world.armed(), world.visiting.consents

    async def work() -> None:
        async with world.opened(person, leave=False) as stream:
            await stream.block()
            if end == "revoked":
                consents.revoke(person.subject, Purpose.NOTICES, via=Via.WEB)
            elif end == "erased":
                consents.erase(person.subject, via=Via.WEB)
            else:
                world.visiting.clock.now += timedelta(days=366)
            if woken:
                world.hub.wake(person.subject)
            assert await stream.event() == Event("end", data={"why": "consent_needed"})
            assert await stream.rest() == ""
        async with world.opened(person) as refused:
            assert refused.status == 403
            assert "consent_needed" in await refused.rest()

    world.run(work)


def test_nobody_and_who_has_not_agreed_get_none(sqlite_world: World) -> None:
    async def work() -> None:
        for person, status, code in ((None, 401, "token_needed"), (new_person(), 403, "consent_needed")):
            async with sqlite_world.opened(person) as refused:
                assert refused.status == status
                assert code in await refused.rest()
        assert sqlite_world.hub.streams == 0

    sqlite_world.run(work)


def test_whoever_leaves_leaves_nothing_behind(sqlite_world: World) -> None:
    person = sqlite_world.armed()

    async def work() -> None:
        for _ in range(3):
            async with sqlite_world.opened(person) as stream:
                await stream.block()
                await stream.block()
                assert sqlite_world.hub.streams == 1
        while sqlite_world.hub.streams:
            await asyncio.sleep(0.01)

    sqlite_world.run(work)


def test_a_fifth_page_ends_the_first(sqlite_world: World) -> None:
    person = sqlite_world.armed()

    async def work() -> None:
        async with sqlite_world.opened(person, leave=False) as first:
            others = [sqlite_world.opened(person) for _ in range(STREAMS_OF_ONE)]
            for one in others:
                stream = await one.__aenter__()
                await stream.block()
            assert await first.event() == Event("end", data={"why": "elsewhere"})
            await first.rest()
            for one in others:
                await one.__aexit__(None, None, None)

    sqlite_world.run(work)


def test_it_ends_when_the_service_stops_and_no_other_begins(sqlite_world: World) -> None:
    person = sqlite_world.armed()

    async def work() -> None:
        async with sqlite_world.opened(person, leave=False) as stream:
            await stream.block()
            threading.Thread(target=sqlite_world.hub.end_streams).start()
            assert await stream.event() == Event("end", data={"why": "stopping"})
            await stream.rest()
        async with sqlite_world.opened(person) as refused:
            assert refused.status == 503

    sqlite_world.run(work)


def test_a_store_that_is_away_for_a_moment_ends_no_stream(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = sqlite_world
    person, reads = world.armed(), world.desk.notices
    told = world.walk(person)
    asked: list[int] = []

    def fails_twice(person: Person, *, after: int = 0) -> list[Notice]:
        asked.append(after)
        if len(asked) <= 2:
            raise NotReady("away")
        return reads(person, after=after)

    monkeypatch.setattr(world.desk, "notices", fails_twice)
    monkeypatch.setattr(notices_stream, "_AGAIN_S", 0.05)

    async def work() -> None:
        async with world.opened(person) as stream:
            assert (await stream.event()).data["id"] == told[0].id

    world.run(work)


def test_head_has_no_body_and_an_end(sqlite_world: World) -> None:
    person = sqlite_world.armed()
    sqlite_world.walk(person)

    async def work() -> None:
        async with sqlite_world.opened(person, method="HEAD", leave=False) as answer:
            assert answer.status == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.text == ""

    sqlite_world.run(work)
