// WGS84: Earth-centred coordinates, and distances over the ground by the formula of finder/geo/fence_kernels.py: the arc over a chord,
// within 0.1 µm of the geodesic up to 50 km and 1 in 10 million up to 1,000 km, without a plane. A point is [lon, lat] in degrees.

const EQUATORIAL_RADIUS_M = 6378137;
const FLATTENING = 1 / 298.257223563;
const POLAR_RADIUS_M = EQUATORIAL_RADIUS_M * (1 - FLATTENING);
const ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING);
const A_SQUARED = EQUATORIAL_RADIUS_M ** 2;
const B_SQUARED = POLAR_RADIUS_M ** 2;
const NOTHING_SQUARED = 1e-18;
const SHORT_BEND_SQUARED = 1e-4;

export const RADIANS = Math.PI / 180;

/** Gives x, y, z in metres. */
export function ecefOf([lon, lat]) {
  const sinLat = Math.sin(lat * RADIANS);
  const cosLat = Math.abs(lat) === 90 ? 0 : Math.cos(lat * RADIANS);
  const normal = EQUATORIAL_RADIUS_M / Math.sqrt(1 - ECCENTRICITY_SQUARED * sinLat * sinLat);
  const across = normal * cosLat;
  return [across * Math.cos(lon * RADIANS), across * Math.sin(lon * RADIANS), normal * (1 - ECCENTRICITY_SQUARED) * sinLat];
}

/** Gives the metres on the ground between two points in Earth-centred coordinates. */
export function arcM(a, b) {
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const dz = b[2] - a[2];
  const level = dx * dx + dy * dy;
  const rise = dz * dz;
  const chordSquared = level + rise;
  const chord = Math.sqrt(chordSquared);
  if (chordSquared < NOTHING_SQUARED) return chord;
  const along = level / A_SQUARED + rise / B_SQUARED;
  const steepness =
    0.5 *
    ((a[0] * a[0] + a[1] * a[1] + b[0] * b[0] + b[1] * b[1]) / (A_SQUARED * A_SQUARED) +
      (a[2] * a[2] + b[2] * b[2]) / (B_SQUARED * B_SQUARED));
  const bendSquared = (along * along) / (chordSquared * steepness);
  if (bendSquared < SHORT_BEND_SQUARED) return chord * (1 + bendSquared * (1 / 24 + bendSquared * (3 / 640)));
  const half = 0.5 * Math.sqrt(bendSquared);
  return (chord * Math.asin(Math.min(1, half))) / half;
}

/** Gives the metres on the ground between two points. */
export function distanceM(a, b) {
  return arcM(ecefOf(a), ecefOf(b));
}

/** Gives a longitude between -180 and 180, 180 itself being -180. */
export function wrapped(lon) {
  return ((((lon + 180) % 360) + 360) % 360) - 180;
}
