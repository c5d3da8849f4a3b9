// The questions about one place, one at a time, and what arms its visit once all are answered.

import { DENIED, canWatch, permission } from "./position.js";
import { keepOutside } from "./kept.js";
import { subscribe } from "./service.js";
import { tellTabs } from "./tabs.js";

const WORKER = "/notices-worker.js";
const SCOPE = "/notices";
const LOOK_FOR_MS = 30_000;
const NOT_READ_MS = 400; // so soon after a question is shown nobody answers it: it is the second tap of two
const REMEMBERED = 204; // any other success says that the browser keeps no cookie, and nothing was written
const AFTER_WHERE = "consent"; // the question after the one of who is to look
const BEHIND = ["facility", "position", "notification"]; // those that are asked of who agrees
const OUTDATED = "outdated_policy"; // why nothing is armed
const KEPT_MODE = "device"; // who is to look, where an address may say it

/** Asks. `device`, `service`, `lists` and `stopping` are those of the page; `stopThere` has our service stop visits by their ids, `say`
 *  shows a word, `onAgreed` hears that the person agrees, `onArmed` which of "device" and "service" has armed the visit, and `onDone` that
 *  the page is to watch. Gives `renew`, which has the question that is shown tell anew what is armed besides,
 *  and `disagree`, for when the person agrees no more. */
export function setUpSteps({ device, service, lists, stopping, stopThere, say, onAgreed, onArmed, onDone }) {
  const texts = document.getElementById("notices").dataset;
  const steps = document.getElementById("steps");
  const heading = document.getElementById("armed-heading");
  const otherLanguage = document.getElementById("switch-language");
  const language = document.documentElement.lang;
  const asked = steps.dataset;
  let agreed = "agreed" in texts; // as far as this browser can show it
  let mode = "device"; // who is to look: "device" or "service"
  let isTold = false; // whether who runs the place is to be told too
  let isUntold = false; // whether they are not although the person wants it, as others run it by now
  let isDeclined = false; // whether the browser shows no notifications although the person wants them
  let shown = ""; // the name of the question
  let shownAt = 0; // when the question was, by the clock of events
  let looking = null; // {}, while a position is looked for

  const problem = !window.isSecureContext ? texts.insecure : !canWatch ? texts.impossible : "";
  if (problem) {
    say(problem);
    return { renew() {}, disagree() {} };
  }
  begin();
  steps.addEventListener("click", async ({ target, detail, timeStamp }) => {
    const button = target.closest("button");
    if (!button || (detail > 0 && timeStamp - shownAt < NOT_READ_MS)) return; // by a key it is 0: there the focus has left the button
    const { next, mode: chosen, tell, notification } = button.dataset;
    if (steps.ariaBusy === "true" && !(looking && "end" in button.dataset)) return;
    looking = null;
    say("");
    steps.ariaBusy = "true";
    if (chosen) mode = chosen;
    if (tell) isTold = tell === "yes";
    if ("end" in button.dataset) {
      end(isArmed() ? texts.unchanged : texts.notAsked);
      heading.focus();
    } else if ("position" in button.dataset) await askPosition();
    else if (notification) await arm(notification === "yes" && (await askNotification()));
    else if ("agree" in button.dataset) (await agree()) && show(due(next));
    else if ("anyway" in button.dataset) await askOutside();
    else show(due(next));
    steps.ariaBusy = "false";
  });

  // Who changes the language in the middle comes back to the question, or to the first before it whose answer was not kept.
  // Anybody can write an address: that positions go to our service is said by a press on this page alone.
  function begin() {
    const kept = location.hash.slice(1);
    if (kept === KEPT_MODE) show(due(AFTER_WHERE));
    else if (kept === "where") show("where");
    else show("place", false);
    if (shown !== "place") history.replaceState(null, "", location.pathname + location.search);
  }

  /** The question that is asked in the place of one whose answer is there, or that is not for the way that was chosen. */
  function due(name) {
    if (name === "consent" && agreed) return due("facility");
    if (name === "facility" && !(mode === "service" && document.getElementById("step-facility"))) return "position";
    return name;
  }

  function show(name, moves = true) {
    shown = name;
    for (const step of steps.children) step.hidden = step.id !== `step-${name}`;
    renew();
    // No more of the answers than that this device is to look may stand in an address.
    if (otherLanguage) otherLanguage.hash = name === "place" ? "" : name !== "where" && mode === KEPT_MODE ? KEPT_MODE : "where";
    if (moves) steps.querySelector(`#step-${name} h2`).focus();
    shownAt = performance.now();
  }

  function renew() {
    const here = device.visit();
    const isHere = here !== null && here.facility_id !== asked.facility;
    const so = [mode, isHere && "here", lists.isElsewhereThere(asked.facility) ? "there" : "not-there"];
    for (const part of steps.querySelectorAll("[data-only]")) part.hidden = !part.dataset.only.split(" ").every((one) => so.includes(one));
    if (isHere) for (const place of steps.querySelectorAll("[data-here]")) place.textContent = here.name;
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
      if (agreed) onAgreed();
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
    end([texts.started, isUntold && texts.nobodyTold, isDeclined && texts.declined].filter(Boolean).join(" "));
    history.replaceState(null, "", SCOPE);
    heading.focus();
    onDone();
  }

  async function armHere(notify) {
    const { facility: facility_id, name, cell, endsAt: until, zone } = asked;
    const visit = { facility_id, name, cell, until, zone, language, notify, fences: Number(asked.fences), is_unremembered: !agreed };
    try {
      await device.arm(visit);
    } catch ({ nothing }) {
      return nothing ? texts.none : texts.failed;
    }
    onArmed("device");
    const there = lists.thereTo(facility_id); // both would tell the same twice
    if (there) await stopThere([there]);
    return "";
  }

  async function armThere(notify) {
    if (stopping.isWished()) await stopping.ask(); // else what is armed now might be stopped with it
    if (stopping.isWished()) return texts.failed;
    const who = isTold ? JSON.parse(asked.hearing) : [];
    const { status, code, isTold: isToldNow } = await service.arm({ facility: asked.facility, language, who });
    if (status === 404 || status === 422) return texts.none;
    if (status === 401 || status === 403) {
      agreed = false;
      show(AFTER_WHERE);
      return texts.asksAgain;
    }
    if (code === OUTDATED) return texts.outdated;
    if (status < 200 || status > 299) return texts.failed;
    isUntold = isTold && isToldNow === false;
    keepOutside(notify);
    onArmed("service");
    if (device.visit()?.facility_id === asked.facility) device.stop(); // both would tell the same twice
    if (notify) subscribe(); // it may take long: what is armed is shown meanwhile
    await lists.refresh();
    tellTabs("armed");
    return "";
  }

  function end(text) {
    steps.hidden = true;
    if (otherLanguage) otherLanguage.hash = "";
    say(text);
  }

  /** Whether something is armed, as far as this page knows. */
  function isArmed() {
    return device.visit() !== null || lists.idsThere().length > 0;
  }

  /** Asks anew, where the question is behind. */
  function disagree() {
    if (!agreed) return;
    agreed = false;
    if (steps.hidden || !BEHIND.includes(shown)) return;
    show(AFTER_WHERE);
    say(texts.asksAgain);
  }

  return { renew, disagree };
}
