// Fixes into events: when a person came near, went in, stayed and left. The tracker of finder/notices/tracker on the device: a pure state
// machine that gives the same events for the same fixes. What it decides, and why so: docs/decisions/0032-fixes-into-events.md.
//
// A state holds the last positions of a person: it stays in the worker and in the browser's own store, for as long as the visit.

import { dated } from "./clock.js";
import { deepestM } from "./crossing.js";
import { distanceM } from "./earth.js";
import { edgeDistance } from "./edge.js";
import { BEACON, checkFix, errorM, floorOf, GPS } from "./fix.js";
import { crossed } from "./happened.js";
import { judged, unknownFence } from "./sides.js";
import { wishSOf } from "./telling.js";
import { TUNING } from "./tuning.js";
import { located, meanErrorM, reached } from "./where.js";

/** The state of a visit of which nothing is known yet. It is plain data, and can be kept as such. */
export function newTrack() {
  return { fixes: 0, clock: { shift_s: 0, newest_s: null, newest_beacon_s: null, late: [] }, where: null, held: [], fences: [] };
}

/** Gives what is to be watched for the fences of a pack, {id, shape, wishes}, in the order of their ids. */
export function watchesOf(fences) {
  const secondsOf = (wishes, trigger) => {
    const named = wishes.filter((wish) => wish.trigger === trigger).map(wishSOf);
    return [...new Set(named)].sort((a, b) => a - b);
  };
  return fences
    .map(({ id, shape, wishes }) => ({
      fence_id: id,
      edgeM: edgeDistance(shape),
      wanted: {
        wrong_entrance: wishes.some(({ trigger }) => trigger === "wrong_entrance"),
        dwell_s: secondsOf(wishes, "dwell"),
        eta_s: secondsOf(wishes, "approach"),
      },
      level: shape.level ?? null,
    }))
    .sort((a, b) => (a.fence_id < b.fence_id ? -1 : 1));
}

/** Gives the state after this fix, and the events that it caused. Throws a RangeError for what is no fix; then nothing has changed. */
export function step(state, fix, watches, tuning = TUNING) {
  checkFix(fix);
  const source = fix.source ?? GPS;
  const number = state.fixes + 1;
  if (source !== GPS && source !== BEACON) return { state: { ...state, fixes: number }, events: [] };
  const [clock, at_s] = dated(state.clock, fix, tuning);
  if (at_s === null) return { state: { ...state, fixes: number, clock }, events: [] };
  const seen = { at_s, lon_lat: fix.lon_lat, error_m: errorM(fix, tuning), number };
  const [held, leapt] = reached(state.where, state.held, seen, source, tuning);
  if (held !== null) return { state: { ...state, fixes: number, clock, held }, events: [] };
  const where = located(state.where, seen, source, leapt, tuning);
  const before = state.where?.last.number ?? 0;
  const moment = { fix, number, before, at_s, shift_s: clock.shift_s, where, beacon: source === BEACON, tuning };
  const known = new Map(state.fences.map((fence) => [fence.fence_id, fence]));
  const isMean = where.mean.lon_lat.every((degrees, axis) => degrees === fix.lon_lat[axis]);
  const events = [];
  for (const { fence_id, edgeM, wanted, level } of watches) {
    let fence = known.get(fence_id) ?? unknownFence(fence_id);
    let happened = [];
    const rawEdge = edgeM(fix.lon_lat);
    const edge = isMean ? rawEdge : edgeM(where.mean.lon_lat);
    const floor = floorOf(fix, level);
    // Of a zone it is not asked whether the way led through it: nobody knows on which floor.
    if (state.where !== null && fence.side === "outside" && !leapt && floor === null) {
      [fence, happened] = betweenFixes(fence, edgeM, state.where.last, rawEdge, moment);
      events.push(...happened);
    }
    [fence, happened] = judged(fence, edge, rawEdge, wanted, { ...moment, floor });
    known.set(fence_id, fence); // of a fence that is not watched now it stays known what was known
    events.push(...happened);
  }
  const fences = [...known.values()].sort((a, b) => (a.fence_id < b.fence_id ? -1 : 1));
  return { state: { fixes: number, clock, where, held: [], fences }, events };
}

/** Looks at the straight way from the fix before: did it lead well through the fence, and out again? */
function betweenFixes(fence, edgeM, before, rawEdge, moment) {
  const { tuning, where, at_s } = moment;
  const here = moment.fix.lon_lat;
  if (fence.turning !== null || at_s - before.at_s > tuning.crossing_s || rawEdge <= 0) return [fence, []];
  const clear = tuning.enter_sigmas * meanErrorM(where.mean, tuning);
  const length = distanceM(before.lon_lat, here);
  if (length < rawEdge + 2 * clear) return [fence, []];
  const beforeEdge = edgeM(before.lon_lat);
  // Inside by `clear`, the way must be as much longer than both ends are away.
  if (beforeEdge <= 0 || length < beforeEdge + rawEdge + 2 * clear) return [fence, []];
  const deepest = deepestM(edgeM, before.lon_lat, here);
  return deepest <= -clear ? crossed(fence, deepest, before.number, before.at_s, moment) : [fence, []];
}

/** Gives every event of these fixes, taken in the order in which they came. */
export function replay(fixes, watches, tuning = TUNING) {
  let state = newTrack();
  const events = [];
  for (const fix of fixes) {
    const done = step(state, fix, watches, tuning);
    state = done.state;
    events.push(...done.events);
  }
  return events;
}
