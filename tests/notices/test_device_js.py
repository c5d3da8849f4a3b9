"""The rest of what the device does by itself: whom it believes a pack, what it tells, and what it keeps and says."""

import base64
import itertools
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from finder.domain.fence import Circle, Fence, FenceStatus, Trigger, Wish
from finder.notices.pack import PackedFacility, PackedFence, PackedWish
from finder.notices.telling import Circumstances, Hold, NoticeText, Told, tell
from finder.notices.tracker import Confidence, Event, Grounds, replay, watch_of, why, why_texts, wish_s_of
from finder.privacy.receipts import ReceiptKey, ReceiptType
from finder.web.static_files import STATIC_DIR
from tests.notices import test_telling
from tests.notices.in_node import in_node, needs_node
from tests.notices.tracks import CENTRE, START, cases

pytestmark = needs_node

WISHES = (
    Wish(trigger=Trigger.ENTER, texts={"en": "Come in.", "es": "Pase."}),
    Wish(trigger=Trigger.DWELL, texts={"en": "Still here?", "es": "¿Sigue aquí?"}, dwell_s=300.0),
    Wish(trigger=Trigger.APPROACH, texts={"en": "Bring your card.", "es": "Traiga su tarjeta."}),
)
FENCE = Fence(
    id="f",
    tenant="t",
    facility_id="clinic",
    name="Door",
    shape=Circle(centre=CENTRE, radius_m=100.0),
    wishes=WISHES,
    status=FenceStatus.ACTIVE,
)
FOREVER = [(0, 2**40)]


def packed(fence: Fence, **changed: Any) -> dict[str, Any]:
    """Return the fence as it is in a pack."""
    wishes = tuple(
        PackedWish(
            trigger=wish.trigger,
            eta_s=wish.eta_s,
            dwell_s=wish.dwell_s,
            texts={language: NoticeText("The clinic", text) for language, text in wish.texts.items()},
        )
        for wish in fence.wishes
    )
    told = PackedFence(
        id=fence.id,
        facility=PackedFacility(fence.facility_id, "The clinic"),
        sender="The tenant",
        shape=fence.shape,
        shape_off_m=0.0,
        wishes=wishes,
        listens=FOREVER,
        quiet=[],
        expires_at=None,
        once_per_visit=fence.once_per_visit,
        most_per_day=fence.most_per_day,
    )
    return msgspec.to_builtins(told) | changed


def seconds(moment: datetime) -> float:
    return moment.timestamp()


def event_for_node(event: Event) -> dict[str, Any]:
    return {
        "fence_id": event.fence_id,
        "stay": event.stay,
        "trigger": event.trigger,
        "wish_s": event.wish_s,
        "confidence": event.confidence,
        "at_device_s": seconds(event.at_device),
        "grounds": {"late_s": event.grounds.late_s},
    }


TELL = """
process.env.TZ = "UTC";
const { tell, wordsOf } = await import("./notices/telling.js");
return given.map(({ event, fence, told, now_s }) => {
  const { wish, reason } = tell(event, fence, told, now_s);
  return reason ?? `tell ${wordsOf(wish, "en").body}`;
});
"""


def test_the_cases_of_what_is_told(tmp_path: Path) -> None:
    """Those of tests/cases that a device can come to: in a pack are active fences alone."""
    now_s = seconds(test_telling.NOW)
    on_device = [case for case in test_telling.CASES if case["said"] != "not_active"]
    asked: list[dict[str, Any]] = []
    for case in on_device:
        event = test_telling.event_of(**case["event"])
        fence, around = case.get("fence", {}), case.get("around", {})
        changes = {name: value for name, value in fence.items() if name in {"once_per_visit", "most_per_day"}}
        told = [{"fence_id": "fence", "wish_s": None, "at_s": now_s} | one for one in case.get("told", [])]
        other = {"fence_id": "fence", "trigger": "wrong_entrance", "wish_s": None, "at_s": now_s}
        told += [{**other, "stay": number} for number in range(around.get("told_today", 0))]
        spans: dict[str, Any] = {"listens": FOREVER if around.get("listens", True) else []}
        spans["quiet"] = FOREVER if around.get("is_quiet") else []
        if "expires_on" in fence:
            last = datetime.combine(date.fromisoformat(fence["expires_on"]), datetime.min.time(), UTC)
            spans["expires_at"] = seconds(last + timedelta(days=1))
        asked.append(
            {
                "event": event_for_node(event),
                "fence": packed(test_telling.FENCE, **changes, **spans),
                "told": told,
                "now_s": now_s,
            }
        )
    decided = in_node(tmp_path, TELL, asked)
    assert [one.split()[0] for one in decided] == [case["said"] for case in on_device]
    assert len(on_device) > 20


