// Keeps a form that is being filled in (form data-keep="/drafts") on the server, so that it is there on another device too.
// Without network the copy of drafts.js in this browser remains.
const DELAY = 2500;

export function keepForms() {
  for (const form of document.querySelectorAll("form[data-keep]")) watch(form);
}

function watch(form) {
  const status = form.querySelector("[data-keep-status]");
  let timer = 0;
  let last = content(form);
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const now = content(form);
      if (now === last) return;
      if (await send(form.dataset.keep, now)) {
        last = now;
        form.dispatchEvent(new Event("kept"));
        say(status, form.dataset.keepSaved);
      }
    }, DELAY);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

function content(form) {
  const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  return new URLSearchParams(fields).toString();
}

async function send(address, body) {
  try {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const answer = await fetch(address, { method: "POST", body, headers, credentials: "same-origin" });
    return answer.ok;
  } catch {
    return false;
  }
}

function say(status, text) {
  if (!status || !text) return;
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
  status.textContent = text.replace("TIME", time.format(new Date()));
}
