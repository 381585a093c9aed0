// What was published without network (text only, never files) waits here, in this browser, and is sent when there is one again:
// by the page, or by the service worker when no page is open. The form's one-time value makes a second sending harmless.
const NAME = "outbox";
const WEEK = 7 * 24 * 3600 * 1000;
const REFUSED = 422; // the server keeps it as a draft and says why

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(NAME, { keyPath: "id", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function within(mode, act) {
  const base = await open();
  try {
    const asked = act(base.transaction(NAME, mode).objectStore(NAME));
    return await new Promise((resolve, reject) => {
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  } finally {
    base.close();
  }
}

export const keep = (address, body) => within("readwrite", (store) => store.add({ address, body, at: Date.now() }));
export const forgetAll = () => within("readwrite", (store) => store.clear());

// Sends what waits, oldest first; gives how many were taken and how many refused. What meets no network stays.
export function flush() {
  return navigator.locks.request(NAME, async () => {
    const done = { sent: 0, refused: 0 };
    for (const one of await within("readonly", (store) => store.getAll())) {
      let status = 0;
      if (Date.now() - one.at < WEEK) status = await send(one);
      else status = REFUSED;
      if (!status) break;
      if (status < 400) done.sent += 1;
      else done.refused += 1;
      await within("readwrite", (store) => store.delete(one.id));
    }
    return done;
  });
}

// Gives the status of the answer; 0 where there is none, or where the server asks to come back later.
async function send({ address, body }) {
  try {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const answer = await fetch(address, { method: "POST", body, headers, credentials: "same-origin" });
    return answer.status >= 500 || answer.status === 429 ? 0 : answer.status;
  } catch {
    return 0;
  }
}
