// Passkeys: a form[data-passkey] is sent with what the device answers ("get") or makes ("create"). Its question is in data-options, or is
// fetched from data-ask. Where a browser cannot do that, the form stays hidden and a sentence (data-no-passkeys) stands in its place.
const PATIENCE = 8 * 60 * 1000; // a question is good for ten minutes
let waiting = null; // there can be one question at a time

export function askForPasskeys() {
  if (!window.PublicKeyCredential) return;
  for (const sentence of document.querySelectorAll("[data-no-passkeys]")) sentence.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form);
    });
    if ("offer" in form.dataset) offer(form);
  }
}

async function ask(form) {
  const status = form.querySelector("[data-passkey-status]");
  status.textContent = "";
  try {
    await answer(form, {});
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = form.dataset.failed;
  }
}

// The browser names passkeys among what it fills into the field for the name (autocomplete="webauthn").
async function offer(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const again = setInterval(() => answer(form, { mediation: "conditional" }).catch(() => {}), PATIENCE);
  form.addEventListener("submit", () => clearInterval(again));
  answer(form, { mediation: "conditional" }).catch(() => {});
}

async function answer(form, manner) {
  waiting?.abort();
  const mine = (waiting = new AbortController());
  const publicKey = readable(form.dataset.options ? JSON.parse(form.dataset.options) : await question(form));
  if (mine.signal.aborted) return;
  const kind = form.dataset.passkey;
  const found = await navigator.credentials[kind]({ ...manner, publicKey, signal: mine.signal });
  form.elements.credential.value = JSON.stringify(sendable(found));
  form.submit();
}

async function question(form) {
  const fields = new URLSearchParams([...new FormData(form)]);
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const got = await fetch(form.dataset.ask, { method: "POST", body: fields, headers, credentials: "same-origin" });
  if (!got.ok) throw new Error(`answered ${got.status}`);
  return got.json();
}

// Older browsers do not turn these objects into JSON and back.
function readable(options) {
  const listed = (keys = []) => keys.map((key) => ({ ...key, id: bytes(key.id) }));
  const read = { ...options, challenge: bytes(options.challenge) };
  if (options.user) read.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = listed(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = listed(options.allowCredentials);
  return read;
}

function sendable(found) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (found.response[name]) response[name] = text(found.response[name]);
  }
  return { id: found.id, rawId: text(found.rawId), type: found.type, response };
}

function bytes(coded) {
  return Uint8Array.from(atob(coded.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

function text(buffer) {
  const signs = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(signs).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
