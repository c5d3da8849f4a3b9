// Did the straight way between two fixes lead through a fence? finder/notices/tracker/crossing.py.

import { distanceM } from "./earth.js";
import { between } from "./where.js";

const LEAST_STEP_M = 2;
const MOST_STEPS = 500;

/** Gives how deep the straight way leads in: the least signed distance from the edge, in metres, where that is negative. */
export function deepestM(edgeM, start, end) {
  const length = distanceM(start, end);
  const leastStep = Math.max(LEAST_STEP_M, length / MOST_STEPS);
  let least = Math.min(edgeM(start), edgeM(end));
  let gone = 0;
  while (gone < length) {
    const here = edgeM(between(start, end, gone / length));
    least = Math.min(least, here);
    gone += Math.max(leastStep, here); // it cannot come nearer sooner
  }
  return least;
}
