// Numbers as Python rounds and writes them, so that both trackers say the same.

/** Rounds to a whole number, halves to the even one. */
export function rounded(value) {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest === 0.5) return below % 2 === 0 ? below : below + 1;
  return rest < 0.5 ? below : below + 1;
}

/** Writes a number with six digits at most, and without those that say nothing. */
export function brief(value) {
  return String(Number(value.toPrecision(6)));
}
