// Whether an event at a fence of a pack is told to the person: the policy of finder/notices/telling.py. Pure. The pack has the words, and
// what opening hours come to: spans in seconds since 1970, from the first to before the second.

import { DEFAULT_S } from "./tuning.js";

const LATE_S = 900;
const LATE_APPROACH_S = 300; // older news would be untrue by now: the person is there, or has turned away

/** Gives {wish} in whose words the event is to be told, else {reason} why it is not. `told` is what was told on this visit: {fence_id,
 *  stay, trigger, wish_s, at_s}; `earlier`, of {@link toldToday}, on those before. The day of the cap is the device's own, which is at the
 *  place. */
export function tell(event, fence, told, now_s, earlier = null) {
  const { fence_id, stay, trigger, wish_s, grounds } = event;
  if (fence.expires_at !== null && now_s >= fence.expires_at) return { reason: "expired" };
  const wish = fence.wishes.find((one) => one.trigger === trigger && wishSOf(one) === wish_s);
  if (!wish) return { reason: "not_asked_for" };
  if (event.confidence === "none") return { reason: "unsure" };
  const ofFence = told.filter((one) => one.fence_id === fence_id);
  const alike = ofFence.filter((one) => one.trigger === trigger && one.wish_s === wish_s);
  if (alike.some((one) => one.stay === stay)) return { reason: "told_before" };
  if (alike.length && fence.once_per_visit) return { reason: "once_per_visit" };
  const age = Math.max(now_s - event.at_device_s, grounds.late_s);
  if (age > (trigger === "approach" ? LATE_APPROACH_S : LATE_S)) return { reason: "late" };
  if (!isIn(fence.listens, now_s)) return { reason: "outside_window" };
  if (isIn(fence.quiet, now_s)) return { reason: "quiet_hours" };
  const today = toldToday({ told: ofFence, earlier }, now_s)?.counts[fence_id] ?? 0;
  return today >= fence.most_per_day ? { reason: "cap" } : { wish };
}

/** Gives {day, counts}, how often each fence was told of on the day of a moment, on a visit and those before it; null for never. */
export function toldToday({ told, earlier }, now_s) {
  const day = dayOf(now_s);
  const counts = earlier?.day === day ? { ...earlier.counts } : {};
  for (const { fence_id, at_s } of told) if (dayOf(at_s) === day) counts[fence_id] = (counts[fence_id] ?? 0) + 1;
  return Object.keys(counts).length ? { day, counts } : null;
}

/** Gives the seconds of a wish, which its event has too; null where it has none. */
export function wishSOf({ trigger, dwell_s, eta_s }) {
  if (trigger === "dwell") return dwell_s || DEFAULT_S;
  return trigger === "approach" ? eta_s || DEFAULT_S : null;
}

/** Gives {title, body, language}: a wish's words in the language, or in English. */
export function wordsOf({ texts }, language) {
  const written = [language, language.split("-")[0], "en", ...Object.keys(texts)].find((one) => Object.hasOwn(texts, one));
  return { ...texts[written], language: written };
}

function isIn(spans, at_s) {
  return spans.some(([from, to]) => from <= at_s && at_s < to);
}

function dayOf(at_s) {
  return new Date(at_s * 1000).toDateString();
}
