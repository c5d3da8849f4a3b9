// The script of the page of notices: one question at a time, then what is armed, watched for as long as the page is open.
// A position lives in a message to the worker of this page or in the body of a POST, nowhere else.

import { setUpDevice } from "./notices/device.js";
import { setUpLists } from "./notices/lists.js";
import { setUpService, subscribe, unsubscribe } from "./notices/service.js";

const WORKER = "/notices-worker.js";
const SCOPE = "/notices";
const OUTSIDE = "finder-notices-outside"; // in sessionStorage: whether notices of our service are shown outside this page, too
const LOOK_FOR_MS = 30_000;
const NOTICED_MS = 60_000; // so long in the background a person notices that nothing was told
const DENIED = 1; // of GeolocationPositionError
const REMEMBERED = 204; // any other success says that the browser keeps no cookie, and nothing was written

const texts = document.getElementById("notices").dataset;
const steps = document.getElementById("steps"); // null where no place is asked about
const goOn = document.getElementById("go-on");
const running = document.getElementById("running");
const language = document.documentElement.lang;
const canWatch = "geolocation" in navigator && "Worker" in window;

let agreed = "agreed" in texts; // as far as this browser can show it
let mode = "device"; // who is to look: "device" or "service"
let watching = null; // the number of the watch
let hasFix = false;
let isOffline = false;
let hiddenAt = Infinity;
const toSee = []; // what says of each notice told while nobody could see the page that it was seen

const lists = setUpLists({
  onStopHere: () => device.stop(),
  onStopAll() {
    device.stop();
    service.close();
    unsubscribe();
    return lists.armedThere() > 0;
  },
});
const device = setUpDevice(JSON.parse(texts.why), {
  onNotice(notice) {
    if (tell(notice, device.visit()?.notify && !notice.seen)) whenSeen(() => device.seen(notice.id));
  },
  onVisit(visit, reason) {
    lists.showHere(visit);
    if (reason) say({ ended: texts.ended, problem: texts.failed, nothing: texts.none, disagreed: texts.asksConsent }[reason] ?? texts.stopped);
    if (reason === "disarmed") document.getElementById("armed-heading").focus(); // the button that was pressed is gone
    watchWhatIsArmed();
  },
});
const service = setUpService({
  onNotice(notice) {
    if (tell(notice, sessionStorage.getItem(OUTSIDE) === "yes")) whenSeen(() => service.seen(notice.id));
  },
  async onGone() {
    await lists.refresh();
    watchWhatIsArmed();
  },
  onOffline(is) {
    isOffline = is;
    showRunning();
  },
});

if (steps) setUpSteps();
goOn.addEventListener("click", watch);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    hiddenAt = Date.now();
    return;
  }
  for (const saySo of toSee.splice(0)) saySo();
  if (watching !== null && Date.now() - hiddenAt > NOTICED_MS) say(texts.background);
});
resume();

// What was armed before the page was loaded goes on where the browser need not ask, and else when the person says so.
async function resume() {
  const asked = device.visit();
  const isDisagreed = !agreed && asked !== null && !asked.is_unremembered;
  if (isDisagreed && !("unknown" in texts)) await device.disagree();
  const visit = device.resume();
  lists.showHere(visit);
  for (const id of lists.unseen()) whenSeen(() => service.seen(id));
  if (!visit && !lists.armedThere()) return;
  if (visit && isDisagreed) {
    showRunning(texts.unknown);
    return;
  }
  const { state } = (await navigator.permissions?.query({ name: "geolocation" }).catch(() => null)) ?? {};
  if (state === "granted") watch();
  else {
    goOn.hidden = false;
    showRunning(state === "denied" ? texts.denied : texts.paused);
  }
}

