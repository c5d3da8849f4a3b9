// A fix: where the device says that it was, when, and how sure it is: {at_s, received_s, lon_lat, accuracy_m?, source?, level?}, both times
// in seconds since 1970. On the device they are of one clock. `level` is the floor that the device states, which no browser does.

const ONE_SIGMA_OF_68_PERCENT = 1.5096; // the radius that holds 68 % of a round normal error, in standard deviations

export const GPS = "gps";
export const BEACON = "beacon";

// What a fix says at a zone of the floor that the person is on.
export const THIS = "this";
export const ANOTHER = "another";
export const UNSTATED = "unstated";

/** Throws a RangeError for a fix that is not on the Earth, has no time or a floor that is none. */
export function checkFix({ at_s, received_s, level = null, lon_lat: [lon, lat] }) {
  if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) throw new RangeError("A fix must be on the Earth, in degrees.");
  if (!Number.isFinite(at_s) || !Number.isFinite(received_s)) throw new RangeError("A fix needs the time at which it was made.");
  if (level !== null && !Number.isFinite(level)) throw new RangeError("The floor of a fix must be a number.");
}

/** Gives what a fix says of a zone's floor; null at a fence that does not ask for one, whose `level` is null. */
export function floorOf(fix, level) {
  if (level === null) return null;
  const stated = fix.level ?? null;
  if (stated === null) return UNSTATED;
  return stated === level ? THIS : ANOTHER;
}

/** Gives the standard deviation along one axis that the fix is believed to have. */
export function errorM({ accuracy_m, source = GPS }, tuning) {
  if (source === BEACON) return tuning.beacon_error_m;
  const stated = Number.isFinite(accuracy_m) && accuracy_m > 0 ? accuracy_m : tuning.unstated_accuracy_m;
  return Math.max(tuning.least_error_m, stated / ONE_SIGMA_OF_68_PERCENT);
}