def test_what_is_told_is_what_the_finder_would_tell(tmp_path: Path) -> None:
    now = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    asked: list[dict[str, Any]] = []
    expected: list[str] = []
    kinds = [*((wish.trigger, wish_s_of(wish)) for wish in WISHES), (Trigger.EXIT, None), (Trigger.DWELL, 60.0)]
    for (trigger, wish_s), confidence, age_s, late_s in itertools.product(
        kinds, (Confidence.NONE, Confidence.LOW), (0.0, 301.0, 901.0), (0, 400)
    ):
        event = Event(
            fence_id="f",
            stay=2,
            trigger=trigger,
            wish_s=wish_s,
            confidence=confidence,
            at_device=now - timedelta(seconds=age_s),
            at_server=now,
            fixes=(1, 2),
            grounds=Grounds(fixes=2, span_s=20, edge_m=-50, error_m=10, late_s=late_s),
        )
        before = now - timedelta(minutes=20)
        tolds = (
            [],
            [Told("f", 2, trigger, wish_s, before)],
            [Told("f", 1, trigger, wish_s, before), Told("g", 2, trigger, wish_s, before)],
            [Told("f", 1, Trigger.WRONG_ENTRANCE, None, before), Told("f", 1, Trigger.EXIT, None, before)],
        )
        for told, once, (listens, is_quiet), over in itertools.product(
            tolds, (True, False), ((True, False), (False, False), (True, True)), (False, True)
        ):
            fence = msgspec.structs.replace(
                FENCE, once_per_visit=once, most_per_day=2, expires_on=date(2026, 1, 4) if over else None
            )
            around = Circumstances(
                now=now,
                today=now.date(),
                listens=listens,
                is_quiet=is_quiet,
                told_today=sum(one.fence_id == "f" for one in told),
            )
            decided = tell(event, fence, told, around)
            expected.append(decided.reason if isinstance(decided, Hold) else f"tell {decided.wish.texts['en']}")
            from_s = seconds(now)
            spans: dict[str, Any] = {
                "listens": [[0, 1], [from_s, from_s + 60]] if listens else [[from_s - 60, from_s]],
                "quiet": [[from_s, from_s + 1]] if is_quiet else [],
            }
            if over:
                spans["expires_at"] = from_s
            asked.append(
                {
                    "event": event_for_node(event),
                    "fence": packed(fence, **spans),
                    "told": [{"at_s": seconds(one.at), **named(one)} for one in told],
                    "now_s": from_s,
                }
            )
    assert in_node(tmp_path, TELL, asked) == expected
    assert len(set(expected)) == 3 + 9


def named(told: Told) -> dict[str, Any]:
    return {"fence_id": told.fence_id, "stay": told.stay, "trigger": told.trigger, "wish_s": told.wish_s}


OPEN = """
const { opened } = await import("./notices/signature.js");
if (!given.knows) crypto.subtle.importKey = async () => { throw new DOMException("", "NotSupportedError"); };
return opened(given.signed, given.keys).catch((error) => error.message);
"""


def signed_pack(folder: Path, kind: ReceiptType = ReceiptType.FENCES) -> tuple[dict[str, Any], dict[str, Any]]:
    key = ReceiptKey(folder)
    return json.loads(key.sign_as_json({"fences": [], "name": "Clínica"}, kind)), key.public_keys()


def test_a_pack_that_the_finder_signed_is_opened(tmp_path: Path) -> None:
    signed, keys = signed_pack(tmp_path / "keys")
    got = in_node(tmp_path, OPEN, {"signed": signed, "keys": keys, "knows": True})
    assert got["isChecked"] is True
    assert (got["payload"]["fences"], got["payload"]["name"]) == ([], "Clínica")


