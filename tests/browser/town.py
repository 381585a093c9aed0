"""An instance full of everything, for looking at every page: `matrix` walks it, `pictures` keep it. Not for tests: they make what they need."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp.test_utils import TestServer, unused_port

from fedcop.accounts import instance, invites, links, sessions
from fedcop.accounts.models import Account, SignUp
from fedcop.accounts.signin import identities, passkeys
from fedcop.accounts.signin.models import Provider
from fedcop.accounts.signin.providers import Claimed
from fedcop.alliances import service as alliances
from fedcop.alliances.terms import Terms
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.core import clock
from fedcop.core.clock import StandingClock
from fedcop.core.mail import OutboxMailer
from fedcop.core.settings import load_settings
from fedcop.core.site import Site, open_site
from fedcop.discussions import bookmarks, drafts
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.discussions.polls import service as polls
from fedcop.discussions.polls.asking import Asked
from fedcop.features import FEATURES
from fedcop.federation.peers import overseeing
from fedcop.filters import service as filters
from fedcop.filters.service import WordGiven
from fedcop.letterbox import bringing, posting
from fedcop.letterbox.reading import File
from fedcop.notifications import requests, unsubscribing
from fedcop.people import export
from fedcop.people import service as people
from fedcop.push import service as push
from fedcop.push.models import PushSubscription
from fedcop.timelines import lists, tags
from tests.browser.test_communities import lively
from tests.browser.test_people import destinations
from tests.browser.test_resources import fill
from tests.rig import pushservice, thrift
from tests.rig.authenticator import Device
from tests.rig.guards import only_this_machine
from tests.rig.people import PASSWORD, make_member, make_stranger
from tests.rig.samples import pdf, picture
from web.app import create_app
from web.middleware.limits import LIMITS, Limit, Limiter
from web.routes import all_routes
from web.shared.routing import Family

PARAMETER = re.compile(r"\{\w+(?::(?:[^{}]|\{[^{}]*\})*)?\}")
# Files and answers to scripts: nobody sees them as a page.
NO_PAGES = (
    "/media/",
    "/c/{name}/files/",
    "/c/{name}/named",
    "/p/{id}/fresh",
    "/c/{name}/request/record",
    "/settings/notifications/push",
)
NO_PAGE_ENDS = (".zip", ".svg", ".vcf", "/qr")
AWAY = "/login/provider"  # leads to the provider of the organisation, which is not on this machine


@dataclass
class Town:
    """Who lives there, by role, and what stands in the addresses of its pages, by the beginning of the route."""

    url: str
    tokens: dict[str, str] = field(default_factory=lambda: {"stranger": ""})
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)


@asynccontextmanager
async def open_town() -> AsyncIterator[Town]:
    """Serve it at a port of this machine, where time stands still and nothing leaves."""
    thrift.begin()
    thrift.share_routes()
    port = unused_port()
    with tempfile.TemporaryDirectory(prefix="fedcop-town-") as folder, only_this_machine():
        settings = load_settings(
            {}, url=f"http://localhost:{port}", port=port, data=Path(folder), name="Réseau Verger", contact="bonjour@verger.example", reply_address="reply@verger.example", lmtp="127.0.0.1:1"
        )  # fmt: skip
        async with open_site(settings, FEATURES, clock=StandingClock(), mailer=OutboxMailer()) as site:
            site.runner.inline = True
            town = Town(settings.origin)
            logging.disable()  # all whom our deliveries do not reach
            await settle(town, site)
            logging.disable(logging.NOTSET)
            patient = Limiter({name: Limit(100_000, 1000) for name in LIMITS})
            async with TestServer(create_app(site, limiter=patient), host="localhost", port=port):
                yield town


def addresses(town: Town) -> tuple[list[str], list[str]]:
    """Give the address of every page, and the routes for whose parameters the town has nothing."""
    found, unknown = ["/nowhere", "/search?q=pruniers", "/communities?q=rien", "/?whose=all"], []
    for route in all_routes():
        path = route.path
        if route.method != "GET" or route.family is not Family.PAGE or path.startswith((*NO_PAGES, AWAY)):
            continue
        if path.endswith(NO_PAGE_ENDS):
            continue
        holes = [(match.start(), match.end()) for match in PARAMETER.finditer(path)]
        choices = [town.values.get(path[:end], ()) for _, end in holes]
        if not all(choices):
            unknown.append(path)
        pieces = PARAMETER.sub("{}", path)
        found += [pieces.format(*chosen) for chosen in product(*choices)]
    return list(dict.fromkeys(found)), unknown


async def settle(town: Town, site: Site) -> None:
    """Fill an open instance with people, communities and what they say; the town is told who and where."""
    admin = await make_member("awa", "owner", display_name="Awa Diop", approves_followers=True)
    await instance.change(admin, rules=["On s’entraide.", "On cite ses sources."], registration="approval")
    facilitator = await lively()
    member = await make_member("sam", display_name="Sam Côté", profession="Apiculteur", region="Bas-Saint-Laurent")
    fruit = await Community.get(actor__name="fruitiers", actor__local=True).select_related("actor")
    await communities.admit(facilitator.actor, await communities.join(member.actor, fruit, accepted=2))
    await posting.give(member, fruit)
    sheet = await fill(facilitator.actor, fruit)
    question = await _talk(facilitator, member, fruit)
    brought = await bringing.take_in(member, [File("arbre.png", picture("PNG")), File("plan.pdf", pdf())])
    await bringing.keep_for(question, member.actor, brought.files)
    await drafts.save(member.actor, "community:1", {"title": "Un brouillon"})
    gus = await make_stranger("gus", "un-serveur-au-nom-plutot-long.example")
    await requests.choose(member, {"not_following": "filter"})
    await people.record_follow(gus, member.actor, "https://ailleurs.example/f/1")
    await people.follow(member.actor, admin.actor)
    await people.follow(admin.actor, gus)
    await overseeing.decide("mal.example", "blocked", "Pourriels répétés")
    await destinations()
    for account in (admin, member):
        await export.ask(account)
    await site.runner.settle(strict=False)
    for role, account in (("member", member), ("facilitator", facilitator), ("admin", admin)):
        town.tokens[role] = await sessions.open_session(account, "test", "127.0.0.1")
    await _devices(member, await sessions.open_session(member, "test", "127.0.0.1"), town.tokens["member"])
    made = await lists.make(member.actor, "À lire au calme")
    await lists.add(member.actor, made.id, [fruit.actor_id])
    await tags.follow(member.actor, "pruniers")
    words = [WordGiven("chenille")]
    sieve = await filters.make(member, title="Chenilles", contexts=["home", "thread"], given=words)
    town.values = {
        **await _doors(admin, member),
        **await _keys(admin, site),
        "/tags/{tag}": ("pruniers",),
        "/lists/{id}": (str(made.id),),
        "/settings/filters/{id}": (str(sieve.id),),
        "/c/{name}": ("fruitiers", "noyers@coop.example"),
        "/c/{name}/members/{person}": ("sam",),
        "/c/{name}/i/{code}": ("printemps", "hiver"),
        "/settings/contributions/{id}": (str(fruit.id),),
        "/u/{name}": ("sam", "lea", f"gus@{gus.host}"),
        "/u/{name}/{list:followers|following}": ("followers", "following"),
        "/p/{id}": (str(question.id),),
        "/r/{id}": (str(sheet.id),),
    }


async def _talk(facilitator: Account, member: Account, community: Community) -> Post:
    lea, sam = facilitator.actor, member.actor
    question = await discussions.write(
        sam, community, kind="question", title="Comment protéger de jeunes pruniers quand la neige tarde ?",
        source="Nous avons perdu le **tiers** de la plantation.\n\n- la paille\n- les branches d’épinette\n\nÀ quelle épaisseur ?",
        tags=["pruniers", "hiver"], poll=Asked(("La paille", "Les branches d’épinette, trois couches au moins"), hides_totals=True),
    )  # fmt: skip
    asked = await discussions.reply(lea, question, source="", poll=Asked(("Novembre", "Décembre"), multiple=True))
    await polls.vote(sam, asked, [0, 1])
    await bookmarks.keep(sam, asked)
    first = await discussions.reply(lea, question, source="Branches d’épinette, trois couches, dès que le sol durcit.")
    await discussions.reply(sam, first, source="Merci. À retirer quand ?")
    await discussions.accept_answer(sam, question, first)
    await discussions.react(lea, question, "thanks")
    await discussions.edit(
        sam, question, title=question.title, source=question.source + "\n\nMerci !", tags=question.tags
    )
    for kind in ("idea", "practice", "tip", "debate"):
        await discussions.write(
            lea,
            community,
            kind=kind,
            title="Une chambre froide partagée",
            source="Coûts, horaires, clés.",
            quoted=question if kind == "tip" else None,
        )
    return question


async def _devices(member: Account, *tokens: str) -> None:
    """Let notifications be shown on devices that the member is logged in with; on the first one, nothing arrives any more."""
    for number, token in enumerate(tokens):
        session = await sessions.session_of(token)
        assert session is not None
        said = pushservice.Device(f"https://push.example/{number}").fields
        made = await push.subscribe(member, session, **said, device=("Firefox, Android", "Safari, iPhone")[number])
        if not number:
            await PushSubscription.filter(id=made.id).update(stopped_at=clock.now())


async def _doors(admin: Account, member: Account) -> dict[str, tuple[str, ...]]:
    asked = await SignUp.create(
        name="max", email="max@exemple.test", password_hash="", reason="Je greffe des poiriers.", created_at=clock.now(), confirmed_at=clock.now()
    )  # fmt: skip
    terms = Terms(
        True, True, ("fruitiers@coop.example",), clock.now(), None, "Awa Diop", "Québec", "https://verger.example/efvp"
    )
    agreed = await alliances.propose(admin, "coop.example", terms)
    return {
        "/invite/{code}": ((await invites.create(admin, uses=3)).code, "dead"),
        "/signup/{step:mailed|waiting}": ("mailed", "waiting"),
        "/confirm/{token}": ("x",),
        "/confirm-address/{token}": ("x",),
        "/setup/{token}": ("x",),
        "/login/link/{token}": ("x",),
        "/calls/refuse/{token}": ("x",),
        "/reset/{token}": (await links.make("reset", account=member), "x"),
        "/unsubscribe/{token}": ((await unsubscribing.address_for(member, "mention")).rpartition("/")[2],),
        "/admin/requests/{id:[0-9]{1,18}}": (str(asked.id),),
        "/admin/members/{id:[0-9]{1,18}}": (str(member.id),),
        "/admin/alliances/{id:[0-9]{1,18}}": (str(agreed.id),),
    }


async def _keys(admin: Account, site: Site) -> dict[str, tuple[str, ...]]:
    token = await passkeys.begin_new(admin, PASSWORD, "Le vieux téléphone du bureau")
    answer = Device(site.origin, urlsplit(site.origin).hostname or "").make((await passkeys.wish(admin, token))[0])
    key = await passkeys.add(admin, token, answer)
    provider = await Provider.create(
        issuer="https://id.verger.example",
        client_id="fedcop",
        label="le Verger",
        document={"issuer": "x"}
        | {f"{name}_endpoint": f"https://id.example/{name}" for name in ("authorization", "token")},
        lets_in=True,
    )
    await identities.link(admin, provider, Claimed(provider.issuer, "1", "awa.diop@verger.example"))
    [identity] = await identities.of(admin)
    return {
        "/settings/security/passkeys/{id:[0-9]{1,18}}": (str(key.id),),
        "/settings/security/provider/{id:[0-9]{1,18}}": (str(identity.id),),
    }
