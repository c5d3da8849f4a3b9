// The script of the page of notices: one question at a time, then what is armed, watched for as long as the page is open.
// A position lives in a message to the worker of this page or in the body of a POST, nowhere else.

import { setUpDevice } from "./notices/device.js";
import { isOutside, keepOutside } from "./notices/kept.js";
import { setUpLists } from "./notices/lists.js";
import { setUpService, subscribe, unsubscribe } from "./notices/service.js";
import { setUpStopping } from "./notices/stopping.js";
import { hearTabs, tellTabs } from "./notices/tabs.js";

const WORKER = "/notices-worker.js";
const SCOPE = "/notices";
const LOOK_FOR_MS = 30_000;
const NOTICED_MS = 60_000; // so long in the background a person notices that nothing was told
const NOT_READ_MS = 400; // so soon after a question is shown nobody answers it: it is the second tap of two
const DENIED = 1; // of GeolocationPositionError
const REMEMBERED = 204; // any other success says that the browser keeps no cookie, and nothing was written

const texts = document.getElementById("notices").dataset;
const steps = document.getElementById("steps"); // null where no place is asked about
const goOn = document.getElementById("go-on");
const running = document.getElementById("running");
const heading = document.getElementById("armed-heading"); // where the person is led when what was pressed is gone
const language = document.documentElement.lang;
const canWatch = "geolocation" in navigator && "Worker" in window;

let agreed = "agreed" in texts; // as far as this browser can show it
let mode = "device"; // who is to look: "device" or "service"
let watching = null; // the number of the watch
let hasFix = false;
let isOffline = false;
let isToStop = false; // whether nothing may be sent until it is known anew what is armed
let newest = 0; // of the times that this was so
let isUnsure = false; // whether nobody knows if the person still agrees to what this device looks after
let isUnwatched = false; // whether our service said that it has nothing to look for just now
let hiddenAt = Infinity;
const toSee = []; // what says of each notice told while nobody could see the page that it was seen

const lists = setUpLists({
  onStopHere: () => device.stop(),
  onStopThere: (id) => stopThere([id]),
  onStopAll() {
    device.stop();
    if (lists.idsThere().length) stopThere(lists.idsThere(), true);
  },
});
const stopping = setUpStopping(async (isNews) => {
  if (isNews) tellTabs("stopped");
  await lookAnew();
  if (isNews) say(texts.stopped);
});
const device = setUpDevice(JSON.parse(texts.why), {
  onNotice(notice) {
    if (!tell(notice, device.visit()?.notify && !notice.seen && !notice.is_again)) return;
    whenSeen(() => device.seen(notice.id));
    if (!notice.is_again) tellTabs("told");
  },
  onVisit(visit, reason) {
    const hasTold = lists.hasToldHere();
    lists.showHere(visit);
    if (reason) {
      const text = { ended: texts.ended, problem: texts.failed, nothing: texts.none, disagreed: texts.asksConsent }[reason] ?? texts.stopped;
      say(hasTold ? `${text} ${texts.toldUntilLeft}` : text);
    }
    if (reason === "disarmed") heading.focus();
    watchWhatIsArmed();
  },
});
const service = setUpService({
  onNotice(notice) {
    if (tell(notice, isOutside())) whenSeen(() => service.seen(notice.id));
  },
  onGone: lookAnew,
  onUnwatched() {
    isUnwatched = true;
    say(texts.none);
    watchWhatIsArmed();
    goOn.hidden = device.visit() !== null;
  },
  onOffline(is) {
    isOffline = is;
    showRunning();
  },
});

if (steps) setUpSteps();
goOn.addEventListener("click", () => {
  isUnwatched = false;
  watch();
});
hearTabs((word) => {
  if (word === "told") device.again();
  else if (word === "stopping") waitToStop();
  else lookAnew();
});
window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload()); // it has heard nothing meanwhile
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
  if (new URLSearchParams(location.search).has("done")) history.replaceState(null, "", SCOPE); // it is no news when the person comes back
  const asked = device.visit();
  const isDisagreed = !agreed && asked !== null && !asked.is_unremembered;
  if (isDisagreed && !("unknown" in texts)) await device.disagree();
  const visit = device.resume();
  lists.showHere(visit);
  if (visit || lists.idsThere().length) document.getElementById("done")?.remove();
  for (const id of lists.unseen()) whenSeen(() => service.seen(id));
  if (stopping.isWished()) stopping.ask().then(lookAnew);
  if (lists.isKnown() && !lists.idsThere().length) keepOutside(false);
  isUnsure = visit !== null && isDisagreed;
  if (isUnsure && !isToSend()) showRunning(texts.noAnswer);
  else await watchIfAllowed();
}

