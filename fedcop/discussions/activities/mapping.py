"""Posts as documents. Pure: what is needed is loaded before. The shapes are those of federation.md 1.3 and 1.4; each odd one has a reader there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from activitypub.jsonld.normalise import write_date
from activitypub.uris import PUBLIC
from activitypub.vocab import (
    Article,
    Collection,
    Hashtag,
    Image,
    Link,
    Mention,
    Note,
    Object,
    Page,
    Question,
    Source,
    Thing,
    Tombstone,
    render,
)
from fedcop.actors.models import Actor
from fedcop.core import addresses
from fedcop.core.sanitise import excerpt
from fedcop.discussions.activities import attaching
from fedcop.discussions.kinds import REPLY
from fedcop.discussions.models import Post
from fedcop.discussions.polls.queries import PollView
from fedcop.discussions.quotes import policy
from fedcop.discussions.text import options_html, tag_uri
from fedcop.discussions.versions import all_of
from fedcop.federation.wordless import ANONYMOUS
from fedcop.media.models import Media

SUMMARY_LENGTH = 500
KIND = "fc:kind"
REACTION = "fc:reaction"
ANSWER = "fc:acceptedAnswer"
READ_BY = "fc:readBy"
SINCE = "fc:readBySince"
WITHDRAWN = "fc:withdrawn"
QUOTES = "https://misskey-hub.net/ns#_misskey_quote"
OBJECT = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
EMOJI = {"experience": "🙋", "disagree": "⚖️"}


@dataclass(frozen=True)
class Quoted:
    """What a post quotes, as its document says it."""

    uri: str
    url: str
    stamp_uri: str = ""  # the word of its author that it may

    @property
    def fallback(self) -> str:
        """What stands for it in the text, for who knows no quotes; reading.py takes it out again."""
        return f'<p class="quote-inline">RE: <a href="{_escape(self.url)}">{_escape(self.url)}</a></p>'

    @property
    def link(self) -> Thing:
        """The same for those who read FEP-e232."""
        return Link(href=self.uri, media_type=OBJECT, rel=QUOTES, name=f"RE: {self.url}")

    @property
    def terms(self) -> dict[str, Any]:
        """Its properties: those of FEP-044f, and the one from before."""
        said = {"quote": self.uri, "quoteUrl": self.uri}
        return said | ({"quoteAuthorization": self.stamp_uri} if self.stamp_uri else {})


@dataclass(frozen=True)
class Telling:
    """A post and those whom its document names."""

    post: Post
    author: Actor
    group: Actor | None = None
    parent_author: Actor | None = None
    mentioned: Sequence[Actor] = ()
    files: Sequence[Media] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    wire_type: str = "Page"
    accepted_uri: str = ""
    private: bool = False  # its community
    poll: PollView | None = None
    quoted: Quoted | None = None

    @property
    def read_by(self) -> dict[str, Any]:
        """Say who reads it, where that is not what its community's posts are, or was changed."""
        usual = "community" if self.private else "public"
        if self.group is None or (self.post.audience == usual and self.post.audience_at is None):
            return {}
        return {READ_BY: self.post.audience, SINCE: write_date(self.post.audience_at or self.post.published_at)}

    @property
    def anonymous(self) -> dict[str, Any]:
        """Say that whoever shows it is asked not to show whose it is. The author stays in the document: without one it proves nothing."""
        return {ANONYMOUS: True} if self.post.anonymised_at is not None else {}

    @property
    def named(self) -> list[Actor]:
        """Whom to tell of it: who is answered, and who is mentioned; each once, the author never."""
        people = [*([self.parent_author] if self.parent_author else []), *self.mentioned]
        ours = {self.author.id, self.group.id if self.group else 0}
        return list({person.id: person for person in people if person.id not in ours}.values())


def to_object(telling: Telling) -> dict[str, Any]:
    """Write a post as the network knows it, without `@context`."""
    if telling.post.deleted_at is not None:
        return tombstone(telling)
    return _whole(telling, _reply(telling) if telling.post.kind == REPLY else _root(telling))


def listed(telling: Telling) -> dict[str, Any]:
    """Write a post with a poll for servers that know none: the same id, the choices as a list, and where one votes."""
    post, poll = telling.post, telling.poll
    assert poll is not None, "only a poll is listed"
    where = f'<p><a href="{_escape(post.url or post.uri)}">{_escape(post.url or post.uri)}</a></p>'
    document = to_object(replace(telling, poll=None))
    choices = options_html(one.text for one in poll.choices) + where
    texts = {code: text + choices for code, text in document.get("contentMap", {}).items()}
    source = post.source + "\n\n" + "".join(f"- {one.text}\n" for one in poll.choices) + f"\n<{post.url or post.uri}>"
    more = {"contentMap": texts} if texts else {}
    return {
        **document,
        "content": document["content"] + choices,
        "source": {**document["source"], "content": source},
        **more,
    }


