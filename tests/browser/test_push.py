"""Notifications on a device; what Chromium would get from its maker's push service is put into its hands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from fedcop.accounts import sessions
from fedcop.core.site import Site
from fedcop.push import service
from tests.browser.rig import CHROMIUM, find_barriers, find_misfits, log_in, running_chromium, window
from tests.e2e.instances import until
from tests.rig.people import make_member
from tests.rig.pushservice import Device

DEVICE = Device("https://push.example/send/0").fields
# Chromium subscribes at its maker's: here it gets an address at once, if it asks as it should.
SUBSCRIBING = (
    f"const said = {json.dumps(DEVICE)};"
    """
const made = { endpoint: said.endpoint, toJSON: () => ({ endpoint: said.endpoint, keys: said }), unsubscribe: async () => true };
PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
  if (!userVisibleOnly || applicationServerKey.length !== 65) throw new Error("not so");
  sessionStorage.setItem("subscribed", "1");
  return made;
};
PushManager.prototype.getSubscription = async () => (sessionStorage.getItem("subscribed") ? made : null);
"""
)
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map(({ title, body, tag, lang, data }) => ({ title, body, tag, lang, path: data.path }))"""
# Pages open only for somebody who chose a notification with their own hand: what would open is noted.
CHOSEN = """async ({ paths }) => {
  const done = [];
  self.clients.openWindow = async (address) => done.push(`open ${address}`);
  WindowClient.prototype.focus = async function () { done.push(`focus ${new URL(this.url).pathname}`); };
  const [notification] = await self.registration.getNotifications();
  for (const path of paths) {
    const event = new NotificationEvent("notificationclick", { notification });
    Object.defineProperty(event, "notification", { value: { close() {}, data: { path } } });
    const before = done.length;
    self.dispatchEvent(event);
    while (done.length === before) await new Promise((go) => setTimeout(go, 10));
  }
  return done;
}"""
MOVED = """(said) => {
  const event = new ExtendableEvent("pushsubscriptionchange");
  event.newSubscription = { toJSON: () => ({ endpoint: said.endpoint, keys: said }) };
  self.dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[str]:
    """A whole Chromium: the one without windows has no PushManager."""
    with running_chromium(CHROMIUM) as address:
        yield address


async def pusher(page: Page, origin: str) -> Any:
    """Give what hands the worker of a page a message, as Chromium does once it has decrypted it."""
    wire = await page.context.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    wire.on("ServiceWorker.workerRegistrationUpdated", lambda said: known.extend(said["registrations"]))
    await wire.send("ServiceWorker.enable")

    async def push(said: dict[str, str]) -> None:
        message = {"origin": origin, "registrationId": known[-1]["registrationId"], "data": json.dumps(said)}
        await wire.send("ServiceWorker.deliverPushMessage", message)

    return push


async def test_a_device_shows_what_is_pushed_to_it_and_opens_pages_of_ours_only(
    chrome: Browser, live: str, here: Site
) -> None:
    lea = await make_member("lea")
    context = await window(chrome, "phone", service_workers="allow", permissions=["notifications"])
    await context.add_init_script(SUBSCRIBING)
    await log_in(context, live, await sessions.open_session(lea, "test", "127.0.0.1"))
    page = await context.new_page()
    push = await pusher(page, live)
    await page.goto(f"{live}/settings/notifications")
    await expect(page.get_by_text("il faut JavaScript et un navigateur")).to_be_hidden()
    begin = page.get_by_role("button", name="Afficher les notifications sur cet appareil")
    await begin.click()
    await expect(page.get_by_text("Vos notifications arrivent désormais sur cet appareil.")).to_be_visible()
    await expect(begin).to_be_hidden()
    await page.locator("details", has_text="Ce qu’il affiche").locator("summary").click()
    assert await find_barriers(page) == [] and await find_misfits(page) == []

    async def kept() -> list[dict[str, str]]:
        return [{name: getattr(one, name) for name in DEVICE} for one in await service.listed(lea)]

    assert await kept() == [DEVICE]
    said = {"title": "Réponse de Noor", "body": "Quelle toile ?", "tag": "reply-7", "lang": "fr-CA", "path": "/p/7#p-8"}
    both = {**said, "title": "Réponse de Noor et Sacha"}
    for message in (said, both):  # one after the other: a browser may handle two at once in any order

        async def alone(message: dict[str, str] = message) -> bool:
            return bool(await page.evaluate(SHOWN) == [message])

        await push(message)
        await until(alone, f"not shown, or not alone: {message['title']}")
    (worker,) = context.service_workers
    paths = ["/p/7#p-8", "/settings/notifications#devices", "https://evil.example/", "//evil.example/", None]
    assert await worker.evaluate(CHOSEN, {"paths": paths}) == [
        f"open {live}/p/7#p-8",
        "focus /settings/notifications",
        *[f"open {live}/notifications"] * 3,
    ]
    moved = {**DEVICE, "endpoint": "https://push.example/send/1"}
    await worker.evaluate(MOVED, moved)

    async def followed() -> bool:
        return await kept() == [moved]

    await until(followed, "the new address was not told")
    await context.close()
