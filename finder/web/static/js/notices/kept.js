// That a visit is armed on this device: in localStorage, without a position. What is known of the way is in ./memory.js.

import { isThere, openMemory } from "./memory.js";

/** The name of what is kept. */
export const KEPT = "finder-notices"; // {id, facility_id, name, cell, fences, until, language, notify, is_unremembered}

/** Gives the armed visit, null where none is or it is over. */
export function kept() {
  try {
    const visit = JSON.parse(localStorage.getItem(KEPT));
    return new Date(visit?.until) > new Date() ? visit : null;
  } catch {
    return null; // the browser keeps nothing, or what is there is not ours
  }
}

/** Keeps a visit in the place of any other; null for none. Gives whether there was one. */
export function keep(visit) {
  try {
    const before = localStorage.getItem(KEPT);
    if (visit) localStorage.setItem(KEPT, JSON.stringify(visit));
    else localStorage.removeItem(KEPT);
    return before !== null;
  } catch {
    return false; // the browser keeps nothing: it is armed until this page is left
  }
}

/** Forgets the visit; other pages that watch it hear of that, and stop. Unless it is `all`, how often each fence was told of is kept until
 *  the day is over. */
export async function forget(all = false) {
  if (!keep(null) && !(await isThere())) return;
  const memory = await openMemory();
  await (all ? memory.wipe() : memory.forget(Date.now() / 1000)).catch(() => null); // then it is tried when the page is opened next
}
