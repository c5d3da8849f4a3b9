// The device's position, with consent: the dialog that asks how exactly, and the fix that comes of it.
// A yes is told to the finder, once there is a fix to use, and holds for its other pages too; "only my area" is told to nobody,
// and holds while the page is open. A position lives in a variable of the page and in the body of a POST, nowhere else.

const AREA_STEP_DEG = 0.01;
const AREA_ERROR_M = 790; // half the diagonal of a 0.01° square at the equator, where it is widest
const LOOK_FOR_MS = 15000;
const REMEMBERED = 204; // any other success says that the browser keeps no cookie, and nothing was written
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
  let told = null; // whether the finder takes an exact position now, or the promise of it; null: it has not been told
  let inEach = false; // without cookies nobody can be remembered: then each request says by itself what was agreed to

  if (possible) {
    button.hidden = false;
    for (const each of [button, document.getElementById("use-again")]) each.addEventListener("click", askConsent);
    if (dialog.dataset.agreed) agree(new Date(dialog.dataset.agreed));
  }
  dialog.addEventListener("click", ({ target }) => {
    const chosen = target.closest("button")?.id;
    if (chosen) dialog.close();
    if (chosen === "consent-exact") locate(true);
    if (chosen === "consent-area") locate(false);
  });

  function askConsent() {
    say("");
    if (!window.isSecureContext) say(dialog.dataset.insecure);
    else if (exactly !== null) locate(exactly);
    else dialog.showModal();
  }

  // Whether cookies are kept the browser does not say truly: the finder sees it.
  async function tell() {
    const { purpose, policy } = dialog.dataset;
    const body = new URLSearchParams({ say: "yes", purpose, policy, language: document.documentElement.lang });
    const reply = await fetch("/privacy/consents", { method: "POST", body, credentials: "same-origin" }).catch(() => null);
    if (!reply?.ok) {
      exactly = told = null;
      say(reply?.status === 409 ? dialog.dataset.outdated : dialog.dataset.unsaved);
      return false;
    }
    inEach = reply.status !== REMEMBERED;
    if (!inEach) agree(new Date());
    return true;
  }

  function agree(day) {
    exactly = told = true;
    agreed.hidden = false;
    agreed.querySelector("time").textContent = day.toLocaleDateString(document.documentElement.lang, { dateStyle: "long" });
  }

  function locate(exact) {
    exactly = exact;
    say(dialog.dataset.waiting);
    navigator.geolocation.getCurrentPosition(
      async ({ coords }) => {
        if (!exact) onFix(area(coords));
        else if (await (told ??= tell())) onFix(measured(coords));
      },
      (error) => say(dialog.dataset[{ 1: "denied", 2: "unavailable", 3: "timeout" }[error.code]]),
      { enableHighAccuracy: exact, timeout: LOOK_FOR_MS, maximumAge: exact ? 0 : 600000 },
    );
  }

  function measured({ latitude, longitude, accuracy }) {
    const fix = { lat: latitude, lon: longitude, accuracy_m: accuracy, exact: "yes" };
    return inEach ? { ...fix, consent: dialog.dataset.policy } : fix;
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
    exactly = told = null;
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
