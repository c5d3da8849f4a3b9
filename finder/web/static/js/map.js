// The map: MapLibre GL over this server's own tiles, numbered pins, the line of a way, and the circles that hold the person and
// a place of care that is only roughly known.

import { spread } from "./spread.js";

const EARTH_M_PER_DEG = 111320;
const WIDEST_FIT_ZOOM = 16;
const [PERSON_COLOR, PLACE_COLOR] = ["#0b57d0", "#1b2730"];
// The part that is pointed at differs in lightness and width too, for who does not see the colours.
const WAY_LAYERS = [
  { id: "way-casing", type: "line", source: "way", paint: { "line-color": "#ffffff", "line-width": 10 } },
  { id: "way-line", type: "line", source: "way", paint: { "line-color": "#6d1fb0", "line-width": 6 } },
  { id: "way-part-casing", type: "line", source: "way-part", paint: { "line-color": "#16001f", "line-width": 13 } },
  { id: "way-part-line", type: "line", source: "way-part", paint: { "line-color": "#ffdd00", "line-width": 7 } },
].map((layer) => ({ ...layer, layout: { "line-cap": "round", "line-join": "round" } }));
const FIT = { padding: { top: 70, bottom: 40, left: 40, right: 60 }, maxZoom: WIDEST_FIT_ZOOM, animate: false };

class NoWebGL extends Error {
  name = "NoWebGL";
}

export class MapView {
  #map;
  #library;
  #pins = []; // {marker, place, button, stem}
  #loaded; // a promise: from then on the map takes layers
  #you = null;
  #way = []; // [[lon, lat]]
  #onChoose;
  #say;
  #labels;
  #mapped; // [west, south, east, north] of each region's basemap

  /** Loads the library and draws an empty map in the panel. `onChoose(number, {scroll})` hears of a pin that was taken,
   *  `say(text)` shows a line on the map. */
  static async open(panel, onChoose, say) {
    const probe = document.createElement("canvas").getContext("webgl2");
    if (!probe) throw new NoWebGL();
    probe.getExtension("WEBGL_lose_context")?.loseContext();
    const { scriptCss, library } = panel.dataset;
    const [maplibre, style] = await Promise.all([import(library), loadStyle(), loadSheet(scriptCss)]);
    return new MapView(panel, maplibre, style, onChoose, say);
  }

