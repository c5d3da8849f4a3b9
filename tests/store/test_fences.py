"""Fences in the store: only what the law allowed comes in, only what was tried goes live, each write is told; both databases."""

import copy
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from finder.domain.admin import Action, Actor
from finder.domain.fence import Circle, Fence, FenceStatus, Outline, Trial, Trigger, Wish, shape_sha256
from finder.domain.lawful import Judgement, LawfulFence
from finder.domain.tenant import Tenant
from finder.errors import BadInput, Conflict, NotFound
from finder.geo.points import LonLat
from finder.notices.law import Operator, Site, installed_boundaries
from finder.notices.law.ruled import ruled
from finder.store import Store, fence_checks
from finder.store.audit import AuditLog
from finder.store.fences import MOST_ACTIVE, FenceStore, StoredFence
from finder.store.tenants import TenantStore
from tests.notices.fences.desks import ADMIN, HELSINKI, NOW, TEXTS, clinic, fence_of
from tests.notices.law_shapes import regular

CLINIC = clinic("a", HELSINKI)
FENCE = fence_of(CLINIC)


def lawful(fence: Fence = FENCE, at: datetime = NOW) -> LawfulFence:
    site = Site(facility=msgspec.structs.replace(CLINIC, id=fence.facility_id))
    runs = Operator.RUNS_THE_FACILITY
    return ruled(fence, site, others=[], operator=runs, boundaries=installed_boundaries(), at=at)


def trial_of(fence: Fence = FENCE, false_share: float = 0.0) -> Trial:
    return Trial(at=NOW, runs=200, false_share=false_share, missed_share=0.005, shape_sha256=shape_sha256(fence))


def changed(fence: Fence = FENCE, **fields: Any) -> Fence:
    return msgspec.structs.replace(fence, **fields)


@pytest.fixture
def fences(store: Store, store_url: str) -> Iterator[FenceStore]:
    with TenantStore.open(store_url) as tenants:
        tenants.add(Tenant(id="norte", name="Norte", created_at=NOW, facilities=("a", "b")), ADMIN)
        tenants.add(Tenant(id="sur", name="Sur", created_at=NOW, facilities=("c",)), ADMIN)
    with FenceStore.open(store_url) as opened:
        yield opened


def audit(store_url: str) -> list[tuple[Action, str, str, Actor]]:
    with AuditLog.open(store_url) as log:
        entries = [entry for entry in reversed(log.page()) if entry.action.value.startswith("fence.")]
    return [(entry.action, entry.subject, entry.outcome, entry.actor) for entry in entries]


def test_what_comes_in_comes_back_whole(fences: FenceStore) -> None:
    whole = changed(
        shape=Outline(polygons=regular(HELSINKI, 80.0).polygons, level=2.0),
        wishes=(
            Wish(trigger=Trigger.APPROACH, texts={**TEXTS, "pt-BR": "Olá “{facility}”\\u0000 é"}, eta_s=300.0),
            Wish(trigger=Trigger.EXIT, texts=TEXTS),
        ),
        windows="Mo-Fr 08:00-18:00; PH off",
        quiet_hours="22:00-07:00",
        once_per_visit=False,
        most_per_day=20,
        false_event_limit=0.012345678,
        expires_on=date(2027, 12, 31),
        extras={"Notas": "12 % — ñ", "n": [1, 2.5, None, True]},
    )
    judged = lawful(whole)
    put = fences.put(judged, by=ADMIN)
    assert put == fences.get("at-a")
    assert put.judgement == judged.judgement == Judgement(at=NOW, law=judged.judgement.law, rows=("fi-own-notices",))
    assert changed(put.fence, changed_at=None) == whole
    assert put.fence.changed_at is not None
    assert abs(put.fence.changed_at - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "fake",
    [
        FENCE,
        SimpleNamespace(fence=FENCE, judgement=Judgement(at=NOW, law="0" * 64, rows=("fi-own-notices",))),
        None,
        cast("Any", type("LawfulFence", (LawfulFence,), {"__init__": object.__init__}))(),
    ],
    ids=["a fence", "a look-alike", "nothing", "an heir"],
)
def test_nothing_but_a_lawful_fence_comes_in(fences: FenceStore, fake: Any) -> None:
    for act in (
        lambda: fences.put(fake, by=ADMIN),
        lambda: fences.put_all([lawful(), fake], by=ADMIN),
        lambda: fences.activate(fake, trial_of(), by=ADMIN),
        lambda: fences.keep_judgements([fake], by=ADMIN),
    ):
        with pytest.raises(TypeError, match="law"):
            act()
    assert fences.list().fences == ()


