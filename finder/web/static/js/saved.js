// The saved place that a page starts from: its id is in the bodies of POSTs alone, and in no address. Here is what both pages do for that.

/** Marks a link from a page that started from a saved place: it says that there was one, not which. */
export const LEFT = "#start-left";

const FIELDS = ["saved_before", "area"]; // of the page's own form
const CHOSEN = "saved"; // of the buttons that start from a place

/** Whether the page starts from a saved place, which a place that was typed since goes before. */
export function startsFromSaved(form) {
  return "saved_before" in form.elements && form.elements.place.value.trim() === "";
}

/** Whether a form is sent by the button of a saved place. */
export function choosesSaved({ submitter }) {
  return submitter?.name === CHOSEN;
}

/** Whether a field of a form is none that a question asks by. */
export function isOfSaved(name) {
  return name === CHOSEN || FIELDS.includes(name);
}

/** Takes out what no address may hold. */
export function withoutSaved(told) {
  for (const name of FIELDS) told.delete(name);
  return told;
}

/** The page goes by a device's position from now on: what led on by the form of the saved place are links again. */
export function leaveSaved() {
  for (const button of document.querySelectorAll("button[form=start]")) {
    const { id, lang, textContent, formAction: href } = button;
    button.replaceWith(Object.assign(document.createElement("a"), { id, lang, textContent, href }));
  }
  for (const element of document.querySelectorAll("#start, #saved-area, #saved-lost, #ask > [name=saved_before], #ask > [name=area]")) {
    element.remove();
  }
  for (const button of document.querySelectorAll("#saved-choice [aria-current]")) button.removeAttribute("aria-current");
  document.getElementById("start-left").classList.remove("shown");
}

/** Says that the start did not come along: a page that came by POST is loaded anew by its address. */
export function sayLeft() {
  document.getElementById("start-left").classList.add("shown");
}

/** Lets what switches the language lead to an address, be it a link or a button of a form. */
export function pointTo(language, address) {
  if (language.localName === "a") language.href = address;
  else language.formAction = address;
}