  constructor(panel, maplibre, style, onChoose, say) {
    this.#library = maplibre;
    this.#onChoose = onChoose;
    this.#say = say;
    this.#mapped = Object.values(style.sources).map(({ bounds }) => bounds);
    this.#labels = panel.dataset;
    this.#map = new maplibre.Map({
      container: panel.querySelector("#map-canvas"),
      style,
      center: [0, 0],
      zoom: 1,
      maxZoom: 19,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 0,
      cooperativeGestures: false,
      locale: {
        "Map.Title": panel.dataset.gestures,
        "NavigationControl.ZoomIn": panel.dataset.zoomIn,
        "NavigationControl.ZoomOut": panel.dataset.zoomOut,
        "AttributionControl.ToggleAttribution": panel.dataset.credits,
      },
    });
    this.#loaded = new Promise((done) => this.#map.once("load", done));
    this.#map.touchZoomRotate.disableRotation();
    this.#map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    this.#map.addControl(new maplibre.AttributionControl({ compact: false }), "bottom-right");
    this.#map.on("move", () => this.#untangle());
    this.#map.on("moveend", () => this.#say(this.#hasBackground() ? "" : panel.dataset.noBackground));
    this.#map.on("idle", () => panel.setAttribute("data-drawn", "yes"));
  }

  /** Puts these places, the person and the points of a way on the map and moves it so that they are seen. */
  show(places, position, { resized = false, way = [] } = {}) {
    if (resized) this.#map.resize();
    this.#way = way;
    this.#line("way", way);
    this.#line("way-part", []);
    for (const { marker } of this.#pins) marker.remove();
    this.#pins = places.map((place, index) => this.#pin(place, places.length - index));
    this.#circles(places, position);
    this.#start(position);
    this.#fit(places, position);
    this.#untangle();
  }

  /** Raises and colours the pin of a card. */
  mark(number) {
    for (const { button, place } of this.#pins) button.classList.toggle("chosen", place.number === String(number));
  }

  /** Raises the part of the way from one of its points to another; none where they are the same. */
  markPart(first, last) {
    this.#line("way-part", last > first ? this.#way.slice(first, last + 1) : []);
  }

  /** Raises a part of the way and moves the map there. */
  showPart(first, last) {
    this.markPart(first, last);
    const points = this.#way.slice(first, last + 1);
    if (points.length > 0) this.#map.fitBounds(boundsOf(points), { ...FIT, maxZoom: 17 });
  }

  #line(name, points) {
    const line = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: points } };
    const data = { type: "FeatureCollection", features: points.length > 1 ? [line] : [] };
    this.#loaded.then(() => {
      const source = this.#map.getSource(name);
      source?.setData(data);
      if (source || points.length < 2) return;
      this.#map.addSource(name, { type: "geojson", data });
      const names = this.#map.getStyle().layers.find(({ type }) => type === "symbol")?.id;
      for (const layer of WAY_LAYERS) if (layer.source === name) this.#map.addLayer(layer, names);
    });
  }

  #pin(place, order) {
    const element = document.createElement("div");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pin";
    button.setAttribute("aria-label", place.number ? `${place.number}. ${place.name}` : place.name);
    const drop = document.createElement("b");
    const text = document.createElement("i");
    text.textContent = place.number || "+";
    drop.append(text);
    const stem = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    stem.classList.add("stem");
    stem.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    dot.setAttribute("r", "3");
    stem.append(line, dot);
    button.append(drop);
    element.append(stem, button);
    element.style.zIndex = String(order);
    button.addEventListener("click", () => {
      this.mark(place.number);
      this.#onChoose(place.number, { scroll: true });
    });
    button.addEventListener("mouseenter", () => {
      this.mark(place.number);
      this.#onChoose(place.number);
    });
    const marker = new this.#library.Marker({ element, anchor: "bottom" }).setLngLat([place.lon, place.lat]).addTo(this.#map);
    element.removeAttribute("role");
    element.removeAttribute("aria-label");
    element.removeAttribute("tabindex");
    return { marker, place, button, stem };
  }

  // Pins that would cover each other are moved apart on the screen, each with a stem to its true point.
  #untangle() {
    const points = this.#pins.map(({ place }) => this.#map.project([place.lon, place.lat]));
    const moved = spread(points, 34);
    this.#pins.forEach(({ marker, button, stem }, index) => {
      const [dx, dy] = moved[index];
      const nudged = Math.hypot(dx, dy) > 3;
      marker.setOffset(nudged ? [dx, dy] : [0, 0]);
      button.classList.toggle("nudged", nudged);
      stem.style.display = nudged ? "" : "none";
      if (!nudged) return;
      const [line, dot] = stem.children;
      const end = { x: 22 - dx, y: 44 - dy };
      line.setAttribute("x1", "22");
      line.setAttribute("y1", "25");
      line.setAttribute("x2", String(end.x));
      line.setAttribute("y2", String(end.y));
      dot.setAttribute("cx", String(end.x));
      dot.setAttribute("cy", String(end.y));
    });
  }

  #hasBackground() {
    const view = this.#map.getBounds();
    return this.#mapped.some(([west, south, east, north]) =>
      west < view.getEast() && east > view.getWest() && south < view.getNorth() && north > view.getSouth());
  }

  // The circle that holds the person, and those of places that are only roughly known.
  #circles(places, position) {
    const features = places.filter(({ accuracyM }) => accuracyM > 0).map((place) => circleAround(place, PLACE_COLOR));
    if (position) features.push(circleAround(position, PERSON_COLOR));
    const circles = { type: "FeatureCollection", features };
    this.#loaded.then(() => {
      const source = this.#map.getSource("circles");
      if (source) {
        source.setData(circles);
        return;
      }
      this.#map.addSource("circles", { type: "geojson", data: circles });
      this.#map.addLayer({
        id: "circles-area", type: "fill", source: "circles",
        paint: { "fill-color": ["get", "color"], "fill-opacity": 0.08 }, filter: ["!", ["get", "vague"]],
      });
      this.#map.addLayer({
        id: "circles-edge", type: "line", source: "circles",
        paint: { "line-color": ["get", "color"], "line-width": 1.5, "line-dasharray": [3, 2] },
      });
    });
  }

  // A dot says "here": it is shown only where somebody said or measured where the person is. Else a ring is where the way begins.
  #start(position) {
    this.#you?.remove();
    this.#you = null;
    const known = position && !position.vague;
    if (!known && this.#way.length === 0) return;
    const mark = document.createElement("div");
    mark.className = known ? "you" : "start";
    const point = known ? [position.lon, position.lat] : this.#way[0];
    this.#you = new this.#library.Marker({ element: mark }).setLngLat(point).addTo(this.#map);
    mark.setAttribute("role", "img");
    mark.setAttribute("aria-label", known ? this.#labels.you : this.#labels.start);
    mark.removeAttribute("tabindex");
  }

  #fit(places, position) {
    const around = places[0].lon;
    const near = places.slice(0, 20).filter(({ far }) => !far)
      .flatMap((place) => (place.accuracyM > 0 ? circleAround(place).geometry.coordinates[0] : [[place.lon, place.lat]]))
      .map(([lon, lat]) => [lon + 360 * Math.round((around - lon) / 360), lat]);
    if (position && !position.vague) near.push([position.lon + 360 * Math.round((around - position.lon) / 360), position.lat]);
    this.#map.fitBounds(boundsOf([...near, ...this.#way]), FIT);
  }
}

// By reduction: a long way has more points than a call takes arguments.
function boundsOf(points) {
  return points.reduce(
    ([[west, south], [east, north]], [lon, lat]) =>
      [[Math.min(west, lon), Math.min(south, lat)], [Math.max(east, lon), Math.max(north, lat)]],
    [points[0], points[0]],
  );
}

async function loadStyle() {
  const answer = await fetch("/map/style.json");
  if (!answer.ok) throw new Error("no map style");
  const style = await answer.json();
  const whole = (path) => location.origin + path;
  for (const source of Object.values(style.sources)) source.tiles = source.tiles.map(whole);
  for (const faces of Object.values(style["font-faces"])) for (const face of faces) face.url = whole(face.url);
  return style;
}

function loadSheet(address) {
  return new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
    link.addEventListener("load", done);
    link.addEventListener("error", failed);
    document.head.prepend(link); // before our own sheet, which has the last word
  });
}

// A circle of 64 corners on the plane tangent to the sphere: right to 1 % for the radii and latitudes that people have.
function circleAround({ lon, lat, accuracyM, vague = false }, color) {
  const latStep = accuracyM / EARTH_M_PER_DEG;
  const lonStep = latStep / Math.max(0.01, Math.cos((lat * Math.PI) / 180));
  const corners = Array.from({ length: 65 }, (_, corner) => {
    const angle = (corner * 2 * Math.PI) / 64;
    return [lon + lonStep * Math.cos(angle), lat + latStep * Math.sin(angle)];
  });
  return { type: "Feature", properties: { vague, color }, geometry: { type: "Polygon", coordinates: [corners] } };
}
