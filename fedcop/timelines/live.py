"""Who of those that are looking right now is told what, when something happens to a thread: judged for all of them at once, at that moment.

By the conditions of streams.py in another form: there one person and many threads, here one thread and many people. A test holds
one against the other. Not for: how it is said, and to which connection (web/mastodon/hub.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from fedcop.communities import access
from fedcop.communities.access import Thing
from fedcop.core import clock
from fedcop.core.database import rows
from fedcop.core.signals import Signal
from fedcop.core.site import site
from fedcop.discussions import queries as discussions
from fedcop.discussions import seams
from fedcop.discussions.models import Post
from fedcop.discussions.versions import unwanted_sql
from fedcop.federation.peers import limited
from fedcop.federation.peers.limited import Back
from fedcop.timelines import live_lists
from fedcop.timelines.live_lists import Lists, Placed

UPDATE, CHANGE, DELETE = "update", "status.update", "delete"
HOME, PUBLIC, TAG, LIST = "user", "public", "hashtag", "list"
# What a signal says happened; its first id is a post's.
APPEARED, EDITED, GONE, REFUSED, OPENED, SHOWN, UNSHOWN, MOVED = (
    "appeared", "edited", "gone", "refused", "opened", "shown", "unshown", "moved",
)  # fmt: skip
KINDS = (APPEARED, EDITED, GONE, REFUSED, OPENED, SHOWN, UNSHOWN, MOVED)
NEW = timedelta(hours=6)  # what comes later, as when the past of a community is fetched, has its place further down
QUIET = (SHOWN, UNSHOWN)  # who had the thread before has it as it was


@dataclass(frozen=True)
class Stream:
    """A list of threads that somebody listens to."""

    name: str  # HOME, PUBLIC, TAG, LIST, or one of which nothing is said here
    of: str = ""  # PUBLIC and TAG: "local", "remote" or all
    only_media: bool = False
    tag: str = ""
    community_id: int = 0  # of a LIST
    list_id: int = 0  # of a LIST that somebody made


@dataclass(frozen=True)
class Told:
    """What is said to whom: by event, people and streams."""

    post: Post
    to: Mapping[tuple[int, Stream], str] = field(default_factory=dict)
    inside: frozenset[int] = frozenset()  # who may read more than this thread where it lives


@dataclass(frozen=True)
class _Standing:
    """How a thread stands, or stood a moment ago: enough to tell in whose lists it is."""

    thing: Thing
    state: str
    shown_in: frozenset[int]
    of_any_tag: bool = False  # a tombstone does not say any more which ones it had

    @property
    def places(self) -> set[int]:
        """Where it is: its home, and the communities that show it."""
        home = self.thing.community_id
        return set(self.shown_in) | ({home} if home is not None else set())


@dataclass(frozen=True)
class _Ties:
    """What ties those who listen to the places of a thread and to its author."""

    members: frozenset[tuple[int, int]]  # (community, who)
    followers: frozenset[tuple[int, int]]
    away: frozenset[tuple[int, int]]  # who keeps a community out of their home
    tagged: frozenset[int]  # who follows one of its tags, or of what is gone any tag
    hide: frozenset[int]  # who does not see its author
    deaf: frozenset[int]  # who wants none of its languages of its community
    back: Back  # what of it is of limited servers

    def are_home(self, place: int | None, who: int) -> bool:
        tie = (place, who)
        return (tie in self.members or tie in self.followers) and tie not in self.away

    def have_listed(self, at: _Standing, who: int, *, is_named: bool) -> bool:
        """Whether somebody has it in lists of all that there is: `limited.posts_sql`."""
        place, author = at.thing.community_id, at.thing.author_id
        if not self.back.author and place not in self.back.places:
            return True
        if who == author or (is_named and who in self.back.followers):
            return True
        return (place, who) in self.members or (place, who) in self.followers


async def judge(signal: Signal, listening: Collection[tuple[int, Stream]]) -> Told | None:
    """Tell what is said to those who listen, in a fixed number of statements however many they are; None: nothing to anybody."""
    post = await discussions.by_id(signal.ids[0])
    if post is None or not listening:
        return None
    if not post.depth:
        return await _judge(signal, post, listening)
    to_author = _to_its_author(signal.kind, post, listening)
    in_lists = [(who, stream) for who, stream in listening if stream.name == LIST]
    told = await _judge(signal, post, in_lists) if in_lists else Told(post)
    return replace(told, to={**told.to, **to_author})


async def _judge(signal: Signal, post: Post, listening: Collection[tuple[int, Stream]]) -> Told:
    shown_in = await _shown_in(post) if not post.depth else frozenset()
    before, after = _standings(signal, post, shown_in)
    people = {who for who, _stream in listening}
    places = {one for at in (before, after) if at is not None for one in at.places}
    ties = await _ties(post, places, people)
    files = any(stream.only_media for _who, stream in listening) and (await seams.media_of([post.id])).get(post.id)
    lists = await live_lists.load(post, people, {stream.list_id for _who, stream in listening if stream.list_id})
    had = await _Lists.of(before, lists, ties, people, has_media=bool(files))
    has = had if after == before else await _Lists.of(after, lists, ties, people, has_media=bool(files))
    is_new = post.published_at > clock.now() - NEW
    to: dict[tuple[int, Stream], str] = {}
    for who, stream in listening:
        was, now = had.have(who, stream), has.have(who, stream)
        if was and not now:
            to[who, stream] = DELETE
        elif now and not was and is_new:
            to[who, stream] = UPDATE
        elif was and now and signal.kind not in QUIET:
            to[who, stream] = CHANGE
    home = post.community_id
    return Told(post, to, frozenset(who for place, who in ties.members if place == home))


def _to_its_author(kind: str, post: Post, listening: Iterable[tuple[int, Stream]]) -> dict[tuple[int, Stream], str]:
    """Answers stand in few lists; an author's other programs hear what became of one."""
    event = DELETE if post.deleted_at is not None or post.removed_at is not None else CHANGE
    if kind not in (EDITED, GONE, REFUSED):
        return {}
    return {(who, stream): event for who, stream in listening if stream.name == HOME and who == post.author_id}


