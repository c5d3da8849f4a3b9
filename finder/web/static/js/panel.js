// Shows and hides the map panel: by itself beside the list on a wide screen, by a button on a narrow one.
// The map's library (1.7 MB) is asked for when a map is first shown, so a phone's first load has none of it.

import { decodePolyline } from "./polyline.js";

const WIDE = window.matchMedia("(min-width: 62.5rem)");

/** Gives how to draw again what is on the page now, the view that is drawn (a promise, or null), and how to open the panel. */
export function setUpMap() {
  const panel = document.getElementById("map-panel");
  const page = document.querySelector(".finder");
  let view = null; // the promise of the drawn map
  let wanted = false; // on a narrow screen: the person asked for it

  const toggle = () => document.getElementById("map-toggle");
  const message = panel.querySelector(".map-message");

  function say(text) {
    message.textContent = text;
    message.hidden = text === "";
  }

  async function draw() {
    try {
      const { MapView } = await import("./map.js");
      return await MapView.open(panel, choose, say);
    } catch (error) {
      say(error.name === "NoWebGL" ? panel.dataset.noMap : panel.dataset.noTiles);
      return null;
    }
  }

  function choose(number, { scroll = false } = {}) {
    for (const card of document.querySelectorAll(".card")) {
      const chosen = card.dataset.number === String(number);
      card.classList.toggle("chosen", chosen);
      if (chosen && scroll) {
        if (WIDE.matches) card.scrollIntoView({ block: "nearest" });
        card.querySelector("a").focus({ preventScroll: true });
      }
    }
  }

  async function refresh() {
    const button = toggle();
    if (button) {
      button.hidden = false;
      button.onclick = () => {
        wanted = !wanted;
        refresh();
        if (wanted) button.scrollIntoView({ block: "start" });
      };
      button.textContent = wanted ? button.dataset.hide : button.dataset.show;
      button.setAttribute("aria-expanded", String(wanted));
    }
    const places = placesOnPage();
    const shown = places.length > 0 && (WIDE.matches || wanted);
    panel.hidden = !shown;
    page.classList.toggle("with-map", shown);
    placePanel(shown && !WIDE.matches);
    if (!shown) return;
    const first = view === null;
    view ??= draw();
    const drawn = await view;
    drawn?.show(placesOnPage(), positionOnPage(), { resized: !first, way: wayOnPage() });
    if (!WIDE.matches && !document.querySelector(".card.chosen") && places[0].number) {
      choose(places[0].number);
      drawn?.mark(places[0].number);
    }
  }

  async function open() {
    if (panel.hidden) {
      wanted = true;
      await refresh();
    }
    if (!WIDE.matches) toggle()?.scrollIntoView({ block: "start" });
    return view;
  }

  // On a narrow screen the map stands where the list was, under its button; on a wide one it is the second column.
  function placePanel(inList) {
    const button = toggle();
    if (inList && button) (button.closest(".actions") ?? button).after(panel);
    else if (panel.parentElement !== page) page.append(panel);
  }

  const cardAt = (event) => event.target.closest?.(".card");
  for (const kind of ["mouseover", "focusin"]) {
    document.addEventListener(kind, async (event) => {
      const card = cardAt(event);
      if (!card || !WIDE.matches || view === null) return;
      choose(card.dataset.number);
      (await view)?.mark(card.dataset.number);
    });
  }
  WIDE.addEventListener("change", refresh);
  refresh();
  return { refresh, open, view: () => (panel.hidden ? null : view) };
}

// The points of the way, where the page is of one.
function wayOnPage() {
  return decodePolyline(document.getElementById("way")?.dataset.polyline ?? "");
}

function placesOnPage() {
  const elements = document.querySelectorAll(".card[data-lon], [data-place]");
  return [...elements].map((element) => ({
    lon: Number(element.dataset.lon),
    lat: Number(element.dataset.lat),
    name: element.dataset.name,
    number: element.dataset.number ?? "",
    accuracyM: Number(element.dataset.accuracyM ?? 0), // above 0: found by its address, somewhere within
    far: element.closest("[data-far]") !== null, // below the line that says so: the map opens on the others
  }));
}

function positionOnPage() {
  const section = document.querySelector("#results-section, #way[data-source]");
  if (!section) return null;
  const { lon, lat, accuracyM, vague } = section.dataset;
  return { lon: Number(lon), lat: Number(lat), accuracyM: Number(accuracyM), vague: vague === "yes" };
}
