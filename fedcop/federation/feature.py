"""What the engine plugs in: receiving, sending, and looking after what is known of others."""

from __future__ import annotations

from datetime import timedelta

from fedcop.core.feature import Feature
from fedcop.federation import jobs, returning
from fedcop.federation.documents.activities import activity_document
from fedcop.federation.documents.local_actors import instance_document
from fedcop.federation.documents.serving import Collected, Document, Listing, nothing
from fedcop.federation.facts import DeliveryAccepted, KeyDoubted, PostArrived, ServerMet
from fedcop.federation.fetching import files, resolver
from fedcop.federation.receiving import intake, rounds
from fedcop.federation.sending import destinations, sender
from fedcop.media.facts import RemoteFileNamed


async def _empty(_asking: object) -> Collected:
    return Collected(page=nothing, total=0)


FEATURE = Feature(
    name="federation",
    reacts={
        DeliveryAccepted: (intake.process,),
        KeyDoubted: (jobs.look_at_doubted_key,),
        ServerMet: (jobs.meet,),
        PostArrived: (),
        RemoteFileNamed: (files.fetch_named,),
    },
    many={intake.process: rounds.process_many, jobs.meet: jobs.meet_many},
    jobs=(intake.process_again, intake.replay, resolver.seek, jobs.fetch_key, jobs.refresh_actor, returning.look_again),
    timetable=(
        (timedelta(minutes=10), jobs.ask_new_servers),
        (timedelta(minutes=10), returning.look_at_silent),
        (timedelta(days=1), jobs.prune_inbox),
        (timedelta(days=1), destinations.prune),
    ),
    serves={
        "/actor": Document(instance_document),
        "/actor/outbox": Listing(_empty),
        "/activities/{id}": Document(activity_document),
    },
    keeps=(jobs.KEPT,),
    set_back=(destinations.go_on_after_setback,),
    loops=(sender.run,),
)
