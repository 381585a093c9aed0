// For members who lose the network: registers the service worker, keeps the last summary to be read, and lets a text that is published
// without network (form data-send-later="words") wait until there is one. On a shared computer, logging out forgets all.
import { flush, forgetAll, keep } from "./outbox.js";
import { forgetPush } from "./push.js";

const READ = "read";
const DIGEST = "/digest";
const TAKEN = "digest-taken";
const HOUR = 3600 * 1000;

export function prepareForNoNetwork() {
  const leaving = document.querySelector('form[action="/logout"]'); // strangers write nothing
  if (!leaving || !("serviceWorker" in navigator) || !("locks" in navigator)) return;
  navigator.serviceWorker.register("/worker.js", { type: "module" }).catch(() => {});
  leaving.addEventListener("submit", forget);
  takeDigest();
  for (const form of document.querySelectorAll("form[data-send-later]")) watch(form);
  window.addEventListener("online", deliver);
  if (navigator.onLine) deliver();
}

function forget() {
  caches.delete(READ);
  forgetAll().catch(() => {});
  forgetPush().catch(() => {});
  localStorage.removeItem(TAKEN);
}

async function takeDigest() {
  if (Date.now() - Number(localStorage.getItem(TAKEN)) < HOUR) return;
  try {
    const answer = await fetch(DIGEST, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    await (await caches.open(READ)).put(DIGEST, answer);
    localStorage.setItem(TAKEN, String(Date.now()));
  } catch {
    // another time
  }
}

function watch(form) {
  form.addEventListener("submit", async (event) => {
    if (navigator.onLine || event.submitter?.value !== "publish") return;
    const data = new FormData(form, event.submitter);
    if ([...data.values()].some((value) => value instanceof File && value.size)) return;
    event.preventDefault();
    const fields = [...data].filter(([, value]) => typeof value === "string");
    await keep(form.action, new URLSearchParams(fields).toString());
    const registration = await navigator.serviceWorker.ready;
    await registration.sync?.register("outbox").catch(() => {});
    event.submitter.disabled = true;
    say(form.querySelector("[data-keep-status]"), form.dataset.sendLater);
  });
}

async function deliver() {
  const { sent, refused } = await flush().catch(() => ({ sent: 0, refused: 0 }));
  const words = document.getElementById("outbox-words")?.dataset;
  const region = document.querySelector("main .messages[role=status]");
  if (!words || !region || !(sent || refused)) return;
  const note = document.createElement("p");
  note.className = refused ? "note warn" : "note ok";
  note.textContent = refused ? words.refused : words.sent;
  region.append(note);
}

function say(status, text) {
  if (status) status.textContent = text;
}
