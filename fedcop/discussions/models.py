"""Threads and replies, what was said of them, and texts that are not published yet."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.communities.models import Community, ThreadActivity
from fedcop.core.ids import new_id
from fedcop.core.indexes import IndexOfSome

__all__ = [
    "Backfill",
    "Bookmark",
    "Draft",
    "Mention",
    "Post",
    "PostTag",
    "Reaction",
    "Revision",
    "Share",
    "Showing",
    "Submission",
    "ThreadActivity",
    "ThreadVisit",
]


class Post(Model):
    """A thread root (`root_id == id`) or a reply. `audience` is a stored fact; communities/access.py judges it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)
    url = fields.CharField(max_length=2048, default="")
    local = fields.BooleanField(default=False)
    author: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="posts", on_delete=fields.CASCADE
    )
    author_id: int
    community: fields.ForeignKeyNullableRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="posts", null=True, on_delete=fields.CASCADE
    )
    community_id: int | None
    root_id = fields.BigIntField()  # of the thread; its own id for a root
    parent_id = fields.BigIntField(null=True)  # what it answers, None for a root
    parent_uri = fields.CharField(max_length=2048, default="")  # kept even while the parent is unknown
    depth = fields.IntField(default=0)
    context_uri = fields.CharField(max_length=2048, default="")  # FEP-7888; of the community's host
    kind = fields.CharField(
        max_length=20, default="question"
    )  # root: question, idea, practice, tip, news, debate, resource; reply: reply
    title = fields.CharField(max_length=300, default="")
    title_derived = fields.BooleanField(default=False)
    source = fields.TextField(default="")  # Markdown as written, local only
    content = fields.TextField(default="")  # sanitised HTML
    language = fields.CharField(max_length=10, default="")
    versions = fields.JSONField[list[Any] | None](null=True)  # in other languages (versions.py)
    sensitive = fields.BooleanField(default=False)
    warning = fields.CharField(max_length=300, default="")  # content warning
    audience = fields.CharField(max_length=12, default="public")  # me, community, organisation, allies, public
    organisation = fields.CharField(
        max_length=260, default="", db_default=""
    )  # whose, where the audience speaks of one: a host
    audience_at = fields.DatetimeField(null=True)  # when its author last changed who reads it
    anonymised_at = fields.DatetimeField(null=True)  # since when only its author reads whose it is; never taken back
    state = fields.CharField(
        max_length=10, default="visible"
    )  # visible, pending (waits for the community's host), refused, held (for a moderator)
    state_reason = fields.TextField(default="")
    tags = fields.JSONField[list[Any]](default=list)  # ["pruniers", …] lower case
    links = fields.JSONField[list[Any]](default=list)  # [{"href","name","media_type"}] of a link post
    published_at = fields.DatetimeField()
    created_at = fields.DatetimeField()  # when we stored it
    edited_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    removed_at = fields.DatetimeField(null=True)  # by a moderator
    removed_reason = fields.TextField(default="")
    locked_at = fields.DatetimeField(null=True)  # root only
    pinned_at = fields.DatetimeField(null=True)  # root only
    accepted_id = fields.BigIntField(null=True)  # root only: the accepted answer
    accepted_by_id = fields.BigIntField(null=True)
    replies_count = fields.IntField(default=0)  # root: whole thread; reply: direct answers
    last_activity_at = fields.DatetimeField()  # root only
    thanks_count = fields.IntField(default=0)
    useful_count = fields.IntField(default=0)
    experience_count = fields.IntField(default=0)
    disagree_count = fields.IntField(default=0)
    shares_count = fields.IntField(default=0)
    has_poll = fields.BooleanField(default=False, db_default=False)
    has_quote = fields.BooleanField(default=False, db_default=False)  # of another post
    quotes_count = fields.IntField(default=0, db_default=0)
    quote_policy = fields.CharField(max_length=60, default="", db_default="")  # who may quote it (quotes/policy.py)
    fetched_at = fields.DatetimeField(null=True)

    class Meta:
        table = "post"
        app = "fedcop"
        indexes = [
            Index(fields=("root_id", "id")),
            Index(fields=("community_id", "depth", "last_activity_at")),
            Index(fields=("community_id", "depth", "published_at")),
            Index(fields=("author_id", "published_at")),
            Index(fields=("depth", "last_activity_at")),
            Index(fields=("depth", "published_at")),
            Index(fields=("community_id", "depth", "id")),
            Index(fields=("depth", "id")),
            Index(fields=("parent_uri",)),
            Index(fields=("context_uri",)),
            IndexOfSome(fields=("community_id", "id"), name="idx_post_held", where="state = 'held'"),
            IndexOfSome(
                fields=("root_id", "author_id"),
                name="idx_post_ours",
                where="local AND deleted_at IS NULL AND state = 'visible'",
            ),
            IndexOfSome(fields=("community_id", "pinned_at"), name="idx_post_pinned", where="pinned_at IS NOT NULL"),
        ]


