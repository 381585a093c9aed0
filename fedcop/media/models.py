"""Files: uploads of ours and copies of what others published. The audience is a stored fact on each."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedcop.actors.models import Actor
from fedcop.core import addresses
from fedcop.core.ids import new_id
from fedcop.core.indexes import IndexOfSome
from fedcop.media import captions as spoken
from fedcop.media import kinds

REPLACED = -1
AWAY = "away"  # of another server: its bytes were let go for want of room, and come again when somebody opens it
LOOP = 60  # seconds: a silent film that is no longer is shown as a moving picture


class Media(Model):
    """One file. Its bytes lie in storage under `key`, once they are here."""

    id = fields.BigIntField(primary_key=True, generated=False, default=new_id)
    token = fields.CharField(max_length=64, unique=True)  # unguessable, stands in its URL
    owner: fields.ForeignKeyNullableRelation[Actor] = fields.ForeignKeyField(
        "fedcop.Actor", related_name="media", null=True, on_delete=fields.SET_NULL
    )
    owner_id: int | None
    post_id = fields.BigIntField(null=True)  # attached to this post
    position = fields.IntField(default=0)  # REPLACED: of an earlier version, no longer shown with the post
    local = fields.BooleanField(default=True)
    remote_url = fields.CharField(max_length=2048, default="")
    file_name = fields.CharField(max_length=255, default="")
    media_type = fields.CharField(max_length=120)
    size = fields.BigIntField(null=True)
    sha256 = fields.CharField(max_length=64, default="")  # of the bytes we hold
    signed_sha256 = fields.CharField(max_length=64, default="")  # what the author's signed document says
    state = fields.CharField(max_length=12, default="ready")  # waiting, ready, verified, changed, failed, away
    state_reason = fields.TextField(default="")
    key = fields.CharField(max_length=200, default="")
    preview_key = fields.CharField(max_length=200, default="")  # WebP of an image or of a PDF's first page
    has_poster = fields.BooleanField(
        default=False, db_default=False
    )  # of a film or sound: its owner chose that picture
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    pages = fields.IntField(null=True)  # of a PDF
    blurhash = fields.CharField(max_length=166, default="", db_default="")  # of a picture: its colours, blurred
    duration = fields.FloatField(null=True)  # in seconds, of a film or a sound
    frame_rate = fields.CharField(
        max_length=20, default="", db_default=""
    )  # of a film: pictures a second, as a fraction
    bit_rate = fields.IntField(null=True)
    is_silent = fields.BooleanField(default=False, db_default=False)  # a film without a sound
    captions = fields.TextField(default="", db_default="")  # what is said in it, with times or without
    focus_x = fields.FloatField(null=True)  # the point that matters, from -1 (left, bottom) to 1
    focus_y = fields.FloatField(null=True)
    description = fields.CharField(max_length=1500, default="")  # alternative text
    decorative = fields.BooleanField(default=False)
    audience = fields.CharField(max_length=12, default="me")  # me (not attached yet), else its post's
    organisation = fields.CharField(max_length=260, default="", db_default="")  # its post's
    community_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    kept_until = fields.DatetimeField(null=True)  # hangs on nothing yet, and somebody counts on it
    verified_at = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)  # of another server: when it was last opened, to the day

    @property
    def path(self) -> str:
        """Our page's address of the bytes; rights are judged when it is asked for."""
        return addresses.media_path(self.token, self.file_name)

    @property
    def preview_path(self) -> str:
        """The address of the drawn preview, "" when there is none or its file is not ready; another picture has another one."""
        name = self.preview_key.rpartition("-")[2] if self.has_poster else self.id
        return f"/media/{self.token}/preview/{name}.webp" if self.key and self.preview_key else ""

    @property
    def captions_path(self) -> str:
        """The address of its captions, "" where nothing is said with times."""
        return f"/media/{self.token}/captions/{self.id}.vtt" if self.captions and spoken.cues(self.captions) else ""

    @property
    def focus(self) -> tuple[float, float] | None:
        """The point that stays in sight where the picture is cut, as (x, y); None if nobody chose one."""
        return None if self.focus_x is None or self.focus_y is None else (self.focus_x, self.focus_y)

    @property
    def may_be_opened(self) -> bool:
        """Whether its address gives its bytes, now or in a moment."""
        return bool(self.key) or self.state == AWAY

    @property
    def has_changed(self) -> bool:
        """Whether what we were given is not what its author signed; known still while its bytes are away."""
        signed = self.state == AWAY and bool(self.sha256 and self.signed_sha256)
        return self.state == "changed" or (signed and self.sha256 != self.signed_sha256)

    @property
    def is_picture(self) -> bool:
        """Whether it is shown as a picture."""
        return self.media_type.startswith("image/")

    @property
    def is_film(self) -> bool:
        """Whether it is played, and seen."""
        return self.media_type.startswith("video/")

    @property
    def is_sound(self) -> bool:
        """Whether it is played, and only heard."""
        return self.media_type.startswith("audio/")

    @property
    def is_played(self) -> bool:
        """Whether browsers play it in place; what others sent may be of a kind that they do not know."""
        return (self.is_film or self.is_sound) and kinds.may_be_inline(self.media_type)

    @property
    def is_loop(self) -> bool:
        """Whether it is a moving picture rather than a film: short, and without a sound."""
        return self.is_film and self.is_silent and (self.duration or 0) <= LOOP

    @property
    def raw_key(self) -> str:
        """Where an upload lies until it is prepared."""
        return f"media/{self.id % 256:02x}/{self.id}.raw"

    class Meta:
        table = "media"
        app = "fedcop"
        indexes = [
            Index(fields=("post_id", "position")),
            Index(fields=("sha256",)),
            Index(fields=("remote_url",)),
            IndexOfSome(fields=("owner_id",), name="idx_media_uploads", where="local"),
        ]