def _standings(signal: Signal, post: Post, shown_in: frozenset[int]) -> tuple[_Standing | None, _Standing | None]:
    """Say how a thread stood before, and how it stands now; None: in no list."""
    now = _Standing(Thing(post.audience, post.organisation, post.community_id, post.author_id), post.state, shown_in)
    before: _Standing | None = now
    match signal.kind:
        case "appeared":
            before = None
        case "gone":
            before = replace(now, of_any_tag=True)
        case "refused":
            before = replace(now, state="held")
        case "opened":
            _post, reach, ours = signal.ids
            organisation = site().settings.netloc if ours else ""
            before = replace(now, thing=replace(now.thing, audience=access.LADDER[reach], organisation=organisation))
        case "shown":
            before = replace(now, shown_in=shown_in - {signal.ids[1]})
        case "unshown":
            # Others show what everybody may read: if that has changed too, it was so.
            for_all = replace(now.thing, audience=access.PUBLIC)
            before = replace(now, thing=for_all, shown_in=shown_in | {signal.ids[1]})
        case "moved":
            before = replace(now, thing=replace(now.thing, community_id=signal.ids[1]))
    gone = post.deleted_at is not None or post.removed_at is not None
    return before, None if gone else now


async def _shown_in(post: Post) -> frozenset[int]:
    found = await rows("SELECT community_id FROM showing WHERE post_id = ?", post.id)
    return frozenset(row["community_id"] for row in found)


