"""Which letters were taken, so that none lands twice; the addresses at which members begin discussions, and the files that letters brought."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.accounts.models import Account
from fedcop.communities.models import Community
from fedcop.core.ids import new_id
from fedcop.discussions.models import Post
from fedcop.media.models import Media


class ReceivedLetter(Model):
    """A letter that was published, or answered by a refusal."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    key = fields.CharField(max_length=64, unique=True)  # a digest of who wrote it, where to, and its Message-ID
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="received_letters", on_delete=fields.CASCADE
    )
    account_id: int
    received_at = fields.DatetimeField()

    class Meta:
        table = "received_letter"
        app = "fedcop"
        indexes = [Index(fields=("received_at",)), Index(fields=("account_id", "received_at"))]


class PostingAddress(Model):
    """By which somebody begins discussions in a community by mail. The words of all serials but the newest are refused."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="posting_addresses", on_delete=fields.CASCADE
    )
    account_id: int
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="posting_addresses", on_delete=fields.CASCADE
    )
    community_id: int
    serial = fields.IntField(default=1)
    made_at = fields.DatetimeField()

    class Meta:
        table = "posting_address"
        app = "fedcop"
        unique_together = (("account", "community"),)


class BroughtFile(Model):
    """A file that came with a letter, while its author has not decided what becomes of it; nobody else sees it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "fedcop.Post", related_name="brought_files", on_delete=fields.CASCADE
    )
    post_id: int  # what the letter became
    media: fields.OneToOneRelation[Media] = fields.OneToOneField(
        "fedcop.Media", related_name="brought", on_delete=fields.CASCADE
    )
    media_id: int

    class Meta:
        table = "brought_file"
        app = "fedcop"
        indexes = [Index(fields=("post_id",))]
