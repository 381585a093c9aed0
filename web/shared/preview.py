"""How a text will look, before it is published; for every form with a "Preview" button."""

from __future__ import annotations

from fedcop.discussions import versions
from fedcop.discussions.text import prepare
from web.shared.forms import FormData

STEP = "preview"  # what the button sends as `step`


async def preview_of(form: FormData) -> list[tuple[str, str]]:
    """Give a form's text, in each of its languages, as (language, HTML) if the form asks to see it, else nothing."""
    if form.text("step") != STEP:
        return []
    second = versions.typed(form.text("language2"), form.text("title2"), form.raw("source2"))
    body = await prepare(form.raw("source"), (), second)
    found = [(form.text("language"), body.content), *((one.language, one.content) for one in body.versions)]
    return [(language, content) for language, content in found if content]
