// Typing ahead of places: the browser's own list under the box, filled from this server.

const PAUSE_MS = 180;

export function typeAhead(input, list) {
  let timer = 0;
  let newest = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const text = input.value.trim();
    const chosen = [...list.options].some((option) => option.value === text);
    if (text.length < 2 || chosen) return;
    timer = setTimeout(async () => {
      const mine = ++newest;
      try {
        const answer = await fetch(`/api/v1/places?q=${encodeURIComponent(text)}`, { credentials: "same-origin" });
        if (!answer.ok || mine !== newest) return;
        const { results } = await answer.json();
        const labels = [...new Set(results.map((place) => place.label))].slice(0, 8);
        list.replaceChildren(...labels.map((label) => Object.assign(document.createElement("option"), { value: label })));
      } catch {
        // Without suggestions the box still works.
      }
    }, PAUSE_MS);
  });
}
