"""Why an application gets no token: the codes of RFC 6749 and 7591, which programs read, with a sentence for people."""

from __future__ import annotations

from fedcop.core.errors import FedcopError
from fedcop.core.i18n import N_

TEXTS = {
    "invalid_request": N_("The application asked in a way that cannot be understood."),
    "invalid_client": N_("This application is not known here. It has to register again."),
    "invalid_grant": N_("This code or permission does not work any more."),
    "invalid_scope": N_("The application asks for more than it said when it registered, or for what does not exist."),
    "unsupported_grant_type": N_("Tokens are not given in this way here."),
    "unsupported_response_type": N_("The application asks for an answer that is not given here."),
    "invalid_redirect_uri": N_(
        "The application wants the answer at an address that it did not name when it registered."
    ),
}


class AppRefused(FedcopError):
    """An application asked for something that it does not get; `code` says why to programs."""

    def __init__(self, code: str) -> None:
        super().__init__(TEXTS[code], code)