def _whole(telling: Telling, thing: Thing) -> dict[str, Any]:
    document = render(thing, context=False)
    if telling.quoted is not None:
        document |= _beside_quote(document, telling.quoted)
    return {**document, **telling.read_by, **telling.anonymous, **telling.extra}


def _beside_quote(document: dict[str, Any], quoted: Quoted) -> dict[str, Any]:
    """What a post says of what it quotes: at the head of its text, in all its languages, for who knows no quotes."""
    texts = {code: quoted.fallback + text for code, text in document.get("contentMap", {}).items()}
    content = quoted.fallback + str(document.get("content") or "")
    return {**quoted.terms, "content": content, **({"contentMap": texts} if texts else {})}


def tombstone(telling: Telling) -> dict[str, Any]:
    """What is left of a deleted post."""
    post = telling.post
    former = "Note" if post.kind == REPLY else telling.wire_type
    thing = Tombstone(
        id=post.uri,
        former_type=former,
        deleted=post.deleted_at,
        published=post.published_at,
        context=post.context_uri or None,
        in_reply_to=post.parent_uri or None,
    )
    return {**render(thing, context=False), **telling.anonymous}


def nameless(telling: Telling) -> dict[str, Any]:
    """What is told of a post of which no word may be said, that it bears no name any more: it was taken away, or its author banned."""
    return {
        "id": telling.post.uri,
        "type": "Note" if telling.post.kind == REPLY else telling.wire_type,
        "attributedTo": telling.author.uri,
        ANONYMOUS: True,
    }


def withdrawn(telling: Telling) -> dict[str, Any]:
    """What a server is told that may not have a post any more, though others do."""
    return {
        "id": telling.post.uri,
        "type": "Tombstone",
        "formerType": "Note" if telling.post.kind == REPLY else telling.wire_type,
        WITHDRAWN: True,
    }


def _root(telling: Telling) -> Thing:
    post = telling.post
    kind = Article if telling.wire_type == "Article" else Page
    to, cc = addressees(telling)
    if telling.poll is not None:
        return _question(telling, telling.poll, id=post.uri, **_shared(telling, to, cc))
    short = post.warning or excerpt(post.content, SUMMARY_LENGTH)
    pictures = [file for file in telling.files if file.media_type.startswith("image/")]
    return kind(
        id=post.uri,
        name=post.title,
        name_map={one.language: one.title for one in all_of(post)} if post.versions else {},
        summary=(short if post.warning else f"<p>{_escape(short)}</p>") if short else None,
        image=Image(url=attaching.url_of(pictures[0])) if pictures else None,
        preview=None if post.warning else _preview(telling, short),
        comments_enabled=post.locked_at is None,
        stickied=post.pinned_at is not None,
        **_shared(telling, to, cc),
        extra={KIND: post.kind} | ({ANSWER: telling.accepted_uri} if telling.accepted_uri else {}),
    )


def _question(telling: Telling, poll: PollView, **shared: Any) -> Thing:
    """A poll. Microblogs show neither name nor summary of one but as a warning: the title stands at the head of the text."""
    post = telling.post
    is_root = post.kind != REPLY
    if is_root:
        shared["content"] = headed(post.title, post.content)
        texts = {one.language: headed(one.title, one.content) for one in all_of(post) if one.language}
        shared["content_map"] = texts
    options = tuple(
        Object(type_name="Note", name=one.text, replies=Collection(total_items=one.count) if poll.is_told else None)
        for one in poll.choices
    )
    return Question(
        # An answer has no name: with `inReplyTo` it would be read as a vote.
        name=post.title if is_root else None,
        name_map={one.language: one.title for one in all_of(post)} if is_root and post.versions else {},
        summary=post.warning or None,
        one_of=() if poll.poll.multiple else options,
        any_of=options if poll.poll.multiple else (),
        end_time=poll.poll.ends_at,
        closed=poll.poll.ends_at if poll.is_over else None,
        voters_count=poll.voters if poll.is_told else None,
        comments_enabled=post.locked_at is None if is_root else None,
        stickied=post.pinned_at is not None if is_root else None,
        **shared,
        extra={KIND: post.kind} | ({ANSWER: telling.accepted_uri} if telling.accepted_uri else {}) if is_root else {},
    )


def headed(title: str, content: str) -> str:
    """Put a title at the head of a text; reading.py takes it off again."""
    return f"<p><strong>{_escape(title)}</strong></p>{content}"


