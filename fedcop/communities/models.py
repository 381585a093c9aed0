"""Communities (each an ActivityPub Group, ours or remote), who belongs to them in which role, and what moderators did."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.core.ids import new_id


class Community(Model):
    """The part of a Group that is more than an actor. The title is the actor's display name, the description its summary."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.OneToOneRelation[Actor] = fields.OneToOneField(
        "fedcop.Actor", related_name="community", on_delete=fields.CASCADE
    )
    actor_id: int
    kind = fields.CharField(
        max_length=20, default="practice"
    )  # practice, learning, affinity, profession, cohort, region, social, service
    purpose = fields.CharField(max_length=500, default="")
    charter_version = fields.IntField(default=0, db_default=0)  # the newest in charter/models.py; 0: no charter
    charter_binding = fields.IntField(default=0, db_default=0)  # members must have accepted this one, or a later one
    language = fields.CharField(max_length=10, default="fr")
    join_policy = fields.CharField(max_length=12, default="open")  # open, request, invitation
    visibility = fields.CharField(max_length=12, default="public")  # public, private: who may read
    posting = fields.CharField(
        max_length=12, default="followers"
    )  # who starts threads: moderators, members, followers, anyone
    holds = fields.CharField(max_length=8, default="none", db_default="none")  # first posts that wait: none, links, all
    tabs = fields.CharField(
        max_length=60, default="", db_default=""
    )  # names with spaces between; "": those of the type
    stage = fields.CharField(max_length=10, default="active", db_default="active")  # stages.py names them
    launch_date = fields.DateField(null=True)  # when it opens, or opened
    closed_at = fields.DatetimeField(null=True)  # archived since
    heirs: list[Any] | None = fields.JSONField(null=True)  # uris of the Groups in which it goes on, once it is archived
    accent = fields.CharField(max_length=7, default="", db_default="")  # "#rrggbb"; "": the colour of the instance
    sponsor = fields.TextField(default="", db_default="")  # Markdown: who supports it
    calls_a_month = fields.SmallIntField(default=2, db_default=2)  # how often all members may be written to
    created_at = fields.DatetimeField()
    last_activity_at = fields.DatetimeField(null=True)
    members_count = fields.IntField(default=0)
    elsewhere_count = fields.IntField(default=0)  # of the members, those on other servers than the community's
    organisations_count = fields.IntField(default=0)  # how many such servers
    accepts_joins = fields.BooleanField(
        default=True
    )  # remote: its server understands Join; else one joins by following
    followers_count = fields.IntField(default=0)
    capacity = fields.IntField(null=True)  # how many members at most; see admission/waiting.py
    questions: list[dict[str, Any]] | None = fields.JSONField(
        null=True
    )  # to who asks to join; see admission/questions.py
    # So many contributions in so many months are asked for; see participation/. None: nothing is counted.
    participation_count = fields.IntField(null=True)
    participation_months = fields.IntField(null=True)
    answer_hours = fields.IntField(null=True)  # the median of how long requests waited for a decision
    threads_count = fields.IntField(default=0)
    doubted_at = fields.DatetimeField(
        null=True
    )  # remote: its server came back with other keys then; nobody of ours was admitted since
    backfilled_at = fields.DatetimeField(null=True)  # remote: the past was fetched
    moderators_fetched_at = fields.DatetimeField(null=True)

    class Meta:
        table = "community"
        app = "fedcop"
        indexes = [Index(fields=("visibility", "last_activity_at"))]


HELD = "held"  # a membership that was active: its server came back with other keys, and nobody has confirmed it


