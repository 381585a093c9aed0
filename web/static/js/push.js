// On the page of what one receives (div data-push="our key"): says whether this browser shows notifications, and begins it, once asked to.
// What stands for a state (data-push-when="absent|refused|off") shows in that state only; without scripts it is the first.
import { subscribe } from "./subscribing.js";

export function offerPush() {
  const place = document.querySelector("[data-push]");
  if (!place || !("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return;
  const form = place.querySelector("form");
  show(place).catch(() => {});
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin(place, form);
  });
}

async function show(place) {
  const registration = await navigator.serviceWorker.getRegistration();
  const found = await registration?.pushManager.getSubscription();
  let state = "off";
  if (Notification.permission === "denied") state = "refused";
  else if (found && found.endpoint === place.dataset.pushHere) state = "on";
  for (const one of place.querySelectorAll("[data-push-when]")) one.hidden = one.dataset.pushWhen !== state;
}

async function begin(place, form) {
  const status = form.querySelector("[data-push-status]");
  status.textContent = "";
  if ((await Notification.requestPermission()) !== "granted") return show(place);
  try {
    await navigator.serviceWorker.register("/worker.js", { type: "module" });
    const { pushManager } = await navigator.serviceWorker.ready;
    // Never an address that was there before: what waits for it may be somebody else's.
    await (await pushManager.getSubscription())?.unsubscribe();
    for (const [name, value] of Object.entries(await subscribe(pushManager, place.dataset.push))) form.elements[name].value = value;
    form.submit();
  } catch {
    status.textContent = form.dataset.failed;
  }
}

// On a shared computer, what comes after one has logged out is not for who sits there then.
export async function forgetPush() {
  const registration = await navigator.serviceWorker.getRegistration();
  await (await registration?.pushManager?.getSubscription())?.unsubscribe();
}
