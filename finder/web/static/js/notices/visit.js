// One armed visit: fixes in, notices out. Pure: what it gives is to be written before anybody is told.

import { newTrack, step } from "./tracker.js";
import { tell, wordsOf } from "./telling.js";
import { why } from "./why.js";

/** The fences of a pack that a visit is about: those of its facility. */
export function fencesOf({ fences }, { facility_id }) {
  return fences.filter(({ facility }) => facility.id === facility_id);
}

/** What is known when a visit has been armed. It is plain data. `earlier` is what was told that day on the visits before, or null. */
export function newProgress(visit, earlier) {
  return { visit_id: visit.id, track: newTrack(), told: [], notices: [], earlier };
}

/** Gives {progress, fresh}: the progress after a fix (./fix.js), and the notices that came of it. Throws a RangeError for what is no fix.
 *  Of a pack that holds no longer nothing is told, as the law may be another now; the track goes on, for the next pack. */
export function taken(progress, fix, { visit, pack, watches, words }) {
  const now_s = fix.received_s;
  const { state: track, events } = step(progress.track, fix, watches);
  const isInForce = now_s < pack.holds_until;
  const told = [...progress.told];
  const fresh = [];
  for (const event of isInForce ? events : []) {
    const fence = pack.fences.find(({ id }) => id === event.fence_id);
    const { wish } = tell(event, fence, told, now_s, progress.earlier);
    if (!wish) continue;
    const { fence_id, stay, trigger, wish_s } = event;
    told.push({ fence_id, stay, trigger, wish_s, at_s: now_s });
    fresh.push({
      id: `${visit.id}-${told.length}`,
      visit: visit.id,
      ...wordsOf(wish, visit.language),
      trigger,
      at: new Date(now_s * 1000).toISOString(),
      why: why(event, words),
      place: fence.facility.name,
      who: fence.from,
      seen: false,
    });
  }
  return { progress: { ...progress, track, told, notices: [...progress.notices, ...fresh] }, fresh };
}

/** Gives the progress once a notice has been shown. */
export function seen(progress, id) {
  return { ...progress, notices: progress.notices.map((notice) => (notice.id === id ? { ...notice, seen: true } : notice)) };
}
