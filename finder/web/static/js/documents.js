// With what a person can cross a border: it is in the body of a POST alone, and in no address. Here is what both pages do for that.

import { startsFromSaved, withoutSaved } from "./saved.js";

const FIELD = "documents";

/** What is chosen now; empty where nothing is said, or nothing is asked. */
export function chosenDocuments() {
  const field = document.getElementById(FIELD);
  return field && !field.disabled ? field.value : "";
}

/** What an address may hold of a form. */
export function forAddress(form) {
  const told = new URLSearchParams(new FormData(form));
  told.delete(FIELD);
  return withoutSaved(told);
}

/** Makes a form go by POST as long as documents are chosen or it starts from a saved place, and by its own address otherwise. */
export function keepOutOfAddresses(form) {
  form.addEventListener("submit", () => chooseMethod(form));
  chooseMethod(form);
}

export function chooseMethod(form) {
  form.method = chosenDocuments() || startsFromSaved(form) ? "post" : "get";
}
