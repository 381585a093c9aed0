"""Why a delivery failed, in the language of who reads it: turns the sender's and the transport's English words into sentences.

Not for: deciding what follows from a failure. Words that nobody listed are shown as they are.
"""

from __future__ import annotations

import re

from fedcop.core.i18n import N_, _

_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"does not accept our signature \(401\): its clock is (?P<minutes>\d+) min ahead", N_("It refuses our signature: its clock is %(minutes)s min ahead of ours.")),
        (r"does not accept our signature \(401\): its clock is (?P<minutes>\d+) min behind", N_("It refuses our signature: its clock is %(minutes)s min behind ours.")),
        (r"does not accept our signature", N_("It refuses our signature (401).")),
        (r"that it does not understand this", N_("It does not understand what we sent (400).")),
        (r"that we may not deliver to it", N_("It does not let us deliver (403): perhaps it has blocked this server.")),
        (r"that it has no such inbox", N_("It says that there is no such inbox (404).")),
        (r"\(410\)", N_("It says that the inbox is gone for good (410).")),
        (r"that this is too large", N_("It finds what we sent too large (413).")),
        (r"that it gets too many requests", N_("It gets too many requests and asks us to wait (429).")),
        (r"that it has an internal error \(500\), again and again", N_("It fails at this one time and again (500), and took what came after.")),
        (r"that it has an internal error", N_("It has an error of its own (500).")),
        (r"cannot be reached behind its proxy|not available now|too long behind its proxy", N_("It is out of service for now (it answers 502, 503 or 504).")),
        (r"the other server answered (?P<status>\d{3})", N_("It answered with the code %(status)s.")),
        (r"sends us elsewhere for now", N_("It sends us elsewhere for now; it is perhaps being maintained.")),
        (r"has moved to another server", N_("It says that the inbox has moved to another server.")),
        (r"no connection within|no complete answer within|^no answer within", N_("It does not answer in time.")),
        (r"connection refused", N_("The machine is there, but nothing answers on it: the server is perhaps stopped.")),
        (r"no route to the server", N_("There is no way to it on the network.")),
        (r"the connection was closed|broke off|the connection failed", N_("The connection broke off before it answered.")),
        (r"too many servers of its domain", N_("It waits for its turn: many servers of its domain do not answer.")),
        (r"no answer about the name", N_("Nobody answers for its name (DNS): its name servers are perhaps down.")),
        (r"is not known \(DNS\)", N_("Its name is not known any more (DNS): perhaps the domain has lapsed.")),
        (r"certificate has expired", N_("Its certificate has expired.")),
        (r"the certificate of .+ is not valid", N_("Its certificate is not valid: we cannot be sure that it is itself.")),
        (r"no secure connection", N_("No secure connection with it could be agreed.")),
        (r"not sent: ", N_("Its address is not one that this server may dial.")),
        (r"the answer is ", N_("Its answer cannot be read.")),
        (r"we do not talk to this server", N_("Nothing is sent there: those in charge decided so.")),
        (r"nobody there may read it any more", N_("Taken back before it left: nobody there may read it any more.")),
        (r"the sender no longer exists", N_("Taken back before it left: the account is gone.")),
        (r"a fault of this server", N_("A fault of our own server; its log says more.")),
    )
)  # fmt: skip


def in_words(reason: str) -> str:
    """Say in a sentence why something was not delivered."""
    for pattern, sentence in _SENTENCES:
        found = pattern.search(reason)
        if found is not None:
            return _(sentence, **found.groupdict())
    return reason
