// The device's position, with consent: the dialog that asks how exactly, and the fix that comes of it.
// Asked once for as long as a page is open. A position lives in a variable of the page and in the body of a POST, nowhere else.

const AREA_STEP_DEG = 0.01;
const AREA_ERROR_M = 790; // half the diagonal of a 0.01° square at the equator, where it is widest
const LOOK_FOR_MS = 15000;

export const LOCATED = "#located"; // marks a way back to an answer by position; it never holds the position

/** Wires the buttons and the dialog of the page. `onFix` hears each fix {lat, lon, accuracy_m, consent}.
 *  Gives whether the device can be asked, what shows a line to the person, and what tells why an answer failed. */
export function setUpLocating(onFix) {
  const button = document.getElementById("use-location");
  const dialog = document.getElementById("consent");
  const message = document.getElementById("location-message");
  let granted = null; // what was chosen in the dialog, for as long as this page is open
  const possible = "geolocation" in navigator;

  if (possible) {
    button.hidden = false;
    for (const each of [button, document.getElementById("use-again")]) each.addEventListener("click", askConsent);
  }
  document.getElementById("consent-cancel").addEventListener("click", () => dialog.close());
  document.getElementById("consent-exact").addEventListener("click", (event) => locate(event.currentTarget.value));
  document.getElementById("consent-area").addEventListener("click", () => locate(""));

  function askConsent() {
    say("");
    if (!window.isSecureContext) say(dialog.dataset.insecure);
    else if (granted !== null) locate(granted);
    else dialog.showModal();
  }

  function locate(consent) {
    granted = consent;
    dialog.close();
    say(dialog.dataset.waiting);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => onFix(consent ? exact(coords, consent) : area(coords)),
      (error) => say(dialog.dataset[{ 1: "denied", 2: "unavailable", 3: "timeout" }[error.code]]),
      { enableHighAccuracy: Boolean(consent), timeout: LOOK_FOR_MS, maximumAge: consent ? 0 : 600000 },
    );
  }

  function say(text) {
    message.hidden = text === "";
    message.textContent = text;
  }

  function sayFailed(status) {
    if (status === 409) granted = null; // it was to a policy that is no longer in force
    say(status === 409 ? dialog.dataset.outdated : dialog.dataset.failed);
  }

  return { possible, say, sayFailed };
}

function exact({ latitude, longitude, accuracy }, consent) {
  return { lat: latitude, lon: longitude, accuracy_m: accuracy, consent };
}

function area({ latitude, longitude, accuracy }) {
  const round = (degrees) => (Math.round(degrees / AREA_STEP_DEG) * AREA_STEP_DEG).toFixed(2);
  return { lat: round(latitude), lon: round(longitude), accuracy_m: Math.ceil(accuracy + AREA_ERROR_M), consent: "" };
}
