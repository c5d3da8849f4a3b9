// The visits that our service looks after: positions go out in bodies of requests, notices come back in the answers and by a stream.

const SEND_EVERY_MS = 2000;
const MOST_AT_ONCE = 50;
const LISTEN_AGAIN_MS = 5000;
const KEPT_MS = 15 * 60_000; // what happened longer ago is told to nobody
const AGREES_NO_MORE = ["consent_needed", "outdated_policy"]; // why a stream ends
const REFUSED = [401, 403, 409]; // the same of positions, or nobody is known here any more
const OVER = "nothing_armed";
const STOPPING = "stopping"; // the service starts anew: the browser comes again by itself
const GONE = [...REFUSED, 404]; // nothing is armed any more, or the person does not agree to it

/** Gives what arms, feeds and watches. `onNotice` hears each notice once or more, `onGone` that our service looks no more, whether that is as
 *  nothing is armed any more, and whether as the person has to agree first, `onUnwatched` that it has nothing to look for just now, `onOffline`
 *  whether positions do not arrive. */
export function setUpService({ onNotice, onGone, onUnwatched, onOffline }) {
  let waiting = []; // positions on their way
  let sending = false;
  let isOpen = false;
  let stream = null;
  let cutting = null; // what cuts off the positions that are being sent

  /** Arms a visit to a place, of which those are told whose names are `who`, if they run it still. The status of the answer, 0 where there
   *  was none, the code of what was wrong, and whether they are told; undefined where the answer broke off. */
  async function arm({ facility, language, who }) {
    const wished = who.length ? { tell_facility: true, who } : { tell_facility: false };
    const answer = await sent("/api/v1/visits", { facility, language, ...wished });
    const said = await answer?.json().catch(() => null);
    return { status: answer?.status ?? 0, code: said?.code, isTold: said?.tell_facility };
  }

  /** Listens to what is told, until {@link close}, and takes positions. */
  function open() {
    if (isOpen) return;
    isOpen = true;
    listen();
  }

  function listen() {
    stream = new EventSource("/api/v1/notices/stream");
    stream.addEventListener("notice", ({ data }) => onNotice(JSON.parse(data)));
    stream.addEventListener("end", ({ data }) => {
      const { why } = JSON.parse(data);
      if (why !== STOPPING) stream.close(); // else the browser would come again; the answers to positions tell the same
      if (why === OVER || AGREES_NO_MORE.includes(why)) end(why === OVER, why !== OVER);
    });
    // A lost connection the browser takes up again by itself, an answer such as 503 it does not.
    const mine = stream;
    stream.addEventListener("error", () => {
      const isLost = () => isOpen && mine === stream && mine.readyState === EventSource.CLOSED;
      if (isLost()) setTimeout(() => isLost() && listen(), LISTEN_AGAIN_MS);
    });
  }

  /** Sends nothing any more, not what waits either. */
  function close() {
    stream?.close();
    isOpen = false;
    waiting = [];
    cutting?.abort();
  }

  function take({ coords, timestamp }) {
    const { latitude: lat, longitude: lon, accuracy: accuracy_m } = coords;
    const fix = { lat, lon, accuracy_m, at: new Date(timestamp).toISOString() };
    if (isOpen) waiting.push(fix);
    if (!sending) send();
  }

  function end(isOver, isRefused) {
    close();
    onGone(isOver, isRefused);
  }

  async function send() {
    sending = true;
    try {
      await sendAll();
    } finally {
      sending = false;
    }
  }

  async function sendAll() {
    while (waiting.length && isOpen) {
      waiting = waiting.filter(({ at }) => Date.now() - Date.parse(at) < KEPT_MS);
      const batch = waiting.slice(0, MOST_AT_ONCE);
      if (!batch.length) break;
      cutting = new AbortController();
      const { signal } = cutting;
      const answer = await sent("/api/v1/positions", { fixes: batch }, signal);
      const told = answer?.ok ? await answer.json().catch(() => null) : null; // null if the connection broke in the middle of it
      if (signal.aborted) continue;
      if (told) {
        waiting = waiting.filter((fix) => !batch.includes(fix));
        onOffline(false);
        for (const notice of told.notices) onNotice(notice);
        if (!told.visits.length) end(true, false);
        else if (told.visits.every(({ is_watched }) => is_watched === false)) onUnwatched();
      } else if (GONE.includes(answer?.status)) {
        end(false, REFUSED.includes(answer.status));
      } else {
        const isNeverTaken = answer && !answer.ok && answer.status < 500 && answer.status !== 429;
        if (isNeverTaken) waiting = waiting.filter((fix) => !batch.includes(fix));
        onOffline(true);
      }
      await new Promise((resolve) => setTimeout(resolve, SEND_EVERY_MS));
    }
  }

  return {
    arm,
    open,
    close,
    take,
    /** Says that the person was shown a notice: it need not be pushed any more. */
    seen: (id) => sent(`/api/v1/notices/${encodeURIComponent(id)}/seen`),
  };
}

/** Subscribes this browser to pushes of our service. Without it notices are shown by the page alone. */
export async function subscribe() {
  try {
    const registration = await navigator.serviceWorker.ready;
    const { key } = await (await fetch("/api/v1/push/key", { credentials: "same-origin" })).json();
    const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    await sent("/api/v1/push/subscriptions", subscription.toJSON());
  } catch {
    // the browser has no push service
  }
}

/** Ends that, in the browser and in our service. */
export async function unsubscribe() {
  const registration = await navigator.serviceWorker?.getRegistration("/notices").catch(() => null);
  const subscription = await registration?.pushManager?.getSubscription();
  if (!subscription) return;
  // The page may be left before there is an answer.
  fetch("/api/v1/push/subscriptions", { method: "DELETE", credentials: "same-origin", keepalive: true }).catch(() => null);
  await subscription.unsubscribe();
}

function sent(address, content, signal) {
  const body = content && JSON.stringify(content);
  const headers = content && { "Content-Type": "application/json" };
  return fetch(address, { method: "POST", body, headers, credentials: "same-origin", cache: "no-store", signal }).catch(() => null);
}
