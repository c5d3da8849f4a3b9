"""Noisy visits while workers are killed every few seconds: is any notice told twice, or lost?

The visits are those of ``benchmarks/visits.py``, with the noise of ``finder notices simulate``. Each is armed and walked through
the real ``VisitDesk`` over a real store, by two bare worker processes that know nothing of each other: any batch of positions
goes to whichever has less to do. Every few seconds one that works is killed (SIGKILL), in the middle of whatever it does; what it
has not answered is sent again, to the other one, until it is answered. Some batches go to both at once, as if a client had not
waited.

In the end the notices in the store are compared with an undisturbed replay of the same batches, step by step in one process and
without a store; as both have the same times, they are to be the same. Each notice is to have one push in the outbox, and no two
calls are to be answered with the same one.

    .venv/bin/python benchmarks/visits_killed.py [--visits 1000] [--kill-every-s 2] [--store sqlite|postgis] [--for-s 600]
"""

import argparse
import math
import multiprocessing
import random
import signal
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.visits import CENTRE, DWELL_S, ETA_S, PLANS, SHAPES, truth
from finder.domain.consent import ForNotices, Purpose, Via
from finder.domain.facility import Facility, FacilityKind
from finder.domain.fence import Fence, FenceStatus, Trigger, Wish
from finder.errors import NotReady
from finder.locate.device import DeviceFix
from finder.notices.edition import Edition
from finder.notices.simulate import START
from finder.notices.simulate_noise import Noise, noisy_fixes
from finder.notices.tracker import Fix, watch_of
from finder.notices.visits import MeasuredFix, Notice, VisitDesk
from finder.notices.visits.progress import Progress, advanced
from finder.privacy.desk import ConsentDesk
from finder.privacy.grants import Grant
from finder.privacy.policy import CURRENT_POLICY
from finder.privacy.subjects import Person, new_person
from finder.store import Store
from finder.store.consents import ConsentLedger
from finder.store.deliveries import Deliveries
from finder.store.visits import Visits
from tests.notices.visiting import push_of
from tests.postgis import TEMPLATE, postgis_server

WORKERS: Final = 2
AT_ONCE: Final = 24
"""Visits under way."""
MOST_IN_BATCH: Final = 24
TO_BOTH: Final = 0.02
"""The share of calls that two workers get at once."""
LANGUAGE: Final = "en"
TEXTS: Final = {LANGUAGE: "Welcome to {facility}."}
WISHES: Final = (
    Wish(trigger=Trigger.APPROACH, texts=TEXTS, eta_s=ETA_S),
    Wish(trigger=Trigger.ENTER, texts=TEXTS),
    Wish(trigger=Trigger.DWELL, texts=TEXTS, dwell_s=DWELL_S),
    Wish(trigger=Trigger.EXIT, texts=TEXTS),
)


class Setting(msgspec.Struct, frozen=True):
    """What all workers are told."""

    url: str
    folder: Path
    noise_m: float
    seed: int


class Call(msgspec.Struct, frozen=True):
    """What a client sends: step 0 arms the visit, the next are its batches, and the one after the last asks what came of it."""

    number: int
    step: int
    token: str


class Outcome(msgspec.Struct, frozen=True):
    """What came of a visit."""

    told: tuple[tuple[str, str], ...]
    """Ids and triggers of the notices in the store."""
    expected: tuple[str, ...]
    """Triggers of the notices of the undisturbed replay."""
    pushes: tuple[str | None, ...]
    """Of which notices the outbox tells."""
    fixes: int


class Answer(msgspec.Struct, frozen=True):
    """``is_busy``: send it again. ``notices``: ids of those that the call was answered with. ``outcome``: the visit is over."""

    is_busy: bool = False
    notices: tuple[str, ...] = ()
    outcome: Outcome | None = None


def made_edition() -> Edition:
    """Return a clinic for each shape, all in the same place, with its fence."""
    facilities, fences = dict[str, Facility](), list[Fence]()
    for number, (name, (shape, _)) in enumerate(SHAPES.items()):
        id_ = f"clinic-{number}"
        facilities[id_] = Facility(
            id=id_, kind=FacilityKind.CLINIC, name=name, names={}, lon_lat=CENTRE, time_zone="Europe/Helsinki"
        )
        fences.append(
            Fence(
                id=f"fence-{number}",
                tenant="t",
                facility_id=id_,
                name=name,
                shape=shape,
                wishes=WISHES,
                most_per_day=20,
                status=FenceStatus.ACTIVE,
            )
        )
    return Edition(fences, facilities, {"t": "The operator"})