class Membership(Model):
    """One person's place in one community."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="memberships", on_delete=fields.CASCADE
    )
    community_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="memberships", on_delete=fields.CASCADE
    )
    actor_id: int
    role = fields.CharField(max_length=12, default="member")  # roles.py names them
    duties = fields.CharField(max_length=60, default="", db_default="")  # of a committee's member, with spaces between
    field = fields.CharField(max_length=120, default="", db_default="")  # what a sponsor or expert knows
    until = fields.DatetimeField(null=True)  # the end of the mandate
    warned_at = fields.DatetimeField(null=True)  # the holder was told that it ends
    state = fields.CharField(max_length=10)  # asked, waiting, invited, active, held
    charter_accepted = fields.IntField(default=0, db_default=0)  # the version that they ticked; 0: none
    entitled = fields.BooleanField(default=False, db_default=False)  # waiting: only a place is missing, nobody decides
    join_uri = fields.CharField(
        max_length=2048, default=""
    )  # of the Join or Invite activity that is waiting or was accepted
    message = fields.TextField(default="")  # what the applicant wrote
    created_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    # Both of people here only, shown to them alone.
    reminded_at = fields.DatetimeField(null=True)  # of taking part, the last time
    unreminded = fields.BooleanField(default=False, db_default=False)  # they said "not now"
    # How one of our people reads the community: reading.py.
    in_home = fields.BooleanField(default=True, db_default=True)  # its threads come to their home
    bell = fields.BooleanField(default=False, db_default=False)  # each new thread is told to them
    languages = fields.CharField(max_length=200, default="", db_default="")  # those wanted of both, "fr,en"; "": all
    list_title = fields.CharField(
        max_length=100, default="", db_default=""
    )  # their own name for its list; "": its name
    list_replies = fields.CharField(
        max_length=8, default="none", db_default="none"
    )  # none, followed, list: answers too
    list_hidden = fields.BooleanField(default=False, db_default=False)  # apps do not show it as a list

    class Meta:
        table = "membership"
        app = "fedcop"
        unique_together = (("community", "actor"),)
        indexes = [
            Index(fields=("actor_id", "state")),
            Index(fields=("community_id", "state", "role")),
            Index(fields=("community_id", "state", "id")),
            Index(fields=("until",)),
        ]


class InvitationLink(Model):
    """An address by which people come to a community's door; one that was written to an e-mail address works once.

    Of a community elsewhere: a link that somebody here opened, as its own server told us of it.
    """

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="invitation_links", on_delete=fields.CASCADE
    )
    community_id: int
    by: fields.ForeignKeyNullableRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="invitation_links", null=True, on_delete=fields.SET_NULL
    )
    by_id: int | None
    code = fields.CharField(max_length=64)
    kind = fields.CharField(max_length=10)  # known: comes in at once; strangers: asks, and somebody decides
    why = fields.CharField(max_length=300, default="")
    used = fields.IntField(default=0)
    uses_left = fields.IntField(default=1)  # how many more may come by it
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    # Of a letter; both are erased when the link is used, taken back or over.
    email = fields.CharField(max_length=254, default="")
    name = fields.CharField(max_length=100, default="")
    language = fields.CharField(max_length=10, default="")
    letters = fields.IntField(default=0)  # how many were written; 0: a link that people pass on
    written_at = fields.DatetimeField(null=True)  # the last of them

    class Meta:
        table = "invitation_link"
        app = "fedcop"
        unique_together = (("community", "code"),)
        indexes = [Index(fields=("community_id", "expires_at")), Index(fields=("by_id", "written_at"))]


class LinkOpening(Model):
    """A server to which a link was shown: it may know of the community while the link works."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    link: fields.ForeignKeyRelation[InvitationLink] = fields.ForeignKeyField(
        "fedcop.InvitationLink", related_name="openings", on_delete=fields.CASCADE
    )
    link_id: int
    host = fields.CharField(max_length=255)

    class Meta:
        table = "link_opening"
        app = "fedcop"
        unique_together = (("link", "host"),)


class OpeningNotice(Model):
    """Somebody here wants to be told when an announced community opens."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="opening_notices", on_delete=fields.CASCADE
    )
    community_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="opening_notices", on_delete=fields.CASCADE
    )
    actor_id: int
    created_at = fields.DatetimeField()

    class Meta:
        table = "opening_notice"
        app = "fedcop"
        unique_together = (("community", "actor"),)


class Ban(Model):
    """A person who may not write in a community, or not come back to it (until `until`, or for good)."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="bans", on_delete=fields.CASCADE
    )
    community_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="bans", on_delete=fields.CASCADE
    )
    actor_id: int
    by: fields.ForeignKeyNullableRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="bans_given", null=True, on_delete=fields.SET_NULL
    )
    by_id: int | None
    uri = fields.CharField(max_length=2048, default="")
    reason = fields.TextField(default="")
    created_at = fields.DatetimeField()
    until = fields.DatetimeField(null=True)
    # A suspended person stays a member and reads; a banned one is out.
    kind = fields.CharField(max_length=12, default="ban", db_default="ban")  # ban, suspension

    class Meta:
        table = "ban"
        app = "fedcop"
        unique_together = (("community", "actor"),)
        indexes = [Index(fields=("actor_id",))]  # each page of a member asks for theirs (ties.py)


class ModerationAct(Model):
    """The public log of a community: who removed, locked, pinned, banned what, and why."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="acts", on_delete=fields.CASCADE
    )
    community_id: int
    by: fields.ForeignKeyNullableRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="acts", null=True, on_delete=fields.SET_NULL
    )
    by_id: int | None
    act = fields.CharField(
        max_length=20
    )  # remove_post, restore_post, move_out, move_in, split, split_in, merge, merge_in, lock, unlock, pin, unpin, remove_member, ban, unban, suspend, unsuspend, warn, appoint, hold_member, confirm_member
    target_actor_id = fields.BigIntField(null=True)
    post_id = fields.BigIntField(null=True)
    reason = fields.TextField(default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "moderation_act"
        app = "fedcop"
        indexes = [Index(fields=("community_id", "id"))]


class TokenCheck(Model):
    """What the server of a community elsewhere last said of somebody who showed its token here: whether they may read it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="token_checks", on_delete=fields.CASCADE
    )
    community_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="token_checks", on_delete=fields.CASCADE
    )
    actor_id: int
    holds = fields.BooleanField()
    checked_at = fields.DatetimeField()

    class Meta:
        table = "token_check"
        app = "fedcop"
        unique_together = (("community", "actor"),)


class ThreadActivity(Model):
    """A signed activity of a thread, byte for byte as it came: what `contextHistory` serves and the group relays."""

    # Also the id of the group's Announce: /activities/ID.
    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    share_id = fields.BigIntField(null=True)  # of the plain Announce that microblogs got instead; roots only
    uri = fields.CharField(max_length=2048, unique=True)
    root_id = fields.BigIntField(null=True)  # None: about the community itself
    post_id = fields.BigIntField(null=True)
    community_id = fields.BigIntField(null=True)
    actor_id = fields.BigIntField()
    kind = fields.CharField(max_length=20)  # Create, Update, Delete, Like …
    body = fields.BinaryField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "thread_activity"
        app = "fedcop"
        indexes = [Index(fields=("root_id", "id")), Index(fields=("community_id", "id"))]
