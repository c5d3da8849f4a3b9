// Encoded polylines (https://developers.google.com/maps/documentation/utilities/polylinealgorithm), with six decimals.

const DECIMALS = 1e6;

/** Gives the points [[lon, lat]] of a text; in the text latitude comes first. */
export function decodePolyline(text) {
  const points = [];
  let at = 0;
  let lat = 0;
  let lon = 0;
  const step = () => {
    let value = 0;
    let shift = 0;
    let chunk;
    do {
      chunk = text.charCodeAt(at) - 63;
      at += 1;
      value |= (chunk & 0x1f) << shift;
      shift += 5;
    } while (chunk >= 0x20);
    return value & 1 ? ~(value >>> 1) : value >>> 1;
  };
  while (at < text.length) {
    lat += step();
    lon += step();
    points.push([lon / DECIMALS, lat / DECIMALS]);
  }
  return points;
}
