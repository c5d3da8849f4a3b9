// Where a person is believed to be, from fixes that err together, overstate themselves and leap: finder/notices/tracker/where.py.

import { distanceM, wrapped } from "./earth.js";
import { BEACON } from "./fix.js";

/** Gives the standard deviation along one axis of where the person is believed to be. */
export function meanErrorM(mean, tuning) {
  return Math.sqrt(1 / mean.information + tuning.bias_m ** 2);
}

/** Gives the fixes held back when this one is to be, else null; and whether it is a leap that is believed now. */
export function reached(where, heldBefore, seen, source, tuning) {
  if (where === null || source === BEACON) return [null, false];
  if (isBack(where, seen, tuning)) return [null, false];
  const last = where.last;
  let held = heldBefore;
  if (held.length) {
    const away = distanceM(held[held.length - 1].seen.lon_lat, seen.lon_lat);
    if (away >= distanceM(where.mean.lon_lat, seen.lon_lat)) held = []; // back where they were: those were wrong, or they turned round
  }
  const elapsed = seen.at_s - last.at_s;
  const slack = 2 * Math.hypot(seen.error_m, Math.sqrt(Math.max(last.error_m ** 2, where.scatter_m2)));
  const speed = Math.max(0, distanceM(last.lon_lat, seen.lon_lat) - slack) / Math.max(elapsed, 0.5);
  const surprising = { seen, speed_mps: speed };
  if (!held.length) {
    let usual = Math.max(tuning.usual_mps, 2 * where.pace_mps);
    if (elapsed >= tuning.asleep_s) usual = Math.max(usual, tuning.fastest_mps);
    return speed <= usual ? [null, false] : [[surprising], false];
  }
  const first = held[0];
  const since = seen.at_s - first.seen.at_s;
  const wentOn = distanceM(first.seen.lon_lat, seen.lon_lat);
  const goesOn = wentOn - slack >= 0.3 * Math.min(first.speed_mps, tuning.fastest_mps) * since && wentOn > slack;
  const stayed = since >= tuning.leap_s && held.length + 1 >= tuning.leap_fixes;
  if ((goesOn && wentOn <= tuning.fastest_mps * since + slack) || stayed) return [null, !goesOn];
  // The first tells since when, the last ones where.
  return [[first, ...held.slice(1).slice(-6), surprising], false];
}

/** Gives where the person is believed to be once this fix is known. */
export function located(where, seen, source, leapt, tuning) {
  if (where === null) return begun(seen);
  const elapsed = seen.at_s - where.last.at_s;
  const scatter = Math.sqrt(where.scatter_m2);
  const error = source === BEACON ? seen.error_m : Math.max(seen.error_m, scatter);
  const start = where.trail[0];
  const way = distanceM(start.lon_lat, seen.lon_lat);
  const wayS = seen.at_s - start.at_s;
  const apart = distanceM(where.mean.lon_lat, seen.lon_lat);
  const moved =
    leapt ||
    source === BEACON ||
    elapsed > tuning.longest_mean_s ||
    way > tuning.moved_sigmas * Math.hypot(error, Math.max(start.error_m, scatter)) ||
    apart > tuning.moved_sigmas * Math.hypot(error, meanErrorM(where.mean, tuning));
  const next = {
    ...where,
    last: { ...seen, error_m: error },
    silent_s: elapsed,
    trail: leapt || elapsed > tuning.trail_s ? [seen] : trailOf(where.trail, seen, tuning),
    pace_mps: moved ? where.pace_mps : 0,
    leapt_s: leapt ? seen.at_s : where.leapt_s,
  };
  if (where.former !== null && isBack(where, seen, tuning)) {
    return { ...next, mean: added(where.former, seen, elapsed, error, tuning), former: null, trail: [seen], pace_mps: 0 };
  }
  if (!moved) {
    const share = 1 - Math.exp(-elapsed / tuning.scatter_s);
    const surplus = Math.min(apart ** 2 / 2, tuning.most_scatter_m ** 2) - where.scatter_m2;
    return { ...next, mean: added(where.mean, seen, elapsed, error, tuning), scatter_m2: where.scatter_m2 + share * surplus };
  }
  const stood = where.mean.since.number !== where.last.number;
  if (stood || where.former === null || seen.at_s - where.former_s > tuning.back_s) {
    next.former = stood ? where.mean : null;
    next.former_s = where.last.at_s;
  }
  if (wayS >= 10) next.pace_mps = way / wayS;
  return { ...next, mean: { lon_lat: seen.lon_lat, information: 1 / error ** 2, since: seen } };
}

function begun(seen) {
  return {
    mean: { lon_lat: seen.lon_lat, information: 1 / seen.error_m ** 2, since: seen },
    last: seen,
    silent_s: 0,
    trail: [seen],
    former: null,
    former_s: 0,
    pace_mps: 0,
    scatter_m2: 0,
    leapt_s: null,
  };
}

/** Tells whether the fix lies where the person stood before they seemed to move, and not where they are believed to be now. */
function isBack({ former, former_s, mean, scatter_m2 }, seen, tuning) {
  if (former === null || seen.at_s - former_s > tuning.back_s) return false;
  const away = distanceM(former.lon_lat, seen.lon_lat);
  const error = Math.max(seen.error_m, Math.sqrt(scatter_m2));
  return (
    away <= tuning.moved_sigmas * Math.hypot(error, meanErrorM(former, tuning)) && away < 0.5 * distanceM(mean.lon_lat, seen.lon_lat)
  );
}

/** Gives the mean with one more fix: it weighs the less the sooner it follows, and the old ones fade. */
function added(mean, seen, elapsed, error, tuning) {
  const fresh = Math.min(1, elapsed / tuning.same_error_s) / error ** 2;
  const information = mean.information * Math.exp(-elapsed / tuning.longest_mean_s) + fresh;
  return { lon_lat: between(mean.lon_lat, seen.lon_lat, fresh / information), information, since: mean.since };
}

function trailOf(trail, seen, tuning) {
  const fresh = trail.filter((one) => one.at_s >= seen.at_s - tuning.trail_s);
  const kept = fresh.length ? fresh : trail.slice(-1);
  return seen.at_s >= kept[kept.length - 1].at_s + tuning.trail_step_s ? [...kept, seen] : kept;
}

/** Gives the point that lies this share of the way on, the short way round the Earth. */
export function between(start, end, share) {
  const lon = start[0] + share * wrapped(end[0] - start[0]);
  return [Math.abs(lon) > 180 ? wrapped(lon) : lon, start[1] + share * (end[1] - start[1])];
}
