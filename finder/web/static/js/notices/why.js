// Why an event was told, in plain words and without a place. The words are those of finder/notices/tracker/why_texts.json, in one
// language: the page hands them over, so that the finder and the device say the same.

import { rounded } from "./numbers.js";

/** Gives the sentences for an event. */
export function why(event, texts) {
  const { grounds, trigger, confidence } = event;
  const fill = (name, values) => texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const lasting = (seconds) => {
    const whole = rounded(seconds);
    const [n, unit] = whole < 120 && whole !== 60 ? [whole, "second"] : [rounded(seconds / 60), "minute"];
    return fill(n === 1 ? unit : `${unit}s`, { n });
  };
  const first = event.fixes[0];
  const last = event.fixes[event.fixes.length - 1];
  const kinds = [...(grounds.beacon ? ["beacon"] : []), ...(grounds.floor ? ["floor"] : [])];
  const ofKind = (name) => kinds.map((kind) => `${name}_${kind}`).find((special) => special in texts) ?? name;
  const said = [];
  if (confidence === "none") {
    said.push("crossing");
  } else {
    said.push(ofKind(trigger));
    if (grounds.already_inside && (trigger === "enter" || trigger === "dwell")) said.push(ofKind("already_inside"));
    if (grounds.leapt) said.push("leapt");
    if (grounds.asleep_s) said.push(ofKind("asleep"));
    if (grounds.late_s) said.push("late");
  }
  said.push(first === last ? "fix" : "fixes", confidence);
  const values = {
    span: lasting(grounds.span_s),
    depth: `${Math.abs(grounds.edge_m)} m`,
    error: `${grounds.error_m} m`,
    wish: lasting(event.wish_s ?? 0),
    eta: lasting(grounds.eta_s ?? 0),
    asleep: lasting(grounds.asleep_s),
    late: lasting(grounds.late_s),
    first,
    last,
  };
  return said.map((name) => fill(name, values)).join(" ");
}
