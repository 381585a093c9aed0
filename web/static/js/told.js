// What the service worker does with what members are told: shows it, opens its page when it is chosen, and names a new address of the browser.
import { fieldsOf, subscribe } from "./subscribing.js";

const DOOR = "/settings/notifications/push";
const CENTRE = "/notifications";

// A browser wants something to be shown for each message, even for one that cannot be read.
export function tell(message, icon) {
  let said = {};
  try {
    said = message?.json() ?? {};
  } catch {
    // not ours
  }
  const options = { body: said.body, tag: said.tag, lang: said.lang, icon, badge: icon, data: { path: said.path } };
  return self.registration.showNotification(said.title ?? self.location.host, options);
}

export async function openPage(notification) {
  notification.close();
  const page = ours(notification.data?.path);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  // A page that is open already stays as it is: somebody may be writing there.
  const there = windows.find((one) => new URL(one.url).pathname === page.pathname);
  return there ? there.focus() : self.clients.openWindow(page.href);
}

function ours(path) {
  const home = self.location.origin;
  const page = new URL(typeof path === "string" ? path : CENTRE, home);
  return page.origin === home ? page : new URL(CENTRE, home);
}

export async function renew(change) {
  const answer = await fetch(DOOR, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return; // logged out meanwhile
  const { key, token } = await answer.json();
  const { newSubscription } = change;
  const fields = newSubscription ? fieldsOf(newSubscription) : await subscribe(self.registration.pushManager, key);
  await fetch(DOOR, { method: "POST", body: new URLSearchParams({ ...fields, csrf: token }), credentials: "same-origin" });
}