async def _ties(post: Post, places: Collection[int], people: Collection[int]) -> _Ties:
    who, where, author = list(people), list(places), post.author_id
    is_gone = post.deleted_at is not None or post.removed_at is not None
    member_not, codes = unwanted_sql(post, "languages")
    follower_not, _codes = unwanted_sql(post, "f.languages")
    found = await rows(
        "SELECT 'member' AS what, community_id AS place, actor_id AS who FROM membership"  # noqa: S608 - our own words only, values are parameters
        " WHERE community_id IN (?) AND actor_id IN (?) AND state = 'active'"
        " UNION ALL SELECT 'follower', c.id, f.follower_id FROM follow f JOIN community c ON c.actor_id = f.target_id"
        " WHERE c.id IN (?) AND f.follower_id IN (?) AND f.state = 'accepted'"
        " UNION ALL SELECT 'away', community_id, actor_id FROM membership"
        " WHERE community_id IN (?) AND actor_id IN (?) AND NOT in_home"
        " UNION ALL SELECT 'away', c.id, f.follower_id FROM follow f JOIN community c ON c.actor_id = f.target_id"
        " WHERE c.id IN (?) AND f.follower_id IN (?) AND NOT f.in_home"
        " UNION ALL SELECT 'away', c.id, u.actor_id FROM mute u JOIN community c ON c.actor_id = u.target_id"
        " WHERE c.id IN (?) AND u.actor_id IN (?)"
        " UNION ALL SELECT 'away', c.id, d.actor_id FROM domain_block d JOIN actor g ON g.host = d.host JOIN community c ON c.actor_id = g.id"
        " WHERE c.id IN (?) AND d.actor_id IN (?)"
        " UNION ALL SELECT 'away', c.id, l.owner_id FROM personal_list l JOIN list_entry e ON e.list_id = l.id"
        " JOIN community c ON c.actor_id = e.actor_id WHERE c.id IN (?) AND l.owner_id IN (?) AND l.exclusive"
        " UNION ALL SELECT 'tagged', 0, actor_id FROM followed_tag WHERE actor_id IN (?) AND (tag IN (?) OR ?)"
        " UNION ALL SELECT 'hides', 0, actor_id FROM block WHERE target_id = ? AND actor_id IN (?)"
        " UNION ALL SELECT 'hides', 0, target_id FROM block WHERE actor_id = ? AND target_id IN (?)"
        " UNION ALL SELECT 'hides', 0, actor_id FROM mute WHERE target_id = ? AND actor_id IN (?)"
        " UNION ALL SELECT 'hides', 0, d.actor_id FROM domain_block d JOIN actor g ON g.host = d.host WHERE g.id = ? AND d.actor_id IN (?)"
        f" UNION ALL SELECT 'deaf', 0, actor_id FROM membership WHERE community_id = ? AND actor_id IN (?) AND {member_not}"
        " UNION ALL SELECT 'deaf', 0, f.follower_id FROM follow f JOIN community c ON c.actor_id = f.target_id"
        f" WHERE c.id = ? AND f.follower_id IN (?) AND {follower_not}",
        *(where, who) * 7,
        *(who, post.tags, is_gone),
        *(author, who) * 4,
        *(post.community_id or 0, who, *codes) * 2,
    )
    of = {what: frozenset((row["place"], row["who"]) for row in found if row["what"] == what) for what in TIES}
    # Of what bears no name nobody learns it by muting.
    hide = frozenset(who for _place, who in of["hides"]) if post.anonymised_at is None else frozenset()
    tagged = frozenset(who for _place, who in of["tagged"])
    deaf = frozenset(who for _place, who in of["deaf"]) - {author}
    back = await limited.of_post(author, where, who)
    return _Ties(of["member"], of["follower"], of["away"], tagged, hide, deaf, back)


TIES = ("member", "follower", "away", "tagged", "hides", "deaf")


@dataclass(frozen=True)
class _Lists:
    """In whose lists a thread is, as it stands."""

    at: _Standing | None
    lists: Lists
    ties: _Ties
    seen_by: frozenset[int] = frozenset()
    has_media: bool = False

    @classmethod
    async def of(
        cls, at: _Standing | None, lists: Lists, ties: _Ties, people: Collection[int], *, has_media: bool
    ) -> _Lists:
        """Ask who of some people may see it."""
        if at is None:
            return cls(None, lists, ties)
        seen_by = await discussions.shown_to(people, at.thing, at.state)
        return cls(at, lists, ties, frozenset(seen_by), has_media)

    def have(self, who: int, stream: Stream) -> bool:
        """Tell whether it is in a list of somebody."""
        at = self.at
        if at is None or who not in self.seen_by or who in self.ties.hide:
            return False
        post = self.lists.post
        if (stream.of and post.local != (stream.of == "local")) or (stream.only_media and not self.has_media):
            return False
        for_all = at.thing.audience == access.PUBLIC and at.state == "visible"
        place, ties = at.thing.community_id, self.ties
        listed = ties.have_listed(at, who, is_named=post.anonymised_at is None)
        match stream.name:
            case "public":
                return for_all and listed
            case "hashtag":
                return (at.of_any_tag or stream.tag in post.tags) and listed
            case "list":
                placed = Placed(place, at.shown_in)
                if stream.list_id:
                    return self.lists.of_own(who, stream.list_id, placed)
                is_member = (stream.community_id, who) in ties.members
                return is_member and self.lists.of_community(who, stream.community_id, placed)
            case "user" if who in ties.deaf:
                return False
            case "user":
                if ties.are_home(place, who):
                    return at.state == "visible" or who == at.thing.author_id
                if listed and who in ties.tagged and (place, who) not in ties.away:
                    return at.state == "visible" or who == at.thing.author_id
                return for_all and any(ties.are_home(one, who) for one in at.shown_in)
        return False
