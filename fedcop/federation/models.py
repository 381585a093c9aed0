"""What the engine remembers: servers, destinations and their mailboxes, what came in, what every uri means."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.core.ids import new_id
from fedcop.core.indexes import IndexOfSome


class Server(Model):
    """Another server, by host, and what we know and decided about it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    host = fields.CharField(max_length=260, unique=True)
    policy = fields.CharField(max_length=10, default="open")  # open, limited, blocked, allowed (in allow-list mode)
    policy_reason = fields.TextField(default="")
    paused_since = fields.DatetimeField(null=True)  # what is for it waits here until those in charge say otherwise
    silent_since = fields.DatetimeField(null=True)  # it failed then, and has shown no sign of life since
    doubted_since = fields.DatetimeField(null=True)  # it was away from then on, and has not proven yet to be who it was
    software = fields.CharField(max_length=60, default="")
    version = fields.CharField(max_length=60, default="")
    name = fields.CharField(max_length=200, default="")  # how people call it: "chez TIESS"
    capabilities = fields.JSONField[list[Any]](default=list)
    manner = fields.CharField(
        max_length=12, default=""
    )  # thread, verifying (microblog that verifies), microblog, video; "" unknown
    scheme = fields.CharField(max_length=10, default="cavage")  # the signature form that worked last
    asked_at = fields.DatetimeField(null=True)  # NodeInfo
    created_at = fields.DatetimeField()

    class Meta:
        table = "server"
        app = "fedcop"


class Destination(Model):
    """An inbox we deliver to: one mailbox, one retry clock."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    inbox = fields.CharField(max_length=2048, unique=True)
    host = fields.CharField(max_length=260)
    failing_since = fields.DatetimeField(null=True)
    failures = fields.IntField(default=0)
    retry_at = fields.DatetimeField(null=True)
    last_error = fields.TextField(default="")
    delivered_at = fields.DatetimeField(null=True)
    dormant_since = fields.DatetimeField(null=True)
    leased_until = fields.DatetimeField(null=True)  # a worker is sending

    class Meta:
        table = "destination"
        app = "fedcop"
        indexes = [Index(fields=("host",)), Index(fields=("retry_at",))]


class OutgoingActivity(Model):
    """One activity as it is sent, stored once for all mailboxes."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048)
    sender_id = fields.BigIntField()  # the actor that signs the request
    body = fields.BinaryField()
    about = fields.CharField(max_length=200, default="")  # in words, for `fedcop queue`: "Create by ana"
    post_id = fields.BigIntField(null=True)  # whose delivery the author may watch
    effect = fields.CharField(
        max_length=8, default="", db_default=""
    )  # of it on the post's copy there: brings, arrives, ends; "" none
    created_at = fields.DatetimeField()

    class Meta:
        table = "outgoing_activity"
        app = "fedcop"
        indexes = [Index(fields=("uri",)), Index(fields=("post_id",)), Index(fields=("created_at",))]


class MailboxEntry(Model):
    """`outgoing` waits for `destination`; deleted when delivered or refused for good."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    destination: fields.ForeignKeyRelation[Destination] = fields.ForeignKeyField(
        "fedcop.Destination", related_name="entries", on_delete=fields.CASCADE
    )
    destination_id: int
    outgoing: fields.ForeignKeyRelation[OutgoingActivity] = fields.ForeignKeyField(
        "fedcop.OutgoingActivity", related_name="entries", on_delete=fields.CASCADE
    )
    outgoing_id: int

    class Meta:
        table = "mailbox_entry"
        app = "fedcop"
        unique_together = (("destination", "outgoing"),)


class HeldCopy(Model):
    """Another server was brought a post: since when, and what it said when it was told that the post is gone."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    post_id = fields.BigIntField()
    community_id = fields.BigIntField(null=True)
    host = fields.CharField(max_length=260)
    since = fields.DatetimeField()
    last_at = fields.DatetimeField()
    told_at = fields.DatetimeField(null=True)  # it took the word that the post is gone
    confirmed_at = fields.DatetimeField(null=True)  # it signed that its copy is gone

    class Meta:
        table = "held_copy"
        app = "fedcop"
        unique_together = (("post_id", "host"),)
        indexes = [Index(fields=("community_id", "host"))]


class Refusal(Model):
    """A delivery that a peer refused for good, in words."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    destination: fields.ForeignKeyRelation[Destination] = fields.ForeignKeyField(
        "fedcop.Destination", related_name="refusals", on_delete=fields.CASCADE
    )
    destination_id: int
    outgoing_id = fields.BigIntField()
    status = fields.IntField(null=True)
    reason = fields.TextField(default="")
    created_at = fields.DatetimeField()

    class Meta:
        table = "refusal"
        app = "fedcop"
        indexes = [Index(fields=("outgoing_id",))]


class InboxItem(Model):
    """A received activity, verified as far as known keys allow, stored before anything is done with it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)  # of the activity
    actor_uri = fields.CharField(max_length=2048)  # whose signature the request bears
    host = fields.CharField(max_length=260)
    domain = fields.CharField(max_length=260, default="", db_default="")  # of the host, where a key was missing
    key_id = fields.CharField(max_length=2048, default="")
    genuine = fields.BooleanField(default=False)  # False: verify again once the key is fetched
    request = fields.JSONField[dict[str, Any]](
        default=dict
    )  # while not genuine: method, target, headers; of a reaction: when it was signed
    body = fields.BinaryField()
    received_at = fields.DatetimeField()
    outcome = fields.CharField(max_length=12, default="waiting")  # waiting, done, ignored, refused, failed
    reason = fields.TextField(default="")
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "inbox_item"
        app = "fedcop"
        indexes = [
            Index(fields=("outcome", "received_at")),
            Index(fields=("host",)),
            IndexOfSome(
                fields=("domain", "host"), name="idx_inbox_item_unproven", where="NOT genuine AND finished_at IS NULL"
            ),
        ]
