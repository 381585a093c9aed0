"""Every activity that somebody elsewhere sends to a community of ours, for every role: done is what the table role × act allows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fedcop.actors import queries as actors
from fedcop.actors.models import Actor
from fedcop.communities import queries
from fedcop.communities import service as communities
from fedcop.communities.models import Community
from fedcop.communities.roles import COMMITTEE, DUTIES, MEMBER, SEATS, Act, may
from fedcop.core.site import Site
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.dispatcher import Dispatcher
from tests.rig.fakeserver import Stranger
from tests.rig.manners import Manners
from tests.rig.people import make_member
from tests.rig.world import World, outcomes

pytestmark = pytest.mark.once  # The table is asked; what it is asked about is kept on both databases by other tests.

HOME = "https://coop.example"
INBOX = f"{HOME}/inbox"
FEDCOP = Manners("fedcop", "1.0", person="/u/{name}", group="/c/{name}", proofs=True, capabilities=("fep-1b12",))


@dataclass
class Village:
    """A community of ours, and gus elsewhere who has one seat in it."""

    world: World
    site: Site
    ana: Actor
    community: Community
    gus: Stranger
    made: int = 0

    @property
    def group(self) -> Actor:
        return self.community.actor

    async def member(self, *, banned: bool = False) -> str:
        """The uri of a new member, or of somebody banned."""
        self.made += 1
        person = (await make_member(f"p{self.made}")).actor
        await communities.join(person, self.community)
        if banned:
            await communities.ban(self.ana, self.community, person, "Insultes.")
        return person.uri

    async def post(self, act: str = "") -> str:
        """The uri of a new thread, to which something was done."""
        found = await discussions.write(self.ana, self.community, kind="question", title="Quand ?", source="Dites.")
        if act == "remove":
            await discussions.remove(self.ana, found, "Hors sujet.")
        elif act:
            await getattr(discussions, act)(self.ana, found)
        return found.uri

    def says(self, kind: str, thing: Any, **more: Any) -> dict[str, Any]:
        return self.gus.activity(kind, thing, cc=[self.group.uri], audience=self.group.uri, **more)


Said = Callable[[Village], Awaitable[dict[str, Any]]]


async def publishes(on: Village) -> dict[str, Any]:
    return on.gus.activity("Create", on.gus.root(on.group.uri, audience=on.group.uri))


async def replies(on: Village) -> dict[str, Any]:
    return on.gus.activity("Create", on.gus.reply(await on.post(), on.ana.uri, on.group.uri, audience=on.group.uri))


async def accepts_answer(on: Village) -> dict[str, Any]:
    root = await Post.get(uri=await on.post())
    answer = await discussions.reply(on.ana, root, source="En mai.")
    return on.says("Add", answer.uri, target=f"{root.uri}/answers")


async def chooses_answer(on: Village) -> dict[str, Any]:
    return on.says("ChooseAnswer", (await accepts_answer(on))["object"])


async def unchooses_answer(on: Village) -> dict[str, Any]:
    root = await Post.get(uri=await on.post())
    answer = await discussions.reply(on.ana, root, source="En mai.")
    await discussions.accept_answer(on.ana, root, answer)
    inner = {"id": f"{on.gus.uri}/a{root.id}", "type": "ChooseAnswer", "actor": on.gus.uri, "object": answer.uri}
    return on.says("Undo", inner)


def to_list(kind: str, name: str, **more: Any) -> Said:
    async def said(on: Village) -> dict[str, Any]:
        target = on.group.moderators_uri if name == "moderators" else f"{on.group.uri}/members"
        return on.says(kind, await on.member(), target=target, **more)

    return said


def pins(kind: str, before: str = "") -> Said:
    async def said(on: Village) -> dict[str, Any]:
        return on.says(kind, await on.post(before), target=on.group.featured_uri)

    return said


def on_post(kind: str, **more: Any) -> Said:
    async def said(on: Village) -> dict[str, Any]:
        return on.says(kind, await on.post(), **more)

    return said


def takes_back(kind: str, before: str) -> Said:
    async def said(on: Village) -> dict[str, Any]:
        inner = {"id": f"{on.gus.uri}/x{on.made}", "type": kind, "actor": on.gus.uri, "object": await on.post(before)}
        return on.says("Undo", inner | {"to": [on.group.uri]})

    return said


async def moves(on: Village) -> dict[str, Any]:
    """Out of the community, into one that lets anybody write."""
    on.made += 1
    other = await communities.found(on.ana, title="Prés", name=f"pres{on.made}", purpose="Faucher", posting="anyone")
    more = {"origin": on.group.uri, "target": other.actor.uri, "summary": "Plutôt là."}
    return on.says("Move", await on.post(), **more)


async def bans(on: Village) -> dict[str, Any]:
    return on.says("Block", await on.member(), target=on.group.uri, summary="Insultes.")


async def suspends(on: Village) -> dict[str, Any]:
    more = {"summary": "Insultes.", "fc:suspension": True, "endTime": "2026-04-01T00:00:00Z"}
    return on.says("Block", await on.member(), target=on.group.uri, **more)


async def warns(on: Village) -> dict[str, Any]:
    return on.says("Warn", await on.member(), target=on.group.uri, summary="Attention.")


async def unbans(on: Village) -> dict[str, Any]:
    person = await on.member(banned=True)
    inner = {"id": f"{on.gus.uri}/b{on.made}", "type": "Block", "actor": on.gus.uri, "object": person}
    return on.says("Undo", inner | {"target": on.group.uri})


async def changes(on: Village) -> dict[str, Any]:
    return on.says("Update", {"id": on.group.uri, "type": "Group", "name": "À moi", "inbox": f"{on.group.uri}/inbox"})


async def invites(on: Village) -> dict[str, Any]:
    return on.says("Invite", (await make_member("guest")).actor.uri, target=on.group.uri)


ACTIVITIES: tuple[tuple[Act, str, Said], ...] = (
    (Act.PUBLISH, "Create", publishes),
    (Act.REPLY, "Create", replies),
    (Act.ACCEPT_ANSWER, "Add", accepts_answer),
    (Act.ACCEPT_ANSWER, "ChooseAnswer", chooses_answer),
    (Act.ACCEPT_ANSWER, "Undo ChooseAnswer", unchooses_answer),
    (Act.PIN, "Add", pins("Add")),
    (Act.PIN, "Remove", pins("Remove", "pin")),
    (Act.LOCK, "Lock", on_post("Lock")),
    (Act.LOCK, "Undo Lock", takes_back("Lock", "lock")),
    (Act.REMOVE_POST, "Delete", on_post("Delete", summary="Hors sujet.")),
    (Act.REMOVE_POST, "Undo Delete", takes_back("Delete", "remove")),
    (Act.MOVE, "Move Object", moves),
    (Act.REMOVE_MEMBER, "Remove", to_list("Remove", "members")),
    (Act.WARN, "Warn", warns),
    (Act.SUSPEND, "Block", suspends),
    (Act.BAN, "Block", bans),
    (Act.BAN, "Undo Block", unbans),
    (Act.APPOINT, "Add", to_list("Add", "moderators")),
    (Act.APPOINT, "Add", to_list("Add", "members", **{"fc:role": "expert"})),
    (Act.APPOINT, "Remove", to_list("Remove", "moderators", **{"fc:role": "facilitator"})),
)

NEVER = {Act.CHANGE: changes, Act.INVITE: invites}
"""Decided on a community's own server only, whatever the role."""