class Fences:
    """Those of :func:`made_edition`, always."""

    def __init__(self) -> None:
        self._edition = made_edition()

    def current(self) -> Edition:
        """Return them."""
        return self._edition


@lru_cache(maxsize=4 * AT_ONCE)
def batches_of(number: int, noise_m: float, seed: int) -> list[list[Fix]]:
    """Return what the telephone of a visit sends, in the order in which it is received, and cut as it has a network."""
    names = list(SHAPES)
    plan, (_, edge_m) = PLANS[number // len(names) % len(PLANS)], SHAPES[names[number % len(names)]]
    track = truth(plan, edge_m, np.random.default_rng((seed, number)))
    fixes = noisy_fixes(track, Noise(noise_m=noise_m), seed * 1_000_003 + number, START)
    chance, batches = random.Random(f"{seed} {number}"), list[list[Fix]]()  # noqa: S311
    while fixes:
        count = chance.randint(1, MOST_IN_BATCH)
        batches.append(fixes[:count])
        fixes = fixes[count:]
    return batches


class Worker:
    """The desks of one process. Its clock stands where the call was made."""

    def __init__(self, setting: Setting, ledger: ConsentLedger, rows: Visits, outbox: Deliveries) -> None:
        self._setting, self._outbox, self._fences, self._now = setting, outbox, Fences(), START
        self._consents = ConsentDesk(ledger, self._clock)
        self._desk = VisitDesk(rows, self._fences, push_of, clock=self._clock)

    def answer(self, call: Call) -> Answer:
        """Do what a call asks for."""
        person = Person(call.token)
        batches = batches_of(call.number, self._setting.noise_m, self._setting.seed)
        try:
            if call.step == 0:
                return self._armed(person, call.number)
            if call.step <= len(batches):
                return self._taken(person, batches[call.step - 1])
            return Answer(outcome=self._outcome(person, batches))
        except NotReady:
            return Answer(is_busy=True)

    def _clock(self) -> datetime:
        return self._now

    def _grant(self, person: Person) -> Grant[ForNotices]:
        return self._consents.grant(ForNotices, person.subject)

    def _armed(self, person: Person, number: int) -> Answer:
        self._now = START - timedelta(minutes=1)
        self._consents.say_yes(person.subject, Purpose.NOTICES, version=CURRENT_POLICY, language=LANGUAGE, via=Via.APP)
        self._desk.arm(self._grant(person), person, f"clinic-{number % len(SHAPES)}", language=LANGUAGE)
        return Answer()

    def _taken(self, person: Person, batch: list[Fix]) -> Answer:
        self._now = _received(batch)
        grant = self._grant(person)
        taken = self._desk.take(grant, person, [_measured(fix, grant) for fix in batch])
        return Answer(notices=tuple(notice.id for notice in taken.notices))

    def _outcome(self, person: Person, batches: list[list[Fix]]) -> Outcome:
        self._now = _received(batches[-1])
        told = tuple((notice.id, str(notice.trigger)) for notice in self._desk.notices(person))
        pushes = tuple(push.notice_id for push in self._outbox.of(person.subject))
        return Outcome(told, tuple(self._undisturbed(person, batches)), pushes, sum(map(len, batches)))

    def _undisturbed(self, person: Person, batches: list[list[Fix]]) -> Iterator[str]:
        """The triggers of what would be told if nobody were killed and everything sent once."""
        [visit], grant, edition = self._desk.visits(person), self._grant(person), self._fences.current()
        watches = [watch_of(fence) for fence in edition.of_facility(visit.facility_id)]
        progress, told = Progress(), list[Notice]()

        def earlier() -> list[Notice]:
            return told

        for batch in batches:
            done = advanced(
                progress,
                [_measured(fix, grant) for fix in batch],
                visit=visit,
                secret=b"any",
                edition=edition,
                watches=watches,
                earlier=earlier,
                now=_received(batch),
            )
            progress = done.progress
            told.extend(done.notices.values())
        return (str(notice.trigger) for notice in told)


def _received(batch: list[Fix]) -> datetime:
    return max(fix.received_at for fix in batch)


def _measured(fix: Fix, grant: Grant[ForNotices]) -> MeasuredFix:
    device = DeviceFix(lat=fix.lon_lat.lat, lon=fix.lon_lat.lon, accuracy_m=fix.accuracy_m or 0.0)
    return MeasuredFix(position=device.precise(grant), at_device=fix.at_device)


def work(pipe: Connection, setting: Setting) -> None:
    """Answer calls until nobody calls."""
    with (
        ConsentLedger.open(setting.url, setting.folder / "consents.revisions") as ledger,
        Visits.open(setting.url) as rows,
        Deliveries.open(setting.url) as outbox,
    ):
        worker = Worker(setting, ledger, rows, outbox)
        while True:
            try:
                call = msgspec.msgpack.decode(pipe.recv_bytes(), type=Call)
            except EOFError:
                return
            pipe.send_bytes(msgspec.msgpack.encode(worker.answer(call)))


class Mortal:
    """A worker process as the clients see it: it answers in the order of the calls, or is gone."""

    def __init__(self, setting: Setting) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["benchmarks.visits_killed"])  # so that one that is killed is soon replaced
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=work, args=(theirs, setting), daemon=True)
        self.process.start()
        theirs.close()  # so that the pipe ends with the process
        self.calls = deque[Call]()
        self.has_answered = self.is_gone = False

    def call(self, call: Call) -> None:
        """Ask for something. One that is gone answers nothing, as is seen when its answers are read."""
        self.calls.append(call)
        with suppress(OSError):
            self.pipe.send_bytes(msgspec.msgpack.encode(call))

    def answers(self) -> list[tuple[Call, Answer]]:
        """What it has answered since; sets ``is_gone``."""
        found = list[tuple[Call, Answer]]()
        try:
            while self.pipe.poll():
                answer = msgspec.msgpack.decode(self.pipe.recv_bytes(), type=Answer)
                found.append((self.calls.popleft(), answer))
                self.has_answered = True
        except (EOFError, OSError):
            self.process.join()
            self.pipe.close()
            self.is_gone = True
            if self.process.exitcode != -signal.SIGKILL:
                raise RuntimeError("A worker ended by itself: what it said is above.") from None
        return found


