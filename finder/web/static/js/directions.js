// The directions page's script: the way from the device's position with consent, typing ahead, and the way on the map.
// Everything here is an enhancement. A position lives in a variable of this page and in the body of a POST, nowhere else.

import { chooseMethod, forAddress, keepOutOfAddresses } from "./documents.js";
import { LOCATED, setUpLocating } from "./locate.js";
import { setUpMap } from "./panel.js";
import { typeAhead } from "./places.js";
import { choosesSaved, leaveSaved, LEFT, pointTo, sayLeft, startsFromSaved } from "./saved.js";

const form = document.getElementById("ask");
const place = document.getElementById("place");
const answer = document.getElementById("answer");
const again = document.getElementById("ask-again");
const OF_THE_WAY = ["mode", "avoid", "documents"]; // the last one in the body of a POST alone
let fix = null; // {lat, lon, accuracy_m, exact}: for as long as this page is open
let asked = 0; // the newest question; an answer to an older one is dropped
let chosen = "chosen" in form.dataset; // whether somebody said how to travel, or the page has chosen what is usual

// What was left empty or as it is without saying stays out of the address. Everything below that reads the form relies on it.
form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (value.trim() === "") formData.delete(name);
  if (!chosen) formData.delete("mode");
  if (!form.elements["mode-car"].checked) formData.delete("avoid");
});
keepOutOfAddresses(form);
const map = setUpMap();
typeAhead(place, document.getElementById("places"));
document.getElementById("errors")?.focus();
makeTurnsButtons();

const { possible, say, sayFailed } = setUpLocating((found) => {
  fix = found;
  place.value = "";
  ask({ moveFocus: true });
});
// Whoever saw a way or a list by position is told why this one is another; the marks say that there was one, not where.
if (possible && (history.state?.located || location.hash === LOCATED)) {
  remember();
  again.hidden = false;
  for (const link of document.querySelectorAll(".back a, .about")) link.hash = LOCATED;
} else if (form.method === "post") {
  remember(false); // the page came by POST: to load it again asks nothing, and starts from no saved place
} else if (history.state?.saved || location.hash === LEFT) {
  sayLeft();
}
// The form goes to the server by itself; only while a device's position is in use and no place was typed a script sends it.
form.addEventListener("submit", (event) => {
  if (!isFromDevice() || choosesSaved(event)) return;
  event.preventDefault();
  ask({ moveFocus: true });
});
// Whoever taps the mode that stands there already has chosen it, and nothing changes.
form.addEventListener("click", ({ target }) => {
  chosen ||= target.name === "mode";
});
document.addEventListener("change", ({ target }) => {
  if (!OF_THE_WAY.includes(target.name)) return;
  chosen ||= target.name === "mode";
  ask({ moveFocus: false }); // an arrow key goes from one mode to the next: the focus stays with them
});

function isFromDevice() {
  return fix !== null && place.value.trim() === "";
}

async function ask({ moveFocus }) {
  const mine = ++asked;
  const fromDevice = isFromDevice();
  answer.firstElementChild?.setAttribute("aria-busy", "true");
  let reply = null;
  try {
    reply = await send(fromDevice);
    if (mine !== asked) return;
    if (!reply.ok) throw new Error(`status ${reply.status}`);
    const html = await reply.text();
    if (mine !== asked) return;
    const parsed = new DOMParser().parseFromString(html, "text/html");
    const way = parsed.getElementById("way");
    if (!way) {
      form.submit(); // a place that nobody knows: the page itself says so
      return;
    }
    replaceNotes(parsed);
    replace(way);
    if (fromDevice) {
      again.hidden = true;
      leaveSaved();
    }
    remember(fromDevice);
    say("");
    if (moveFocus) document.getElementById("way-heading").focus();
  } catch {
    if (mine !== asked) return;
    answer.firstElementChild?.removeAttribute("aria-busy");
    sayFailed(reply?.status);
  }
}

function send(fromDevice) {
  const told = new FormData(form);
  if (!fromDevice && !told.has("documents") && !startsFromSaved(form)) return fetch(address(), { credentials: "same-origin" });
  const body = new URLSearchParams(fromDevice ? fix : told);
  for (const name of OF_THE_WAY) if (told.has(name)) body.set(name, told.get(name));
  const url = fromDevice ? form.dataset.way : form.action;
  return fetch(url, { method: "POST", body, credentials: "same-origin", cache: "no-store" });
}

function replace(way) {
  const focused = document.activeElement.closest("#answer [id]")?.id;
  answer.replaceChildren(way);
  if (focused) document.getElementById(focused)?.focus();
  form.elements[`mode-${way.dataset.mode}`].checked = true;
  chooseMethod(form);
  makeTurnsButtons();
  map.refresh();
}

// What was not understood of a place, and what else it may mean; of a device's position there is none of that.
function replaceNotes(parsed) {
  for (const element of document.querySelectorAll("#errors, .meant, #partly, .field-error")) element.remove();
  answer.before(...parsed.querySelectorAll(".meant, #partly"));
  place.removeAttribute("aria-invalid");
  place.removeAttribute("aria-describedby");
  place.closest(".field").classList.remove("wrong");
}

// The address keeps what was asked; of the position it keeps only that there was one.
function remember(located = true) {
  const started = startsFromSaved(form) ? { saved: true } : null;
  history.replaceState(located ? { located: true } : started, "", address());
  const query = forAddress(form);
  const language = document.getElementById("switch-language"); // a link, or by a form a button
  query.set("lang", language.lang);
  pointTo(language, `?${query}${located ? LOCATED : ""}`);
}

function address() {
  const query = forAddress(form).toString();
  return location.pathname + (query && `?${query}`);
}

// A turn that is pointed at or tapped is shown on the map.
function makeTurnsButtons() {
  for (const line of answer.querySelectorAll(".turn > .turn-line")) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "turn-line" });
    button.append(...line.childNodes);
    line.replaceWith(button);
  }
}
for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, ({ target }) => mark(target.closest?.(".turn")));
}
answer.addEventListener("mouseleave", () => mark(document.activeElement.closest(".turn")));
answer.addEventListener("click", async ({ target }) => {
  const turn = target.closest(".turn");
  if (turn) (await map.open())?.showPart(...part(turn));
});

async function mark(turn) {
  (await map.view())?.markPart(...(turn ? part(turn) : [0, 0]));
}

function part({ dataset }) {
  return [Number(dataset.first), Number(dataset.last)];
}
