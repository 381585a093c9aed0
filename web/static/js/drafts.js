// A text under way (textarea data-draft="key") is kept in this browser and comes back after an accident, with the lines beside it.
// It is forgotten once its form has been sent and the page that follows is not the same form again.
const PREFIX = "draft:";
const SENT = "draft-sent";
const DELAY = 800;

export function watchDrafts() {
  const store = openStore();
  if (!store) return;
  const words = document.getElementById("draft-words");
  for (const area of document.querySelectorAll("textarea[data-draft]")) nameLines(area);
  const areas = [...document.querySelectorAll("[data-draft]")];
  forgetSent(store, areas);
  document.querySelector('form[action="/logout"]')?.addEventListener("submit", () => forgetAll(store));
  for (const area of areas) watch(store, area, words);
}

function openStore() {
  try {
    window.localStorage.setItem("probe", "1");
    window.localStorage.removeItem("probe");
    return window.localStorage;
  } catch {
    return null;
  }
}

function forgetSent(store, areas) {
  const sent = (store.getItem(SENT) ?? "").split(" ");
  store.removeItem(SENT);
  for (const key of sent) {
    if (key && !areas.some((area) => PREFIX + area.dataset.draft === key && area.value)) store.removeItem(key);
  }
}

// The title, link and tags of the same form; what is folded away does not come back unseen.
function nameLines(area) {
  for (const line of area.form?.querySelectorAll('input[type="text"], input[type="url"]') ?? []) {
    if (!line.dataset.draft && !line.closest("details")) line.dataset.draft = `${area.dataset.draft}#${line.name}`;
  }
}

// A shared computer must not show one person's drafts to the next.
function forgetAll(store) {
  for (const key of Object.keys(store)) {
    if (key.startsWith(PREFIX)) store.removeItem(key);
  }
}

function watch(store, area, words) {
  const key = PREFIX + area.dataset.draft;
  const status = document.querySelector(`[data-draft-status="${area.id}"]`);
  const kept = store.getItem(key);
  if (kept && !area.value) {
    area.value = kept;
    say(status, words?.dataset.restored);
  }
  let timer = 0;
  const save = () => {
    clearTimeout(timer);
    if (area.value.trim()) store.setItem(key, area.value);
    else store.removeItem(key);
  };
  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      save();
      if (area.form?.dataset.keep) return; // keep.js says when the server has it
      const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
      say(status, words?.dataset.saved.replace("TIME", time.format(new Date())));
    }, DELAY);
  });
  window.addEventListener("pagehide", save);
  area.form?.addEventListener("kept", () => store.removeItem(key)); // one copy is enough, and the server's can be discarded
  area.form?.addEventListener("submit", () => {
    save();
    const keys = [...area.form.querySelectorAll("[data-draft]")].map((one) => PREFIX + one.dataset.draft);
    store.setItem(SENT, keys.join(" "));
  });
}

function say(status, text) {
  if (status && text) status.textContent = text;
}
