// Moves points that lie closer than `gap` pixels apart, as little as it can.

const ROUNDS = 40;
const FARTHEST = 90; // a pin farther from its place than this would mislead more than an overlap does

/** Takes [{x, y}] and gives [[dx, dy]]: by how many pixels to move each. The same points give the same answer. */
export function spread(points, gap) {
  const spots = points.map(({ x, y }) => ({ x, y }));
  for (let round = 0; round < ROUNDS; round += 1) {
    let moved = false;
    for (let a = 0; a < spots.length; a += 1) {
      for (let b = a + 1; b < spots.length; b += 1) {
        let dx = spots[b].x - spots[a].x;
        let dy = spots[b].y - spots[a].y;
        let distance = Math.hypot(dx, dy);
        if (distance >= gap) continue;
        if (distance < 0.01) {
          // Two places in one building: part them in a direction of their own.
          const angle = b * 2.4;
          [dx, dy, distance] = [Math.cos(angle), Math.sin(angle), 1];
          push(spots[a], spots[b], dx, dy, gap / 2);
        } else {
          push(spots[a], spots[b], dx / distance, dy / distance, (gap - distance) / 2);
        }
        moved = true;
      }
    }
    if (!moved) break;
  }
  return spots.map((spot, index) => within(spot.x - points[index].x, spot.y - points[index].y));
}

function push(a, b, ux, uy, by) {
  a.x -= ux * by;
  a.y -= uy * by;
  b.x += ux * by;
  b.y += uy * by;
}

function within(dx, dy) {
  const length = Math.hypot(dx, dy);
  return length <= FARTHEST ? [dx, dy] : [(dx / length) * FARTHEST, (dy / length) * FARTHEST];
}
