// The script of the page of notices: what is armed, watched for as long as the page is open. Its questions are in ./notices/steps.js.
// A position lives in a message to the worker of this page or in the body of a POST, nowhere else.

import { setUpDevice } from "./notices/device.js";
import { isOutside, keepOutside } from "./notices/kept.js";
import { setUpLists } from "./notices/lists.js";
import { DENIED, permission } from "./notices/position.js";
import { setUpService, unsubscribe } from "./notices/service.js";
import { setUpSteps } from "./notices/steps.js";
import { setUpStopping } from "./notices/stopping.js";
import { hearTabs, tellTabs } from "./notices/tabs.js";

const SCOPE = "/notices";
const NOTICED_MS = 60_000; // so long in the background a person notices that nothing was told

const texts = document.getElementById("notices").dataset;
const goOn = document.getElementById("go-on");
const running = document.getElementById("running");
const heading = document.getElementById("armed-heading"); // where the person is led when what was pressed is gone

let watching = null; // the number of the watch
let hasFix = false;
let isOffline = false;
let isToStop = false; // whether nothing may be sent until it is known anew what is armed
let newest = 0; // of the times that this was so
let isUnsure = false; // whether nobody knows if the person still agrees to what this device looks after
let isAgreed = false; // whether our service takes positions, as far as this page has heard: others it would refuse
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
  await lookAnewAndSay();
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
    steps?.renew();
    if (reason && !visit) {
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
  onGone(isOver, isRefused) {
    if (isRefused) isAgreed = false;
    lookAnewAndSay(isOver ? texts.over : texts.stopped);
  },
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

const asksNothing = document.getElementById("steps") === null;
const steps = asksNothing ? null : setUpSteps({
  device,
  service,
  lists,
  stopping,
  stopThere: stopAtService,
  say,
  onAgreed() {
    const isToGoOn = isWaiting();
    isAgreed = true;
    if (isToGoOn) lookAnew();
  },
  onArmed(mode) {
    if (mode === "device") isUnsure = false;
    else {
      isAgreed = true;
      isUnwatched = false;
    }
  },
  onDone: watchWhatIsArmed,
});
goOn.addEventListener("click", () => {
  isUnwatched = false;
  watch();
});
hearTabs((word) => {
  if (word === "told") device.again();
  else if (word === "stopping") waitToStop();
  else if (word === "armed") {
    isAgreed = true;
    isUnwatched = false;
    lookAnew();
  } else lookAnewAndSay();
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
  const isDisagreed = !("agreed" in texts) && asked !== null && !asked.is_unremembered;
  if (isDisagreed && !("unknown" in texts)) await device.disagree();
  isAgreed = lists.agreement() === "yes";
  const visit = device.resume();
  lists.showHere(visit);
  if (visit || lists.idsThere().length) document.getElementById("done")?.remove();
  for (const id of lists.unseen()) whenSeen(() => service.seen(id));
  if (stopping.isWished()) stopping.ask().then(() => lookAnewAndSay());
  if (lists.isKnown() && !lists.idsThere().length) keepOutside(false);
  isUnsure = visit !== null && isDisagreed;
  if (isUnsure) showRunning(isWaiting() ? "" : texts.noAnswer); // of which there is a word anyhow
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
    } else {
      if (lists.agreement() === "no") {
        isAgreed = false;
        steps?.disagree();
      }
      if (!lists.idsThere().length) {
        keepOutside(false);
        unsubscribe();
      }
    }
  }
  steps?.renew();
  if (mine !== newest) return;
  isToStop = false;
  if (watching === null) await watchIfAllowed();
  else watchWhatIsArmed();
}

/** The same where it was heard elsewhere that something has changed; `text` says why there is nothing any more. */
async function lookAnewAndSay(text = texts.stopped) {
  const before = lists.idsThere();
  await lookAnew();
  if (!lists.isKnown()) return;
  const left = lists.idsThere();
  if (before.length && !left.length) say(isAgreed ? text : texts.asksConsent);
  else if (isWaiting() || before.some((id) => !left.includes(id))) say(""); // what was said when it was armed is not so any more
}

/** Whether positions go to our service. */
function isToSend() {
  return lists.idsThere().length > 0 && isAgreed && !isToStop && !isUnwatched && !stopping.isWished();
}

/** Whether our service would be sent positions if the person still agreed to it, as far as anybody knows. */
function isWaiting() {
  return lists.idsThere().length > 0 && !isAgreed;
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
  const unasked = lists.agreement() === "unknown" ? texts.noAnswer : texts.waits;
  const waits = stopping.hasFailed() ? texts.notStopped : isWaiting() ? unasked : "";
  const text = `${waits} ${watched}`.trim();
  lists.share(isShared);
  lists.showStopping(stopping.wished());
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
