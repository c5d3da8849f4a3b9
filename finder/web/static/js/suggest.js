// Typing ahead of what a person needs: a list box under the box, after the combobox pattern of the ARIA practices guide.
// Only what was typed goes to this server; nothing of where the person is.

const PAUSE_MS = 150;

export function suggestAhead(input) {
  const list = Object.assign(document.createElement("ul"), { id: `${input.id}-list`, hidden: true });
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.suggestions);
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  let timer = 0;
  let newest = 0; // an answer to an older text is dropped
  let active = -1;
  close();

  input.addEventListener("input", () => {
    clearTimeout(timer);
    const mine = ++newest;
    const text = input.value.trim();
    if (text.length < 2) {
      close();
      return;
    }
    timer = setTimeout(async () => {
      const found = await suggestions(text);
      if (mine === newest && document.activeElement === input) show(found);
    }, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    const options = list.children.length;
    if (list.hidden || options === 0) return;
    if (event.key === "ArrowDown") activate((active + 1) % options);
    else if (event.key === "ArrowUp") activate(active <= 0 ? options - 1 : active - 1);
    else if (event.key === "Enter" && active >= 0) take(list.children[active]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  // Pressing the button of a mouse must not take the focus out of the box before the click arrives.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const pressed = event.target.closest("[role=option]");
    if (pressed) take(pressed);
  });

  function show(found) {
    list.replaceChildren(...found.map(option));
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = found.length === 0;
    // The list lies over the button that searches, so it has one of its own.
    if (!list.hidden) list.append(asTyped(input.value.trim()));
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  function option({ text, detail }, index) {
    const element = document.createElement("li");
    element.id = `${list.id}-${index}`;
    element.dataset.text = text;
    element.setAttribute("role", "option");
    element.setAttribute("aria-selected", "false");
    element.append(Object.assign(document.createElement("strong"), { textContent: text }));
    if (detail) element.append(" ", Object.assign(document.createElement("span"), { textContent: detail }));
    return element;
  }

  function asTyped(text) {
    const element = option({ text: input.dataset.searchFor.replace("{}", text) }, list.children.length);
    element.dataset.text = text;
    element.className = "as-typed";
    return element;
  }

  function activate(index) {
    active = index;
    [...list.children].forEach((each, at) => each.setAttribute("aria-selected", String(at === index)));
    input.setAttribute("aria-activedescendant", list.children[index].id);
    list.children[index].scrollIntoView({ block: "nearest" });
  }

  function take(element) {
    input.value = element.dataset.text;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    close();
    if (element.classList.contains("as-typed")) input.form.requestSubmit();
  }

  function close() {
    clearTimeout(timer);
    newest += 1;
    active = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
}

async function suggestions(text) {
  try {
    const query = new URLSearchParams({ q: text, lang: document.documentElement.lang, limit: 6 });
    const answer = await fetch(`/api/v1/suggest?${query}`, { credentials: "same-origin" });
    return answer.ok ? (await answer.json()).results : [];
  } catch {
    return []; // without suggestions the box still works
  }
}
