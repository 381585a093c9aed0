"""Rows that belong to no feature: jobs that wait and settings kept in the database."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.core.ids import new_id


class Job(Model):
    """Work that was promised inside a transaction and is done after it."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    name = fields.CharField(max_length=200)  # "module:function"
    payload = fields.JSONField[dict[str, Any]](default=dict)
    lane = fields.CharField(max_length=200, null=True)  # jobs of one lane run one after the other, in id order
    unique_key = fields.CharField(max_length=200, null=True, unique=True)
    due_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    leased_until = fields.DatetimeField(null=True)
    failed_at = fields.DatetimeField(null=True)  # given up; kept for people to look at
    error = fields.TextField(null=True)

    class Meta:
        table = "job"
        app = "fedcop"
        indexes = [
            Index(fields=("failed_at", "due_at")),
            Index(fields=("lane", "id")),
            Index(fields=("lane", "failed_at", "due_at")),
        ]


class JobWords(Model):
    """What people wrote and a job needs, apart from the row that operators see; it goes with the job."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    job: fields.OneToOneRelation[Job] = fields.OneToOneField(
        "fedcop.Job", related_name="words", on_delete=fields.CASCADE
    )
    job_id: int
    words = fields.JSONField[dict[str, str]](default=dict)

    class Meta:
        table = "job_words"
        app = "fedcop"


class InstanceSetting(Model):
    """A setting that the owner changes in the interface (name, slogan, rules …), by key."""

    key = fields.CharField(max_length=100, primary_key=True)
    value = fields.JSONField[object](null=True)

    class Meta:
        table = "instance_setting"
        app = "fedcop"
