"""The page of one's address for letters that begin discussions, and that of the files which came with a letter."""

from __future__ import annotations

from dataclasses import replace

from fedcop.accounts.models import Account
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.letterbox import bringing, posting
from fedcop.letterbox.reading import File
from fedcop.media.models import Media
from fedcop.media.queries import of_posts
from tests.rig.samples import pdf, picture
from tests.rig.villages import make_village
from tests.web.conftest import SignIn


async def test_a_member_takes_an_address_keeps_it_and_takes_another(site: Site, sign_in: SignIn) -> None:
    village = await make_village()
    noor = await sign_in("noor")
    page = await noor.get("/c/fruitiers")
    assert "Écrire par courriel" not in page.text and (await noor.get("/c/fruitiers/mail")).status == 404
    assert "Ce que j’écris par courriel" not in (await noor.get("/settings/notifications")).main.text
    site.settings = replace(site.settings, reply_address="reply@atelier.example", lmtp="127.0.0.1:1")
    page = await noor.get("/c/fruitiers")
    assert "Écrire par courriel" not in page.text  # no member yet
    assert (await noor.get("/c/fruitiers/mail")).status == 403
    await noor.get("/c/fruitiers/join")
    await noor.press("Devenir membre")
    await noor.get("/c/fruitiers")
    page = await noor.click("Écrire par courriel")
    assert (await noor.get("/c/fruitiers/mail.vcf")).status == 404
    page = await noor.get("/c/fruitiers/mail")
    assert "Public, y compris sur Mastodon." in page.main.text and "noor@atelier.example" in page.main.text
    page = await noor.press("Me donner une adresse")
    address = await posting.find(noor.account, village.community)
    assert address in page.main.text and f'href="mailto:{address.replace("+", "%2B")}"' in page.html
    async with noor.client.get("/c/fruitiers/mail.vcf") as answer:
        card = await answer.text()
    assert "FN:Fruitiers nordiques\r\n" in card and f"EMAIL;TYPE=INTERNET:{address}\r\n" in card
    assert address in (await noor.get("/settings/notifications")).main.text
    await noor.get("/c/fruitiers/mail")
    page = await noor.press("Prendre une nouvelle adresse")
    assert address not in page.html and "nouvelle adresse" in page.messages[0]


async def test_an_author_says_what_becomes_of_each_file(site: Site, sign_in: SignIn) -> None:
    site.settings = replace(site.settings, reply_address="reply@atelier.example")
    village = await make_village()
    noor = await sign_in(await Account.get(actor_id=village.noor.id).select_related("actor"))
    post = await discussions.write(noor.actor, village.community, kind="idea", title="Tailler", source="Voici.")
    brought = await bringing.take_in(
        noor.account, [File("arbre.png", picture("PNG")), File("plan_du_verger.pdf", pdf()), File("x.txt", b"x")]
    )
    await bringing.keep_for(post, noor.actor, brought.files)
    tree, plan, note = brought.files
    assert "3 fichiers attendent" in (await noor.get("/drafts")).main.text
    page = await noor.click("Tailler")
    assert "plan_du_verger.pdf" in page.main.text and "plan du verger" in page.html
    assert "Public, y compris sur Mastodon." in page.main.text
    page = await noor.press("Confirmer")
    assert any("Décrivez cette image" in one for one in page.problems) and len(page.problems) == 3  # two licences
    path, token = f"/p/{post.id}/files", {f"do-{note.id}": "drop"}
    said = {f"do-{tree.id}": "show", f"description-{tree.id}": "Un prunier", f"do-{plan.id}": "library", **token}
    more = {f"title-{plan.id}": "Plan du verger", f"licence-{plan.id}": "CC-BY-4.0"}
    page = await noor.post(path, **said, **more)
    assert "C’est fait" in page.messages[0]
    assert [(one.file_name, one.description) for one in (await of_posts([post.id]))[post.id]] == [
        ("arbre.png", "Un prunier")
    ]
    resource = await Post.get(kind="resource")
    assert (resource.title, resource.audience) == ("Plan du verger", "public")
    assert (await of_posts([resource.id]))[resource.id] == [
        await Media.get(id=plan.id)
    ] and await Media.all().count() == 2
    page = await noor.post(path, **said, **more)
    assert await Post.all().count() == 2
    assert "Rien de ce courriel n’attend" in (await noor.get(path)).main.text
    assert (await (await sign_in("curieuse")).get(path)).status == 403
