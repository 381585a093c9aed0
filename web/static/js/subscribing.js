// Takes an address at the browser's push service, bound to our key, and gives it as fields of a form: for the page and the worker.
export async function subscribe(manager, key) {
  const made = await manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
  return fieldsOf(made);
}

export function fieldsOf(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  const known = PushManager.supportedContentEncodings ?? ["aes128gcm"];
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth, encoding: known.includes("aes128gcm") ? "aes128gcm" : "aesgcm" };
}

function bytes(coded) {
  return Uint8Array.from(atob(coded.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}
