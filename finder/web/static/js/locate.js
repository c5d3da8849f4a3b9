// The device's position, with consent: the dialog that asks how exactly, and the fix that comes of it.
// A yes is told to the finder and holds for its other pages too; "only my area" is told to nobody, and holds while the page is
// open. A position lives in a variable of the page and in the body of a POST, nowhere else.

const AREA_STEP_DEG = 0.01;
const AREA_ERROR_M = 790; // half the diagonal of a 0.01° square at the equator, where it is widest
const LOOK_FOR_MS = 15000;
const ASK_ANEW = [403, 409]; // the yes was taken back elsewhere or has ended, or the policy is another

export const LOCATED = "#located"; // marks a way back to an answer by position; it never holds the position

/** Wires the buttons and the dialog of the page. `onFix` hears each fix {lat, lon, accuracy_m, exact}.
 *  Gives whether the device can be asked, what shows a line to the person, and what tells why an answer failed. */
export function setUpLocating(onFix) {
  const button = document.getElementById("use-location");
  const dialog = document.getElementById("consent");
  const message = document.getElementById("location-message");
  const agreed = document.getElementById("agreed");
  const possible = "geolocation" in navigator;
  let exactly = null; // as the person has said, here or on a page before; null: to be asked

  if (possible) {
    button.hidden = false;
    for (const each of [button, document.getElementById("use-again")]) each.addEventListener("click", askConsent);
    if (dialog.dataset.agreed) agree(new Date(dialog.dataset.agreed));
  }
  dialog.addEventListener("click", ({ target }) => {
    const chosen = target.closest("button")?.id;
    if (chosen) dialog.close();
    if (chosen === "consent-exact") sayYes();
    if (chosen === "consent-area") locate(false);
  });

  function askConsent() {
    say("");
    if (!window.isSecureContext) say(dialog.dataset.insecure);
    else if (exactly !== null) locate(exactly);
    else dialog.showModal();
  }

  async function sayYes() {
    say(dialog.dataset.waiting);
    // Without cookies nobody can be remembered: then each request says by itself what was agreed to.
    if (navigator.cookieEnabled) {
      const { purpose, policy } = dialog.dataset;
      const body = new URLSearchParams({ say: "yes", purpose, policy, language: document.documentElement.lang });
      const reply = await fetch("/privacy/consents", { method: "POST", body, credentials: "same-origin" }).catch(() => null);
      if (!reply?.ok) {
        say(reply?.status === 409 ? dialog.dataset.outdated : dialog.dataset.unsaved);
        return;
      }
      agree(new Date());
    }
    locate(true);
  }

  function agree(day) {
    exactly = true;
    agreed.hidden = false;
    agreed.querySelector("time").textContent = day.toLocaleDateString(document.documentElement.lang, { dateStyle: "long" });
  }

  function locate(exact) {
    exactly = exact;
    say(dialog.dataset.waiting);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => onFix(exact ? measured(coords) : area(coords)),
      (error) => say(dialog.dataset[{ 1: "denied", 2: "unavailable", 3: "timeout" }[error.code]]),
      { enableHighAccuracy: exact, timeout: LOOK_FOR_MS, maximumAge: exact ? 0 : 600000 },
    );
  }

  function measured({ latitude, longitude, accuracy }) {
    const fix = { lat: latitude, lon: longitude, accuracy_m: accuracy, exact: "yes" };
    return navigator.cookieEnabled ? fix : { ...fix, consent: dialog.dataset.policy };
  }

  function say(text) {
    message.hidden = text === "";
    message.textContent = text;
  }

  async function sayFailed(status) {
    if (!ASK_ANEW.includes(status)) {
      say(dialog.dataset.failed);
      return;
    }
    exactly = null;
    agreed.hidden = true;
    say("");
    if (await renewDialog()) dialog.showModal();
    else say(dialog.dataset.outdated);
  }

  // The page was loaded when another policy was in force, perhaps: the question is about the one of now.
  async function renewDialog() {
    const page = await fetch(location.pathname, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
    if (!page?.ok) return false;
    const renewed = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("consent");
    if (!renewed) return false;
    dialog.dataset.policy = renewed.dataset.policy;
    dialog.replaceChildren(...renewed.childNodes);
    return true;
  }

  return { possible, say, sayFailed };
}

function area({ latitude, longitude, accuracy }) {
  const round = (degrees) => (Math.round(degrees / AREA_STEP_DEG) * AREA_STEP_DEG).toFixed(2);
  return { lat: round(latitude), lon: round(longitude), accuracy_m: Math.ceil(accuracy + AREA_ERROR_M), exact: "no" };
}
