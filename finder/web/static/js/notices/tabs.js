// What a page tells the pages of this site in other tabs. No place and no person goes through it, only one of these words:
// "stopping"  our service is asked to stop: send it no position until it is known what is armed;
// "stopped"   it was asked, or all was taken back elsewhere: ask anew what is armed;
// "armed"     our service looks after another visit: ask anew what is armed. What this device looks after is told by ./kept.js;
// "told"      this device has noticed something: the rest is in ./memory.js.

const channel = opened();

/** Tells the other tabs; this one does not hear it. */
export function tellTabs(word) {
  channel?.postMessage(word);
}

/** Calls `hear` with each word of another tab. */
export function hearTabs(hear) {
  channel?.addEventListener("message", ({ data }) => hear(data));
}

function opened() {
  try {
    return new BroadcastChannel("finder-notices");
  } catch {
    return null; // the browser has none, or none for a site that may keep nothing
  }
}
