// Shows that there is a notice while no page of ours is open. A push names no place, and neither does what is shown here: the page that
// it leads to tells the rest. This worker keeps nothing, and asks the network for nothing.

const TEXTS = {
  en: { title: "You have a notice", body: "Open it to read what it is about." },
  es: { title: "Tiene un aviso", body: "Ábralo para leer de qué se trata." },
};
const PAGE = "/notices";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const { notice, language } = told(event.data);
  event.waitUntil(show(notice, language));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});

function told(data) {
  try {
    const { notice, language } = data.json();
    return { notice: String(notice), language: language ?? navigator.language };
  } catch {
    return { notice: "notice", language: navigator.language }; // a push must be shown, whatever is in it
  }
}

// The tag is the notice's id: what an open page has shown already is not shown beside it.
async function show(notice, language) {
  const written = String(language).startsWith("es") ? "es" : "en";
  const shown = await self.registration.getNotifications({ tag: notice });
  if (shown.length) return;
  const { title, body } = TEXTS[written];
  await self.registration.showNotification(title, { body, lang: written, tag: notice, icon: "/brand-logo" });
}

async function openPage() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find(({ url }) => new URL(url).pathname === PAGE);
  if (open) await open.focus();
  else await self.clients.openWindow(PAGE);
}
