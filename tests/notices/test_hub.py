"""Who listens hears of everything that is stored, by whichever process, and of nothing else; and nothing is left behind."""

import asyncio
import random
import threading
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from finder.domain.consent import Subject
from finder.errors import NotReady
from finder.notices import hub as hub_module
from finder.notices.hub import STREAMS_OF_ONE, End, News, NoticeHub

ANA, BEA = Subject("a" * 64), Subject("b" * 64)
PATIENCE_S = 10.0


class Store:
    """Stands for the table of notices; for all threads."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, Subject]] = []
        self.asked = 0
        self.fails = False
        self.stopped: set[Subject] = set()
        self.asked_about: list[int] = []
        self.lock = threading.Lock()

    def add(self, subject: Subject) -> None:
        with self.lock:
            self.rows.append((len(self.rows) + 1, subject))

    def newest(self, since: int) -> list[tuple[int, Subject]]:
        self.asked += 1
        if self.fails:
            raise NotReady("away")
        with self.lock:
            return self.rows[since:]

    def armed(self, subjects: Collection[Subject]) -> set[Subject]:
        self.asked_about.append(len(subjects))
        return set(subjects) - self.stopped

    def of(self, subject: Subject, after: int) -> list[int]:
        with self.lock:
            return [seq for seq, whose in self.rows[after:] if whose == subject]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def problems() -> list[Exception]:
    return []


@pytest.fixture
def hub(store: Store, problems: list[Exception]) -> Iterator[NoticeHub]:
    """It asks and breathes quickly, and is not started."""
    opened = NoticeHub(store.newest, store.armed, problems.append, poll_s=0.01, heartbeat_s=0.2, most_streams=10)
    yield opened
    opened.stop()


def run(work: Coroutine[Any, Any, None]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await work

    asyncio.run(in_time())


async def until(happens: Callable[[], object]) -> None:
    while not happens():
        await asyncio.sleep(0.005)


@asynccontextmanager
async def settled(hub: NoticeHub, subject: Subject) -> AsyncGenerator[News]:
    """A stream that has read what there is and waits."""
    async with hub.listening(subject) as news:
        assert await anext(news)
        yield news


def test_who_opens_a_stream_reads_at_once(hub: NoticeHub) -> None:
    async def work() -> None:
        async with hub.listening(ANA) as news:
            assert await anext(news)

    run(work())


def test_a_waking_from_another_thread_reaches_that_person_alone(hub: NoticeHub) -> None:
    async def work() -> None:
        async with settled(hub, ANA) as ana, settled(hub, ANA) as also_ana, settled(hub, BEA) as bea:
            threading.Thread(target=hub.wake, args=(ANA,)).start()
            assert await anext(ana)
            assert await anext(also_ana)
            assert not await anext(bea)

    run(work())


def test_silence_is_told_of(hub: NoticeHub) -> None:
    async def work() -> None:
        async with settled(hub, ANA) as news:
            assert [await anext(news) for _ in range(2)] == [False, False]

    run(work())


def test_what_could_not_be_read_is_tried_again(hub: NoticeHub) -> None:
    async def work() -> None:
        async with settled(hub, ANA) as news:
            news.again_in(0.01)
            assert await anext(news)

    run(work())


def test_what_another_process_stored_wakes_unless_it_has_gone_out(hub: NoticeHub, store: Store) -> None:
    async def work() -> None:
        async with settled(hub, ANA) as behind, settled(hub, ANA) as up_to_date:
            store.add(ANA)
            up_to_date.seq = 1
            hub.poll()
            assert await anext(behind)
            assert not await anext(up_to_date)
            hub.poll()
            assert not await anext(behind)

    run(work())


def test_what_was_stored_while_nobody_listened_is_not_passed_over(hub: NoticeHub, store: Store) -> None:
    """A stream may read just before another process stores something, and the hub ask for the first time after that."""

    async def work() -> None:
        async with settled(hub, BEA):
            hub.poll()
        async with settled(hub, ANA) as news:
            store.add(ANA)
            hub.poll()
            assert await anext(news)

    run(work())


def test_who_has_nothing_armed_any_more_is_woken_and_nobody_else(hub: NoticeHub, store: Store) -> None:
    async def work() -> None:
        async with settled(hub, ANA) as ana, settled(hub, ANA) as also_ana, settled(hub, BEA) as bea:
            store.stopped.add(ANA)
            hub.poll()
            assert await anext(ana)
            assert await anext(also_ana)
            assert not await anext(bea)

    run(work())


@pytest.mark.parametrize(("most", "asked"), [(1, [1, 1, 1]), (2, [2, 1, 2]), (3, [3, 3, 3])])
def test_each_of_many_has_a_turn(
    hub: NoticeHub, store: Store, monkeypatch: pytest.MonkeyPatch, most: int, asked: list[int]
) -> None:
    monkeypatch.setattr(hub_module, "_MOST_ASKED", most)

    async def work() -> None:
        async with AsyncExitStack() as stack:
            own = [await stack.enter_async_context(settled(hub, Subject(f"{number:064x}"))) for number in range(3)]
            store.stopped.update(Subject(f"{number:064x}") for number in range(3))
            for _ in range(3):
                hub.poll()
            assert store.asked_about == asked
            assert [await anext(news) for news in own] == [True] * 3

    run(work())


def test_the_store_is_asked_only_while_somebody_listens(hub: NoticeHub, store: Store) -> None:
    async def work() -> None:
        hub.start()
        await asyncio.sleep(0.1)
        assert store.asked == 0
        async with hub.listening(ANA):
            await until(lambda: store.asked > 2)
        await asyncio.sleep(0.1)
        before = store.asked
        await asyncio.sleep(0.1)
        assert store.asked == before

    run(work())


@pytest.mark.parametrize("seed", range(3))
def test_every_stream_gets_everything_once_whoever_stores_it(hub: NoticeHub, store: Store, seed: int) -> None:
    """Some streams come and go, and take up where they were."""
    chance, people, each = random.Random(seed), [Subject(f"{number:064x}") for number in range(8)], 40  # noqa: S311
    got: dict[Subject, list[int]] = {subject: [] for subject in people}

    async def listen(subject: Subject, chance: random.Random) -> None:
        seq = 0
        while len(got[subject]) < each:
            async with hub.listening(subject) as news:
                news.seq = seq
                async for _ in news:
                    found = await hub.aside(lambda after=seq: store.of(subject, after))
                    got[subject] += found
                    seq = news.seq = max(found, default=seq)
                    if len(got[subject]) >= each or chance.random() < 0.3:
                        break

    def write() -> None:
        rows = people * each
        chance.shuffle(rows)
        for subject in rows:
            store.add(subject)
            if chance.random() < 0.5:  # else another process stored it
                hub.wake(subject)
            threading.Event().wait(0.0005)

    async def work() -> None:
        hub.start()
        writer = threading.Thread(target=write)
        writer.start()
        await asyncio.gather(*(listen(subject, random.Random(number)) for number, subject in enumerate(people)))  # noqa: S311
        writer.join()
        assert hub.streams == 0

    run(work())
    for subject in people:
        assert got[subject] == store.of(subject, 0)


def test_a_fifth_stream_ends_the_oldest(hub: NoticeHub) -> None:
    async def work() -> None:
        async with AsyncExitStack() as stack:
            own = [await stack.enter_async_context(settled(hub, ANA)) for _ in range(STREAMS_OF_ONE)]
            bea = await stack.enter_async_context(settled(hub, BEA))
            async with settled(hub, ANA) as fifth:
                assert [one async for one in own[0]] == []
                assert [one.end for one in (*own, fifth, bea)] == [End.ELSEWHERE, *[None] * (STREAMS_OF_ONE + 1)]
        assert hub.streams == 0

    run(work())


def test_there_is_room_for_so_many_and_for_more_when_some_have_gone(hub: NoticeHub) -> None:
    async def work() -> None:
        async with AsyncExitStack() as stack:
            for number in range(10):
                await stack.enter_async_context(hub.listening(Subject(f"{number:064x}")))
            with pytest.raises(NotReady):
                hub.check_room()
            with pytest.raises(NotReady):
                async with hub.listening(ANA):
                    pass
            assert hub.streams == 10
        async with hub.listening(ANA):
            assert hub.streams == 1

    run(work())


def test_stopping_ends_every_stream_and_no_other_begins(hub: NoticeHub) -> None:
    async def work() -> None:
        hub.start()
        async with settled(hub, ANA) as ana, settled(hub, BEA) as bea:
            threading.Thread(target=hub.end_streams).start()
            assert [one async for one in ana] + [one async for one in bea] == []
            assert (ana.end, bea.end) == (End.STOPPING, End.STOPPING)
            with pytest.raises(NotReady):
                hub.check_room()

    run(work())


def test_a_store_that_does_not_answer_is_told_of_once_and_asked_again(
    hub: NoticeHub, store: Store, problems: list[Exception]
) -> None:
    async def work() -> None:
        async with settled(hub, ANA) as news:
            store.add(ANA)
            store.fails = True
            hub.poll()
            hub.poll()
            assert not await anext(news)
            store.fails = False
            hub.poll()
            assert await anext(news)

    run(work())
    assert len(problems) == 1