def _reply(telling: Telling) -> Thing:
    post = telling.post
    to, cc = addressees(telling)
    if telling.poll is not None:
        return _question(telling, telling.poll, id=post.uri, in_reply_to=post.parent_uri, **_shared(telling, to, cc))
    return Note(
        id=post.uri,
        in_reply_to=post.parent_uri,
        summary=post.warning or None,
        distinguished=False,
        **_shared(telling, to, cc),
    )


def _shared(telling: Telling, to: list[str], cc: list[str]) -> dict[str, Any]:
    post, group = telling.post, telling.group
    ours = group is not None and addresses.is_context_at(group.uri, post.context_uri)
    return {
        "attributed_to": (telling.author.uri,),
        "to": tuple(to),
        "cc": tuple(cc),
        "audience": (group.uri,) if group else (),
        "content": post.content,
        "content_map": {one.language: one.content for one in all_of(post) if one.language},
        "media_type": "text/html",
        "source": Source(content=post.source, media_type="text/markdown"),
        "url": post.url or post.uri,
        "context": post.context_uri or None,
        "context_history": addresses.history_uri(post.context_uri) if ours else None,
        "replies": f"{post.uri}/replies",
        "likes": f"{post.uri}/likes",
        "shares": f"{post.uri}/shares",
        "attachment": tuple(_attachments(telling)),
        "tag": tuple(_tags(telling)),
        "sensitive": post.sensitive,
        "language": post.language or None,
        "interaction_policy": _policy(telling),
        "published": post.published_at,
        "updated": post.edited_at,
    }


def addressees(telling: Telling) -> tuple[list[str], list[str]]:
    """`to` and `cc`. Lemmy takes the first address that is not Public for the community: the group stands first."""
    post, group = telling.post, telling.group
    people = [person.uri for person in telling.named]
    if post.audience != "public":
        if group is None:
            return people, []
        return [group.uri, group.followers_uri or f"{group.uri}/followers"], people
    if telling.private and group is not None:
        return [group.uri, group.followers_uri or f"{group.uri}/followers"], [PUBLIC, *people]
    if post.kind == REPLY:
        return [PUBLIC], [*([group.uri] if group else []), *people]
    followers = telling.author.followers_uri or f"{telling.author.uri}/followers"
    return [*([group.uri] if group else []), PUBLIC], [followers, *people]


def _tags(telling: Telling) -> list[Thing]:
    named = [*([telling.group] if telling.group else []), *telling.named]
    mentions: list[Thing] = [Mention(href=actor.uri, name=f"@{actor.name}@{actor.host}") for actor in named]
    quoted = [telling.quoted.link] if telling.quoted is not None else []
    return mentions + [Hashtag(href=tag_uri(tag), name=f"#{tag}") for tag in telling.post.tags] + quoted


def _attachments(telling: Telling) -> list[Thing]:
    found: list[Thing] = [
        Link(href=link["href"], media_type=link.get("media_type") or None, name=link.get("name") or None)
        for link in telling.post.links
    ]
    return found + [attaching.document_of(file) for file in telling.files]


def _preview(telling: Telling, short: str) -> Thing:
    post = telling.post
    link = f'<a href="{_escape(post.url or post.uri)}">{_escape(post.url or post.uri)}</a>'
    return Note(
        attributed_to=(telling.author.uri,),
        content=f"<p><strong>{_escape(post.title)}</strong></p><p>{_escape(short)}</p><p>{link}</p>",
    )


def _policy(telling: Telling) -> dict[str, Any] | None:
    """Who may do what with it; what not everybody reads is quoted where it is read, and nowhere else."""
    post, author, group = telling.post, telling.author, telling.group
    followers = author.followers_uri or f"{author.uri}/followers"
    everybody = {"automaticApproval": [PUBLIC]}
    if post.audience == "public":
        quoting = policy.write(post.quote_policy, author=author.uri, followers=followers)
        return {"canQuote": quoting, **dict.fromkeys(("canReply", "canAnnounce", "canLike"), everybody)}
    if group is None:
        return None
    readers = group.followers_uri or f"{group.uri}/followers"
    return {"canQuote": policy.write(post.quote_policy, author=author.uri, followers=followers, readers=readers)}


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def activity(
    kind: str,
    number: int,
    actor: Actor,
    *,
    object: Any,
    to: Sequence[str],
    cc: Sequence[str] = (),
    group: Actor | None = None,
    published: datetime | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Write an activity of ours. `to` and `cc` are always there (Lemmy), `audience` is one text."""
    document: dict[str, Any] = {
        "id": addresses.activity_uri(number),
        "type": kind,
        "actor": actor.uri,
        "to": list(to),
        "cc": list(cc),
    }
    if group is not None:
        document["audience"] = group.uri
    if published is not None:
        document["published"] = published.isoformat().replace("+00:00", "Z")
    return {**document, **more, "object": object}