ON_ONES_OWN = {
    "Accept Follow", "Reject Follow", "Follow Actor", "Follow Group", "Undo Follow",
    "Accept Invite", "Reject Invite", "Undo Invite",  # the invited person's, or an invitation of one of ours
    "Join Group", "Undo Join", "Leave Group", "Accept Join", "Reject Join",  # an answer: by the community that was asked
    "TentativeAccept Join", "Update Join",  # the same community's word; the applicant's own answer
    "TentativeAccept Create", "Reject Create",  # what became of a post: by the community that it is for
    "Accept Remove", "Accept Delete",  # a server's receipt for what it held itself
    "Update Object", "Update Actor", "Delete Actor", "Move Actor",
    "Announce Object", "Undo Announce", "Like Object", "EmojiReact Object", "Dislike Object",
    "PollVote Object",  # all who may answer
    "Undo Like", "Undo EmojiReact", "Undo Dislike",  # reactions: all who may read
    "Flag Object", "Flag -",  # all who may read
    "Accept Flag", "Reject Flag", "Resolve Flag",  # answers to a report: judged where it is decided
    "Offer Object", "Accept Offer", "Reject Offer", "Undo Offer",  # alliances: between servers
    "QuoteRequest Object", "Accept QuoteRequest", "Reject QuoteRequest",  # who quotes asks, who is quoted answers
    "Announce Activity", "Add Activity",  # communities, and what is inside is judged itself
}  # fmt: skip