def test_without_ed25519_the_browser_relies_on_tls_and_says_so(tmp_path: Path) -> None:
    signed, keys = signed_pack(tmp_path / "keys")
    assert in_node(tmp_path, OPEN, {"signed": signed, "keys": keys, "knows": False})["isChecked"] is False


@pytest.mark.parametrize("wrong", ["payload", "signature", "key", "type", "algorithm"])
def test_a_pack_that_somebody_else_made_is_not(tmp_path: Path, wrong: str) -> None:
    signed, keys = signed_pack(tmp_path / "keys", ReceiptType.CONSENT if wrong == "type" else ReceiptType.FENCES)
    if wrong == "key":
        _, keys = signed_pack(tmp_path / "others")
    elif wrong == "payload":
        signed["payload"] = base64.urlsafe_b64encode(b'{"fences":[1]}').decode().rstrip("=")
    elif wrong == "signature":
        signed["signature"] = ("A" if signed["signature"][0] != "A" else "B") + signed["signature"][1:]
    elif wrong == "algorithm":
        header = {"alg": "none", "kid": keys["keys"][0]["kid"], "typ": ReceiptType.FENCES}
        signed["protected"] = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    said = in_node(tmp_path, OPEN, {"signed": signed, "keys": keys, "knows": True})
    assert isinstance(said, str)
    assert "sign" in said


WORKER = """
const said = [];
let hear;
const post = (message) => said.push(message);
globalThis.self = { addEventListener: (_, listener) => { hear = listener; }, postMessage: post, close() {} };
const realNow = Date.now;
Date.now = () => given.now_ms ?? realNow();
await import("./notices/worker.js");
for (const data of given.messages) {
  hear({ data: structuredClone(data) });
  await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setImmediate(resolve));
}
await new Promise((resolve) => setTimeout(resolve, given.wait_ms ?? 20));
return said;
"""
"""The worker as a page has it; node has no IndexedDB, so it keeps its state in variables."""
CASE = cases()["walk_in_and_stay"]
UNTIL = START + timedelta(hours=3)
VISIT = {"id": "v", "facility_id": "clinic", "until": UNTIL.isoformat(), "language": "es-MX", "name": "The clinic"}
ELSEWHERE = packed(msgspec.structs.replace(FENCE, id="other", facility_id="elsewhere"))


def arm(visit: dict[str, Any] = VISIT, holds_until: float = 2**40) -> dict[str, Any]:
    pack = {"version": 1, "holds_until": holds_until, "fences": [packed(FENCE), ELSEWHERE]}
    return {"type": "arm", "visit": visit, "pack": pack, "words": why_texts("es")}


def walk(until: int | None = None) -> list[dict[str, Any]]:
    return [
        {
            "type": "fix",
            "at": round(1000 * seconds(fix.at_device)),
            "received_at": fix.received_at.isoformat(),
            "lat": fix.lon_lat.lat,
            "lon": fix.lon_lat.lon,
            "accuracy_m": fix.accuracy_m,
        }
        for fix in CASE.track()[:until]
    ]


