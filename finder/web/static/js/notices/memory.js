// What the worker keeps of the armed visit so that a reload neither loses nor repeats a notice, in the browser's IndexedDB. It holds the last
// positions of the person: on this device alone, only while the visit is armed. What is left afterwards is how often each fence was told of
// that day, as a fence says how often a day it may be; then an empty database.

import { toldToday } from "./telling.js";

const NAME = "finder-notices";
const FORM = 1; // of what is kept. A release that keeps it otherwise raises this, and finds nothing of before
const STORE = "visit";
const ARMED = "armed"; // {visit, pack, words}
const PROGRESS = "progress"; // of ./visit.js: written with each fix
const EARLIER = "earlier"; // of toldToday, where something was told today and nothing is armed

/** Opens what is kept. Where the browser keeps nothing, as in some private windows, all is forgotten with the page.
 *  - read() gives {armed, progress}, or null;
 *  - begin(armed, make, now_s) puts it in the place of any other, with the progress that `make` gives, and gives that. `make` hears what was
 *    told today on visits before, or null;
 *  - change(visitId, next) lets `next` make {progress, …} of the progress, and gives that once it is written; no other page comes between.
 *    renew(armed) replaces the pack. Both give null when that visit is not the armed one any more;
 *  - forget(now_s) deletes all but how often each fence was told of today;
 *  - wipe() deletes that, too. */
export async function openMemory() {
  try {
    return inDatabase(await opened());
  } catch {
    return inVariables();
  }
}

/** Whether there may be something: to open the memory would make an empty one. */
export async function isThere() {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === NAME);
  } catch {
    return false; // the browser keeps nothing, or does not say
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, FORM);
    request.onupgradeneeded = () => {
      for (const store of request.result.objectStoreNames) request.result.deleteObjectStore(store);
      request.result.createObjectStore(STORE);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function inDatabase(database) {
  /** Gives what `work` hands to its second argument, once it is written; what it throws undoes everything. */
  function transact(mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      let result = null;
      let problem = null;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(problem ?? transaction.error);
      work(transaction.objectStore(STORE), (found) => {
        try {
          result = found();
        } catch (error) {
          problem = error;
          transaction.abort();
        }
      });
    });
  }

  const ifArmed = (visitId, then) =>
    transact("readwrite", (store, give) => {
      const before = store.get(PROGRESS);
      before.onsuccess = () => give(() => (before.result?.visit_id === visitId ? then(store, before.result) : null));
    });

  /** Gives `then` what is to be known of today when what is armed is no more. */
  function withEarlier(store, now_s, then) {
    const before = store.get(PROGRESS);
    const earlier = store.get(EARLIER);
    earlier.onsuccess = () => then(toldToday(before.result ?? { told: [], earlier: earlier.result }, now_s));
  }

  return {
    isKept: true,
    read: () =>
      transact("readonly", (store, give) => {
        const armed = store.get(ARMED);
        const progress = store.get(PROGRESS); // the requests of a transaction are answered in their order
        progress.onsuccess = () => give(() => (progress.result ? { armed: armed.result, progress: progress.result } : null));
      }),
    begin: (armed, make, now_s) =>
      transact("readwrite", (store, give) => {
        withEarlier(store, now_s, (earlier) =>
          give(() => {
            const progress = make(earlier);
            store.delete(EARLIER);
            store.put(armed, ARMED);
            store.put(progress, PROGRESS);
            return progress;
          }),
        );
      }),
    change: (visitId, next) =>
      ifArmed(visitId, (store, before) => {
        const after = next(before);
        store.put(after.progress, PROGRESS);
        return after;
      }),
    renew: (armed) =>
      ifArmed(armed.visit.id, (store, progress) => {
        store.put(armed, ARMED);
        return { progress };
      }),
    forget: (now_s) =>
      transact("readwrite", (store) => {
        withEarlier(store, now_s, (earlier) => {
          store.clear();
          if (earlier) store.put(earlier, EARLIER);
        });
      }),
    wipe: () => transact("readwrite", (store) => store.clear()),
  };
}

function inVariables() {
  let kept = null;
  let earlier = null;
  const earlierAt = (now_s) => toldToday(kept?.progress ?? { told: [], earlier }, now_s);
  const ifArmed = (visitId, then) => (kept?.progress.visit_id === visitId ? then() : null);
  return {
    isKept: false,
    read: async () => kept,
    begin: async (armed, make, now_s) => {
      kept = { armed, progress: make(earlierAt(now_s)) };
      return kept.progress;
    },
    change: async (visitId, next) =>
      ifArmed(visitId, () => {
        const after = next(kept.progress);
        kept = { ...kept, progress: after.progress };
        return after;
      }),
    renew: async (armed) =>
      ifArmed(armed.visit.id, () => {
        kept = { ...kept, armed };
        return { progress: kept.progress };
      }),
    forget: async (now_s) => {
      earlier = earlierAt(now_s);
      kept = null;
    },
    wipe: async () => {
      kept = earlier = null;
    },
  };
}