def test_nobody_makes_a_lawful_fence_or_another_of_it() -> None:
    one = lawful()
    with pytest.raises(TypeError, match="ruled"):
        LawfulFence(cast("Any", object()), FENCE, one.judgement)
    for change in (lambda: setattr(one, "fence", changed(name="x")), lambda: delattr(one, "judgement")):
        with pytest.raises(AttributeError):
            change()
    with pytest.raises(TypeError):
        one.__reduce__()
    assert copy.deepcopy(one) is one


@pytest.mark.parametrize(
    ("false_share", "missed_share"), [(0.011, 0.0), (0.0, 0.51), (float("nan"), 0.0), (0.0, float("nan")), (-0.1, 0.0)]
)
def test_a_fence_that_does_not_work_stays_a_draft(fences: FenceStore, false_share: float, missed_share: float) -> None:
    fences.put(lawful(), by=ADMIN)
    trial = msgspec.structs.replace(trial_of(), false_share=false_share, missed_share=missed_share)
    with pytest.raises(Conflict, match="cannot be activated"):
        fences.activate(lawful(), trial, by=ADMIN)
    assert fences.active() == []


def test_a_fence_goes_live_with_its_trial_and_ends(fences: FenceStore, store_url: str) -> None:
    before = fences.revision()
    fences.put(lawful(), by=ADMIN)
    assert (fences.active(), fences.get("at-a").trial) == ([], None)
    later = lawful(at=NOW + timedelta(hours=1))
    active = fences.activate(later, trial_of(), by=ADMIN)
    assert fences.active() == [active] == [fences.get("at-a")]
    assert (active.fence.status, active.trial, active.judgement.at) == (FenceStatus.ACTIVE, trial_of(), NOW + timedelta(hours=1))
    assert fences.revision() == before + 2
    ended = fences.end("at-a", at=NOW, by=ADMIN)
    assert isinstance(ended, StoredFence)
    assert (ended.fence.status, ended.fence.changed_at, fences.active()) == (FenceStatus.ENDED, NOW, [])
    assert fences.end("at-a", at=NOW + timedelta(days=1), by=ADMIN) == ended
    with pytest.raises(Conflict, match="ended"):
        fences.activate(lawful(), trial_of(), by=ADMIN)
    again = fences.put(lawful(), by=ADMIN)
    assert (again.fence.status, again.trial) == (FenceStatus.DRAFT, trial_of())
    tried = "done: false in 0.00%, missed in 0.50% of 200 simulated visits"
    assert audit(store_url) == [
        (Action.FENCE_SAVE, "fence at-a", "done: of tenant norte", ADMIN),
        (Action.FENCE_ACTIVATE, "fence at-a", tried, ADMIN),
        (Action.FENCE_END, "fence at-a", "done", ADMIN),
        (Action.FENCE_SAVE, "fence at-a", "done: changed, was ended", ADMIN),
    ]


def test_a_changed_fence_is_a_draft_again_and_an_unchanged_one_stays(fences: FenceStore) -> None:
    fences.put(lawful(), by=ADMIN)
    fences.activate(lawful(), trial_of(), by=ADMIN)
    same = fences.put(lawful(at=NOW + timedelta(days=1)), by=ADMIN)
    assert (same.fence.status, same.judgement.at) == (FenceStatus.ACTIVE, NOW + timedelta(days=1))
    reworded = fences.put(lawful(changed(name="Hello")), by=ADMIN)
    assert (reworded.fence.status, reworded.trial) == (FenceStatus.DRAFT, trial_of())
    larger = changed(shape=Circle(centre=HELSINKI, radius_m=130.0))
    assert fences.put(lawful(larger), by=ADMIN).trial is None
    assert fences.active() == []


