// The lists of the page: what is armed, and the notices so far. What our service looks after is written by it; what this device looks
// after by itself is added here, and told to nobody.

const { lang } = document.documentElement;
const locale = navigator.languages.find((one) => one.split("-")[0] === lang) ?? lang; // how the person writes times

/** Gives what changes the lists. `onStopHere` is called to stop the one visit that the device looks after, `onStopAll` to stop all: it
 *  tells whether our service is to stop something, too. */
export function setUpLists({ onStopHere, onStopAll }) {
  let here = null; // {name, until}: what the device looks after
  const told = []; // notices of this page's life and of the device, newest last

  document.getElementById("overview").addEventListener("click", ({ target }) => {
    if (target.closest(".armed-here button")) onStopHere();
  });
  document.getElementById("overview").addEventListener("submit", async (event) => {
    if (event.target.id !== "stop-all") return;
    event.preventDefault();
    const form = event.target;
    if (await onStopAll()) form.submit(); // the answer is this page anew
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
    const page = await fetch("/notices/armed", { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    if (!page?.ok) return false;
    const lists = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("lists");
    document.getElementById("armed-list").replaceChildren(...lists.querySelector("#armed-list").children);
    for (const item of [...lists.querySelectorAll("[data-notice]")].reverse()) {
      if (!listed(item.dataset.notice)) document.getElementById("told-list").prepend(item);
    }
    draw();
    return true;
  }

  function draw() {
    document.querySelector(".armed-here")?.remove();
    if (here) {
      const item = document.getElementById("armed-item").content.cloneNode(true);
      for (const place of item.querySelectorAll("[data-name]")) place.textContent = here.name;
      item.querySelector("[data-end]").textContent = end(here.until);
      document.getElementById("armed-list").prepend(item);
    }
    count();
  }

  function write(notice) {
    const item = document.getElementById("told-item").content.cloneNode(true).firstElementChild;
    item.dataset.notice = notice.id;
    item.classList.toggle("new", !notice.seen);
    const texts = { title: notice.title, body: notice.body, at: at(notice.at), why: notice.why, who: notice.who };
    for (const [name, text] of Object.entries(texts)) item.querySelector(`[data-${name}]`).textContent = text;
    for (const name of ["title", "body", "why"]) item.querySelector(`[data-${name}]`).lang = notice.language;
    document.getElementById("told-list").prepend(item);
  }

  function listed(id) {
    return document.querySelector(`[data-notice="${CSS.escape(id)}"]`) !== null;
  }

  function count() {
    const armed = document.getElementById("armed-list").childElementCount;
    document.getElementById("armed-none").hidden = armed > 0;
    document.getElementById("stop-all").hidden = armed === 0;
    document.getElementById("told-none").hidden = document.getElementById("told-list").childElementCount > 0;
  }

  return {
    showHere,
    add,
    refresh,
    /** How many visits our service looks after, as far as this page knows. */
    armedThere: () => document.querySelectorAll(".armed-there").length,
    /** The id of the visit to a place that our service looks after, if it does. */
    thereTo: (facilityId) => document.querySelector(`.armed-there[data-facility="${CSS.escape(facilityId)}"]`)?.dataset.visit,
    /** The ids of the notices that no page has said to have shown. */
    unseen: () => [...document.querySelectorAll("[data-unseen]")].map((item) => {
      item.removeAttribute("data-unseen");
      return item.dataset.notice;
    }),
  };
}

// By the clock of the device, which is at the place or on its way.
function at(moment) {
  const shown = new Date(moment);
  const day = shown.toDateString() === new Date().toDateString() ? {} : { weekday: "short", day: "numeric", month: "short" };
  return shown.toLocaleString(locale, { ...day, hour: "numeric", minute: "2-digit" });
}

function end(moment) {
  const last = new Date(new Date(moment) - 60_000);
  const isMidnight = last.getHours() === 23 && last.getMinutes() === 59 && last.toDateString() === new Date().toDateString();
  return isMidnight ? document.getElementById("notices").dataset.midnight : at(moment);
}
