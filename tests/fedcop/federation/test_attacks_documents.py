"""Attacks with linked data (SECURITY.md C): no graph is read, no context fetched, and no signature of that kind believed."""

from __future__ import annotations

import pytest

from activitypub.signatures import Scheme
from tests.fedcop.federation.conftest import INBOX, Stage

pytestmark = pytest.mark.once  # What guards keep is kept on both databases by test_receiving.py.

AS = "https://www.w3.org/ns/activitystreams"
LD = {
    "type": "RsaSignature2017",
    "creator": "https://good.example/users/gus#main-key",
    "created": "2026-03-02T13:59:00Z",
    "signatureValue": "c2lnbmVk",
}


@pytest.mark.parametrize("scheme", list(Scheme))
async def test_linked_data_signatures_are_not_believed(stage: Stage, scheme: Scheme) -> None:  # C01, C03, C07, C08
    posts = {}
    for change in ({}, {"created": "2019-01-01T00:00:00Z"}, {"creator": "https://evil.example/users/eve#main-key"}):
        signature = {**LD, **change}
        like = {**stage.gus.activity("Like", stage.ana.uri), "signature": signature}
        before = len(await stage.items())
        assert await stage.eve.sends(like, INBOX, scheme=scheme) == 401
        assert len(await stage.items()) == before
        # Of what can be asked for, only what its own server says counts, whatever words were moved where.
        note = stage.gus.note("<p>true</p>")
        moved = {**note, "content": "<p>forged</p>", "x:signed": {"content": "<p>true</p>"}}
        assert await stage.eve.sends({**stage.gus.activity("Create", moved), "signature": signature}, INBOX) == 202
        posts[note["id"]] = "<p>true</p>"
    await stage.settle()
    assert stage.seen.posts == posts


async def test_contexts_are_never_fetched(stage: Stage) -> None:  # C04, C05
    own = [AS, "https://evil.example/changes", {"x": "https://evil.example/x#"}]
    for number in (1, 60, 200):
        note = {**stage.eve.note(), "@context": own}
        context = [AS, *(f"https://evil.example/contexts/{each}" for each in range(number))]
        status = await stage.eve.sends({**stage.eve.activity("Create", note), "@context": context}, INBOX)
        assert status == (202 if number < 64 else 400)
    await stage.settle()
    assert stage.seen.names == ["Create by eve"] * 2
    assert [url for method, url in stage.world.web.asked if method == "GET"] == []
