// The find page's script: the device's position with consent, typing ahead, and the map beside the list.
// Everything here is an enhancement. A position lives in a variable of this page and in the body of a POST, nowhere else.

import { setUpMap } from "./panel.js";
import { typeAhead } from "./places.js";

const AREA_STEP_DEG = 0.01;
const AREA_ERROR_M = 790; // half the diagonal of a 0.01° square at the equator, where it is widest
const LOOK_FOR_MS = 15000;

const form = document.getElementById("ask");
const place = document.getElementById("place");
const button = document.getElementById("use-location");
const dialog = document.getElementById("consent");
const message = document.getElementById("location-message");
const results = document.getElementById("results");
const again = document.getElementById("ask-again");
const language = document.getElementById("switch-language");
const LOCATED = "#located"; // marks a way back to a search by position; it never holds the position
let fix = null; // {lat, lon, accuracy_m, consent}: for as long as this page is open
let asked = 0; // the newest search; an answer to an older one is dropped

const map = setUpMap();
typeAhead(place, document.getElementById("places"));
document.getElementById("errors")?.focus();

if ("geolocation" in navigator) {
  button.hidden = false;
  for (const each of [button, document.getElementById("use-again")]) each.addEventListener("click", askConsent);
  // Back from a facility after a search by position: what is listed now is not what was listed then, and the page says so.
  if (history.state?.located || location.hash === LOCATED) {
    remember();
    again.hidden = false;
  }
}
form.addEventListener("input", pointLanguageLink);
window.addEventListener("pageshow", pointLanguageLink);
document.getElementById("consent-cancel").addEventListener("click", () => dialog.close());
document.getElementById("consent-exact").addEventListener("click", (event) => locate(event.currentTarget.value));
document.getElementById("consent-area").addEventListener("click", () => locate(""));

// The form goes to the server by itself; only while a device's position is in use and no place was typed it goes by POST.
form.addEventListener("submit", (event) => {
  if (fix && place.value.trim() === "") {
    event.preventDefault();
    search({});
  }
});
results.addEventListener("click", (event) => {
  if (!fix) return;
  const more = event.target.closest("#more");
  const wider = event.target.closest("[data-widen]");
  if (more) {
    search({ show: more.dataset.show }, results.querySelectorAll(".card").length + 1);
  } else if (wider) {
    event.preventDefault();
    form.elements[wider.dataset.widen].value = "";
    search({});
  }
});

function askConsent() {
  say("");
  if (window.isSecureContext) dialog.showModal();
  else say(dialog.dataset.insecure);
}

// The address keeps what kind and how far; of the position it keeps only that there was one.
function remember() {
  history.replaceState({ located: true }, "", `/${query(["kind", "within"])}`);
  pointLanguageLink();
}

function pointLanguageLink() {
  const located = history.state?.located && place.value.trim() === "";
  const shown = new URLSearchParams(location.search).get("show");
  const more = { ...(shown && { show: shown }), lang: language.hreflang };
  language.href = query(["place", "kind", "within"], more) + (located ? LOCATED : "");
}

function query(names, more = {}) {
  const asked = names.map((name) => [name, form.elements[name].value.trim()]).filter(([, value]) => value);
  const text = new URLSearchParams([...asked, ...Object.entries(more)]).toString();
  return text && `?${text}`;
}

function locate(consent) {
  dialog.close();
  say(dialog.dataset.waiting);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      fix = consent ? exact(coords, consent) : area(coords);
      place.value = "";
      search({});
    },
    (error) => say(dialog.dataset[{ 1: "denied", 2: "unavailable", 3: "timeout" }[error.code]]),
    { enableHighAccuracy: Boolean(consent), timeout: LOOK_FOR_MS, maximumAge: consent ? 0 : 600000 },
  );
}

function exact({ latitude, longitude, accuracy }, consent) {
  return { lat: latitude, lon: longitude, accuracy_m: accuracy, consent };
}

function area({ latitude, longitude, accuracy }) {
  const round = (degrees) => (Math.round(degrees / AREA_STEP_DEG) * AREA_STEP_DEG).toFixed(2);
  return { lat: round(latitude), lon: round(longitude), accuracy_m: Math.ceil(accuracy + AREA_ERROR_M), consent: "" };
}

async function search(extra, focusCard = 0) {
  const mine = ++asked;
  const body = new URLSearchParams({ ...fix, kind: form.elements.kind.value, within: form.elements.within.value, ...extra });
  results.firstElementChild?.setAttribute("aria-busy", "true");
  let answer = null;
  try {
    answer = await fetch("/results", { method: "POST", body, credentials: "same-origin", cache: "no-store" });
    if (mine !== asked) return;
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const html = await answer.text();
    if (mine !== asked) return;
    replaceResults(html);
    remember();
    say("");
    const target = focusCard ? results.querySelector(`#card-${focusCard} a`) : document.getElementById("results-heading");
    target?.focus();
  } catch {
    if (mine !== asked) return;
    results.firstElementChild?.removeAttribute("aria-busy");
    say(answer?.status === 409 ? dialog.dataset.outdated : dialog.dataset.failed);
  }
}

function replaceResults(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  results.replaceChildren(...parsed.body.children);
  document.getElementById("errors")?.remove();
  document.querySelector(".meant")?.remove();
  document.getElementById("partly")?.remove();
  again.hidden = true;
  for (const link of results.querySelectorAll(".card h3 a")) link.hash = LOCATED;
  map.refresh();
}

function say(text) {
  message.hidden = text === "";
  message.textContent = text;
}
