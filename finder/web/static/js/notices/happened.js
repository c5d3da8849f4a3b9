// An event made of what is known when it happens: its grounds, and how sure it is. finder/notices/tracker/{event,happened}.py.
// Grounds are numbers that give no place away: lengths rounded to a metre, times to a second.

import { brief, rounded } from "./numbers.js";
import { meanErrorM } from "./where.js";

const ORDER = ["none", "low", "medium", "high"];
const SETTLED = ["enter", "exit", "wrong_entrance"];

/** Gives what no other event of this track shares, and a replay gives again. */
export function keyOf({ fence_id, stay, trigger, wish_s }) {
  return [fence_id, stay, trigger, ...(wish_s === null ? [] : [brief(wish_s)])].join("/");
}

/** Gives the event; `edge` is the signed distance from the edge in metres, `numbers` the fixes that caused it. */
export function eventOf(fence, trigger, edge, numbers, { happened_s, moment, wish_s = null, asleep_s = 0, eta_s = null }) {
  const { fix, at_s, shift_s, where, tuning } = moment;
  const late = fix.received_s - fix.at_s - shift_s;
  const error = meanErrorM(where.mean, tuning);
  let span = 0;
  if (SETTLED.includes(trigger)) span = at_s - fence.turning_s;
  else if (trigger === "dwell") span = at_s - fence.since_s;
  else if (trigger === "approach") span = at_s - fence.distances[0][0];
  const grounds = {
    fixes: trigger === "approach" ? fence.distances.length : numbers.length,
    span_s: rounded(span),
    edge_m: rounded(edge),
    error_m: rounded(error),
    beacon: moment.beacon,
    already_inside: fence.already_inside && fence.side === "inside",
    leapt: where.leapt_s !== null && at_s - where.leapt_s < 2 * tuning.leapt_s,
    asleep_s: rounded(asleep_s),
    eta_s: eta_s === null ? null : rounded(eta_s),
    late_s: late > tuning.late_news_s ? rounded(late) : 0,
    floor: moment.floor !== null && trigger !== "approach",
  };
  let sigmas = Math.abs(edge) / error;
  // Whoever is on another floor is as far out as who is clearly outside, wherever that is on the map.
  if (grounds.floor && trigger === "exit") sigmas = Math.max(edge / error, tuning.exit_sigmas);
  return {
    fence_id: fence.fence_id,
    stay: fence.stay + (trigger === "approach" ? 1 : 0),
    trigger,
    wish_s,
    confidence: confidenceOf(trigger, grounds, sigmas),
    at_device_s: happened_s - shift_s,
    at_server_s: fix.received_s,
    fixes: numbers,
    grounds,
  };
}

/** Gives the entering and the leaving of a fence that nobody was seen in, for the log only. */
export function crossed(fence, deepest, before, since_s, moment) {
  const { fix, number, at_s, shift_s, where, tuning } = moment;
  const stay = fence.stay + 1;
  const silence = rounded(at_s - since_s);
  const grounds = {
    fixes: 2,
    span_s: silence,
    edge_m: rounded(deepest),
    error_m: rounded(meanErrorM(where.mean, tuning)),
    beacon: false,
    already_inside: false,
    leapt: false,
    asleep_s: silence,
    eta_s: null,
    late_s: 0,
    floor: false,
  };
  const event = (trigger, happened_s) => ({
    fence_id: fence.fence_id,
    stay,
    trigger,
    wish_s: null,
    confidence: "none",
    at_device_s: happened_s - shift_s,
    at_server_s: fix.received_s,
    fixes: [before, number],
    grounds,
  });
  return [{ ...fence, stay, told: [], distances: [] }, [event("enter", since_s), event("exit", at_s)]];
}

function confidenceOf(trigger, grounds, sigmas) {
  let confidence = sigmas >= 2 ? 2 : 1;
  if (grounds.beacon) confidence = 3;
  else if (trigger === "approach") confidence = grounds.fixes >= 5 ? 2 : 1;
  else if (sigmas >= 4 && grounds.fixes >= 2) confidence = 3;
  for (const doubt of [grounds.leapt, grounds.asleep_s > 0, grounds.late_s > 0]) {
    if (doubt) confidence = Math.max(1, confidence - 1);
  }
  return ORDER[confidence];
}
