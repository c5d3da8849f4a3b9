// The visit that this device looks after by itself. The finder is asked for the fences of an area of about 5 km² and hears nothing
// else: positions go to the worker (./worker.js) and no further. That something is armed is kept in localStorage, without a position.

import { opened } from "./signature.js";

const KEPT = "finder-notices"; // {id, facility_id, name, cell, fences, until, language, notify}
const RENEW_S = 900; // so long before a pack ends the next one is asked for
const RENEW_EVERY_MS = 300_000;
const MOST_PACKS = 10;

/** Gives what arms, feeds and stops the one visit. `onNotice` hears each notice, `onVisit` the visit that is armed, null once none is
 *  any more, with the reason: "disarmed", "ended", "gone", "elsewhere" or "problem". */
export function setUpDevice(words, { onNotice, onVisit }) {
  let worker = null;
  let visit = kept();
  let renewedAt = 0;
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
    else forgetOver();
    return visit;
  }

  /** Of a visit that ended while no page was open the worker still has the last positions: it deletes them when it starts. */
  function forgetOver() {
    try {
      if (localStorage.getItem(KEPT) === null) return;
      start();
      localStorage.removeItem(KEPT);
    } catch {
      // the browser keeps nothing
    }
  }

  /** Arms a visit {facility_id, name, cell, fences, until, language, notify} in place of the one before. Throws where there is
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
    const { latitude: lat, longitude: lon, accuracy: accuracy_m, speed: speed_mps } = coords;
    worker?.postMessage({ type: "fix", at: timestamp, lat, lon, accuracy_m, speed_mps });
  }

  function stop() {
    if (worker) worker.postMessage({ type: "disarm" });
    else if (visit) gone("disarmed");
  }

  function start() {
    if (worker) return;
    worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      if (data.type === "notice") onNotice(data);
      else hear(data);
    });
    worker.addEventListener("error", () => gone("problem"));
  }

  function hear(state) {
    if (arming) {
      if (state.problem || state.visit?.id === arming.id) arming.done(state); // else it is the worker's first word
    } else if (state.status === "armed") renew(state);
    else if (visit && !state.problem) gone(state.reason === "none" ? "ended" : state.reason);
  }

  async function renew({ visit: of, holds_until }) {
    const now = Date.now();
    const isDue = holds_until - now / 1000 < RENEW_S && new Date(of.until) > holds_until * 1000 && now - renewedAt > RENEW_EVERY_MS;
    if (!isDue || of.id !== visit?.id) return;
    renewedAt = now;
    const pack = await packFor(of).catch(() => null);
    if (pack && of.id === visit?.id) worker.postMessage({ type: "arm", visit: of, pack, words });
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

  return { resume, arm, take, stop, seen: (id) => worker?.postMessage({ type: "seen", id }), visit: () => visit };
}

function kept() {
  try {
    const visit = JSON.parse(localStorage.getItem(KEPT));
    return new Date(visit?.until) > new Date() ? visit : null;
  } catch {
    return null; // the browser keeps nothing, or what is there is not ours
  }
}

function keep(visit) {
  try {
    if (visit) localStorage.setItem(KEPT, JSON.stringify(visit));
    else localStorage.removeItem(KEPT);
  } catch {
    // the browser keeps nothing: it is armed until this page is left
  }
}

/** The pack with the fences of the place, of which there are `fences`: they are nearly always in the first one. */
async function packFor({ cell, facility_id, fences }) {
  const keys = await asked("/.well-known/jwks.json");
  const found = [];
  let holds_until = Infinity;
  let after = 0;
  for (let packs = 0; packs < MOST_PACKS && after !== null && found.length < fences; packs++) {
    const { payload } = await opened(await asked(`/api/v1/fences?cell=${cell}&limit=${after ? 100 : 20}&after=${after}`), keys);
    found.push(...payload.fences.filter(({ facility }) => facility.id === facility_id));
    holds_until = Math.min(holds_until, payload.holds_until);
    after = payload.next;
  }
  if (!found.length) throw Object.assign(new Error("The place has no fence."), { nothing: true });
  return { holds_until, fences: found };
}

// Without a cookie: the answer is the same for everybody.
async function asked(address) {
  const answer = await fetch(address, { credentials: "omit" });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}