async function watchIfAllowed() {
  if (!isToWatch()) {
    unwatch();
    return;
  }
  const state = (await permission())?.state;
  if (state === "granted") watch();
  else {
    goOn.hidden = false;
    showRunning(state === "denied" ? texts.denied : texts.paused);
  }
}

/** Whether the browser lets this page see the position, as it tells; null where it does not. */
async function permission() {
  return (await navigator.permissions?.query({ name: "geolocation" }).catch(() => null)) ?? null;
}

/** Has our service stop these visits, or `all`. Without a connection nothing is sent any more, and it is told later. */
async function stopThere(ids, all = false) {
  say("");
  await stopAtService(ids, all);
  if (!stopping.isWished()) say(all ? texts.allStopped : texts.stopped);
  heading.focus();
}

async function stopAtService(ids, all) {
  const over = stopping.stop(ids, all);
  tellTabs("stopping");
  waitToStop();
  await over;
  tellTabs(stopping.isWished() ? "stopping" : "stopped");
  await lookAnew();
}

function waitToStop() {
  newest += 1;
  isToStop = true;
  stopping.wait();
  watchWhatIsArmed();
}

/** Asks anew what our service looks after, and sends it nothing before that is known. */
async function lookAnew() {
  const mine = (newest += 1);
  isToStop = true;
  service.close();
  if (!stopping.isWished()) {
    const isKnown = await lists.refresh();
    if (!isKnown) {
      lists.forgetThere();
      say(texts.noAnswer);
    } else if (!lists.idsThere().length) {
      keepOutside(false);
      unsubscribe();
    }
  }
  if (mine !== newest) return;
  isToStop = false;
  if (watching === null) await watchIfAllowed();
  else watchWhatIsArmed();
}

