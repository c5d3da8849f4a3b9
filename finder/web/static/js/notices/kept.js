// What this browser keeps of notices besides ./memory.js: that a visit is armed on this device, without a position, and of those that our
// service looks after what it does not know yet.

import { isThere, openMemory } from "./memory.js";

/** The name of what is kept of the visit that this device looks after. */
export const KEPT = "finder-notices"; // in localStorage: {id, facility_id, name, cell, fences, until, language, notify, is_unremembered}
/** The name of what is kept until our service knows that it is to stop. */
export const STOPPING = "finder-notices-stopping"; // in localStorage: the ids of those visits
const OUTSIDE = "finder-notices-outside"; // in sessionStorage: that notices of our service are shown outside this page, too

const local = () => localStorage; // to name it may throw
const session = () => sessionStorage;
let stopping = []; // where the browser keeps nothing: until this page is left

/** Gives the armed visit, null where none is or it is over. */
export function kept() {
  const visit = read(local, KEPT);
  return new Date(visit?.until) > new Date() ? visit : null;
}

/** Keeps a visit in the place of any other; null for none. Gives whether there was one. */
export function keep(visit) {
  const before = read(local, KEPT);
  write(local, KEPT, visit);
  return before !== null;
}

/** Gives the ids of the visits that our service is to stop and has not heard of. */
export function stoppingKept() {
  const ids = read(local, STOPPING);
  return Array.isArray(ids) ? ids : stopping;
}

/** Keeps those; none, and nothing is kept. */
export function keepStopping(ids) {
  stopping = write(local, STOPPING, ids.length ? ids : null) ? [] : ids;
}

/** Whether what our service tells is shown outside this page, too. */
export function isOutside() {
  return read(session, OUTSIDE) === true;
}

/** Keeps that. */
export function keepOutside(is) {
  write(session, OUTSIDE, is || null);
}

/** Forgets the visit; other pages that watch it hear of that, and stop. Unless it is `all`, how often each fence was told of is kept until
 *  the day is over. */
export async function forget(all = false) {
  if (!keep(null) && !(await isThere())) return;
  const memory = await openMemory();
  await (all ? memory.wipe() : memory.forget(Date.now() / 1000)).catch(() => null); // then it is tried when the page is opened next
}

function read(storage, name) {
  try {
    return JSON.parse(storage().getItem(name));
  } catch {
    return null; // the browser keeps nothing, or what is there is not ours
  }
}

/** Writes it, null for nothing; whether the browser keeps it. */
function write(storage, name, content) {
  try {
    if (content === null) storage().removeItem(name);
    else storage().setItem(name, JSON.stringify(content));
    return true;
  } catch {
    return false;
  }
}
