"""Every page of a community, for every role: who comes in is who the table role × act lets in, and no page is forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.apps import registering, tokens
from fedcop.communities import queries
from fedcop.communities import service as communities
from fedcop.communities.admission import links
from fedcop.communities.models import Community
from fedcop.communities.roles import COMMITTEE, DUTIES, MEMBER, SEATS, Act, may
from fedcop.core import addresses
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.reports import service as reports
from fedcop.successions import service as successions
from fedcop.successions.models import Succession
from tests.rig.browser import Browser
from tests.rig.people import make_member
from tests.web.conftest import SignIn
from web.routes import all_routes
from web.shared.routing import Access, Family

pytestmark = pytest.mark.once  # The table is asked; what it is asked about is kept on both databases by other tests.

SPLIT = {
    "rest": "2",
    "days": "9",
    "title_1": "Nord",
    "purpose_1": "x",
    "tags_1": "nord",
    "title_2": "Sud",
    "purpose_2": "x",
}
TEXT = {"kind": "question", "title": "Quand semer ?", "source": "Dites-moi.", "language": "fr", "step": "publish"}


@dataclass
class Garden:
    """A community, and fresh things in it to do something to."""

    ana: Browser
    community: Community
    made: int = 0

    async def person(self, *, joins: bool = True) -> str:
        """The name of somebody new: a member, or who asks to be one."""
        self.made += 1
        account = await make_member(f"p{self.made}")
        if joins:
            await communities.admit(self.ana.actor, await communities.join(account.actor, self.community))
        return account.actor.name

    async def post(self, **columns: object) -> str:
        """The id of a new thread."""
        made = await discussions.write(
            self.ana.actor, self.community, kind="question", title="Quand ?", source="Dites-moi."
        )
        if columns:
            await Post.filter(id=made.id).update(**columns)
        return str(made.id)

    async def movable(self) -> str:
        """A thread, and another community to which everybody of this one belongs."""
        pres = await queries.by_uri(addresses.group_uri("pres"))
        if pres is None:
            pres = await communities.found(
                self.ana.actor, title="Prés", name="pres", purpose="Faucher", join_policy="open"
            )
        for one in await queries.members(self.community):
            await communities.join(one.actor, pres)
        return await self.post()

    async def heir(self) -> str:
        """Another community, and nothing under way."""
        await Succession.filter(mother_id=self.community.id).delete()
        if await queries.by_uri(addresses.group_uri("heir")) is None:
            await communities.found((await make_member("heiress")).actor, title="Heir", name="heir", purpose="Hériter")
        return ""

    async def merging(self) -> str:
        """A merger that waits for an answer."""
        await self.heir()
        heir = await queries.by_uri(addresses.group_uri("heir"))
        assert heir is not None
        await successions.propose_merge(self.ana.actor, self.community, heir, days="3")
        return ""

    async def removed(self) -> str:
        found = await self.post()
        await discussions.remove(self.ana.actor, await Post.get(id=found), "Hors sujet.")
        return found

    async def pinned(self, act: str) -> str:
        found = await self.post()
        await getattr(discussions, act)(self.ana.actor, await Post.get(id=found))
        return found

    async def reply(self) -> str:
        root = await Post.get(id=await self.post())
        return str((await discussions.reply(self.ana.actor, root, source="En mai.")).id)

    async def link(self) -> str:
        """The id of an invitation link."""
        made = await links.make(self.ana.actor, self.community, kind="known", why="", uses=1, days=1)
        return str(made.id)

    async def report(self) -> str:
        """The id of a report that waits."""
        names = [await self.person(), await self.person()]
        reporter, target = [await Actor.get(name=name) for name in names]
        made = await reports.report(reporter, target, comment="Voyez.", community_id=self.community.id)
        return str(made.id)

    async def app(self) -> str:
        """The id of a token in the name of the community."""
        ana = await Account.get(actor_id=self.ana.actor.id)
        made = await registering.register("Poche", [registering.OUT_OF_BAND], "read")
        return str((await tokens.issue(made.app, ana, "read", acts_as_id=self.community.actor_id)).token.id)

    async def request(self) -> str:
        """The id of a membership that waits."""
        name = await self.person(joins=False)
        asking = (await make_member(f"{name}_asks")).actor
        return str((await communities.join(asking, self.community)).id)


Thing = Callable[[Garden], Awaitable[str]]


@dataclass(frozen=True)
class Door:
    """One way in: what it does, and what it takes."""

    act: Act
    method: str
    path: str
    thing: Thing | None = None
    form: dict[str, str] = field(default_factory=dict)


def post(**columns: object) -> Thing:
    return lambda garden: garden.post(**columns)


PERSON = "/c/{name}/members/{person}"
POST_ACT = "/p/{id}/{act:pin|unpin|lock|unlock}"
DOORS = (
    Door(Act.ADMIT, "GET", "/c/{name}/requests"),
    Door(Act.ADMIT, "POST", "/c/{name}/requests/{membership}", Garden.request, {"answer": "accept"}),
    Door(Act.ADMIT, "POST", "/c/{name}/requests/{membership}", Garden.request, {"answer": "decline"}),
    Door(Act.ADMIT, "POST", "/c/{name}/requests/{membership}", Garden.request, {"answer": "ask", "reason": "Où ?"}),
    Door(Act.CALL, "GET", "/c/{name}/call"),
    Door(
        Act.CALL,
        "POST",
        "/c/{name}/call",
        None,
        {"title": "Venez", "source": "Samedi.", "segment": "all", "step": "look"},
    ),
    Door(Act.INVITE, "GET", "/c/{name}/invite"),
    Door(Act.INVITE, "POST", "/c/{name}/invite", None, {"handle": "guest"}),
    Door(Act.INVITE, "GET", "/c/{name}/invite/list"),
    Door(Act.INVITE, "POST", "/c/{name}/invite/list", None, {"list": "guest"}),
    Door(Act.INVITE, "GET", "/c/{name}/invitations"),
    Door(Act.INVITE, "POST", "/c/{name}/invitations", None, {"kind": "known", "uses": "1", "days": "1"}),
    Door(Act.INVITE, "POST", "/c/{name}/invitations/{invitation}", Garden.link, {"what": "link", "do": "back"}),
    Door(Act.INVITE, "GET", "/c/{name}/invitations/{invitation}/qr", Garden.link),
    Door(Act.REMOVE_MEMBER, "GET", PERSON, Garden.person),
    Door(Act.REMOVE_MEMBER, "POST", PERSON, Garden.person, {"do": "remove", "reason": "Publicité."}),
    Door(Act.WARN, "POST", PERSON, Garden.person, {"do": "warn", "warning": "Attention."}),
    Door(
        Act.SUSPEND,
        "POST",
        PERSON,
        Garden.person,
        {"do": "suspend", "suspend_reason": "x", "suspend_until": "2026-04-01"},
    ),
    Door(Act.DECIDE_REPORTS, "GET", "/c/{name}/reports"),
    Door(
        Act.DECIDE_REPORTS, "POST", "/c/{name}/reports/{report}", Garden.report, {"do": "dismissed", "sentence": "Non."}
    ),
    Door(Act.BAN, "POST", PERSON, Garden.person, {"do": "ban", "ban_reason": "Insultes."}),
    Door(Act.BAN, "POST", PERSON, Garden.person, {"do": "unban"}),
    Door(Act.APPOINT, "POST", PERSON, Garden.person, {"do": "role", "role": "expert"}),
    Door(Act.CHANGE, "GET", "/c/{name}/settings"),
    Door(Act.CHANGE, "POST", "/c/{name}/settings", None, {"purpose": "Des sols vivants."}),
    Door(Act.CHANGE, "GET", "/c/{name}/stage"),
    Door(Act.CHANGE, "POST", "/c/{name}/stage", None, {"stage": "pilot"}),
    Door(Act.CHANGE, "GET", "/c/{name}/charter/change"),
    Door(Act.CHANGE, "POST", "/c/{name}/charter/change", None, {"may": "Essayer", "rights": "no"}),
    Door(Act.CHANGE, "GET", "/c/{name}/participation/change"),
    Door(Act.CHANGE, "POST", "/c/{name}/participation/change", None, {"contributions": "1", "months": "12"}),
    Door(Act.CHANGE, "GET", "/c/{name}/split"),
    Door(Act.CHANGE, "POST", "/c/{name}/split", None, SPLIT),
    Door(Act.CHANGE, "GET", "/c/{name}/merge"),
    Door(Act.CHANGE, "POST", "/c/{name}/merge", Garden.heir, {"heir": "!heir", "days": "3"}),
    Door(Act.CHANGE, "POST", "/c/{name}/succession", Garden.merging, {"do": "off"}),
    Door(Act.CHANGE, "GET", "/c/{name}/admission"),
    Door(Act.CHANGE, "POST", "/c/{name}/admission", None, {"maximum": "100"}),
    Door(Act.SPEAK_FOR, "GET", "/c/{name}/apps"),
    Door(Act.CHANGE, "POST", "/c/{name}/apps/{app}/end", Garden.app),
    Door(Act.PUBLISH, "GET", "/c/{name}/new"),
    Door(Act.PUBLISH, "POST", "/c/{name}/new", None, TEXT),
    Door(Act.PUBLISH, "GET", "/c/{name}/mail"),
    Door(Act.PUBLISH, "POST", "/c/{name}/mail", None, {"do": "give"}),
    Door(Act.PUBLISH, "GET", "/c/{name}/resources/new"),
    Door(Act.PUBLISH, "POST", "/c/{name}/resources/new", None, {"title": "Semis", "step": "draft"}),
    Door(Act.REPLY, "POST", "/p/{id}/reply", post(), {"source": "En mai.", "step": "publish"}),
    Door(Act.ACCEPT_ANSWER, "POST", "/p/{id}/accept", Garden.reply),
    Door(Act.REMOVE_POST, "GET", "/p/{id}/remove", post()),
    Door(Act.REMOVE_POST, "POST", "/p/{id}/remove", post(), {"reason": "Hors sujet."}),
    Door(Act.MOVE, "GET", "/p/{id}/move", post()),
    Door(Act.MOVE, "POST", "/p/{id}/move", Garden.movable, {"target": "pres", "reason": "Ailleurs."}),
    Door(Act.REMOVE_POST, "POST", "/p/{id}/restore", Garden.removed),
    Door(Act.REMOVE_POST, "GET", "/p/{id}/copies", post()),
    Door(Act.REMOVE_POST, "GET", "/p/{id}/title", post(title_derived=True)),
    Door(Act.REMOVE_POST, "POST", "/p/{id}/title", post(title_derived=True), {"title": "Quand semer ?"}),
    Door(Act.REMOVE_POST, "GET", "/c/{name}/held"),
    Door(Act.REMOVE_POST, "POST", "/p/{id}/publish", post(state="held")),
    Door(Act.REMOVE_POST, "POST", "/p/{id}/refuse", post(state="held"), {"reason": "Non."}),
    Door(Act.PIN, "POST", POST_ACT.replace("{act:pin|unpin|lock|unlock}", "pin"), post()),
    Door(Act.PIN, "POST", "/p/{id}/unpin", lambda garden: garden.pinned("pin")),
    Door(Act.LOCK, "POST", "/p/{id}/lock", post()),
    Door(Act.LOCK, "POST", "/p/{id}/unlock", lambda garden: garden.pinned("lock")),
)

FOR_ALL_ROLES: dict[str, str] = {
    "GET /c/{name}": "reading",
    "GET /c/{name}/about": "reading",
    "GET /c/{name}/charter": "reading",
    "GET /c/{name}/charter/versions": "reading",
    "POST /c/{name}/charter": "one's own belonging",
    "POST /c/{name}/notice": "who may know of it",
    "GET /c/{name}/join": "one's own belonging",
    "POST /c/{name}/join": "one's own belonging",
    "POST /c/{name}/decline": "one's own belonging",
    "GET /c/{name}/i/{code}": "who holds the link",
    "POST /c/{name}/i/{code}": "who holds the link",
    "POST /c/{name}/appeals/{appeal}": "not who decided first: judged appeal by appeal",
    "GET /c/{name}/participation": "one's own belonging",
    "POST /c/{name}/participation": "one's own belonging",
    "GET /c/{name}/request": "one's own belonging",
    "POST /c/{name}/request": "one's own belonging",
    "GET /c/{name}/request/record": "one's own belonging",
    "GET /c/{name}/mail.vcf": "one's own address",
    "GET /c/{name}/leave": "one's own belonging",
    "POST /c/{name}/leave": "one's own belonging",
    "POST /c/{name}/follow": "one's own belonging",
    "POST /c/{name}/unfollow": "one's own belonging",
    "POST /c/{name}/bell": "what one is told oneself",
    "GET /c/{name}/languages": "what one is told oneself, of a community that one belongs to or follows",
    "POST /c/{name}/languages": "what one is told oneself, of a community that one belongs to or follows",
    "GET /c/{name}/note": "what one notes oneself",
    "POST /c/{name}/note": "what one notes oneself",
    "GET /c/{name}/mute": "what one sees oneself",
    "POST /c/{name}/mute": "what one sees oneself",
    "POST /c/{name}/unmute": "what one sees oneself",
    "GET /c/{name}/moderation": "reading",
    "GET /c/{name}/succession": "reading",
    "GET /c/{name}/members": "reading",
    "GET /c/{name}/files/{digest}": "reading",
    "GET /c/{name}/resources": "reading",
    "GET /p/{id}": "reading",
    "GET /p/{id}/history": "reading",
    "GET /p/{id}/fresh": "reading",
    "GET /c/{name}/named": "reading",
    "GET /p/{id}/edit": "the author's own",
    "POST /p/{id}/edit": "the author's own",
    "GET /p/{id}/audience": "the author's own",
    "POST /p/{id}/audience": "the author's own",
    "GET /p/{id}/also": "the author's own",
    "GET /p/{id}/files": "the author's own",
    "POST /p/{id}/files": "the author's own",
    "POST /p/{id}/also": "the author's own",
    "POST /p/{id}/unshow": "moderators of a community that shows it, which it does not live in",
    "GET /p/{id}/delete": "the author's own",
    "POST /p/{id}/delete": "the author's own",
    "POST /p/{id}/keep": "reading",
    "GET /p/{id}/quote": "all who may read, and whom the author lets quote",
    "GET /p/{id}/quotes": "reading",
    "POST /p/{id}/quotes": "the author's own",
    "POST /p/{id}/quotes/{quote}/revoke": "the author's own",
    "POST /p/{id}/quiet": "reading",
    "POST /p/{id}/react": "all who may read, and are not banned",
    "POST /p/{id}/vote": "all who may answer: the very rule of answers",
    "POST /p/{id}/vote/end": "the author's own",
    "POST /p/{id}/share": "all who may read, on their own page",
    "GET /p/{id}/report": "all who may read",
    "POST /p/{id}/report": "all who may read",
    "GET /c/{name}/copies": "reading",
    "GET /r/{id}": "reading",
    "GET /r/{id}/edit": "the author's own",
    "POST /r/{id}/edit": "the author's own",
}
"""Pages at which no role counts, each with what does."""


def test_no_page_of_a_community_is_forgotten() -> None:
    """A new page says here which act of the table it is, or why no role counts."""
    routes = {
        f"{one.method} {one.path}"
        for one in all_routes()
        if one.family is Family.PAGE and one.path.startswith(("/c/", "/p/", "/r/"))
    }
    judged = {f"{door.method} {door.path}" for door in DOORS}
    acts = ("pin", "unpin", "lock", "unlock")
    assert {f"POST /p/{{id}}/{act}" for act in acts} <= judged
    judged = {one for one in judged if not one.endswith(tuple(f"/{act}" for act in acts))} | {f"POST {POST_ACT}"}
    assert routes == judged | set(FOR_ALL_ROLES)
    assert not judged & set(FOR_ALL_ROLES)


def test_every_act_of_the_table_has_a_door() -> None:
    assert {door.act for door in DOORS} | {Act.PUBLISH_WHERE_FEW_DO} == set(Act)
    assert all(one.access <= Access.MEMBER for one in all_routes() if one.path.startswith("/c/"))


@pytest.fixture
async def garden(site: Site, sign_in: SignIn) -> Garden:
    site.settings = replace(site.settings, reply_address="reply@atelier.example")
    ana = await sign_in("ana")
    made = await communities.found(
        ana.actor, title="Sols", name="sols", purpose="Des sols vivants.", posting="members", join_policy="request"
    )
    await make_member("guest")
    found = await queries.by_id(made.id)
    assert found is not None
    return Garden(ana, found)


async def seated(garden: Garden, who: Browser, seat: str) -> None:
    """Give somebody one seat of the table."""
    if not seat:
        return
    await communities.admit(garden.ana.actor, await communities.join(who.actor, garden.community))
    if seat != MEMBER:
        role, duties = (COMMITTEE, [seat]) if seat in DUTIES else (seat, [])
        await communities.appoint(garden.ana.actor, garden.community, who.actor, role, duties=duties)


async def opens(garden: Garden, who: Browser, door: Door) -> bool:
    """Try a door."""
    thing = await door.thing(garden) if door.thing is not None else ""
    path = door.path.replace("{name}", "sols")
    for name in ("{id}", "{person}", "{membership}", "{report}", "{invitation}", "{app}"):
        path = path.replace(name, thing)
    page = await who.get("/c/sols/about" if door.method == "POST" else path)
    if door.method == "GET":
        return page.status == 200
    page = await who.post(path, **door.form)
    return page.status == 200


@pytest.mark.parametrize("seat", [*SEATS, ""], ids=lambda seat: seat or "no_role")
async def test_pages_let_in_whom_the_table_lets_in(garden: Garden, sign_in: SignIn, seat: str) -> None:
    who = await sign_in("bea")
    await seated(garden, who, seat)
    seats = frozenset((seat,)) if seat else frozenset[str]()
    wrong = [
        f"{seat or 'nobody'}: {door.method} {door.path} {door.form.get('do', '')}: {door.act}"
        for door in DOORS
        if await opens(garden, who, door) is not may(seats, door.act)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("seat", SEATS)
async def test_where_few_publish_the_table_says_who(garden: Garden, sign_in: SignIn, seat: str) -> None:  # D44
    who = await sign_in("bea")
    await seated(garden, who, seat)
    await communities.change(garden.ana.actor, garden.community, posting="moderators")
    door = Door(Act.PUBLISH_WHERE_FEW_DO, "GET", "/c/{name}/new")
    assert await opens(garden, who, door) is may(frozenset((seat,)), door.act)
