// A fix: where the device says that it was, when, and how sure it is: {at_s, received_s, lon_lat, accuracy_m?, source?}, both times in
// seconds since 1970. On the device they are of one clock.

const ONE_SIGMA_OF_68_PERCENT = 1.5096; // the radius that holds 68 % of a round normal error, in standard deviations

export const GPS = "gps";
export const BEACON = "beacon";

/** Throws a RangeError for a fix that is not on the Earth or has no time. */
export function checkFix({ at_s, received_s, lon_lat: [lon, lat] }) {
  if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) throw new RangeError("A fix must be on the Earth, in degrees.");
  if (!Number.isFinite(at_s) || !Number.isFinite(received_s)) throw new RangeError("A fix needs the time at which it was made.");
}

/** Gives the standard deviation along one axis that the fix is believed to have. */
export function errorM({ accuracy_m, source = GPS }, tuning) {
  if (source === BEACON) return tuning.beacon_error_m;
  const stated = Number.isFinite(accuracy_m) && accuracy_m > 0 ? accuracy_m : tuning.unstated_accuracy_m;
  return Math.max(tuning.least_error_m, stated / ONE_SIGMA_OF_68_PERCENT);
}