class Visitor(msgspec.Struct):
    """A visit under way: what is asked for now, how many answers are awaited, and the notices that calls were answered with."""

    call: Call
    awaited: int = 0
    heard: list[str] = []


class Tally(msgspec.Struct):
    """Over all visits, the first four by trigger."""

    expected: Counter[str] = msgspec.field(default_factory=Counter[str])
    told: Counter[str] = msgspec.field(default_factory=Counter[str])
    doubled: Counter[str] = msgspec.field(default_factory=Counter[str])
    lost: Counter[str] = msgspec.field(default_factory=Counter[str])
    visits: int = 0
    kills: int = 0
    unanswered: int = 0
    """Calls that died with the worker."""
    busy: int = 0
    to_both: int = 0
    calls: int = 0
    fixes: int = 0
    heard_twice: int = 0
    """Notices that two calls were answered with."""
    unheard: int = 0
    """Notices that no call was answered with, as the worker died before: the person has them by another way."""
    pushes_doubled: int = 0
    pushes_lost: int = 0

    def enter(self, outcome: Outcome, heard: list[str]) -> None:
        """Add a visit."""
        self.visits += 1
        ids = [id_ for id_, _ in outcome.told]
        told, expected = Counter(trigger for _, trigger in outcome.told), Counter(outcome.expected)
        self.told += told
        self.expected += expected
        self.doubled += told - expected
        self.lost += expected - told
        self.fixes += outcome.fixes
        self.heard_twice += len(heard) - len(set(heard)) + len(set(heard) - set(ids))
        self.unheard += len(set(ids) - set(heard))
        self.pushes_doubled += len(outcome.pushes) - len(set(outcome.pushes))
        self.pushes_lost += len(set(ids) ^ set(outcome.pushes))

    @property
    def is_once_each(self) -> bool:
        """Whether all is as it would be if nobody had been killed."""
        wrong = self.heard_twice + self.pushes_doubled + self.pushes_lost
        return not wrong and not self.doubled.total() and not self.lost.total()


