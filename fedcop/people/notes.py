"""What somebody notes for themselves about a person or a community: their own business, told to nobody, on no other server."""

from __future__ import annotations

from fedcop.actors.models import Actor
from fedcop.core import clock
from fedcop.core.database import atomic
from fedcop.core.errors import Invalid
from fedcop.core.i18n import N_
from fedcop.people.models import PersonalNote

LONGEST = 2000
TOO_LONG = N_("A note has 2,000 characters at most.")


@atomic
async def write(actor: Actor, about: Actor, text: str) -> None:
    """Keep a note about somebody in the place of the one before; an empty one takes it away."""
    text = text.strip()
    if len(text) > LONGEST:
        raise Invalid(TOO_LONG, errors={"comment": TOO_LONG})
    if not text:
        await PersonalNote.filter(actor_id=actor.id, target_id=about.id).delete()
        return
    said = {"text": text, "changed_at": clock.now()}
    made, is_new = await PersonalNote.get_or_create(actor_id=actor.id, target_id=about.id, defaults=said)
    if not is_new:
        await PersonalNote.filter(id=made.id).update(**said)
