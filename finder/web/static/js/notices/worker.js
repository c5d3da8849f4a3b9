// Watches one armed visit on the device, in a worker of its own: new Worker("…/notices/worker.js", { type: "module" }).
// It asks the network for nothing: positions come in, and what goes out holds none. What it keeps is in ./memory.js.
//
// In:
// {type: "arm", visit, pack, words}  visit {id, facility_id, until, language, …}; pack, the payload of one (./signature.js); words, those of
//   finder.notices.tracker.why_texts in the visit's language. Any other visit ends. For the one that is armed already it renews pack and words.
// {type: "fix", at, lat, lon, accuracy_m, received_at}  `received_at` is when the page got it, if that was not just now.
// {type: "seen", id}  The page has shown a notice.
// {type: "again"}  Another page may have noticed something: the notices of the armed visit come again.
// {type: "disarm"}  Forgets all, but how often each fence was told of today. {type: "stop"} does too, and ends the worker.
// Times are milliseconds since 1970, or what a Date reads.
//
// Out, each once it is written down:
// {type: "state", status: "armed", visit, holds_until, asked_at, fences, fixes, notices, is_kept}  visit as it was given; until when the pack
//   holds, in seconds since 1970, and its asked_at as it was given; how many there are; whether a reload keeps it.
// {type: "state", status: "idle", reason}  "none", "disarmed", "ended" by itself, or "gone": another page ended it or armed another.
// One of them comes when the worker has started and after each message; `problem` says that a message changed nothing: "arm" and "fix" for what
//   cannot be one, "kept" for what could not be written.
// {type: "notice", id, visit, title, body, language, trigger, at, why, place, who, seen}  When the worker starts, those of the armed visit come
//   again, before the state: `seen` says which were shown. After "again" they do, with `is_again`.

import { openMemory } from "./memory.js";
import { watchesOf } from "./tracker.js";
import { fencesOf, newProgress, seen, taken } from "./visit.js";

let memory = null;
let armed = null; // {visit, pack, words, watches}
let counts = null; // of the armed visit
let ending = 0;
let turn = start(); // messages are taken one after the other

self.addEventListener("message", ({ data }) => inTurn(() => take(data)));

function inTurn(act) {
  turn = turn.then(act).catch(() => report({ problem: "kept" }));
}

async function start() {
  memory = await openMemory();
  const kept = await memory.read().catch(() => null);
  if (!kept) {
    report({ reason: "none" });
    return;
  }
  become(watching(kept.armed), kept.progress);
  if (await isOver(Date.now())) return;
  for (const notice of kept.progress.notices) post("notice", notice);
  report();
}

async function take(message) {
  const { type } = message;
  if (type === "arm") await arm(message);
  else if (type === "fix") await takeFix(message);
  else if (type === "seen") await change((progress) => ({ progress: seen(progress, message.id), fresh: [] }));
  else if (type === "again") await sayAgain();
  else if (type === "disarm" || type === "stop") await end("disarmed");
  if (type === "stop") self.close();
}

async function arm({ visit, pack, words }) {
  let next;
  try {
    const { holds_until, asked_at } = pack;
    next = watching({ visit, pack: { holds_until, asked_at, fences: fencesOf(pack, visit) }, words });
  } catch {
    report({ problem: "arm" });
    return;
  }
  const { watches: _, ...plain } = next;
  const begin = () => memory.begin(plain, (earlier) => newProgress(visit, earlier), Date.now() / 1000);
  const progress = visit.id === armed?.visit.id ? (await memory.renew(plain))?.progress : await begin();
  if (!progress) {
    become(null);
    report({ reason: "gone" });
    return;
  }
  become(next, progress);
  if (!(await isOver(Date.now()))) report();
}

async function takeFix({ at, received_at = Date.now(), lat, lon, accuracy_m }) {
  const received = millisecondsOf(received_at);
  if (await isOver(received)) return;
  const fix = { at_s: millisecondsOf(at) / 1000, received_s: received / 1000, lon_lat: [lon, lat], accuracy_m };
  await change((progress) => taken(progress, fix, armed));
}

async function sayAgain() {
  const kept = await memory.read();
  const notices = armed && kept?.progress.visit_id === armed.visit.id ? kept.progress.notices : [];
  for (const notice of notices) post("notice", { ...notice, is_again: true });
  report();
}

/** Writes the next progress of the armed visit, and only then tells what is new. */
async function change(next) {
  if (!armed) return;
  try {
    const after = await memory.change(armed.visit.id, next);
    if (!after) {
      become(null);
      report({ reason: "gone" });
      return;
    }
    count(after.progress);
    for (const notice of after.fresh) post("notice", notice);
    report();
  } catch (error) {
    report({ problem: error instanceof RangeError ? "fix" : "kept" });
  }
}

async function isOver(now) {
  const over = armed !== null && now >= millisecondsOf(armed.visit.until);
  if (over) await end("ended");
  return over;
}

async function end(reason) {
  await memory.forget(Date.now() / 1000);
  become(null);
  report({ reason });
}

function become(next, progress) {
  armed = next;
  clearTimeout(ending);
  if (!next) return;
  count(progress);
  const wait = millisecondsOf(next.visit.until) - Date.now();
  ending = setTimeout(() => inTurn(() => isOver(Date.now())), Math.max(0, wait));
}

/** Gives what is armed with its fences made ready. Throws for what cannot be armed. */
function watching({ visit, pack, words }) {
  if (!visit.id || !visit.language || !words) throw new RangeError("A visit has an id and a language, and words come with it.");
  if (!Number.isFinite(millisecondsOf(visit.until)) || !Number.isFinite(pack.holds_until)) throw new RangeError("Visits and packs end.");
  return { visit, pack, words, watches: watchesOf(pack.fences) };
}

function count({ track, notices }) {
  counts = { fixes: track.fixes, notices: notices.length };
}

function report(more) {
  if (!armed) {
    post("state", { status: "idle", ...more });
    return;
  }
  const { visit, pack } = armed;
  const { holds_until, asked_at, fences } = pack;
  post("state", { status: "armed", visit, holds_until, asked_at, fences: fences.length, ...counts, is_kept: memory.isKept, ...more });
}

function post(type, content) {
  self.postMessage({ type, ...content });
}

function millisecondsOf(time) {
  return new Date(time).getTime();
}
