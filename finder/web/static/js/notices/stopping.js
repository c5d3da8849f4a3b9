// That our service is to stop what it looks after: asked for until it knows. Meanwhile no page of this browser sends it a position, nor
// does one that is loaded anew. What is kept for that are the random ids of visits, which name no place.

import { STOPPING, keepStopping, stoppingKept } from "./kept.js";

const TRY_AGAIN_MS = 10_000;
const ARMED_NO_MORE = [400, 401, 404]; // of nobody who is known here, or not any more

/** Gives what stops. `onTried` hears that our service was asked again, here or in another tab, and whether it was this page that told it
 *  what it had not heard of before. */
export function setUpStopping(onTried) {
  let waiting = 0;
  let hasFailed = false;

  window.addEventListener("online", () => isWished() && askAgain());
  window.addEventListener("storage", ({ key }) => key === STOPPING && onTried(false)); // a word of another tab may come before it

  /** Stops these visits, or `all` of the person; once it is over, {@link isWished} tells whether our service knows. */
  async function stop(ids, all = false) {
    keepStopping([...new Set([...stoppingKept(), ...ids])]);
    if (all && (await isStopped("/api/v1/visits"))) keepStopping([]);
    await ask();
  }

  /** Asks for what was not heard of before. */
  async function ask() {
    clearTimeout(waiting);
    for (const id of stoppingKept()) {
      if (await isStopped(`/api/v1/visits/${encodeURIComponent(id)}`)) keepStopping(stoppingKept().filter((one) => one !== id));
    }
    hasFailed = isWished();
    if (hasFailed) wait();
  }

  async function askAgain() {
    const wasWished = isWished();
    await ask();
    onTried(wasWished && !isWished());
  }

  /** Asks in a while, unless our service knows by then. */
  function wait() {
    clearTimeout(waiting);
    waiting = setTimeout(askAgain, TRY_AGAIN_MS);
  }

  const isWished = () => stoppingKept().length > 0;

  return {
    stop,
    ask,
    wait,
    isWished,
    /** The ids of the visits of which our service does not know that. */
    wished: stoppingKept,
    /** Whether it was asked for and our service does not know yet. */
    hasFailed: () => hasFailed && isWished(),
  };
}

async function isStopped(address) {
  const answer = await fetch(address, { method: "DELETE", credentials: "same-origin" }).catch(() => null);
  return answer !== null && (answer.ok || ARMED_NO_MORE.includes(answer.status));
}
