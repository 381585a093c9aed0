"""Texts with what apps do not know: nothing of what they say is lost."""

from __future__ import annotations

from fedcop.core.markup import to_html
from fedcop.core.sanitise import clean_html
from fedcop.discussions import service
from fedcop.people import service as people
from tests.web.mastodon.conftest import Connect
from tests.web.mastodon.test_reading import Village, village
from web.mastodon.entities.plainer import plainer

__all__ = ["village"]
MARKDOWN = "## Les chiffres\n\n| an | t/ha |\n|---|---|\n| 2024 | **3** |\n| 2025 |  |\n\nVoir `<table>`."
SHOWN = (
    "<p><strong>Les chiffres</strong></p><p><strong>an</strong> | <strong>t/ha</strong><br>2024 | <strong>3</strong><br>2025 | </p>"
    "<p>Voir <code>&lt;table&gt;</code>.</p>"
)


def test_headings_and_tables_are_lines() -> None:
    assert plainer(to_html(MARKDOWN)) == SHOWN


def test_a_break_is_one_line_and_code_keeps_its_own() -> None:
    """Elk and Enafore show each line break that stands in the HTML."""
    html = to_html("Un *texte*\net ~~rien~~\n\n> cité\n\n- un\n- deux\n\n```\n<h1>\n\n  deux\n```\n\nFin")
    assert plainer(html) == (
        "<p>Un <em>texte</em><br>et <del>rien</del></p><blockquote><p>cité</p></blockquote><ul><li>un</li><li>deux</li></ul>"
        "<pre><code>&lt;h1&gt;\n\n  deux\n</code></pre><p>Fin</p>"
    )
    assert plainer("<p>Coupé\n  ailleurs <b>a</b>\n<b>b</b></p>\n") == "<p>Coupé ailleurs <b>a</b> <b>b</b></p>"
    assert plainer("<pre>a\nb</pre>\n<pre>c</pre>\n") == "<pre>a\nb</pre><pre>c</pre>"
    assert plainer(to_html("a" * 3_000 + "\nb")).count("\n") == 0


def test_what_apps_know_is_left_as_it_is() -> None:
    known = '<p>Un <em>texte</em><br>et <a href="https://a.example/" rel="x">b</a></p>'
    assert plainer(known) is known


def test_what_comes_from_elsewhere_is_written_with_what_apps_know() -> None:
    for html, shown in (
        ("<p><s>a</s> <ins>b</ins> <q lang='fr'>c</q> <strong>d</strong></p>", "<p><del>a</del> <u>b</u> “c” <strong>d</strong></p>"),
        ('<h1>A</h1><table><tr><td colspan="2">a</td></tr></table>', "<p><strong>A</strong></p><p>a</p>"),
        ("<table><tr><td>a<table><tr><td>b</td></tr></table></td></tr></table>", "<p>a<p>b</p></p>"),
        ("<table><td>a", "<p>a</p>"),
    ):  # fmt: skip
        assert plainer(clean_html(html)) == shown, html


async def test_posts_earlier_texts_and_profiles_are_written_so(village: Village, connect: Connect) -> None:
    lea = await connect(village.lea)
    post = await village.write(village.open, "Récolte", source=MARKDOWN)
    reply = await service.reply(village.tom.actor, post, source="# Oui")
    await service.edit(village.lea.actor, post, source="Sans chiffres.")
    await people.change_profile(village.lea.actor, summary_source="### Moi\n\nLéa")
    [before, now] = (await lea.get(f"/api/v1/statuses/{post.id}/history")).json
    assert before["content"] == f"<p><strong>Récolte</strong></p>{SHOWN}"
    assert now["content"] == "<p><strong>Récolte</strong></p><p>Sans chiffres.</p>"
    assert (await lea.get(f"/api/v1/statuses/{reply.id}")).json["content"] == "<p><strong>Oui</strong></p>"
    me = (await lea.get("/api/v1/accounts/verify_credentials")).json
    assert me["note"] == "<p><strong>Moi</strong></p><p>Léa</p>" and me["source"]["note"] == "### Moi\n\nLéa"


async def test_a_title_that_nobody_wrote_stands_above_no_earlier_text(village: Village, connect: Connect) -> None:
    lea = await connect(village.lea)
    made = (await lea.post("/api/v1/statuses", {"status": "@fruitiers Du lin\nou du chanvre"})).json
    own = f"/api/v1/statuses/{made['id']}"
    await lea.ask("PUT", own, json={"status": "@fruitiers Du lin\nou rien"})
    assert ["<strong>" in one["content"] for one in (await lea.get(f"{own}/history")).json] == [False, False]
    await lea.ask("PUT", own, json={"status": "Du lin\n\nou rien"})
    assert ["<strong>" in one["content"] for one in (await lea.get(f"{own}/history")).json] == [False, False, True]
