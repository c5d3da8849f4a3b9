// One clock for a track, though fixes come late, twice and out of order and a clock may be set meanwhile: finder/notices/tracker/clock.py.

import { BEACON } from "./fix.js";

const BEACON_LATE_S = 60; // a beacon's signal may be handed on that much after fixes that are newer

/** Gives the clock, and when the fix was by it in seconds since 1970; null for one that is late or came before. */
export function dated(clock, fix, tuning) {
  const at = fix.at_s + clock.shift_s;
  if (at > fix.received_s + tuning.ahead_s) {
    // From the future: the clock is ahead, or was set forward. Received is the latest that it can have been.
    const latest = clock.newest_s === null ? fix.received_s : Math.max(fix.received_s, clock.newest_s);
    return isNew(clock, fix, latest) ? newer(clock, fix, latest) : [clock, null];
  }
  return isNew(clock, fix, at) ? newer(clock, fix, at) : late(clock, fix, tuning);
}

function isNew(clock, fix, at) {
  if (clock.newest_s === null) return true;
  if (fix.source !== BEACON) return at > clock.newest_s;
  return at > clock.newest_s - BEACON_LATE_S && (clock.newest_beacon_s === null || at > clock.newest_beacon_s);
}

function newer(clock, fix, at) {
  const newest = clock.newest_s === null ? at : Math.max(at, clock.newest_s);
  const beacon = fix.source === BEACON ? at : clock.newest_beacon_s;
  return [{ shift_s: at - fix.at_s, newest_s: newest, newest_beacon_s: beacon, late: [] }, newest];
}

/** Tells late fixes from a clock that was set back: those come at once, these one by one as they are dated. */
function late(clock, fix, tuning) {
  const goesOn = ([atBefore, receivedBefore]) => {
    const apart = fix.at_s - atBefore;
    return apart > 0 && Math.abs(apart - (fix.received_s - receivedBefore)) <= tuning.clock_agrees_s;
  };
  const before = clock.late;
  const run = [...([...before.slice(0, 1), ...before.slice(-1)].every(goesOn) ? before : []), [fix.at_s, fix.received_s]];
  if (run.length < tuning.clock_fixes || fix.received_s - run[0][1] <= 2 * tuning.clock_agrees_s) {
    // The first one stays, as it tells for how long they have come so, however often they come.
    return [{ ...clock, late: run.length <= tuning.clock_fixes ? run : [run[0], ...run.slice(1 - tuning.clock_fixes)] }, null];
  }
  const newest = clock.newest_s === null ? fix.received_s : Math.max(fix.received_s, clock.newest_s);
  return newer({ ...clock, newest_beacon_s: null }, fix, newest);
}
