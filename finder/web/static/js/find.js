// The find page's script: the device's position with consent, typing ahead, and the map beside the list.
// Everything here is an enhancement. A position lives in a variable of this page and in the body of a POST, nowhere else.

import { chosenDocuments, forAddress, keepOutOfAddresses } from "./documents.js";
import { LOCATED, setUpLocating } from "./locate.js";
import { setUpMap } from "./panel.js";
import { typeAhead } from "./places.js";
import { choosesSaved, isOfSaved, LEFT, leaveSaved, pointTo, sayLeft, startsFromSaved } from "./saved.js";
import { suggestAhead } from "./suggest.js";

const UNSAID = { mode: "car", sort: "distance" }; // by field: what is meant where nothing is said

const form = document.getElementById("ask");
const place = document.getElementById("place");
const results = document.getElementById("results");
const emergency = document.getElementById("emergency");
const again = document.getElementById("ask-again");
const filtersSet = document.getElementById("filters-set");
let fix = null; // {lat, lon, accuracy_m, exact}: for as long as this page is open
let asked = 0; // the newest search; an answer to an older one is dropped

// What was left empty, or as it is without saying, stays out of the address. Everything below that reads the form relies on it.
form.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (value.trim() === "" || value === UNSAID[name]) formData.delete(name);
});
keepOutOfAddresses(form);
const map = setUpMap();
typeAhead(place, document.getElementById("places"));
suggestAhead(document.getElementById("words"));
document.getElementById("errors")?.focus();

const { possible, say, sayFailed } = setUpLocating((found) => {
  fix = found;
  place.value = "";
  search({});
});
// Back from a facility after a search by position: what is listed now is not what was listed then, and the page says so.
if (possible && (history.state?.located || location.hash === LOCATED)) {
  remember();
  again.hidden = false;
} else if (chosenDocuments()) {
  history.replaceState(history.state, "", `/${query(forAddress(form))}`); // the page came by POST: to load it again asks nothing
}
if (startsFromSaved(form)) history.replaceState({ saved: true }, "", `/${query(forAddress(form))}`); // and starts there no more
else if (history.state?.saved || location.hash === LEFT) sayLeft();
for (const kind of ["input", "change"]) form.addEventListener(kind, pointLanguageLink);
window.addEventListener("pageshow", pointLanguageLink);

// The form goes to the server by itself; only while a device's position is in use and no place was typed it goes by POST.
form.addEventListener("submit", (event) => {
  if (fix && !choosesSaved(event) && place.value.trim() === "") {
    event.preventDefault();
    search({});
  }
});
// So does every link that asks the same question with something changed.
results.addEventListener("click", (event) => {
  if (!fix && !chosenDocuments()) return;
  const more = event.target.closest("#more");
  const changed = event.target.closest("a[data-ask]");
  if (more) {
    search({ show: more.dataset.show }, results.querySelectorAll(".card").length + 1);
  } else if (changed) {
    event.preventDefault();
    fill(new URL(changed.href).searchParams);
    searchAgain();
  }
});
results.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) return; // the directions, or more of a list
  if (!fix && (event.target.id === "crossing" || !chosenDocuments())) return;
  event.preventDefault();
  fill(new FormData(event.target));
  searchAgain();
});

function searchAgain() {
  if (fix) search({});
  else form.requestSubmit();
}

function fill(question) {
  for (const field of form.elements) {
    if (!field.name || isOfSaved(field.name) || (field.name === "documents" && !question.has(field.name))) continue; // no link says them
    if (field.type === "checkbox") field.checked = question.has(field.name);
    else field.value = question.get(field.name) ?? UNSAID[field.name] ?? "";
  }
}

// The address keeps what was asked; of the position it keeps only that there was one.
function remember() {
  history.replaceState({ located: true }, "", `/${query(without("place"))}`);
  pointLanguageLink();
}

function pointLanguageLink() {
  const located = history.state?.located && place.value.trim() === "";
  const asked = forAddress(form);
  const shown = new URLSearchParams(location.search).get("show");
  if (shown) asked.set("show", shown);
  const language = document.getElementById("switch-language"); // a link, or by a form a button
  asked.set("lang", language.lang);
  pointTo(language, `/${query(asked)}${located ? LOCATED : ""}`);
}

function without(name) {
  const asked = forAddress(form);
  asked.delete(name);
  return asked;
}

function query(asked) {
  const text = asked.toString();
  return text && `?${text}`;
}

async function search(extra, focusCard = 0) {
  const mine = ++asked;
  const body = new URLSearchParams({ ...fix, ...Object.fromEntries(without("place")), ...extra });
  if (chosenDocuments()) body.set("documents", chosenDocuments());
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
    if (!focusCard) emergency.firstElementChild?.scrollIntoView({ block: "start" }); // the number to call comes before the list
  } catch {
    if (mine !== asked) return;
    results.firstElementChild?.removeAttribute("aria-busy");
    sayFailed(answer?.status);
  }
}

function replaceResults(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  emergency.replaceChildren(...parsed.querySelectorAll(".emergency"));
  results.replaceChildren(...parsed.body.children);
  offerDocuments("border" in results.querySelector("#results-section").dataset);
  showCounts(JSON.parse(results.firstElementChild.dataset.counts));
  showFiltersSet();
  document.getElementById("errors")?.remove();
  document.querySelector(".meant")?.remove();
  document.getElementById("partly")?.remove();
  document.querySelector(".save-place")?.remove();
  leaveSaved();
  again.hidden = true;
  for (const link of results.querySelectorAll(".card h3 a, .works-at a, a.directions")) link.hash = LOCATED;
  for (const button of results.querySelectorAll("button.directions")) button.formAction += LOCATED;
  map.refresh();
}

// The form, too, asks what the border is crossed with where one is near.
function offerDocuments(offered) {
  document.getElementById("documents-field").hidden = !offered;
  document.getElementById("documents").disabled = !offered;
}

// Beside each choice of the form: how many of the things found have it.
function showCounts(counts) {
  const told = (label, count) => (count === undefined ? label : `${label} (${count})`);
  for (const field of form.elements) {
    const counted = counts[field.name] ?? {};
    const texts = field.type === "checkbox" ? field.parentElement.querySelectorAll("[data-label]") : field.options ?? [];
    for (const text of texts) {
      if (text.dataset.label) text.textContent = told(text.dataset.label, counted[text.value ?? field.value]);
    }
  }
}

// Beside "more filters": how many of them are set.
function showFiltersSet() {
  const set = [...new FormData(form).keys()].filter((name) => form.elements[name].closest("#filters")).length;
  filtersSet.hidden = set === 0;
  filtersSet.firstElementChild.textContent = set;
}
