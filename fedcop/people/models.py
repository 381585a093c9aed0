"""What actors do to each other: follow, block, mute, and what they note for themselves."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.core.ids import new_id


class Follow(Model):
    """`follower` receives what `target` publishes; also how one follows a community without joining it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)  # of the Follow activity
    follower: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="follows_out", on_delete=fields.CASCADE
    )
    follower_id: int
    target: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="follows_in", on_delete=fields.CASCADE
    )
    target_id: int
    state = fields.CharField(max_length=10)  # asked, accepted
    created_at = fields.DatetimeField()
    accepted_at = fields.DatetimeField(null=True)
    # Of a community, communities/reading.py says both here and on the membership.
    in_home = fields.BooleanField(default=True, db_default=True)  # its threads come home; of a person, what they share
    bell = fields.BooleanField(default=False, db_default=False)  # each new thread is told
    languages = fields.CharField(max_length=200, default="", db_default="")  # those wanted of both, "fr,en"; "": all

    class Meta:
        table = "follow"
        app = "fedcop"
        unique_together = (("follower", "target"),)
        indexes = [Index(fields=("target_id", "state"))]


class Block(Model):
    """`actor` and `target` no longer see or reach each other."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="blocks_out", on_delete=fields.CASCADE
    )
    actor_id: int
    target: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="blocks_in", on_delete=fields.CASCADE
    )
    target_id: int
    created_at = fields.DatetimeField()

    class Meta:
        table = "block"
        app = "fedcop"
        unique_together = (("actor", "target"),)
        indexes = [Index(fields=("target_id",))]


class Mute(Model):
    """`actor` does not want to see a person, or to read a community at home; the other never knows."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="mutes_out", on_delete=fields.CASCADE
    )
    actor_id: int
    target: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="mutes_in", on_delete=fields.CASCADE
    )
    target_id: int
    created_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True)  # by itself; None: until it is taken back
    notifications = fields.BooleanField(default=True, db_default=True)  # nothing of theirs is told either

    class Meta:
        table = "mute"
        app = "fedcop"
        unique_together = (("actor", "target"),)


class DomainBlock(Model):
    """`actor` sees nothing of who is at a server, and they do not reach them; nobody there knows."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="domain_blocks", on_delete=fields.CASCADE
    )
    actor_id: int
    host = fields.CharField(max_length=260)
    created_at = fields.DatetimeField()

    class Meta:
        table = "domain_block"
        app = "fedcop"
        unique_together = (("actor", "host"),)


class PersonalNote(Model):
    """What `actor` notes for themselves about somebody: read by nobody else."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="notes_out", on_delete=fields.CASCADE
    )
    actor_id: int
    target: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="notes_in", on_delete=fields.CASCADE
    )
    target_id: int
    text = fields.TextField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "personal_note"
        app = "fedcop"
        unique_together = (("actor", "target"),)


class Listed(Model):
    """Somebody on the organisation's own list of members, as it said last. Seen by those in charge, never published."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    email = fields.CharField(max_length=254, unique=True)  # lower case, as on the list
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="listed", null=True, on_delete=fields.SET_NULL
    )
    account_id: int | None
    name = fields.CharField(max_length=100, default="")
    said = fields.JSONField[dict[str, Any]](default=dict)  # profession, organisation, region, cohort
    invited_at = fields.DatetimeField(null=True)
    listed_at = fields.DatetimeField()  # when a list last had them
    ends_at = fields.DatetimeField(null=True)  # they left the list, and their account closes then
    ends_by_id = fields.BigIntField(null=True)  # the account of who decided it

    class Meta:
        table = "listed"
        app = "fedcop"
        indexes = [Index(fields=("account_id",)), Index(fields=("ends_at",))]


class ListHeading(Model):
    """What a column of the organisation's list means, as somebody said once."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    heading = fields.CharField(max_length=100, unique=True)  # lower case
    means = fields.CharField(max_length=20)  # a field of the list, or "" for none

    class Meta:
        table = "list_heading"
        app = "fedcop"


class UploadedList(Model):
    """A list that was uploaded and is being looked at: one for each person in charge, for a day at most."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    by: fields.OneToOneRelation[Account] = fields.OneToOneField(
        "fedcop.Account", related_name="uploaded_list", on_delete=fields.CASCADE
    )
    by_id: int
    text = fields.TextField()
    uploaded_at = fields.DatetimeField()

    class Meta:
        table = "uploaded_list"
        app = "fedcop"
