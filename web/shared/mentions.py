"""Warns by name, before one publishes, of people who are named and cannot read it. Said once: who publishes again knows."""

from __future__ import annotations

from aiohttp.web import Request, RequestKey

from fedcop.communities.models import Community
from fedcop.core.i18n import _
from fedcop.discussions.models import Post
from fedcop.discussions.readers import named_in_vain
from web.keys import member
from web.shared.forms import FormData, Problems
from web.shared.templating import name_of

FIELD = "warned_of"
WARNED: RequestKey[str] = RequestKey(FIELD, str)  # of whom the page warns


async def warn_of_blind(
    request: Request, form: FormData, problems: Problems, community: Community, answered: Post | None = None
) -> None:
    """Say at the text who could not read it, unless the form was warned of these very people."""
    text = f"{form.raw('source')}\n\n{form.raw('source2')}"
    blind = await named_in_vain(member(request).actor, text, community, answered, form.text("audience"))
    request[WARNED] = " ".join(str(person.id) for person in blind)
    if blind and form.text(FIELD) != request[WARNED]:
        said = [
            _("%(name)s cannot read this post, and will not be notified.", name=name_of(person)) for person in blind
        ]
        problems.add("source", " ".join([*said, _("Publish again if it should go all the same.")]))
