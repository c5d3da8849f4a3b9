"""The fences in service, over a real store: what is in them, what is not, and when that changes."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from finder.domain.admin import Actor
from finder.domain.facility import Facility, FacilityKind, FacilityStatus
from finder.domain.fence import Circle, Fence, Trial, shape_sha256
from finder.domain.lawful import Judgement, _lawful
from finder.domain.tenant import Tenant
from finder.errors import Damaged, NotFound, NotReady, Unlawful
from finder.geo.points import LonLat
from finder.notices.book import FenceBook
from finder.notices.verdicts import Verdicts
from finder.store import Store
from finder.store.fences import FenceStore, StoredFence
from finder.store.tenants import TenantStore
from tests.notices.made_fences import HELSINKI, a_facility, a_fence

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
BY = Actor("test")


class World:
    """Stores with one tenant that runs clinics 0 to 9, and all that a book asks besides."""

    def __init__(self, url: str) -> None:
        self.fences, self.tenants = FenceStore.open(url), TenantStore.open(url)
        self.facilities: dict[str, Facility] = {}
        self.law: str | None = "law"
        self.now, self.seconds = NOW, 0.0
        self.snapshot = 1
        self.judged: list[str] = []
        self.verdict: Callable[[StoredFence], StoredFence] = lambda stored: stored
        for number in range(10):
            self.facilities[f"clinic{number}"] = a_facility(number)
        self.tenants.add(
            Tenant(id="harbour", name="Harbour Clinics", created_at=NOW, facilities=tuple(self.facilities)),
            BY,
        )

    def activate(self, *fences: Fence, law: str = "law") -> None:
        for fence in fences:
            lawful = _lawful(fence, Judgement(at=NOW, law=law, rows=("row",)))
            trial = Trial(at=NOW, runs=100, false_share=0.0, missed_share=0.0, shape_sha256=shape_sha256(fence))
            self.fences.put(lawful, by=BY)
            self.fences.activate(lawful, trial, by=BY)

    def judge(self, stored: StoredFence) -> StoredFence:
        self.judged.append(stored.fence.id)
        return self.verdict(stored)

    def book(self, **others: Any) -> FenceBook:
        asked: dict[str, Any] = {
            "snapshot": lambda: self.snapshot,
            "law": lambda: self.law,
            "clock": lambda: self.now,
            "monotonic_s": lambda: self.seconds,
        }
        return FenceBook(self.fences, self.tenants, self.facilities.get, self.judge, **(asked | others))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """In SQLite, for what is the same whatever the store is."""
    yield from made_in(f"sqlite:///{tmp_path / 'finder.sqlite'}")


@pytest.fixture
def either_world(store_url: str) -> Iterator[World]:
    """In SQLite, and in PostGIS."""
    yield from made_in(store_url)


def made_in(url: str) -> Iterator[World]:
    with Store.open(url) as store:
        store.migrate()
    made = World(url)
    yield made
    made.fences.close()
    made.tenants.close()


def ids(book: FenceBook) -> list[str]:
    return [fence.id for fence in book.current().fences]


def test_what_is_active_is_in_service_within_a_second(either_world: World) -> None:
    world = either_world
    book = world.book()
    assert len(book.current()) == 0
    world.activate(a_fence(1), a_fence(2), a_fence(0, shape=Circle(centre=LonLat(24.95, 60.17), radius_m=80.0)))
    assert len(book.current()) == 0  # nobody looks so soon
    world.seconds += 1.0
    edition = book.current()
    assert [fence.id for fence in edition.fences] == ["fence000000", "fence000001", "fence000002"]
    assert edition.get("fence000001") in edition.of_facility("clinic1")
    assert edition.of_facility("clinic7") == ()
    assert [fence.id for fence in edition.around(LonLat(24.95, 60.17), 2)] == ["fence000000", "fence000001"]
    assert edition.facility("clinic1") == a_facility(1)
    assert edition.tenant_name("harbour") == "Harbour Clinics"
    for ask in (lambda: edition.get("other"), lambda: edition.facility("clinic7"), lambda: edition.tenant_name("other")):
        with pytest.raises(NotFound):
            ask()
    world.fences.end("fence000001", at=NOW, by=BY)
    world.seconds += 1.0
    assert ids(book) == ["fence000000", "fence000002"]
    assert [fence.id for fence in edition.fences] == ["fence000000", "fence000001", "fence000002"]  # whoever holds it
    assert sorted(world.judged) == ["fence000000", "fence000001", "fence000002"]  # each once


def test_an_edition_stays_the_same_while_nothing_changes(world: World) -> None:
    world.activate(a_fence())
    book = world.book()
    first = book.current()
    for _ in range(3):
        world.seconds += 10.0
        assert book.current() is first


def test_drafts_and_what_has_expired_are_not_in_service(world: World) -> None:
    world.activate(a_fence(0, expires_on=date(2026, 11, 22)), a_fence(1, expires_on=date(2026, 11, 23)), a_fence(2))
    world.fences.put(_lawful(a_fence(3), Judgement(at=NOW, law="law", rows=())), by=BY)
    book = world.book()
    assert ids(book) == ["fence000001", "fence000002"]
    world.now = datetime(2026, 11, 23, 22, tzinfo=UTC)  # midnight at the clinic; nothing was written since
    world.seconds += 1.0
    assert ids(book) == ["fence000002"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (None, "not published"),
        (a_facility(0, status=FacilityStatus.CLOSED), "not published"),
        (a_facility(0, status=FacilityStatus.TEMPORARILY_CLOSED), "not published"),
        (a_facility(0, kind=FacilityKind.MENTAL_HEALTH), "sensitive"),
    ],
)
def test_where_nobody_is_seen_and_at_sensitive_sites_is_no_fence(
    world: World, changed: Facility | None, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.activate(a_fence(0), a_fence(1))
    book = world.book()
    assert ids(book) == ["fence000000", "fence000001"]
    if changed is None:
        del world.facilities["clinic0"]
    else:
        world.facilities["clinic0"] = changed
    world.snapshot += 1
    world.seconds += 1.0
    with caplog.at_level(logging.WARNING):
        assert ids(book) == ["fence000001"]
    (said,) = [record.getMessage() for record in caplog.records if "out of service" in record.getMessage()]
    assert why in said
    assert "fence000000" in said
    assert not any(str(degrees) in said for degrees in HELSINKI)


def test_a_facility_that_was_published_anew_is_as_it_is_now(world: World) -> None:
    world.activate(a_fence(0))
    book = world.book()
    book.current()
    world.facilities["clinic0"] = a_facility(0, name="Another name")
    world.snapshot += 1
    world.seconds += 1.0
    assert book.current().facility("clinic0").name == "Another name"


def refused(stored: StoredFence) -> StoredFence:
    raise Unlawful("No.")


def test_what_was_not_judged_here_is_not_in_service(world: World) -> None:
    world.activate(a_fence(0), a_fence(1))
    world.verdict = lambda stored: refused(stored) if stored.fence.id == "fence000000" else stored
    assert ids(world.book()) == ["fence000001"], "whatever the judgement in the store says"


def eventually(book: FenceBook, world: World, wanted: list[str]) -> None:
    for _ in range(500):
        if ids(book) == wanted:
            return
        threading.Event().wait(0.01)
        world.seconds += 1.0
    assert ids(book) == wanted


def test_where_there_are_many_those_are_in_service_that_were_judged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    may_go_on, slow_s = threading.Event(), 1.0
    world.activate(*(a_fence(number) for number in range(6)))

    def slowly(stored: StoredFence) -> StoredFence:
        if len(world.judged) > 3:
            may_go_on.wait(10.0)
        world.seconds += slow_s
        return stored

    world.verdict = slowly
    book = world.book()
    with caplog.at_level(logging.WARNING):
        assert ids(book) == ["fence000000", "fence000001"]
    assert "4 of 6 fences are being judged" in caplog.text
    assert not any(record.name == "finder.notices.book" and "as " in record.getMessage() for record in caplog.records)
    may_go_on.set()
    eventually(book, world, [f"fence00000{number}" for number in range(6)])
    assert sorted(world.judged) == [f"fence00000{number}" for number in range(6)]
    book.close()


def test_of_a_facility_with_a_fence_that_is_not_judged_nothing_is_said_and_it_is_judged_next(world: World) -> None:
    world.activate(*(a_fence(number) for number in range(6)), a_fence(0, id="fence000009"))

    def slowly(stored: StoredFence) -> StoredFence:
        world.seconds += 1.0
        if len(world.judged) % 2 == 0:
            may_go_on.acquire()
        return stored

    may_go_on, world.verdict = threading.Semaphore(1), slowly  # two in each pass
    book = world.book()
    edition = book.current()
    assert [fence.id for fence in edition.fences] == ["fence000000", "fence000001"]
    assert edition.of_facility("clinic1")
    with pytest.raises(NotReady, match="again in a few seconds"):
        edition.of_facility("clinic0")
    may_go_on.release(10)
    eventually(book, world, [f"fence00000{number}" for number in (0, 1, 2, 3, 4, 5, 9)])
    assert len(book.current().of_facility("clinic0")) == 2
    assert world.judged.index("fence000009") < world.judged.index("fence000004"), "who is asked for comes first"
    book.close()


@pytest.mark.parametrize("fails", ["law", "judge"])
def test_where_the_law_cannot_be_asked_for_a_minute_nothing_is_told(world: World, fails: str) -> None:
    world.activate(a_fence(0))
    is_broken = False

    def law() -> str | None:
        if is_broken and fails == "law":
            raise Damaged("The outlines are damaged.")
        return "another" if is_broken else "law"

    def judge(stored: StoredFence) -> StoredFence:
        if is_broken:
            raise NotReady("There are no outlines.")
        return stored

    world.verdict = judge
    book = world.book(law=law)
    assert ids(book) == ["fence000000"]
    is_broken = True
    for second in (1.0, 30.0, 58.0):
        world.seconds = second
        assert ids(book) == ["fence000000"]
    world.seconds = 62.0
    with pytest.raises(NotReady, match="finder check"):
        book.current()
    is_broken = False
    world.seconds += 1.0
    eventually(book, world, ["fence000000"])


def test_what_was_allowed_before_stays_for_a_minute_until_it_is_judged_again(world: World) -> None:
    world.activate(*(a_fence(number) for number in range(4)))
    book = world.book()
    everything = [f"fence00000{number}" for number in range(4)]
    assert ids(book) == everything
    may_go_on, asked = threading.Event(), threading.Event()

    def slowly(stored: StoredFence) -> StoredFence:
        if len(world.judged) > 6:
            asked.set()
            may_go_on.wait(10.0)
        world.seconds += 1.0
        return refused(stored)

    world.verdict = slowly
    world.snapshot += 1
    world.seconds += 1.0
    book.current()
    asked.wait(10.0)
    assert ids(book) == everything[2:], "two were refused by now, and the others are waited for"
    world.seconds += 60.0
    may_go_on.set()
    eventually(book, world, [])
    book.close()


def test_after_a_minute_nothing_is_told_of_that_is_not_judged(world: World) -> None:
    clock_s = 0.0
    verdicts = Verdicts(world.judge, lambda: clock_s)
    world.activate(a_fence(0))
    (stored,) = world.fences.active()
    one, asked = {stored.fence.id}, [(stored, "harbour")]
    verdicts.begin("first", one)
    assert (verdicts.allows(*asked[0]), verdicts.ask(asked, lambda: True), verdicts.allows(*asked[0])) == (None, 0, True)
    assert verdicts.allows(stored, "another") is None
    for second, basis in ((0.0, "second"), (30.0, "third"), (59.0, "third")):
        clock_s = second
        verdicts.begin(basis, one)
        assert verdicts.ask(asked, lambda: False) == 1
        assert verdicts.allows(*asked[0]) is True
    clock_s = 60.0  # that the basis changed again is no reason to wait longer
    verdicts.begin("third", one)
    assert verdicts.allows(*asked[0]) is None


def test_under_another_law_a_fence_is_judged_anew_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.activate(a_fence(0), a_fence(1), law="old")
    world.activate(a_fence(2))
    world.verdict = lambda stored: refused(stored) if stored.fence.id == "fence000001" else stored
    book = world.book()
    with caplog.at_level(logging.WARNING):
        assert ids(book) == ["fence000000", "fence000002"]
    assert "law" in caplog.text
    assert "fence000001" in caplog.text
    world.activate(a_fence(3))
    world.seconds += 1.0
    assert ids(book) == ["fence000000", "fence000002", "fence000003"]
    assert world.judged == ["fence000000", "fence000001", "fence000002", "fence000003"]
    world.law = "newest"
    world.verdict = refused
    world.seconds += 1.0
    assert ids(book) == []
    assert sorted(world.judged[4:]) == ["fence000000", "fence000001", "fence000002", "fence000003"]


def test_where_nobody_can_tell_the_law_every_fence_is_judged(world: World) -> None:
    world.activate(a_fence(0))
    world.law, world.verdict = None, refused
    assert ids(world.book()) == []


def test_a_fence_that_the_law_forbids_by_now_comes_back_when_it_was_changed(world: World) -> None:
    world.activate(a_fence(0), law="old")
    world.verdict = refused
    book = world.book()
    assert ids(book) == []
    world.verdict = lambda stored: stored
    world.activate(a_fence(1))
    world.seconds += 1.0
    assert ids(book) == ["fence000001"]  # what has not changed is asked about once
    world.activate(a_fence(0, name="Smaller"))
    world.seconds += 1.0
    assert ids(book) == ["fence000000", "fence000001"]


def test_a_fence_whose_tenant_does_not_run_the_facility_is_judged(world: World) -> None:
    world.activate(a_fence(0))
    world.verdict = refused
    taken = world.tenants.list()[0]

    class Fewer(TenantStore):
        def list(self) -> list[Tenant]:
            return [Tenant(id=taken.id, name=taken.name, created_at=NOW, facilities=taken.facilities[1:])]

    world.tenants = Fewer(world.tenants._engine)
    assert ids(world.book()) == []


class Gone(FenceStore):
    """A store that can be switched off."""

    answers = True

    def revision(self) -> int:
        if not self.answers:
            raise NotReady("The database does not answer.")
        return super().revision()


def test_a_store_that_does_not_answer_keeps_the_edition(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.fences = gone = Gone(world.fences._engine)
    gone.answers = False
    book = world.book()
    with pytest.raises(NotReady):
        book.current()
    gone.answers = True
    world.activate(a_fence(0))
    held = book.current()
    gone.answers = False
    world.seconds += 5.0
    with caplog.at_level(logging.ERROR):
        assert book.current() is held
    assert "NotReady" in caplog.text
    gone.answers = True
    world.activate(a_fence(1))
    world.seconds += 5.0
    assert ids(book) == ["fence000000", "fence000001"]


def test_while_much_is_read_the_edition_before_answers(world: World) -> None:
    may_go_on = threading.Event()
    reading = threading.Event()
    slow = False

    def facility(id_: str) -> Facility | None:
        if slow:
            reading.set()
            may_go_on.wait(10.0)
        return world.facilities.get(id_)

    book = FenceBook(
        world.fences,
        world.tenants,
        facility,
        world.judge,
        law=lambda: "law",
        clock=lambda: NOW,
        monotonic_s=lambda: world.seconds,
    )
    held = book.current()
    world.activate(a_fence(0))
    slow = True
    world.seconds += 1.0
    assert book.current() is held
    assert reading.is_set()
    world.seconds += 1.0
    assert book.current() is held  # and no second reader
    may_go_on.set()
    for _ in range(200):
        world.seconds += 1.0
        if len(book.current()) == 1:
            break
        threading.Event().wait(0.01)
    assert ids(book) == ["fence000000"]


def test_many_threads_get_whole_editions(either_world: World) -> None:
    world = either_world
    world.activate(a_fence(0))
    book = world.book(monotonic_s=iter(range(10_000_000)).__next__)
    seen: list[int] = []
    failed: list[Exception] = []

    def ask() -> None:
        try:
            for _ in range(20):
                edition = book.current()
                seen.append(len(edition))
                assert len(edition.index) == len(edition)
                assert all(edition.facility(fence.facility_id) for fence in edition.fences)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    world.activate(a_fence(1))
    for thread in threads:
        thread.join()
    assert not failed
    assert set(seen) <= {1, 2}
    reader = next((thread for thread in threading.enumerate() if thread.name == "fence book"), None)
    if reader is not None:
        reader.join()
    assert len(book.current()) == 2