class Clients:
    """All who visit, and whoever kills the workers."""

    def __init__(self, setting: Setting, visits: int, *, kill_every_s: float, for_s: float) -> None:
        self.tally = Tally()
        self._setting, self._kill_every_s = setting, kill_every_s
        self._chance = random.Random(setting.seed)  # noqa: S311
        self._to_come = iter(range(visits))
        self._nobody_after = time.monotonic() + for_s
        self._visitors = dict[int, Visitor]()
        self._workers = [Mortal(setting) for _ in range(WORKERS)]

    def run(self) -> None:
        """Until every visit is over."""
        for _ in range(AT_ONCE):
            self._come()
        kill_at = self._next_kill()
        while self._visitors:
            if time.monotonic() >= kill_at:
                if at_work := [worker for worker in self._workers if worker.has_answered]:
                    self._chance.choice(at_work).process.kill()
                    self.tally.kills += 1
                kill_at = self._next_kill()
            wait([worker.pipe for worker in self._workers], timeout=max(0.0, kill_at - time.monotonic()))
            for place, worker in enumerate(self._workers):
                for call, answer in worker.answers():
                    self._hear(call, answer)
                if worker.is_gone:
                    self._bury(place)
        for worker in self._workers:
            worker.pipe.close()
            worker.process.join()

    def _next_kill(self) -> float:
        return time.monotonic() + self._chance.uniform(0.5, 1.5) * self._kill_every_s

    def _come(self) -> None:
        number = next(self._to_come, None) if time.monotonic() < self._nobody_after else None
        if number is not None:
            self._visitors[number] = Visitor(Call(number, 0, new_person().token))
            self._send(number)

    def _send(self, number: int) -> None:
        """To whichever worker has less to do; now and then to both."""
        visitor = self._visitors[number]
        to_both = self._chance.random() < TO_BOTH
        self.tally.to_both += to_both
        self.tally.calls += 1
        for worker in sorted(self._workers, key=lambda worker: len(worker.calls))[: WORKERS if to_both else 1]:
            visitor.awaited += 1
            worker.call(visitor.call)

    def _bury(self, place: int) -> None:
        """Start another worker in its place, and send again what it has not answered, where somebody answers."""
        unanswered = self._workers[place].calls
        self._workers[place] = Mortal(self._setting)
        for call in unanswered:
            self.tally.unanswered += 1
            self._workers[1 - place].call(call)

    def _hear(self, call: Call, answer: Answer) -> None:
        visitor = self._visitors[call.number]
        if answer.is_busy:
            self.tally.busy += 1
            min(self._workers, key=lambda worker: len(worker.calls)).call(call)
            return
        visitor.heard = [*visitor.heard, *answer.notices]
        visitor.awaited -= 1
        if visitor.awaited:
            return
        if answer.outcome is None:
            visitor.call = msgspec.structs.replace(call, step=call.step + 1)
            self._send(call.number)
        else:
            self.tally.enter(answer.outcome, visitor.heard)
            del self._visitors[call.number]
            self._come()


@contextmanager
def store_url(kind: str, folder: Path) -> Generator[str]:
    """Yield the address of an empty store."""
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'finder.sqlite'}"
        if kind == "postgis":
            address = stack.enter_context(postgis_server())
            with psycopg.connect(address.format(name="postgres").replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE visits TEMPLATE {TEMPLATE}")  # pyright: ignore[reportArgumentType, reportCallIssue]
            url = address.format(name="visits")
        with Store.open(url) as store:
            store.migrate()
        yield url


def main() -> None:
    """Run, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visits", type=int, default=1000)
    parser.add_argument(
        "--kill-every-s", type=float, default=2.0, help="On average; the times are spread over half of it and more."
    )
    parser.add_argument("--for-s", type=float, default=math.inf, help="Nobody begins a visit after so long.")
    parser.add_argument("--store", choices=["sqlite", "postgis"], default="sqlite")
    parser.add_argument("--noise-m", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, store_url(options.store, Path(name)) as url:
        setting = Setting(url, Path(name), options.noise_m, options.seed)
        clients = Clients(setting, options.visits, kill_every_s=options.kill_every_s, for_s=options.for_s)
        started = time.monotonic()
        clients.run()
        took_s, tally = time.monotonic() - started, clients.tally
    table = Table(
        "", "due", "told", "doubled", "lost", title=f"{tally.visits:,} visits on {options.store}, {tally.kills:,} kills"
    )
    for trigger in WISHES:
        counts = (getattr(tally, what)[str(trigger.trigger)] for what in ("expected", "told", "doubled", "lost"))
        table.add_row(str(trigger.trigger), *(f"{count:,}" for count in counts))
    table.add_row("pushes in the outbox", "", "", f"{tally.pushes_doubled:,}", f"{tally.pushes_lost:,}")
    table.add_row("notices in answers", "", "", f"{tally.heard_twice:,}", "")
    console = Console()
    console.print(table)
    console.print(
        f"{tally.fixes:,} fixes in {tally.calls:,} calls in {took_s:.0f} s; died with their worker: {tally.unanswered:,} calls; "
        f"sent to both: {tally.to_both:,}; busy: {tally.busy:,}; told, but its answer died: {tally.unheard:,} notices"
    )
    console.print(f"goal: none doubled, none lost: {'reached' if tally.is_once_each else 'MISSED'}")
    sys.exit(not tally.is_once_each)


if __name__ == "__main__":
    main()
