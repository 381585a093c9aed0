"""The errors that stop a caller, each with a sentence for people and a code for logs. Expected outcomes are values, not errors.

FedcopError
├── NotFound       it is not there, or not for you: the same answer
├── Forbidden      you may not do that, and you may know it
├── Invalid        what you wrote cannot be accepted; says which field and why
├── Conflict       somebody was faster, or the name is taken
├── TooMany        slow down
└── Unavailable    not now: disk full, database away, peer silent
"""

from __future__ import annotations

from collections.abc import Mapping

from fedcop.core.formats import format_number
from fedcop.core.i18n import N_, _


class FedcopError(Exception):
    """A refusal. `text` is a msgid: it is translated when it is shown, not when it is raised."""

    text = N_("Something went wrong.")
    code = "error"

    def __init__(self, text: str = "", code: str = "", **params: object) -> None:
        self.text = text or type(self).text
        self.code = code or type(self).code
        self.params = params
        super().__init__(self.text % params if params else self.text)

    def for_people(self) -> str:
        """Say it in the current language."""
        return _(self.text, **self.params)


class NotFound(FedcopError):
    """It does not exist, or the asker may not know that it does."""

    text = N_("This page does not exist, or you may not see it.")
    code = "not-found"


class Forbidden(FedcopError):
    """The asker may see it, and may not do this to it."""

    text = N_("You may not do that.")
    code = "forbidden"


class Invalid(FedcopError):
    """What was sent cannot be accepted. `errors` maps a field's name to a sentence (a msgid, or translated already)."""

    text = N_("Some of what you wrote cannot be accepted.")
    code = "invalid"

    def __init__(
        self, text: str = "", code: str = "", *, errors: Mapping[str, str] | None = None, **params: object
    ) -> None:
        super().__init__(text, code, **params)
        self.errors = dict(errors or {})


class Conflict(FedcopError):
    """It collides with what is there already."""

    text = N_("That exists already.")
    code = "conflict"


class TooMany(FedcopError):
    """Too often or too much."""

    text = N_("That was too often. Please try again later.")
    code = "too-many"

    def __init__(self, text: str = "", code: str = "", *, retry_after: float | None = None, **params: object) -> None:
        super().__init__(text, code, **params)
        self.retry_after = retry_after


class Unavailable(FedcopError):
    """It cannot be done now; it may work later."""

    text = N_("That is not possible right now. Please try again later.")
    code = "unavailable"


def too_long(most: int) -> str:
    """Say that a text is too long and how long it may be, in the current language: for the `errors` of Invalid."""
    return _("This text is too long: %(most)s characters at most.", most=format_number(most))
