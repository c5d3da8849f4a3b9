// The facility page's script: its place on the map.

import { setUpMap } from "./panel.js";

setUpMap();

// Whoever came from a search by position or from a saved place goes back to the note about it. The mark says that there was one,
// not where.
if (["#located", "#start-left"].includes(location.hash)) {
  for (const link of document.querySelectorAll(".back a, #switch-language, .directions")) link.hash = location.hash;
}

// What this device looks after by itself, the browser alone knows.
const noticesOn = document.getElementById("notices-on"); // null on a practitioner's page
if (noticesOn?.hidden) {
  import("./notices/kept.js").then(({ kept }) => {
    noticesOn.hidden = kept() === null;
  });
}
