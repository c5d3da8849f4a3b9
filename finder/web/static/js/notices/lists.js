// The lists of the page: what is armed, and the notices so far. What our service looks after is written by it; what this device looks
// after by itself is added here, and told to nobody.

import { endsAtMidnight, timeText } from "./times.js";

const { lang } = document.documentElement;
const languages = new Intl.DisplayNames([lang], { type: "language" });
const locale = navigator.languages.find((one) => one.split("-")[0] === lang) ?? lang; // how the person writes times

/** Gives what changes the lists. `onStopHere` is called to stop the one visit that the device looks after, `onStopThere` with the id of one
 *  that our service does, `onStopAll` to stop all. */
export function setUpLists({ onStopHere, onStopThere, onStopAll }) {
  const all = document.getElementById("lists");
  let here = null; // {id, name, until, zone}: what the device looks after
  let isShared = false; // whether positions go to our service, too
  let stopping = []; // the ids of visits that our service is to stop and has not heard of
  const told = []; // notices of this page's life and of the device, newest last

  document.getElementById("overview").addEventListener("click", ({ target }) => {
    if (target.closest(".armed-here button")) onStopHere();
  });
  document.getElementById("overview").addEventListener("submit", (event) => {
    event.preventDefault(); // the forms are for who has no script, and for a connection that does not fail
    const visit = event.target.closest("[data-visit]")?.dataset.visit;
    if (visit) onStopThere(visit);
    else onStopAll();
  });

  /** What the device looks after, null for nothing. */
  function showHere(visit) {
    here = visit;
    draw();
  }

  /** Adds a notice, unless it is there; whether it was new. */
  function add(notice) {
    if (told.some(({ id }) => id === notice.id) || listed(notice.id)) return false;
    told.push(notice);
    write(notice);
    count();
    return true;
  }

  /** Reads anew what our service looks after; whether that could be had. */
  async function refresh() {
    const page = await fetch(`/notices/armed?lang=${lang}`, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    if (!page?.ok) return false;
    const text = await page.text().catch(() => "");
    const lists = new DOMParser().parseFromString(text, "text/html").getElementById("lists");
    if (!lists || "unknown" in lists.dataset) return false;
    delete all.dataset.unknown;
    all.dataset.agreement = lists.dataset.agreement;
    all.querySelector(":scope > .notice")?.remove();
    document.getElementById("armed-list").replaceChildren(...lists.querySelector("#armed-list").children);
    for (const item of [...lists.querySelectorAll("[data-notice]")].reverse()) {
      if (!listed(item.dataset.notice)) document.getElementById("told-list").prepend(item);
    }
    draw();
    return true;
  }

  /** Leaves out what our service looks after, as nobody knows what that is now. */
  function forgetThere() {
    all.dataset.unknown = "";
    for (const item of all.querySelectorAll(".armed-there")) item.remove();
    count();
  }

  /** Says of what the device looks after whether positions go to our service as well. */
  function share(is) {
    isShared = is;
    const item = document.querySelector(".armed-here [data-shared]");
    if (item) item.hidden = !isShared;
  }

  /** Says of what our service looks after that it waits to be stopped, where that is so. */
  function showStopping(ids) {
    stopping = ids;
    for (const item of document.querySelectorAll(".armed-there")) {
      const isStopping = stopping.includes(item.dataset.visit);
      const looking = item.querySelector("[data-looking]");
      looking.hidden = isStopping;
      item.querySelector("[data-stopping]")?.remove();
      if (isStopping) looking.after(document.getElementById("stopping-item").content.cloneNode(true));
    }
  }

  function draw() {
    document.querySelector(".armed-here")?.remove();
    if (here) {
      const item = document.getElementById("armed-item").content.cloneNode(true);
      for (const place of item.querySelectorAll("[data-name]")) place.textContent = here.name;
      item.querySelector("[data-end]").textContent = end(here);
      item.querySelector("[data-shared]").hidden = !isShared;
      item.querySelector("[data-other-language]").hidden = here.language === lang;
      item.querySelector("[data-language]").textContent = languages.of(here.language);
      document.getElementById("armed-list").prepend(item);
    }
    showStopping(stopping);
    count();
  }

  function write(notice) {
    const item = document.getElementById("told-item").content.cloneNode(true).firstElementChild;
    item.dataset.notice = notice.id;
    item.toggleAttribute("data-here", notice.visit === here?.id);
    item.classList.toggle("new", !notice.seen);
    const texts = { title: notice.title, body: notice.body, at: timeText(notice.at, Date.now(), zoneOf(notice), locale), why: notice.why, who: notice.who };
    for (const [name, text] of Object.entries(texts)) item.querySelector(`[data-${name}]`).textContent = text;
    for (const name of ["title", "body", "why"]) item.querySelector(`[data-${name}]`).lang = notice.language;
    document.getElementById("told-list").prepend(item);
  }

  function zoneOf({ visit }) {
    return here?.id === visit ? here.zone : document.querySelector(`[data-visit="${CSS.escape(visit)}"]`)?.dataset.zone;
  }

  function listed(id) {
    return document.querySelector(`[data-notice="${CSS.escape(id)}"]`) !== null;
  }

  function count() {
    const armed = document.getElementById("armed-list").childElementCount;
    const isUnknown = "unknown" in all.dataset; // then it is not said that there is nothing
    document.getElementById("armed-none").hidden = armed > 0 || isUnknown;
    document.getElementById("stop-all").hidden = armed === 0;
    document.getElementById("told-kept").hidden = document.querySelector("#told-list > :not([data-here])") === null;
    document.getElementById("told-none").hidden = document.getElementById("told-list").childElementCount > 0 || isUnknown;
  }

  return {
    showHere,
    add,
    refresh,
    forgetThere,
    /** Whether this page knows what our service looks after. */
    isKnown: () => !("unknown" in all.dataset),
    /** Whether the person agrees that our service takes positions, as it last said: "yes", "no" or "unknown". */
    agreement: () => all.dataset.agreement,
    share,
    showStopping,
    /** The ids of the visits that our service looks after, as far as this page knows. */
    idsThere: () => [...document.querySelectorAll(".armed-there")].map(({ dataset }) => dataset.visit),
    /** Whether our service looks after a visit to another place than that. */
    isElsewhereThere: (facilityId) => document.querySelector(`.armed-there:not([data-facility="${CSS.escape(facilityId)}"])`) !== null,
    /** The id of the visit to a place that our service looks after, if it does. */
    thereTo: (facilityId) => document.querySelector(`.armed-there[data-facility="${CSS.escape(facilityId)}"]`)?.dataset.visit,
    /** Whether this page has shown a notice of the visit that the device looks after. */
    hasToldHere: () => told.some(({ visit }) => visit === here?.id),
    /** The ids of the notices that no page has said to have shown. */
    unseen: () => [...document.querySelectorAll("[data-unseen]")].map((item) => {
      item.removeAttribute("data-unseen");
      return item.dataset.notice;
    }),
  };
}

function end({ until, zone }) {
  const now = Date.now();
  return endsAtMidnight(until, now, zone) ? document.getElementById("notices").dataset.midnight : timeText(until, now, zone, locale);
}
