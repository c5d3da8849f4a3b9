// On which side of one fence a person is, and what that makes happen: finder/notices/tracker/sides.py.
// A side changes only when the person is believed to be clearly on the other one, by several fixes over some time.
// A zone is entered on its own floor alone. Another floor speaks for outside wherever it lies on the map; a fix that states none speaks for
// outside where the map clearly does, and else is as if it had not come, but that what a lone fix said goes stale by it.

import { ANOTHER, UNSTATED } from "./fix.js";
import { eventOf } from "./happened.js";
import { brief } from "./numbers.js";
import { meanErrorM } from "./where.js";

const MOST_NUMBERS = 8;

/** What is known of a fence before anything is. */
export function unknownFence(fence_id) {
  return {
    fence_id,
    side: "unknown",
    stay: 0,
    since_s: 0,
    since_number: 0,
    already_inside: false,
    turning: null,
    turning_s: 0,
    turning_numbers: [],
    silent_s: 0,
    told: [],
    distances: [],
  };
}

/** Gives the fence's state after this fix, and what happened at it. `edge` is the signed distance of where the person is believed to be,
 *  `rawEdge` that of the fix itself, both in metres. */
export function judged(before, edge, rawEdge, wanted, moment) {
  const events = [];
  let fence = { ...before, silent_s: Math.max(before.silent_s, silentS(before, moment)) };
  if (fence.side !== "inside" && wanted.eta_s.length) fence = approached(fence, rawEdge, wanted, moment, events);
  const side = clearSide(fence.side, edge, rawEdge, moment);
  if (side === null) {
    fence = stayed(fence, edge, rawEdge, moment);
  } else {
    fence = turning(fence, side, moment);
    if (isSettled(fence, moment)) fence = stated(turned(fence, side, edge, wanted, moment, events), rawEdge, moment);
  }
  if (fence.side === "inside" && fence.turning === null) fence = dwelt(fence, edge, wanted, moment, events);
  return [fence, events];
}

/** Gives the side that this fix speaks for, if it is another than now, and clearly so. */
function clearSide(side, edge, rawEdge, moment) {
  const { beacon, floor, tuning, where } = moment;
  if (floor === ANOTHER || isClearlyOutside(edge, rawEdge, moment)) return side !== "outside" ? "outside" : null;
  if (side === "inside" || floor === UNSTATED || rawEdge > 0) return null;
  return beacon || edge <= -tuning.enter_sigmas * meanErrorM(where.mean, tuning) ? "inside" : null;
}

/** Whether the map says so; of a beacon it says nothing, as that reaches beyond an edge. */
function isClearlyOutside(edge, rawEdge, { beacon, tuning, where }) {
  return !beacon && edge >= tuning.exit_sigmas * meanErrorM(where.mean, tuning) && rawEdge > 0;
}

/** Whether a fix is as if it had not come: at a zone, one that states no floor and may be there. */
function saysNothing(edge, rawEdge, moment) {
  return moment.floor === UNSTATED && !isClearlyOutside(edge, rawEdge, moment);
}

/** For how long nothing was heard before this fix; inside a zone, for how long no fix stated its floor. */
function silentS({ side, since_s, distances }, { floor, where, at_s }) {
  if (floor === null || side !== "inside") return where.silent_s;
  return at_s - (distances.length ? distances[distances.length - 1][0] : since_s);
}

/** Gives the fence after a fix that bears out its side: of who is inside a zone, one that stated its floor. */
function stated(fence, rawEdge, { floor, at_s, number }) {
  return floor === null || fence.side !== "inside" ? fence : { ...fence, distances: [[at_s, rawEdge, number]] };
}

/** Gives the fence after a fix that speaks for no other side. */
function stayed(fence, edge, rawEdge, moment) {
  const undone = (one) => ({ ...one, turning: null, turning_numbers: [] });
  if (!saysNothing(edge, rawEdge, moment)) return undone(stated(fence, rawEdge, moment));
  // One fix alone may be wrong, and must not keep dwelling back for good. Several that agree do, until a fix speaks again: who went down
  // the stairs, and is not heard of there, is not told that they stayed.
  return fence.turning_numbers.length === 1 && isLongAgo(fence, moment) ? undone(fence) : fence;
}

function isLongAgo(fence, { at_s, tuning }) {
  return at_s - fence.turning_s > tuning.longest_mean_s;
}

function turning(fence, side, moment) {
  // At a zone most fixes may say nothing: floors that were stated long apart, with such fixes in between, are no turning.
  const last = fence.turning_numbers[fence.turning_numbers.length - 1];
  const isStale = moment.floor !== null && last !== moment.before && isLongAgo(fence, moment);
  if (fence.turning !== side || isStale) return { ...fence, turning: side, turning_s: moment.at_s, turning_numbers: [moment.number] };
  const [first, ...others] = fence.turning_numbers;
  return { ...fence, turning_numbers: [first, ...others.slice(-(MOST_NUMBERS - 2)), moment.number] };
}

