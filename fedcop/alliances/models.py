"""Alliance: one agreement with the organisation behind another server, in the words that both sides hold."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.core.ids import new_id

NOON = timedelta(hours=12)


class Alliance(Model):
    """One agreement. What the proposer wrote never changes; the answer adds a signature and a place."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)  # of the Offer, by whoever proposed it
    host = fields.CharField(max_length=260)  # the other side
    ours = fields.BooleanField()  # we proposed it
    state = fields.CharField(max_length=10, default="proposed")  # proposed, active, declined, ended, failed
    shares_public = fields.BooleanField(default=True)
    shares_directory = fields.BooleanField(default=False)
    communities = fields.JSONField[list[str]](default=list)  # "name@host" of communities of either side
    from_at = fields.DatetimeField()
    until_at = fields.DatetimeField(null=True)  # the moment after the last day
    signed_by = fields.CharField(max_length=200)  # for the side that proposed
    data_at = fields.CharField(max_length=500)
    answer_signed_by = fields.CharField(max_length=200, default="")  # for the side that accepted
    answer_data_at = fields.CharField(max_length=500, default="")
    assessment = fields.TextField(default="")  # the privacy assessment, or a note
    reason = fields.TextField(default="")  # why it was declined, ended, or could not be proposed
    ended_by = fields.CharField(max_length=10, default="")  # us, them, date, renewal, keys
    created_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    @property
    def first_day(self) -> datetime:
        """The middle of the first day, which is that day in nearly every time zone."""
        return self.from_at + NOON

    @property
    def last_day(self) -> datetime | None:
        """The middle of the last day, if there is one."""
        return self.until_at - NOON if self.until_at is not None else None

    class Meta:
        table = "alliance"
        app = "fedcop"
        indexes = [Index(fields=("host", "state")), Index(fields=("state", "until_at"))]
