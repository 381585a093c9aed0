"""People, groups and applications as the network sees them, of this instance or of another."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.core.ids import new_id


class Actor(Model):
    """One actor; `local` says whether it is ours. Names are unique per host, whatever their case."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    uri = fields.CharField(max_length=2048, unique=True)
    kind = fields.CharField(max_length=20)  # Person, Group, Application, Service, Organization
    local = fields.BooleanField(default=False)
    name = fields.CharField(max_length=100)  # preferredUsername as written
    name_key = fields.CharField(max_length=100)  # lower case
    host = fields.CharField(max_length=260)  # "host[:port]" of the uri, ours included
    display_name = fields.CharField(max_length=300, default="")
    summary = fields.TextField(default="")  # sanitised HTML
    summary_source = fields.TextField(default="")  # Markdown, local only
    # the profile begins with the profession (features F7.1)
    profession = fields.CharField(max_length=200, default="")
    organisation = fields.CharField(max_length=200, default="")
    region = fields.CharField(max_length=200, default="")
    languages = fields.CharField(max_length=100, default="")  # "fr,en"
    links = fields.JSONField[list[Any]](default=list)  # [{"name","value"}] PropertyValue pairs
    url = fields.CharField(max_length=2048, default="")
    icon_url = fields.CharField(max_length=2048, default="")  # remote picture, shown through our copy only
    icon_media_id = fields.BigIntField(null=True)
    header_url = fields.CharField(max_length=2048, default="", db_default="")  # the same, of the wide one
    header_media_id = fields.BigIntField(null=True)  # the wide picture at the top of a profile
    inbox = fields.CharField(max_length=2048, default="")
    shared_inbox = fields.CharField(max_length=2048, default="")
    outbox = fields.CharField(max_length=2048, default="")
    followers_uri = fields.CharField(max_length=2048, default="")
    featured_uri = fields.CharField(max_length=2048, default="")
    featured_tags_uri = fields.CharField(max_length=2048, default="", db_default="")
    moderators_uri = fields.CharField(max_length=2048, default="")
    approves_followers = fields.BooleanField(default=False)
    discoverable = fields.BooleanField(default=True)
    indexable = fields.BooleanField(default=True)
    hides_follows = fields.BooleanField(
        default=False, db_default=False
    )  # who follows them and whom they follow; ours only
    attribution_domains = fields.TextField(
        default="", db_default=""
    )  # websites that may name them as an author, a line each; ours only
    moved_to_uri = fields.CharField(max_length=2048, default="")
    also_known_as = fields.JSONField[list[Any]](default=list)
    published = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    fetched_at = fields.DatetimeField(null=True)
    fetch_failures = fields.IntField(default=0)
    gone_at = fields.DatetimeField(null=True)
    suspended_at = fields.DatetimeField(null=True)

    #: The community that one of its tokens opens to them (FEP-db0e), for the request that shows it: see web/federation/signers.py;
    #: and of a community itself, where somebody looks in its name (communities/desks.py).
    vouched_for: int | None = None

    class Meta:
        table = "actor"
        app = "fedcop"
        unique_together = (("name_key", "host"),)
        indexes = [Index(fields=("host",))]


class ActorKey(Model):
    """A key of an actor: "rsa" signs requests, "ed25519" signs documents (FEP-521a, FEP-8b32)."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="keys", on_delete=fields.CASCADE
    )
    actor_id: int
    key_id = fields.CharField(max_length=2048, unique=True)
    kind = fields.CharField(max_length=10)
    public = fields.TextField()  # PEM or multibase
    private = fields.TextField(null=True)  # PEM, ours only
    created_at = fields.DatetimeField()

    class Meta:
        table = "actor_key"
        app = "fedcop"


class KnownObject(Model):
    """What a uri means here: post, actor, follow, reaction, activity … or a tombstone."""

    uri = fields.CharField(max_length=2048, primary_key=True)
    kind = fields.CharField(max_length=20)
    ref_id = fields.BigIntField(null=True)
    owner_uri = fields.CharField(max_length=2048, default="")  # the actor who may change it

    class Meta:
        table = "known_object"
        app = "fedcop"
