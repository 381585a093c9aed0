"""The fields of a form in which a poll is typed. Values for "discussions/_asking.html"."""

from __future__ import annotations

from typing import Any

from fedcop.core.i18n import ngettext
from fedcop.discussions.polls import asking
from fedcop.discussions.polls.asking import Asked
from fedcop.discussions.polls.models import Ballot, Poll
from web.shared.forms import FormData

MORE = "options"  # what the button sends as `step` that asks for more lines
AT_FIRST = 4


def poll_of(form: FormData) -> Asked | None:
    """Give the poll that was typed, None where none was."""
    return asking.kept(kept_of(form))


def kept_of(form: FormData) -> dict[str, object]:
    """Give the fields of a poll as a draft keeps them; nothing where no choice was typed."""
    options = [option[:300] for option in form.texts("option")[: 2 * asking.MOST]]
    if not options:
        return {}
    return {"option": options, **{name: form.text(name)[:10] for name in asking.FIELDS if name != "option"}}


def fields_of(poll: Poll) -> dict[str, object]:
    """Give the fields of a form that hold a poll which is there already."""
    return {"option": poll.options, "poll_multiple": poll.multiple}


async def is_fixed(poll: Poll | None) -> bool:
    """Tell whether somebody has voted, so that the choices stay as they are."""
    return poll is not None and await Ballot.filter(poll_id=poll.id).exists()


def beside_poll(form: FormData) -> dict[str, Any]:
    """What the template needs beside the form: the lines to type in, how long a poll may last."""
    typed = form.texts("option")
    lines = max(AT_FIRST, len(typed) + (AT_FIRST if form.text("step") == MORE else 0))
    lines = max(min(lines, asking.MOST), len(typed))
    return {
        "poll_lines": [*typed, *[""] * (lines - len(typed))],
        "poll_most": asking.MOST,
        "poll_longest": asking.LONGEST,
        "poll_days": [(str(days), ngettext("%(count)s day", "%(count)s days", days)) for days in asking.DAYS],
        "poll_usual": str(asking.USUAL_DAYS),
    }