def test_no_activity_is_forgotten(site: Site) -> None:
    """A new route says here which act of the table it is, or that it is about what is the sender's own."""
    judged = {kind.split()[0] if " " not in kind else kind for _act, kind, _said in ACTIVITIES}
    judged |= {"Invite", "Update Group"}
    for kind, thing in site.part(Dispatcher).pairs:
        name = f"{kind} {thing}"
        assert name in ON_ONES_OWN or name in judged or kind in judged, f"{name}: by which act of the table?"


def test_every_act_travels_or_is_said_not_to() -> None:
    said = {act for act, _kind, _said in ACTIVITIES} | set(NEVER)
    assert said == set(Act) - {Act.ADMIT, Act.DECIDE_REPORTS, Act.PUBLISH_WHERE_FEW_DO, Act.CALL, Act.SPEAK_FOR}


@pytest.fixture
async def village(world: World) -> AsyncIterator[Village]:
    site = await world.fedcop(HOME)
    gus = await world.stranger("gus@club.example", FEDCOP)
    ana = (await make_member("ana")).actor
    made = await communities.found(ana, title="Sols", name="sols", purpose="Des sols vivants.", posting="members")
    await gus.joins(made.actor.uri, INBOX)
    await world.settle()
    found = await queries.by_id(made.id)
    assert found is not None
    yield Village(world, site, ana, found, gus)


async def is_done(on: Village, activity: dict[str, Any]) -> bool:
    if await on.gus.sends(activity, INBOX) != 202:
        return False
    await on.world.settle()
    if (await outcomes(on.site))[-1][0] != "done":
        return False
    waits = activity["type"] == "Create" and (await Post.get(uri=activity["object"]["id"])).state == "held"
    return not waits  # for a moderator: who may not begin a discussion is not lost


@pytest.mark.parametrize("seat", [*SEATS, ""], ids=lambda seat: seat or "no_role")
async def test_activities_count_as_the_table_says(village: Village, seat: str) -> None:  # D22, D25, D26, D32
    person = await actors.by_uri(village.gus.uri)
    assert person is not None
    if not seat:
        await communities.remove_member(village.ana, village.community, person, "Non.")
    elif seat != MEMBER:
        role, duties = (COMMITTEE, [seat]) if seat in DUTIES else (seat, [])
        await communities.appoint(village.ana, village.community, person, role, duties=duties)
    await village.world.settle()
    seats = frozenset((seat,)) if seat else frozenset[str]()
    wrong = []
    for act, kind, said in ACTIVITIES:
        if await is_done(village, await said(village)) is not may(seats, act):
            wrong.append(f"{seat or 'nobody'}: {kind}: {act}: {(await outcomes(village.site))[-1]}")
    for act, said in NEVER.items():
        if await is_done(village, await said(village)):
            wrong.append(f"{seat or 'nobody'}: {act} was done from elsewhere")
    assert not wrong, "\n".join(wrong)