function setUpSteps() {
  const asked = steps.dataset;
  let isDeclined = false; // whether the browser shows no notifications although the person wants them
  let shownAt = 0; // when the question was, by the clock of events
  let looking = null; // {}, while a position is looked for
  const problem = !window.isSecureContext ? texts.insecure : !canWatch ? texts.impossible : "";
  if (problem) {
    say(problem);
    return;
  }
  show("place", false);
  steps.addEventListener("click", async ({ target, detail, timeStamp }) => {
    const button = target.closest("button");
    if (!button || (detail > 0 && timeStamp - shownAt < NOT_READ_MS)) return; // by a key it is 0: there the focus has left the button
    const { next, mode: chosen, notification } = button.dataset;
    if (steps.ariaBusy === "true" && !(looking && "end" in button.dataset)) return;
    looking = null;
    say("");
    steps.ariaBusy = "true";
    if (chosen) mode = chosen;
    if ("end" in button.dataset) {
      end(isArmed() ? texts.unchanged : texts.notAsked);
      heading.focus();
    } else if ("position" in button.dataset) await askPosition();
    else if (notification) await arm(notification === "yes" && (await askNotification()));
    else if ("agree" in button.dataset) (await agree()) && show(next);
    else if ("anyway" in button.dataset) await askOutside();
    else show(next === "consent" && agreed ? "position" : next);
    steps.ariaBusy = "false";
  });

  function show(name, moves = true) {
    for (const step of steps.children) step.hidden = step.id !== `step-${name}`;
    const here = device.visit();
    const isHere = here !== null && here.facility_id !== asked.facility;
    const so = [mode, isHere && "here", lists.isElsewhereThere(asked.facility) ? "there" : "not-there"];
    for (const part of steps.querySelectorAll("[data-only]")) part.hidden = !part.dataset.only.split(" ").every((one) => so.includes(one));
    if (isHere) for (const place of steps.querySelectorAll("[data-here]")) place.textContent = here.name;
    if (moves) steps.querySelector(`#step-${name} h2`).focus();
    shownAt = performance.now();
  }

  // Whether cookies are kept the browser does not say truly: the finder sees it. This device can look without one.
  async function agree() {
    const body = new URLSearchParams({ say: "yes", purpose: "notices", policy: texts.policy, language });
    const reply = await fetch("/privacy/consents", { method: "POST", body, credentials: "same-origin", referrerPolicy: "no-referrer" }).catch(
      () => null,
    );
    if (!reply?.ok) say(reply?.status === 409 ? texts.outdated : texts.failed);
    else if (reply.status !== REMEMBERED && mode === "service") say(texts.noCookie);
    else {
      agreed = reply.status === REMEMBERED;
      return true;
    }
    return false;
  }

  async function askPosition() {
    const mine = (looking = {});
    const state = await permission();
    const tellWhich = () => looking === mine && say(state?.state === "granted" ? texts.looking : texts.asking);
    state?.addEventListener("change", tellWhich);
    tellWhich();
    const code = await new Promise((resolve) => {
      // Any position will do to see whether there are some: while a watch runs, a new one comes only when the device moves.
      const options = { enableHighAccuracy: true, timeout: LOOK_FOR_MS, maximumAge: Infinity };
      navigator.geolocation.getCurrentPosition(() => resolve(0), (error) => resolve(error.code), options);
    });
    state?.removeEventListener("change", tellWhich);
    if (looking !== mine) return; // ended meanwhile
    looking = null;
    steps.querySelector("[data-anyway]").hidden = code === 0 || code === DENIED;
    if (code === 0) await askOutside();
    else say(code === DENIED ? texts.denied : texts.noPosition);
  }

  async function askOutside() {
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
    heading.focus();
    watchWhatIsArmed();
  }

  async function armHere(notify) {
    const { facility: facility_id, name, cell, endsAt: until, zone } = asked;
    const visit = { facility_id, name, cell, until, zone, language, notify, fences: Number(asked.fences), is_unremembered: !agreed };
    try {
      await device.arm(visit);
    } catch ({ nothing }) {
      return nothing ? texts.none : texts.failed;
    }
    isUnsure = false;
    const there = lists.thereTo(facility_id); // both would tell the same twice
    if (there) await stopAtService([there]);
    return "";
  }

  async function armThere(notify) {
    if (stopping.isWished()) await stopping.ask(); // else what is armed now might be stopped with it
    if (stopping.isWished()) return texts.failed;
    const status = await service.arm({ facility_id: asked.facility, language });
    if (status === 404 || status === 422) return texts.none;
    if (status === 401 || status === 403) return texts.asksConsent;
    if (status < 200 || status > 299) return texts.failed;
    keepOutside(notify);
    isUnwatched = false;
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

/** Whether something is armed, as far as this page knows. */
function isArmed() {
  return device.visit() !== null || lists.idsThere().length > 0;
}

/** Whether positions go to our service. */
function isToSend() {
  return lists.idsThere().length > 0 && !isToStop && !isUnwatched && !stopping.isWished();
}

/** Whether this device is to look. */
function isToLook() {
  return device.visit() !== null && !isUnsure;
}

function isToWatch() {
  return isToLook() || isToSend();
}

// One watch for all that is armed, and none for nothing.
function watchWhatIsArmed() {
  if (isToWatch()) watch();
  else unwatch();
}

function watch() {
  goOn.hidden = true;
  if (isToSend()) service.open();
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
  if (isToLook()) device.take(position);
  if (isToSend()) service.take(position);
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
  const isShared = watching !== null && isToSend();
  const looks = isShared ? (isToLook() ? texts.byBoth : texts.byService) : texts.onDevice;
  const watched = problem || (watching === null ? "" : hasFix ? looks : texts.waiting);
  const waits = stopping.hasFailed() ? texts.notStopped : "";
  const text = `${waits} ${watched}`.trim();
  lists.share(isShared);
  if (running.textContent !== text) running.textContent = text; // it is read aloud each time that it is written
  running.hidden = text === "";
  running.classList.toggle("waits", Boolean(waits || problem) || !hasFix);
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