def said_by_worker(folder: Path, *messages: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return in_node(folder, WORKER, {"messages": messages, "now_ms": 1000 * seconds(START), **more})


def test_a_visit_is_told_of_once_and_in_the_persons_language(tmp_path: Path) -> None:
    said = said_by_worker(tmp_path, arm(), *walk(), *walk())
    notices = [one for one in said if one["type"] == "notice"]
    assert [one["trigger"] for one in notices] == ["approach", "enter", "dwell"]
    assert [one["body"] for one in notices] == ["Traiga su tarjeta.", "Pase.", "¿Sigue aquí?"]
    events = [event for event in replay(CASE.track(), [watch_of(FENCE)]) if event.trigger is not Trigger.EXIT]
    assert [one["why"] for one in notices] == [why(event, "es") for event in events]
    assert [datetime.fromisoformat(one["at"]) for one in notices] == [
        event.at_server.replace(microsecond=event.at_server.microsecond // 1000 * 1000) for event in events
    ]
    assert len({one["id"] for one in notices}) == 3
    assert {(one["place"], one["who"], one["language"], one["seen"]) for one in notices} == {
        ("The clinic", "The tenant", "es", False)
    }
    assert said[0] == {"type": "state", "status": "idle", "reason": "none"}
    assert said[1] == {
        "type": "state",
        "status": "armed",
        "visit": VISIT,
        "holds_until": 2**40,
        "fences": 1,
        "fixes": 0,
        "notices": 0,
        "is_kept": False,
    }
    assert said[-1] == {**said[1], "fixes": 2 * len(CASE.fixes), "notices": 3}


def test_what_another_page_noticed_comes_again_at_a_word(tmp_path: Path) -> None:
    said = said_by_worker(tmp_path, arm(), {"type": "again"}, *walk(), {"type": "seen", "id": "v-1"}, {"type": "again"})
    first = [one for one in said if one["type"] == "notice" and "is_again" not in one]
    again = [one for one in said if one.get("is_again")]
    assert [one | {"seen": False, "is_again": True} for one in first] == [one | {"seen": False} for one in again]
    assert [one["seen"] for one in again] == [True, False, False]
    assert said[-1]["status"] == "armed"
    assert not [one for one in said_by_worker(tmp_path, {"type": "again"}) if one["type"] == "notice"]


def test_what_the_worker_says_holds_no_place(tmp_path: Path) -> None:
    said = json.dumps(said_by_worker(tmp_path, arm(), *walk(), {**walk()[0], "lat": 91.0}))
    assert '"problem": "fix"' in said
    for degrees in {value for fix in CASE.track() for value in fix.lon_lat} | set(CENTRE):
        assert f"{degrees:.3f}" not in said


def test_the_worker_asks_nobody_for_anything() -> None:
    scripts = [STATIC_DIR / "js" / "notices" / "worker.js"]
    for script in scripts:  # the list grows
        text = script.read_text("utf-8")
        scripts += [path for name in re.findall(r'from "\./([a-z]+\.js)"', text) if (path := script.parent / name) not in scripts]
        assert not re.search(r"fetch|XMLHttp|WebSocket|EventSource|sendBeacon|BroadcastChannel|importScripts|import\(", text), (
            script
        )
    assert len(scripts) > 10


def test_a_visit_ends_by_itself_and_at_a_word(tmp_path: Path) -> None:
    *_, ended = said_by_worker(tmp_path, arm({**VISIT, "until": CASE.track()[30].received_at.isoformat()}), *walk())
    assert ended == {"type": "state", "status": "idle", "reason": "ended"}
    soon = datetime.now(UTC) + timedelta(seconds=2)
    *_, by_clock = said_by_worker(tmp_path, arm({**VISIT, "until": soon.isoformat()}), now_ms=None, wait_ms=3000)
    assert by_clock == ended
    for word in ("disarm", "stop"):
        *_, last = said_by_worker(tmp_path, arm(), *walk(5), {"type": word}, *walk())
        assert last == {"type": "state", "status": "idle", "reason": "disarmed"}


def test_of_a_pack_that_holds_no_longer_nothing_is_told_until_there_is_a_new_one(tmp_path: Path) -> None:
    fixes = walk()
    at_20_s = seconds(CASE.track()[20].received_at)
    said = said_by_worker(tmp_path, arm(holds_until=at_20_s), *fixes[:30], arm(), *fixes[30:])
    notices = [one for one in said if one["type"] == "notice"]
    assert [one["trigger"] for one in notices] == ["approach", "dwell"]
    assert said[-1]["fixes"] == len(fixes)


def test_another_visit_ends_the_one_before(tmp_path: Path) -> None:
    said = said_by_worker(tmp_path, arm(), *walk(40), arm({**VISIT, "id": "w"}), *walk(40))
    assert [one["visit"] for one in said if one["type"] == "notice"] == ["v", "v", "w"]
    assert FENCE.most_per_day == 3


def test_most_per_day_is_for_the_day_and_not_for_the_visit(tmp_path: Path) -> None:
    disarm = {"type": "disarm"}
    again = (arm({**VISIT, "id": "w"}), *walk(40), disarm, arm({**VISIT, "id": "x"}), *walk())
    said = said_by_worker(tmp_path, arm(), *walk(40), disarm, *again)
    assert [one["visit"] for one in said if one["type"] == "notice"] == ["v", "v", "w"]


def test_what_was_told_on_another_day_does_not_count(tmp_path: Path) -> None:
    script = "const { toldToday } = await import('./notices/telling.js'); return given.map(([all, at]) => toldToday(all, at));"
    noon, day_s = seconds(datetime(2026, 1, 5, 12, tzinfo=UTC)), 86_400.0
    told = [{"fence_id": "f", "at_s": noon - day_s}, {"fence_id": "f", "at_s": noon}, {"fence_id": "g", "at_s": noon}]
    first = {"told": told, "earlier": None}
    today = in_node(tmp_path, script, [[first, noon]])[0]
    assert today["counts"] == {"f": 1, "g": 1}
    more = {"told": told[1:2], "earlier": today}
    on, over = in_node(tmp_path, script, [[more, noon], [more, noon + day_s]])
    assert on == {"day": today["day"], "counts": {"f": 2, "g": 1}}
    assert over is None


@pytest.mark.parametrize("missing", ["words", "until", "id", "shape"])
def test_what_cannot_be_armed_leaves_all_as_it_was(tmp_path: Path, missing: str) -> None:
    wrong = arm({**VISIT, "id": "w"})
    if missing == "words":
        del wrong["words"]
    elif missing == "shape":
        wrong["pack"]["fences"] = [packed(FENCE, shape={"type": "cube"})]
    else:
        wrong["visit"] = {**wrong["visit"], missing: None if missing == "id" else "soon"}
    said = said_by_worker(tmp_path, arm(), wrong)
    assert said[-1] == {**said[1], "problem": "arm"}


SERVICE = """
const soon = globalThis.setTimeout;
globalThis.setTimeout = (act) => soon(act, 0);
globalThis.EventSource = class { addEventListener() {} close() {} };
const sent = [];
const cut = async () => { throw new TypeError("network error"); };
globalThis.fetch = async (_, { body }) => {
  sent.push(JSON.parse(body).fixes.map(({ lat }) => lat));
  return { ok: true, status: 200, json: sent.length === 1 ? cut : async () => ({ notices: [{ id: "n" }], visits: ["v"] }) };
};
const { setUpService } = await import("./notices/service.js");
const heard = [];
const service = setUpService({
  onNotice: ({ id }) => heard.push(id), onGone: () => heard.push("gone"), onOffline: (is) => heard.push(is),
});
service.open();
for (const latitude of [1, 2]) {
  service.take({ coords: { latitude, longitude: 0, accuracy: 5, speed: null }, timestamp: Date.now() });
  await new Promise((resolve) => soon(resolve, 50));
}
return { sent, heard };
"""


def test_an_answer_that_breaks_off_is_asked_for_again_and_the_next_position_is_sent(tmp_path: Path) -> None:
    assert in_node(tmp_path, SERVICE, None) == {"sent": [[1], [1], [2]], "heard": [True, False, "n", False, "n"]}


CLOSED = """
const soon = globalThis.setTimeout;
globalThis.EventSource = class { addEventListener() {} close() {} };
const sent = [];
const lost = (done, signal) => signal.addEventListener("abort", () => done(Promise.reject(new DOMException("", "AbortError"))));
const never = ({ signal }) => new Promise((done) => lost(done, signal));
const visits = given.map((is_watched) => ({ is_watched }));
globalThis.fetch = async (_, options) => {
  sent.push(JSON.parse(options.body).fixes.map(({ lat }) => lat));
  return sent.length === 1 ? never(options) : { ok: true, status: 200, json: async () => ({ notices: [], visits }) };
};
const { setUpService } = await import("./notices/service.js");
const heard = [];
const service = setUpService({
  onNotice() {}, onGone: () => heard.push("gone"), onUnwatched: () => heard.push("unwatched"), onOffline: (is) => heard.push(is),
});
const at = async (latitude) => {
  service.take({ coords: { latitude, longitude: 0, accuracy: 5 }, timestamp: Date.now() });
  await new Promise((resolve) => soon(resolve, 20));
};
service.open();
await at(1);
await at(2);
service.close();
await at(3);
service.open();
await at(4);
return { sent, heard };
"""


@pytest.mark.parametrize(
    ("watched", "heard"),
    [([], [False, "gone"]), ([False, False], [False, "unwatched"]), ([False, True], [False])],
    ids=["nothing armed", "nothing to look for", "one is watched"],
)
def test_once_closed_nothing_is_sent_not_what_waits_either(tmp_path: Path, watched: list[bool], heard: list[Any]) -> None:
    assert in_node(tmp_path, CLOSED, watched) == {"sent": [[1], [4]], "heard": heard}


STOPPING = """
const kept = new Map();
globalThis.localStorage = given.keeps ? {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, text) => kept.set(name, text),
  removeItem: (name) => kept.delete(name),
} : undefined;
const listeners = {};
globalThis.window = { addEventListener: (type, listener) => { listeners[type] = listener; } };
const answers = [...given.answers];
const asked = [];
globalThis.fetch = async (address, { method }) => {
  asked.push(`${method} ${address}`);
  const status = answers.shift();
  if (!status) throw new TypeError("network error");
  return { status, ok: status < 300 };
};
const { setUpStopping } = await import("./notices/stopping.js");
const tried = [];
const stopping = setUpStopping((isNews) => tried.push(isNews));
const now = () => [stopping.isWished(), stopping.hasFailed(), [...kept.values()]];
const said = [now()];
const over = stopping.stop(given.ids, given.all);
said.push(now());
await over;
said.push(now());
listeners.online();
await new Promise((resolve) => setTimeout(resolve, 20));
said.push(now());
return { asked, tried, said };
"""


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize(
    ("of", "answers", "asked", "left"),
    [
        ({"ids": ["a"]}, [204], ["a"], []),
        ({"ids": ["a"]}, [0, 204], ["a", "a"], ["a"]),
        ({"ids": ["a", "b"]}, [404, 503, 401], ["a", "b", "b"], ["b"]),
        ({"ids": ["a", "b"], "all": True}, [200], [""], []),
        ({"ids": ["a", "b"], "all": True}, [0, 0, 0, 204, 204], ["", "a", "b", "a", "b"], ["a", "b"]),
    ],
    ids=["one", "one, later", "gone and later", "all", "all, later"],
)
def test_a_stop_is_asked_for_until_our_service_knows(
    tmp_path: Path, keeps: bool, of: dict[str, Any], answers: list[int], asked: list[str], left: list[str]
) -> None:
    got = in_node(tmp_path, STOPPING, {"answers": answers, "keeps": keeps, **of})
    assert got["asked"] == [f"DELETE /api/v1/visits/{one}".removesuffix("/") for one in asked]
    assert got["tried"] == ([True] if left else [])

    def state(ids: list[str], *, failed: bool) -> list[Any]:
        return [bool(ids), failed, [json.dumps(ids, separators=(",", ":"))] if ids and keeps else []]

    assert got["said"] == [
        state([], failed=False),
        state(of["ids"], failed=False),
        state(left, failed=bool(left)),
        state([], failed=False),
    ]


DEVICE = """
globalThis.window = { addEventListener() {} };
const kept = new Map();
globalThis.localStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, text) => kept.set(name, text),
  removeItem: (name) => kept.delete(name),
};
const given_to_worker = [];
let say;
globalThis.Worker = class {
  addEventListener(type, listener) { if (type === "message") say = (data) => listener({ data }); }
  terminate() {}
  postMessage(message) {
    given_to_worker.push(message.type);
    if (message.type === "arm") this.visit = message.visit;
    soon(() => say(message.type === "arm" ? armed(message, 0) : { type: "state", status: "idle", reason: "disarmed" }));
  }
};
const soon = (act) => setTimeout(act, 0);
const HOUR_MS = 3_600_000;
const armed = ({ visit, pack }, hours) => ({ type: "state", status: "armed", visit, asked_at: pack.asked_at - HOUR_MS * hours });
const packs = [given.full, ...given.packs];
let asked = 0;
const answer = (address) => (address.endsWith("jwks.json") ? given.keys : packs[asked++]);
globalThis.fetch = async (address) => ({ ok: true, json: async () => answer(address) });
const { setUpDevice } = await import("./notices/device.js");
const said = [];
const device = setUpDevice({}, { onNotice() {}, onVisit: (visit, reason) => said.push(reason ?? visit.name) });
const until = new Date(Date.now() + 7_200_000).toISOString();
await device.arm({ facility_id: "clinic", name: "The clinic", cell: "87", fences: 1, until, language: "en" });
for (const hours of given.hours) {
  say(armed({ visit: device.visit(), pack: { asked_at: Date.now() } }, hours));
  await new Promise((resolve) => setTimeout(resolve, 60));
}
return { said, asked, given_to_worker, kept: kept.size };
"""


ZONE = Fence(
    id="z",
    tenant="t",
    facility_id="clinic",
    name="Lab",
    shape=cases()["zone_on_its_floor"].shape(),
    wishes=WISHES[:2],
    status=FenceStatus.ACTIVE,
)
PACKS = {
    "full": [packed(ZONE), packed(FENCE), ELSEWHERE],
    "empty": [ELSEWHERE],
    "zone": [packed(ZONE), ELSEWHERE],
    "approached": [packed(msgspec.structs.replace(ZONE, wishes=WISHES))],
}


@pytest.mark.parametrize(
    ("hours", "packs", "expected"),
    [
        ([0.9], [], {"said": ["The clinic"], "asked": 1, "given_to_worker": ["arm"], "kept": 1}),
        ([1.1, 1.1], ["full"], {"said": ["The clinic"], "asked": 2, "given_to_worker": ["arm", "arm"], "kept": 1}),
        ([1.1], ["empty"], {"said": ["The clinic", "nothing"], "asked": 2, "given_to_worker": ["arm", "disarm"], "kept": 0}),
        ([1.1], ["zone"], {"said": ["The clinic", "nothing"], "asked": 2, "given_to_worker": ["arm", "disarm"], "kept": 0}),
        ([1.1], ["approached"], {"said": ["The clinic"], "asked": 2, "given_to_worker": ["arm", "arm"], "kept": 1}),
    ],
    ids=["not yet", "after an hour, once", "taken back", "a floor, which no browser states", "on the way to a floor"],
)
def test_the_pack_is_asked_for_anew_every_hour_and_the_visit_ends_with_its_last_fence(
    tmp_path: Path, hours: list[float], packs: list[str], expected: dict[str, Any]
) -> None:
    key = ReceiptKey(tmp_path / "keys")
    signed = {
        name: json.loads(
            key.sign_as_json({"version": 1, "fences": fences, "holds_until": 2**40, "next": None}, ReceiptType.FENCES)
        )
        for name, fences in PACKS.items()
    }
    given = {"keys": key.public_keys(), "full": signed["full"], "packs": [signed[name] for name in packs], "hours": hours}
    assert in_node(tmp_path, DEVICE, given) == expected


TIMES = """
const { endsAtMidnight, timeText } = await import("./notices/times.js");
return given.map(([moment, now, zone]) => [endsAtMidnight(moment, now, zone), timeText(moment, now, zone, "en-GB")]);
"""


def test_times_are_those_of_the_place(tmp_path: Path) -> None:
    noon, midnight, spring = "2026-11-24T12:00:00+02:00", "2026-11-25T00:00:00+02:00", "2027-03-28T12:00:00+03:00"
    asked = [
        [midnight, noon, "Europe/Helsinki"],
        [midnight, noon, "America/Tijuana"],
        ["2026-11-25T00:01:00+02:00", noon, "Europe/Helsinki"],
        ["2027-03-29T00:00:00+03:00", spring, "Europe/Helsinki"],  # the day that has 23 hours
        [noon, "2026-11-24T13:00:00+02:00", "America/Tijuana"],
    ]
    got = [[is_midnight, *map(int, re.findall(r"\d+", text))] for is_midnight, text in in_node(tmp_path, TIMES, asked)]
    assert got == [[True, 25, 0, 0], [False, 14, 0], [False, 25, 0, 1], [True, 29, 0, 0], [False, 2, 0]]