@pytest.mark.parametrize(
    ("trial", "message"),
    [
        (trial_of(false_share=0.0101), "1.01% of 200 simulated visits .* limit is 1.00%"),
        (trial_of(false_share=float("nan")), "cannot be activated"),
        (trial_of(changed(shape=Circle(centre=HELSINKI, radius_m=121.0))), "try it out again"),
        (trial_of(changed(wishes=(Wish(trigger=Trigger.DWELL, texts=TEXTS, dwell_s=300.0),))), "try it out again"),
    ],
)
def test_a_fence_without_a_good_trial_of_its_own_does_not_go_live(fences: FenceStore, trial: Trial, message: str) -> None:
    fences.put(lawful(), by=ADMIN)
    with pytest.raises(Conflict, match=message):
        fences.activate(lawful(), trial, by=ADMIN)
    with pytest.raises(TypeError):
        fences.activate(lawful(), cast("Any", None), by=ADMIN)
    assert fences.active() == []


def test_what_was_judged_is_what_goes_live(fences: FenceStore) -> None:
    with pytest.raises(NotFound, match="no fence at-a"):
        fences.activate(lawful(), trial_of(), by=ADMIN)
    fences.put(lawful(changed(name="Another")), by=ADMIN)
    with pytest.raises(Conflict, match="changed meanwhile"):
        fences.activate(lawful(), trial_of(), by=ADMIN)


def test_a_tenant_goes_live_at_its_own_facilities_only(fences: FenceStore, store_url: str) -> None:
    fences.put(lawful(), by=ADMIN)
    with TenantStore.open(store_url) as tenants:
        tenants.take(["a"], ADMIN)
        with pytest.raises(Conflict, match="does not run"):
            fences.activate(lawful(), trial_of(), by=ADMIN)
        tenants.give("norte", ["a"], ADMIN)
        fences.activate(lawful(), trial_of(), by=ADMIN)
        with pytest.raises(Conflict, match="end them first"):
            tenants.take(["a"], ADMIN)


def test_several_come_in_together_or_none(fences: FenceStore) -> None:
    fences.put(lawful(changed(id="theirs", tenant="sur", facility_id="c")), by=ADMIN)
    before = fences.revision()
    for bad, error in (
        (changed(id="theirs"), Conflict),
        (changed(id="y", tenant="este"), NotFound),
        (changed(id="z", name="a\x00b"), BadInput),
        (changed(id="z", extras={"x": float("inf")}), BadInput),
        (changed(id="z", name="\ud800"), BadInput),
    ):
        with pytest.raises(error):
            fences.put_all([lawful(changed(id="x")), lawful(bad)], by=ADMIN)
    assert ([one.fence.id for one in fences.list().fences], fences.revision()) == (["theirs"], before)
    assert [one.fence.id for one in fences.put_all([lawful(changed(id=id_)) for id_ in "zyx"], by=ADMIN)] == ["z", "y", "x"]
    assert fences.tenants_of(["x", "theirs", "none"]) == {"x": "norte", "theirs": "sur"}


def test_they_are_listed_by_whose_where_and_what(fences: FenceStore) -> None:
    for id_, tenant, facility in (("1", "norte", "a"), ("2", "norte", "b"), ("3", "sur", "c")):
        fences.put(lawful(changed(id=id_, tenant=tenant, facility_id=facility)), by=ADMIN)
    fences.end("2", at=NOW, by=ADMIN)

    def ids(**which: Any) -> list[str]:
        return [one.fence.id for one in fences.list(**which).fences]

    assert ids() == ["1", "2", "3"]
    assert ids(tenant="norte") == ["1", "2"]
    assert ids(facility_id="c") == ["3"]
    assert ids(status=FenceStatus.DRAFT) == ["1", "3"]
    assert ids(limit=1, offset=1) == ["2"]
    for limit, offset in ((0, 0), (1001, 0), (1, -1)):
        with pytest.raises(BadInput):
            fences.list(limit=limit, offset=offset)
    for act in (lambda: fences.get("4"), lambda: fences.end("4", at=NOW, by=ADMIN), lambda: fences.keep_trial("4", trial_of())):
        with pytest.raises(NotFound, match="no fence 4"):
            act()


def test_a_trial_is_kept_for_what_it_tried(fences: FenceStore) -> None:
    fences.put(lawful(), by=ADMIN)
    assert fences.keep_trial("at-a", trial_of()).trial == trial_of() == fences.get("at-a").trial
    other = trial_of(changed(shape=Circle(centre=LonLat(24.9, 60.2), radius_m=50.0)))
    assert fences.keep_trial("at-a", other).trial == trial_of() == fences.get("at-a").trial


