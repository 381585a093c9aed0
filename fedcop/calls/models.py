"""Which threads are calls, to whom they went, and who wants none."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.accounts.models import Account
from fedcop.communities.models import Community
from fedcop.core.ids import new_id
from fedcop.discussions.models import Post


class Call(Model):
    """What makes a thread a call. It stays when the thread is deleted: who was written to was written to."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    post: fields.OneToOneRelation[Post] = fields.OneToOneField(
        "fedcop.Post", related_name="call", on_delete=fields.CASCADE
    )
    post_id: int
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="calls", on_delete=fields.CASCADE
    )
    community_id: int
    segment = fields.CharField(max_length=280)  # segments.py: all, role:…, organisation:…
    made_at = fields.DatetimeField()

    class Meta:
        table = "call"
        app = "fedcop"
        indexes = [Index(fields=("community_id", "made_at"))]


class CallRefusal(Model):
    """Somebody here wants no calls of a community."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "fedcop.Account", related_name="call_refusals", on_delete=fields.CASCADE
    )
    account_id: int
    community: fields.ForeignKeyRelation[Community] = fields.ForeignKeyField(
        "fedcop.Community", related_name="call_refusals", on_delete=fields.CASCADE
    )
    community_id: int
    refused_at = fields.DatetimeField()

    class Meta:
        table = "call_refusal"
        app = "fedcop"
        unique_together = (("account", "community"),)
        indexes = [Index(fields=("community_id",))]