function isSettled(fence, { beacon, tuning, where, at_s }) {
  if (beacon && fence.turning === "inside") return true;
  let [needed, neededS] = [tuning.exit_fixes, tuning.exit_s];
  if (fence.turning === "inside") [needed, neededS] = [tuning.enter_fixes, tuning.enter_s];
  else if (fence.side === "unknown") neededS = 0; // that a person has not come yet is no event
  if (fence.turning_numbers.length < needed) return false;
  if (where.leapt_s !== null && at_s - where.leapt_s < tuning.leapt_s) return false;
  return at_s - fence.turning_s >= neededS;
}

/** Gives the fence with the person on its other side. */
function turned(fence, side, edge, wanted, moment, events) {
  const before = fence.side;
  const since = moment.where.mean.since;
  let { turning_numbers: numbers, turning_s: happened_s } = fence;
  if (since.at_s < happened_s && moment.floor === null) {
    // The mean is on that side of all fixes since then, though those before these did not show it yet. At a zone that says nothing: the
    // person may have stood there on another floor.
    happened_s = since.at_s;
    numbers = [since.number, ...numbers.slice(1)];
  }
  const there = { ...fence, side, turning: null, turning_numbers: [] };
  if (before === "unknown" && side === "outside") return there;
  if (side === "outside") {
    events.push(eventOf(there, "exit", edge, numbers, { happened_s, moment }));
    return { ...there, told: [], distances: [], silent_s: 0 };
  }
  const inside = {
    ...there,
    stay: there.stay + 1,
    since_s: happened_s,
    since_number: numbers[0],
    already_inside: before === "unknown",
    silent_s: 0,
    told: [],
    distances: [],
  };
  events.push(eventOf(inside, "enter", edge, numbers, { happened_s, moment }));
  if (wanted.wrong_entrance) events.push(eventOf(inside, "wrong_entrance", edge, numbers, { happened_s, moment }));
  return inside;
}

function dwelt(before, edge, wanted, moment, events) {
  let fence = before;
  for (const wish_s of wanted.dwell_s) {
    const told = `dwell/${brief(wish_s)}`;
    if (moment.at_s - fence.since_s < wish_s || fence.told.includes(told)) continue;
    const asleep_s = fence.silent_s > wish_s / 2 ? fence.silent_s : 0;
    const happened_s = fence.since_s + wish_s;
    events.push(eventOf(fence, "dwell", edge, [fence.since_number, moment.number], { happened_s, moment, wish_s, asleep_s }));
    fence = { ...fence, told: [...fence.told, told] };
  }
  return fence;
}

/** Notices that the person will be there within so many seconds, by how their distance from the edge has shrunk. */
function approached(before, rawEdge, wanted, moment, events) {
  const { tuning, at_s, where, number } = moment;
  // What was before a leap tells nothing of how they move now.
  const kept = where.leapt_s === at_s ? [] : before.distances.filter(([one_s]) => one_s >= at_s - tuning.approach_window_s);
  if (!kept.length || at_s >= kept[kept.length - 1][0] + tuning.trail_step_s) kept.push([at_s, rawEdge, number]);
  let fence = { ...before, distances: kept };
  const end_s = kept[kept.length - 1][0];
  const span = end_s - kept[0][0];
  if (kept.length < 3 || span < tuning.approach_span_s || rawEdge <= 0) return fence;
  const [slope, intercept] = lineThrough(kept.map(([one_s, edge]) => [one_s - end_s, edge]));
  const closed = Math.max(tuning.approach_closed_m, tuning.approach_closed_sigmas * where.last.error_m);
  if (-slope < tuning.slowest_approach_mps || -slope * span < closed) return fence;
  const eta_s = Math.max(0, intercept) / -slope;
  for (const wish_s of wanted.eta_s) {
    const told = `approach/${brief(wish_s)}`;
    if (eta_s > wish_s || fence.told.includes(told)) continue;
    events.push(eventOf(fence, "approach", rawEdge, [kept[0][2], number], { happened_s: at_s, moment, wish_s, eta_s }));
    fence = { ...fence, told: [...fence.told, told] };
  }
  return fence;
}

/** Gives the slope of the line through points by least squares, and where it meets x = 0. */
function lineThrough(points) {
  const middle = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [middleX, middleY] = [middle(0), middle(1)];
  let [products, squares] = [0, 0];
  for (const [x, y] of points) {
    products += (x - middleX) * (y - middleY);
    squares += (x - middleX) ** 2;
  }
  const slope = products / squares;
  return [slope, middleY - slope * middleX];
}