def test_judged_anew_it_stays_and_not_allowed_any_more_it_is_a_draft(fences: FenceStore) -> None:
    fences.put_all([lawful(), lawful(changed(id="b", name="B"))], by=ADMIN)
    fences.activate(lawful(), trial_of(), by=ADMIN)
    later = NOW + timedelta(days=1)
    assert fences.keep_judgements([lawful(at=later), lawful(changed(id="b"), at=later), lawful(changed(id="c"))], by=ADMIN) == 1
    assert (fences.get("at-a").judgement.at, fences.get("b").judgement.at) == (later, NOW)
    fences.suspend(changed(name="changed since"), by=ADMIN)
    assert [one.fence.id for one in fences.active()] == ["at-a"]
    fences.suspend(FENCE, by=ADMIN)
    assert (fences.active(), fences.get("at-a").fence.status) == ([], FenceStatus.DRAFT)


def test_a_tenant_has_so_many_fences_and_no_more(fences: FenceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence_checks, "MOST_OF_TENANT", 3)
    monkeypatch.setattr(fence_checks, "AT_ONCE", 2)

    def named(*ids: str) -> list[LawfulFence]:
        return [lawful(changed(id=id_)) for id_ in ids]

    fences.put_all(named("1", "2", "3"), by=ADMIN)
    before = fences.revision()
    for act in (lambda: fences.put(lawful(changed(id="4")), by=ADMIN), lambda: fences.put_all(named("1", "4"), by=ADMIN)):
        with pytest.raises(Conflict, match=r"norte has 3 fences that have not ended, and room for 3: end .* then enter this one"):
            act()
    with pytest.raises(Conflict, match="these 2"):
        fences.check_room([changed(id=id_) for id_ in ("1", "4", "5")])
    assert (len(fences.list().fences), fences.revision()) == (3, before)
    # What is there may be changed and judged anew, and others have room of their own.
    fences.put_all([*named("3", "2"), lawful(changed(id="1", name="B"))], by=ADMIN)
    fences.put_all([lawful(changed(id=f"c{n}", tenant="sur", facility_id="c")) for n in range(3)], by=ADMIN)
    fences.check_room([changed(id=id_) for id_ in ("1", "2", "3")])
    # One that has ended leaves room, also for itself, and needs it when it comes back.
    fences.end("1", at=NOW, by=ADMIN)
    fences.put(lawful(changed(id="4")), by=ADMIN)
    with pytest.raises(Conflict, match="room for 3"):
        fences.put(lawful(changed(id="1")), by=ADMIN)
    fences.end("4", at=NOW, by=ADMIN)
    fences.put(lawful(changed(id="1")), by=ADMIN)
    # Who has more, from when more was allowed, may still change them.
    monkeypatch.setattr(fence_checks, "MOST_OF_TENANT", 1)
    fences.put(lawful(changed(id="1", name="C")), by=ADMIN)


def test_two_who_enter_at_once_have_room_for_one(fences: FenceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence_checks, "MOST_OF_TENANT", 3)
    made = [[lawful(changed(id=f"{who}{number}")) for number in range(2)] for who in "ab"]
    both = threading.Barrier(2)

    def enter(ones: list[LawfulFence]) -> bool:
        both.wait(10.0)
        try:
            fences.put_all(ones, by=ADMIN)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(enter, made)) == [False, True]
    assert len(fences.list().fences) == 2


def test_a_facility_has_so_many_active_fences_and_no_more(fences: FenceStore) -> None:
    def at(number: int, facility_id: str = "a") -> Fence:
        return changed(id=f"n{number}", facility_id=facility_id)

    fences.put_all([lawful(at(number)) for number in range(MOST_ACTIVE + 1)], by=ADMIN)
    for number in range(MOST_ACTIVE):
        fences.activate(lawful(at(number)), trial_of(), by=ADMIN)
    with pytest.raises(Conflict, match="50 active fences"):
        fences.activate(lawful(at(MOST_ACTIVE)), trial_of(), by=ADMIN)
    fences.activate(lawful(at(0)), trial_of(), by=ADMIN)  # one of them may get a new trial
    fences.put(lawful(at(100, "b")), by=ADMIN)
    fences.activate(lawful(at(100, "b")), trial_of(), by=ADMIN)
    fences.end("n1", at=NOW, by=ADMIN)
    fences.activate(lawful(at(MOST_ACTIVE)), trial_of(), by=ADMIN)
    assert len(fences.active()) == MOST_ACTIVE + 1
