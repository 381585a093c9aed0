"""Which names an actor of ours may bear. People and communities share one namespace."""

from __future__ import annotations

import re

from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_

MIN_NAME = 2
MAX_NAME = 40
_SHAPE = re.compile(rf"[a-z0-9_]{{{MIN_NAME},{MAX_NAME}}}")

# Names that look like an office or a machine; a stranger who bears one could pose as the instance (attacks I13).
RESERVED = frozenset(
    {
        "abuse", "actor", "admin", "administrateur", "administration", "administrator", "aide", "contact", "fedcop", "help",
        "hostmaster", "inbox", "info", "instance", "legal", "localhost", "mailer_daemon", "moderateur", "moderation",
        "moderator", "no_reply", "noreply", "null", "official", "officiel", "outbox", "owner", "postmaster", "privacy",
        "proprietaire", "root", "securite", "security", "shared_inbox", "staff", "support", "sysadmin", "system", "systeme",
        "undefined", "webfinger", "webmaster", "www",
    }
)  # fmt: skip


def clean_name(name: str) -> str:
    """Bring a wished name into the form we keep; raise Invalid (field "name") if nobody may bear it."""
    wished = name.strip().removeprefix("@").lower()
    if not _SHAPE.fullmatch(wished):
        raise Invalid(errors={"name": N_("Use 2 to 40 letters without accents, digits or underscores.")})
    if wished in RESERVED:
        raise Invalid(errors={"name": N_("This name is reserved. Choose another one.")})
    return wished
