"""What one does with posts. First argument is who acts; every function is one transaction and ends with a fact."""

from fedcop.discussions.service.anonymity import anonymise, leave_anonymised, record_anonymised
from fedcop.discussions.service.audience import change_audience, organisation_for
from fedcop.discussions.service.correct import correct
from fedcop.discussions.service.moderate import (
    accept_answer,
    lock,
    pin,
    publish_held,
    refuse_held,
    remove,
    restore,
    retitle,
    unlock,
    unpin,
)
from fedcop.discussions.service.move import move, move_all, record_back, record_gone, record_taken_over
from fedcop.discussions.service.react import react, record_reaction, record_share, share, unreact, unshare
from fedcop.discussions.service.record import (
    FoundFile,
    FoundPost,
    FoundTombstone,
    differs,
    record_accepted,
    record_delete,
    record_held,
    record_new,
    record_newer,
    record_refused,
    record_tombstone,
    record_withdrawal,
)
from fedcop.discussions.service.showing import record_shown, record_unshown, show, stop_showing, stop_showing_in
from fedcop.discussions.service.visit import visit
from fedcop.discussions.service.write import delete, edit, reply, tombstone_all_of, write

__all__ = [
    "FoundFile",
    "FoundPost",
    "FoundTombstone",
    "accept_answer",
    "anonymise",
    "change_audience",
    "correct",
    "delete",
    "differs",
    "edit",
    "leave_anonymised",
    "lock",
    "move",
    "move_all",
    "organisation_for",
    "pin",
    "publish_held",
    "react",
    "record_accepted",
    "record_anonymised",
    "record_back",
    "record_delete",
    "record_gone",
    "record_held",
    "record_new",
    "record_newer",
    "record_reaction",
    "record_refused",
    "record_share",
    "record_taken_over",
    "record_tombstone",
    "record_withdrawal",
    "refuse_held",
    "record_shown",
    "record_unshown",
    "remove",
    "reply",
    "restore",
    "retitle",
    "share",
    "show",
    "stop_showing",
    "stop_showing_in",
    "tombstone_all_of",
    "unlock",
    "unpin",
    "unreact",
    "unshare",
    "visit",
    "write",
]
