// What the worker keeps of the armed visit so that a reload neither loses nor repeats a notice, in the browser's IndexedDB. It holds the last
// positions of the person: on this device alone, only while the visit is armed. What is left afterwards is an empty database.

const NAME = "finder-notices";
const STORE = "visit";
const ARMED = "armed"; // {visit, pack, words}
const PROGRESS = "progress"; // of ./visit.js: written with each fix

/** Opens what is kept. Where the browser keeps nothing, as in some private windows, all is forgotten with the page.
 *  - read() gives {armed, progress}, or null;
 *  - begin(armed, progress) puts them in the place of any other;
 *  - change(visitId, next) lets `next` make {progress, …} of the progress, and gives that once it is written; no other page comes between.
 *    renew(armed) replaces the pack. Both give null when that visit is not the armed one any more;
 *  - forget() deletes all. */
export async function openMemory() {
  try {
    return inDatabase(await opened());
  } catch {
    return inVariables();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
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

  return {
    isKept: true,
    read: () =>
      transact("readonly", (store, give) => {
        const armed = store.get(ARMED);
        const progress = store.get(PROGRESS); // the requests of a transaction are answered in their order
        progress.onsuccess = () => give(() => (progress.result ? { armed: armed.result, progress: progress.result } : null));
      }),
    begin: (armed, progress) =>
      transact("readwrite", (store) => {
        store.put(armed, ARMED);
        store.put(progress, PROGRESS);
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
    forget: () => transact("readwrite", (store) => store.clear()),
  };
}

function inVariables() {
  let kept = null;
  const ifArmed = (visitId, then) => (kept?.progress.visit_id === visitId ? then() : null);
  return {
    isKept: false,
    read: async () => kept,
    begin: async (armed, progress) => {
      kept = { armed, progress };
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
    forget: async () => {
      kept = null;
    },
  };
}
