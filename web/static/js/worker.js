// The service worker: keeps this version's files and the page for when there is no network, and shows the last summary then;
// shows what members are told. Above stand, written by the server: flush (from outbox.js), tell, openPage, renew (from told.js),
// VERSION, FILES, ICON.
const SHELL = `shell-${VERSION}`;
const READ = "read"; // what the page keeps to be read later: see offline.js

self.addEventListener("install", (event) => {
  // As a stranger: who was logged in is nobody's affair once the network is gone.
  const page = new Request("/offline", { credentials: "omit" });
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll([...FILES, page])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => without(request)));
  else if (FILES.includes(new URL(request.url).pathname)) event.respondWith(ours(request));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(flush());
});

self.addEventListener("push", (event) => event.waitUntil(tell(event.data, ICON)));
self.addEventListener("notificationclick", (event) => event.waitUntil(openPage(event.notification)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function forgetOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== SHELL && name !== READ).map((name) => caches.delete(name)));
}

async function ours(request) {
  return (await caches.match(request.url, { cacheName: SHELL })) ?? fetch(request);
}

async function without(request) {
  const path = new URL(request.url).pathname;
  return (await caches.match(path, { cacheName: READ })) ?? (await caches.match("/offline", { cacheName: SHELL }));
}