class Revision(Model):
    """What a post said before an edit."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="revisions", on_delete=fields.CASCADE
    )
    post_id: int
    title = fields.CharField(max_length=300, default="")
    source = fields.TextField(default="")
    content = fields.TextField(default="")
    versions = fields.JSONField[list[Any] | None](null=True)  # the same in other languages
    written_at = fields.DatetimeField()  # from when this text was the post's
    audience = fields.CharField(max_length=12, default="public", db_default="public")  # of the post at that time

    class Meta:
        table = "revision"
        app = "fedcop"


class PostTag(Model):
    """A tag of a post once more, to find posts by it; the post's own list says the order."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="tagged", on_delete=fields.CASCADE
    )
    post_id: int
    tag = fields.CharField(max_length=60)

    class Meta:
        table = "post_tag"
        app = "fedcop"
        unique_together = (("tag", "post"),)
        indexes = [Index(fields=("post_id",))]


class Mention(Model):
    """Somebody whom a post names."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="mentions", on_delete=fields.CASCADE
    )
    post_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="mentions", on_delete=fields.CASCADE
    )
    actor_id: int

    class Meta:
        table = "mention"
        app = "fedcop"
        unique_together = (("post", "actor"),)


class Reaction(Model):
    """Thanks, useful, experience, disagree (features F2.3); one of each kind per person and post."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="reactions", on_delete=fields.CASCADE
    )
    post_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="reactions", on_delete=fields.CASCADE
    )
    actor_id: int
    kind = fields.CharField(max_length=12)
    created_at = fields.DatetimeField()

    class Meta:
        table = "reaction"
        app = "fedcop"
        unique_together = (("post", "actor", "kind"),)
        indexes = [Index(fields=("actor_id",)), Index(fields=("created_at",))]


class Share(Model):
    """A person's Announce of a post (not the community's own relaying)."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="shares", on_delete=fields.CASCADE
    )
    post_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="shares", on_delete=fields.CASCADE
    )
    actor_id: int
    created_at = fields.DatetimeField()

    class Meta:
        table = "share"
        app = "fedcop"
        unique_together = (("post", "actor"),)


class Bookmark(Model):
    """A post that somebody keeps for later: for their eyes alone."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="bookmarks", on_delete=fields.CASCADE
    )
    actor_id: int
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="bookmarks", on_delete=fields.CASCADE
    )
    post_id: int
    kept_at = fields.DatetimeField()

    class Meta:
        table = "bookmark"
        app = "fedcop"
        unique_together = (("actor", "post"),)
        indexes = [Index(fields=("post_id",))]


class Showing(Model):
    """A community that shows a public thread which lives in another one (decisions/0018-threads-shown-elsewhere.md). Gives nobody a right."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)  # of the group's Announce too
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="showings", on_delete=fields.CASCADE
    )
    post_id: int
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="showings", on_delete=fields.CASCADE
    )
    community_id: int
    uri = fields.CharField(max_length=2048, default="")  # of the Announce of a group elsewhere
    shown_at = fields.DatetimeField()

    class Meta:
        table = "showing"
        app = "fedcop"
        unique_together = (("post", "community"),)
        indexes = [Index(fields=("community_id",)), Index(fields=("uri",))]


class Draft(Model):
    """What somebody is writing, kept as they type; one per place (a community, a thread, a post being edited).

    With `due_at` it is a whole text that is published at that moment; scheduling.py alone makes and changes those.
    """

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    author: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="drafts", on_delete=fields.CASCADE
    )
    author_id: int
    place = fields.CharField(
        max_length=60
    )  # "community:ID", "reply:ID", "edit:ID", "resource:ID"; "later:ID" of a text that is or was scheduled, "change:ID" of a change to it
    content = fields.JSONField[dict[str, Any]](default=dict)  # the form's fields as typed
    saved_at = fields.DatetimeField()
    community_id = fields.BigIntField(null=True)  # of a "later:ID": where it is to be published
    due_at = fields.DatetimeField(null=True)  # when it is published
    trouble = fields.TextField(default="", db_default="")  # why it could not be, in words for its author

    class Meta:
        table = "draft"
        app = "fedcop"
        unique_together = (("author", "place"),)


class Submission(Model):
    """A form that was sent: should it come once more, it lands on the same post."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    author: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="submissions", on_delete=fields.CASCADE
    )
    author_id: int
    form = fields.CharField(max_length=64)  # a digest of its one-time value and of all that was typed
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="submissions", on_delete=fields.CASCADE
    )
    post_id: int
    sent_at = fields.DatetimeField()

    class Meta:
        table = "submission"
        app = "fedcop"
        unique_together = (("author", "form"),)
        indexes = [Index(fields=("post_id",)), Index(fields=("sent_at",))]


class ThreadVisit(Model):
    """When a member last read a thread: "unread since my last visit"."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="visits", on_delete=fields.CASCADE
    )
    actor_id: int
    root_id = fields.BigIntField()
    seen_at = fields.DatetimeField()  # everything stored up to then was shown

    class Meta:
        table = "thread_visit"
        app = "fedcop"
        unique_together = (("actor", "root_id"),)


class Backfill(Model):
    """How far we are with the past of a community of another server: "12 of 340"."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    community_id = fields.BigIntField(unique=True)
    next_page = fields.CharField(max_length=2048, default="")  # of the outbox, where the next run goes on
    seen = fields.IntField(default=0)  # items looked at
    total = fields.IntField(null=True)  # that the other server says there are
    started_at = fields.DatetimeField()
    finished_at = fields.DatetimeField(null=True)
    error = fields.TextField(default="")

    class Meta:
        table = "backfill"
        app = "fedcop"
