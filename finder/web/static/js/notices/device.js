// The visit that this device looks after by itself. The finder is asked for the fences of an area of about 5 km² and hears nothing
// else: positions go to the worker (./worker.js) and no further. That something is armed is kept by ./kept.js.

import { KEPT, forget, keep, kept } from "./kept.js";
import { opened } from "./signature.js";

const RENEW_EVERY_MS = 3_600_000; // so long at most a fence is told of that has ended while the device is online
const RETRY_MS = 300_000;
const MOST_PACKS = 10;
const PACK_VERSION = 1;

/** Gives what arms, feeds and stops the one visit. `onNotice` hears each notice, `onVisit` the visit that is armed, null once none is
 *  any more, with the reason: "disarmed", "ended", "gone", "elsewhere", "nothing" where the place has no fence any more, "disagreed" or
 *  "problem". */
export function setUpDevice(words, { onNotice, onVisit }) {
  let worker = null;
  let visit = kept();
  let renewedAt = 0; // or tried to
  let stoppedFor = "disarmed"; // the reason of the last stop
  let arming = null; // {id, done}: what waits for the worker's answer

  window.addEventListener("storage", ({ key }) => {
    if (key !== null && key !== KEPT) return;
    const now = kept();
    if (now?.id === visit?.id) return;
    leave();
    visit = now;
    if (visit) start();
    onVisit(visit, "elsewhere");
  });

  /** Takes up what was armed before this page was loaded; the visit, or null. */
  function resume() {
    if (visit) start();
    else forget(); // of one that ended while no page was open the last positions are still there
    return visit;
  }

  /** Forgets what was armed before this page was loaded, as the person does not agree any more. */
  async function disagree() {
    await forget(true);
    gone("disagreed");
  }

  /** Arms a visit {facility_id, name, cell, fences, until, zone, language, notify} in place of the one before. Throws where there is
   *  nothing to watch, {nothing: true}, or where the finder or the worker does not do its part. */
  async function arm(asked) {
    const next = { ...asked, id: crypto.randomUUID() };
    const pack = await packFor(next);
    start();
    const answer = new Promise((done) => (arming = { id: next.id, done }));
    worker.postMessage({ type: "arm", visit: next, pack, words });
    const { problem } = await answer;
    arming = null;
    if (problem) throw new Error("The visit could not be armed.");
    visit = next;
    keep(visit);
    onVisit(visit);
  }

  /** Feeds a position as the browser gives it. */
  function take({ coords, timestamp }) {
    const { latitude: lat, longitude: lon, accuracy: accuracy_m } = coords;
    worker?.postMessage({ type: "fix", at: timestamp, lat, lon, accuracy_m });
  }

  function stop(reason = "disarmed") {
    stoppedFor = reason;
    if (worker) worker.postMessage({ type: "disarm" });
    else if (visit) gone(reason);
  }

  function start() {
    if (worker) return;
    worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      if (data.type === "notice") onNotice(data);
      else hear(data);
    });
    worker.addEventListener("error", () => {
      forget();
      gone("problem");
    });
  }

  function hear(state) {
    if (arming) {
      if (state.problem || state.visit?.id === arming.id) arming.done(state); // else it is the worker's first word
    } else if (state.status === "armed") renew(state);
    else if (visit && !state.problem) gone({ none: "ended", disarmed: stoppedFor }[state.reason] ?? state.reason);
  }

  async function renew({ visit: of, asked_at }) {
    const now = Date.now();
    const isDue = now - asked_at >= RENEW_EVERY_MS && now - renewedAt >= RETRY_MS;
    if (!isDue || of.id !== visit?.id) return;
    renewedAt = now;
    const pack = await packFor(of).catch(({ nothing }) => ({ nothing }));
    if (of.id !== visit?.id) return;
    if (pack.fences) worker.postMessage({ type: "arm", visit: { ...of, fences: pack.fences.length }, pack, words });
    else if (pack.nothing) stop("nothing");
  }

  function gone(reason) {
    leave();
    keep(null);
    visit = null;
    onVisit(null, reason);
  }

  function leave() {
    worker?.terminate();
    worker = null;
    arming?.done({ problem: "gone" });
  }

  return {
    resume,
    disagree,
    arm,
    take,
    stop,
    seen: (id) => worker?.postMessage({ type: "seen", id }),
    /** Has all notices of the visit come again: another page may have noticed something. */
    again: () => worker?.postMessage({ type: "again" }),
    visit: () => visit,
  };
}

/** The pack with the fences of the place, of which there are `fences`: they are nearly always in the first one. */
async function packFor({ cell, facility_id, fences }) {
  const keys = await asked("/.well-known/jwks.json");
  const asked_at = Date.now();
  // A browser states no floor, so of a zone its approach alone can be noticed here: the page counts the fences in the same way.
  const isOfPage = ({ shape, wishes }) => (shape.level ?? null) === null || wishes.some(({ trigger }) => trigger === "approach");
  const found = [];
  let holds_until = Infinity;
  let after = 0;
  for (let packs = 0; packs < MOST_PACKS && after !== null && found.length < fences; packs++) {
    const { payload } = await opened(await asked(`/api/v1/fences?cell=${cell}&limit=${after ? 100 : 20}&after=${after}`), keys);
    if (payload.version !== PACK_VERSION) throw new Error("This page is of another release than the pack.");
    found.push(...payload.fences.filter((fence) => fence.facility.id === facility_id && isOfPage(fence)));
    holds_until = Math.min(holds_until, payload.holds_until);
    after = payload.next;
  }
  if (found.length < fences && after !== null) throw new Error("The place has more fences than can be found.");
  if (!found.length) throw Object.assign(new Error("The place has no fence."), { nothing: true });
  return { holds_until, asked_at, fences: found };
}

// Without a cookie, as the answer is the same for everybody, and without this page's address, which may name the place.
async function asked(address) {
  const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}