function setUpSteps() {
  const asked = steps.dataset;
  let isDeclined = false; // whether the browser shows no notifications although the person wants them
  const problem = !window.isSecureContext ? texts.insecure : !canWatch ? texts.impossible : "";
  if (problem) {
    say(problem);
    return;
  }
  show("place", false);
  steps.addEventListener("click", async ({ target }) => {
    const button = target.closest("button");
    if (!button || steps.ariaBusy === "true") return;
    const { next, mode: chosen, notification } = button.dataset;
    say("");
    steps.ariaBusy = "true";
    if (chosen) mode = chosen;
    if ("end" in button.dataset) end(texts.notAsked);
    else if ("position" in button.dataset) await askPosition();
    else if (notification) await arm(notification === "yes" && (await askNotification()));
    else if ("agree" in button.dataset) (await agree()) && show(next);
    else show(next === "consent" && agreed ? "position" : next);
    steps.ariaBusy = "false";
  });

  function show(name, moves = true) {
    for (const step of steps.children) step.hidden = step.id !== `step-${name}`;
    for (const part of steps.querySelectorAll("[data-only]")) part.hidden = part.dataset.only !== mode;
    if (moves) steps.querySelector(`#step-${name} h2`).focus();
  }

  // Whether cookies are kept the browser does not say truly: the finder sees it. This device can look without one.
  async function agree() {
    const body = new URLSearchParams({ say: "yes", purpose: "notices", policy: texts.policy, language });
    const reply = await fetch("/privacy/consents", { method: "POST", body, credentials: "same-origin" }).catch(() => null);
    if (!reply?.ok) say(reply?.status === 409 ? texts.outdated : texts.failed);
    else if (reply.status !== REMEMBERED && mode === "service") say(texts.noCookie);
    else {
      agreed = reply.status === REMEMBERED;
      return true;
    }
    return false;
  }

  async function askPosition() {
    say(texts.asking);
    const code = await new Promise((resolve) => {
      // Any position will do to see whether there are some: while a watch runs, a new one comes only when the device moves.
      const options = { enableHighAccuracy: true, timeout: LOOK_FOR_MS, maximumAge: Infinity };
      navigator.geolocation.getCurrentPosition(() => resolve(0), (error) => resolve(error.code), options);
    });
    if (code === DENIED) {
      say(texts.denied);
      return;
    }
    say("");
    const canShow = "Notification" in window && "serviceWorker" in navigator && Notification.permission !== "denied";
    if (canShow) show("notification");
    else await arm(false);
  }

  async function askNotification() {
    say(texts.asking);
    const isGranted = (await Notification.requestPermission()) === "granted";
    const registration = isGranted ? await navigator.serviceWorker.register(WORKER, { scope: SCOPE }).catch(() => null) : null;
    isDeclined = registration === null;
    return !isDeclined;
  }

  async function arm(notify) {
    say(texts.starting);
    const failure = mode === "device" ? await armHere(notify) : await armThere(notify);
    if (failure) {
      say(failure);
      return;
    }
    end(isDeclined ? `${texts.started} ${texts.declined}` : texts.started);
    history.replaceState(null, "", SCOPE);
    document.getElementById("armed-heading").focus();
    watchWhatIsArmed();
  }

  async function armHere(notify) {
    const { facility: facility_id, name, cell, endsAt: until } = asked;
    const visit = { facility_id, name, cell, until, language, notify, fences: Number(asked.fences), is_unremembered: !agreed };
    try {
      await device.arm(visit);
    } catch ({ nothing }) {
      return nothing ? texts.none : texts.failed;
    }
    const there = lists.thereTo(facility_id); // both would tell the same twice
    if (there) {
      await service.stop(there);
      await lists.refresh();
    }
    return "";
  }

  async function armThere(notify) {
    const status = await service.arm({ facility_id: asked.facility, language });
    if (status === 404 || status === 422) return texts.none;
    if (status === 401 || status === 403) return texts.asksConsent;
    if (status < 200 || status > 299) return texts.failed;
    sessionStorage.setItem(OUTSIDE, notify ? "yes" : "no");
    if (device.visit()?.facility_id === asked.facility) device.stop(); // both would tell the same twice
    if (notify) subscribe(); // it may take long: what is armed is shown meanwhile
    await lists.refresh();
    return "";
  }

  function end(text) {
    steps.hidden = true;
    say(text);
  }
}

// One watch for all that is armed, and none for nothing.
function watchWhatIsArmed() {
  if (device.visit() || lists.armedThere()) watch();
  else unwatch();
}

function watch() {
  goOn.hidden = true;
  if (lists.armedThere()) service.open();
  else service.close();
  watching ??= navigator.geolocation.watchPosition(onFix, onNoFix, { enableHighAccuracy: true, maximumAge: 0 });
  showRunning();
}

function unwatch() {
  if (watching !== null) navigator.geolocation.clearWatch(watching);
  watching = null;
  hasFix = isOffline = false;
  goOn.hidden = true;
  service.close();
  showRunning();
}

function onFix(position) {
  hasFix = true;
  if (device.visit()) device.take(position);
  if (lists.armedThere()) service.take(position);
  showRunning();
}

function onNoFix({ code }) {
  if (code !== DENIED) {
    showRunning(texts.unavailable);
    return;
  }
  unwatch();
  goOn.hidden = false;
  showRunning(texts.denied);
}

function showRunning(problem = isOffline ? texts.offline : "") {
  const looks = lists.armedThere() ? texts.byService : texts.onDevice;
  const text = problem || (watching === null ? "" : hasFix ? looks : texts.waiting);
  if (running.textContent !== text) running.textContent = text; // it is read aloud each time that it is written
  running.hidden = text === "";
  running.classList.toggle("waits", Boolean(problem) || !hasFix);
}

/** Shows a notice in the page, and outside of it where that is wished; whether it was not there yet. */
function tell(notice, outside) {
  const isNew = lists.add(notice);
  if (isNew && outside && Notification.permission === "granted") showOutside(notice);
  return isNew;
}

/** Says that a notice was seen once the page is: in the background it is shown to nobody, and has to be told otherwise. */
function whenSeen(saySo) {
  if (document.visibilityState === "visible") saySo();
  else toSee.push(saySo);
}

async function showOutside(notice) {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  // The tag is what keeps a push of the same notice from being shown beside it.
  await registration?.showNotification(notice.title, { body: notice.body, lang: notice.language, tag: notice.id, icon: "/brand-logo" });
}

function say(text) {
  const message = document.getElementById("message");
  message.hidden = text === "";
  message.textContent = text;
}
