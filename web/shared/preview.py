"""How a text will look, before it is published; for every form with a "Preview" button."""

from __future__ import annotations

from fedcop.discussions.text import prepare
from web.shared.forms import FormData

STEP = "preview"  # what the button sends as `step`


async def preview_of(form: FormData) -> str:
    """Give the HTML of a form's text if the form asks to see it, else nothing."""
    return (await prepare(form.raw("source"))).content if form.text("step") == STEP else ""
