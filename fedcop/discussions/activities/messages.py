"""Private messages from elsewhere: there are none here, so that one is not kept; who wrote it is told so, by our server, once a month.

Mastodon shows a message as delivered, whatever becomes of it. Machines are told nothing, lest two of them talk for ever. Not for what is meant
for followers, nor for what communities do not publish.
"""

from __future__ import annotations

from activitypub.vocab import Create
from fedcop.accounts.letters import speaking
from fedcop.actors import queries as actors
from fedcop.actors import service
from fedcop.actors.models import Actor
from fedcop.communities import mapping
from fedcop.core import i18n
from fedcop.core.i18n import N_, _
from fedcop.discussions.activities.reading import Claimed
from fedcop.federation import known
from fedcop.federation.inbound import Forget, Inbound
from fedcop.federation.peers import servers
from fedcop.federation.sending import audience, outbox

NOT_KEPT = N_(
    "There are no private messages on this server: yours was not kept, and nobody has read it."
    " Write in a community that both of you belong to, or by an address that the profile names."
)
# They take an answer only from those whom the message was for, and our server is not among these.
ANSWERED_BY_NAMED = frozenset({"gotosocial"})


def is_message(inbound: Inbound, claimed: Claimed) -> bool:
    """Tell whether a post is for single people, as far as one can see from outside."""
    sender = inbound.actor
    for_many = {sender.followers_uri} - {""}
    by_itself = inbound.via is None and inbound.proven and isinstance(inbound.activity, Create)
    return by_itself and not claimed.is_public and not for_many & {*claimed.recipients}


async def let_go(inbound: Inbound, claimed: Claimed) -> None:
    """Keep nothing of a private message to one of our people (Forget), and tell who wrote it so; of what is none, nothing is done."""
    to = (await actors.many_by_uri(claimed.recipients)).values()
    if not is_message(inbound, claimed) or not any(_is_ours(one) for one in to):
        return
    if await servers.manner_of(inbound.host) != "thread":
        await _tell(inbound, claimed)
    raise Forget("it is a private message, and there are none here")


async def _tell(inbound: Inbound, claimed: Claimed) -> None:
    sender, us = inbound.actor, await service.instance_actor()
    inbox, uri = audience.inbox_of(sender), f"{us.uri}/told/{sender.id}-{inbound.received_at:%Y-%m}"
    if sender.kind != "Person" or inbox is None or await known.look_up(uri) is not None:
        return
    with speaking(i18n.closest(claimed.language or i18n.DEFAULT)):
        language = i18n.language().split("-")[0]
        said = mapping.explanation(us, sender, _(NOT_KEPT), uri=uri, language=language, at=inbound.received_at)
    if await servers.software_of(inbound.host) not in ANSWERED_BY_NAMED:
        said["object"]["inReplyTo"] = claimed.uri
    await outbox.publish(said, actor=us, inboxes=[inbox], about="a private message was not kept")


def _is_ours(actor: Actor) -> bool:
    return actor.local and actor.kind == "Person" and actor.gone_at is None
