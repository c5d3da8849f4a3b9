// How far a point is from a fence's edge: metres on the ground, negative inside; as finder/geo/fence_index.py has it.
//
// A pack's outlines are valid, their polygons apart, and cut at ±180° (finder.geo.outlines.simplified), so nothing is mended here.
// Outlines that hold a pole or go all the way round are no fences of a visit.

import { arcM, ecefOf, RADIANS } from "./earth.js";

const LONGEST_EDGE_M = 250; // over which the ground rises 1.2 mm above a straight line
const MOST_OFF_M = 1e-3; // that a straight line of the map may be beside one of the ground
const M_PER_DEG = 111700; // no degree is longer
const ROUNDING = 3.4e-16; // of an orientation's two products: less than this of their sum is no side

/** Gives the function from a point [lon, lat] to its signed distance in metres from the edge of a shape: {type: "circle", centre, radius_m}
 *  or {type: "outline", polygons}. */
export function edgeDistance(shape) {
  if (shape.type === "circle") {
    const centre = ecefOf(shape.centre);
    return (point) => arcM(ecefOf(point), centre) - shape.radius_m;
  }
  const polygons = shape.polygons.map((rings) => rings.map(continuous));
  const pieces = polygons.flatMap((rings) => rings.flatMap(cutUp));
  return (point) => {
    const away = nearestM(pieces, point);
    return polygons.some((rings) => covers(rings, point)) ? -away : away;
  };
}

/** Gives the ring closed, each corner the short way from the one before. */
function continuous(ring) {
  const corners = [ring[0].slice()];
  for (const [lon, lat] of [...ring.slice(1), ring[0]]) {
    const before = corners[corners.length - 1];
    const near = Math.abs(lon - before[0]) > 180 ? lon - 360 * Math.round((lon - before[0]) / 360) : lon;
    if (near !== before[0] || lat !== before[1]) corners.push([near, lat]);
  }
  return corners;
}

/** Gives a ring's edges as straight pieces through the Earth, long ones cut; none where the outline is only cut by ±180°. */
function cutUp(corners) {
  const pieces = [];
  for (let i = 0; i + 1 < corners.length; i += 1) {
    const [lon, lat] = corners[i];
    const east = corners[i + 1][0] - lon;
    const north = corners[i + 1][1] - lat;
    if (east === 0 && Math.abs(lon) === 180) continue;
    const count = piecesOf(lat, east, north);
    for (let piece = 0; piece < count; piece += 1) {
      const start = [lon + (east * piece) / count, lat + (north * piece) / count];
      const end = [lon + (east * (piece + 1)) / count, lat + (north * (piece + 1)) / count];
      pieces.push({ start, end, from: ecefOf(start), to: ecefOf(end) });
    }
  }
  return pieces;
}

function piecesOf(lat, east, north) {
  const end = lat + north;
  const low = lat * end <= 0 ? 0 : Math.min(Math.abs(lat), Math.abs(end));
  const high = Math.max(Math.abs(lat), Math.abs(end));
  const length = M_PER_DEG * Math.hypot(east * Math.cos(low * RADIANS), north);
  // Meridians turn towards each other by this much along the line, and bend it on the ground by an eighth of that.
  const turn = Math.abs(east) * RADIANS * Math.sin(high * RADIANS);
  return Math.max(1, Math.ceil(Math.max(length / LONGEST_EDGE_M, Math.sqrt((length * turn) / (8 * MOST_OFF_M)))));
}

/** Gives the distance to the nearest place of the edge: sought on straight lines, measured to the edge itself. */
function nearestM(pieces, point) {
  const [x, y, z] = ecefOf(point);
  let nearest = null;
  let nearestShare = 0;
  let least = Infinity;
  for (const piece of pieces) {
    const { from, to } = piece;
    const dx = to[0] - from[0];
    const dy = to[1] - from[1];
    const dz = to[2] - from[2];
    const toX = x - from[0];
    const toY = y - from[1];
    const toZ = z - from[2];
    const squaredLength = dx * dx + dy * dy + dz * dz;
    const share = squaredLength > 0 ? Math.min(1, Math.max(0, (toX * dx + toY * dy + toZ * dz) / squaredLength)) : 0;
    const squared = (toX - share * dx) ** 2 + (toY - share * dy) ** 2 + (toZ - share * dz) ** 2;
    if (squared < least) {
      nearest = piece;
      nearestShare = share;
      least = squared;
    }
  }
  if (!nearest) return Infinity;
  const { start, end } = nearest;
  const at = [start[0] + nearestShare * (end[0] - start[0]), start[1] + nearestShare * (end[1] - start[1])];
  return arcM([x, y, z], ecefOf(at));
}

/** Tells whether a polygon holds the point, its edge included: the crossings of a ray to the east are counted. */
function covers(rings, [anyLon, lat]) {
  const turns = Math.round((rings[0][0][0] - anyLon) / 360);
  const lon = anyLon + 360 * turns;
  let inside = false;
  for (const corners of rings) {
    for (let i = 0; i + 1 < corners.length; i += 1) {
      const [aLon, aLat] = corners[i];
      const [bLon, bLat] = corners[i + 1];
      if (aLat > lat === bLat > lat) {
        const onIt = aLon === lon || (bLat === lat && Math.min(aLon, bLon) <= lon && lon <= Math.max(aLon, bLon));
        if (aLat === lat && onIt) return true;
        continue;
      }
      const ahead = (bLon - aLon) * (lat - aLat);
      const aside = (lon - aLon) * (bLat - aLat);
      const side = ahead - aside;
      if (Math.abs(side) <= ROUNDING * (Math.abs(ahead) + Math.abs(aside))) return true;
      if (side > 0 === bLat > aLat) inside = !inside;
    }
  }
  return inside;
}
