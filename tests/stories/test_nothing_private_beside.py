"""A private community lives on two servers; none of its words is in a log, an argument of a job, an address, a file's name on disk."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import aiosmtplib
import pytest

from fedcop.calls import service as calls
from fedcop.communities import moderation, sanctions
from fedcop.communities import service as communities
from fedcop.communities.admission import deciding, exchange, links, lists
from fedcop.communities.admission.setting import change_door
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community, Membership
from fedcop.core import clock, jobs
from fedcop.core.database import rows
from fedcop.core.log import set_up_logging
from fedcop.core.mail import Mail
from fedcop.discussions import scheduling
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.federation.fetching import resolver
from fedcop.reports import service as reports
from fedcop.reports.appeals import decisions
from fedcop.reports.appeals import service as appeals
from fedcop.reports.models import Report
from fedcop.successions import service as successions
from fedcop.successions.service import Daughter
from tests.rig.behind_doors import A, Doors, open_doors
from tests.rig.world import World

# Words, each in one place only: what is found tells where it came from.
WORDS = (
    "topaze", "Cymophane", "marcassite", "rhodonite", "aventurine", "calcedoine", "Pyrope", "Hematite", "jadeite",
    "labradorite", "malachite", "Peridot", "tourmaline", "citrine", "sodalite", "cornaline", "alexandrite", "spinelle",
    "zirconium", "Mirabelle", "obsidienne", "Serpentine", "grenat", "lazulite", "onyx", "Ambre", "quartz", "azurite", "hyalite",
)  # fmt: skip


def found_in(text: str) -> list[str]:
    """Which of the words stand in a text."""
    lower = text.lower()
    return [word for word in WORDS if word.lower() in lower]


class Refusing:
    """A mail server that says to whom it will not deliver now."""

    async def send(self, mail: Mail) -> None:
        raise aiosmtplib.SMTPRecipientsRefused([aiosmtplib.SMTPRecipientRefused(451, f"<{mail.to}> later", mail.to)])


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """All that is logged, as an operator has it."""
    root = logging.getLogger()
    before, level, stream = list(root.handlers), root.level, io.StringIO()
    set_up_logging(stream=stream)
    root.handlers[:] = [*before, *root.handlers]
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def promised(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the rows of all jobs hold, as they were written: one by one, or those that follow from facts together."""
    found: list[str] = []
    whole = jobs.to_json

    def noted(value: Any) -> str:
        text = whole(value)
        if not {"with", "many"}.isdisjoint(value):  # else they are the words that lie beside a row
            found.append(text)
        return text

    monkeypatch.setattr(jobs, "to_json", noted)
    return found


async def _words(doors: Doors) -> None:
    """A call to all, a charter and its change, a text for another day."""
    async with doors.a.entered():
        await calls.call(doors.ana.actor, doors.home, title="Un grenat", source="lazulite")
        charter = Charter(("onyx",))
        await communities.change_charter(
            doors.ana.actor, doors.home, charter, changed="Ambre", rights=False, after=doors.home.charter_version
        )
    async with doors.b.entered():
        text = {"kind": "tip", "title": "Plus tard", "source": "azurite", "language": "fr"}
        await scheduling.schedule(doors.bob.actor, doors.there, text, clock.now() + timedelta(days=7))
    await doors.settle()


async def _end(doors: Doors) -> None:
    """An appeal, and a community that is split."""
    async with doors.b.entered():
        meant = next(one for one in await decisions.about(doors.bob.actor) if one.kind == "removal")
        await appeals.make(doors.bob.actor, meant.key, "quartz")
    await doors.settle()
    async with doors.a.entered():
        parts = [Daughter(f"Partie {name}", name, "hyalite", ("obsidienne",)) for name in ("un", "deux")]
        planned = await successions.plan(doors.ana.actor, doors.home, parts, rest=1, days="3")
        await successions.split(doors.ana.actor, doors.home, planned)
    await doors.settle()


async def _door(doors: Doors) -> None:
    """Questions, a request with answers from B, a refusal, invitations of three kinds."""
    ana, home = doors.ana.actor, doors.home
    async with doors.a.entered():
        await change_door(ana, home, [("Quelle topaze ?", "", True)])
    async with doors.b.entered():
        seen = await resolver.actor(home.actor.uri, refresh=True)
        await doors.world.settle()
        there = await Community.get(actor_id=seen.id).select_related("actor")
        await communities.join(doors.zoe.actor, there, "Cymophane", given={"q1": "marcassite"}, accepted=1)
    await doors.settle()
    async with doors.a.entered():
        asked = await Membership.filter(community_id=home.id, state="asked").get()
        await exchange.ask(ana, asked, "rhodonite ?")
    await doors.settle()
    async with doors.b.entered():
        await exchange.answer(doors.zoe.actor, there, "aventurine")
    await doors.settle()
    async with doors.a.entered():
        asked = await Membership.filter(community_id=home.id, state="asked").get()
        await deciding.decline(ana, asked, "calcedoine")
        await communities.invite(ana, home, doors.nic.actor, "Pyrope")
        await lists.send(ana, home, "hematite@poste.example", why="jadeite")
        await links.make(ana, home, kind=links.KNOWN, why="labradorite", uses=2, days=3)
    await doors.settle()


async def _care(doors: Doors) -> None:
    """A report, a warning, a suspension, a removed post, a removed member: each with words."""
    ana, home = doors.ana.actor, doors.home
    async with doors.a.entered():
        bob, own = await resolver.actor(doors.bob.actor.uri), await Post.get(uri=doors.own.uri)
        await reports.report(ana, bob, comment="malachite", post=own, community_id=home.id)
        await reports.decide(ana, await Report.all().first(), acted=True, sentence="Peridot")
        await sanctions.warn(ana, home, bob, "tourmaline")
        await sanctions.suspend(ana, home, bob, "citrine", clock.now() + timedelta(days=3))
        await moderation.unban(ana, home, bob, "sodalite")
        await discussions.pin(ana, doors.root, "cornaline")
        await discussions.remove(ana, own, "alexandrite")
        await moderation.remove_member(ana, home, bob, "spinelle")
    await doors.settle()


async def test_its_words_are_nowhere_else(world: World, lines: io.StringIO, promised: list[str]) -> None:  # H26
    doors = await open_doors(world)
    await doors.community("request")
    await doors.life()
    doors.a.mailer = Refusing()  # type: ignore[attr-defined]
    await _words(doors)
    await _door(doors)
    await _care(doors)
    await _end(doors)
    assert found_in("".join(lines.getvalue())) == []
    assert [(words, row[:400]) for row in promised if (words := found_in(row.replace("zirconium", "")))] == []
    assert len(promised) > 100
    for site in (doors.a, doors.b):
        async with site.entered():
            waiting = await rows("SELECT name, payload, error FROM job")
            assert [row for row in waiting if found_in(str(row).replace("zirconium", ""))] == []
        names = [str(one.relative_to(site.settings.data)) for one in site.settings.data.rglob("*")]
        assert len(names) > 5 and found_in(" ".join(names)) == []
    async with doors.b.entered():
        assert await rows("SELECT id FROM job_words") == []  # they go with their jobs
    async with doors.a.entered():
        assert [row["error"] for row in await rows("SELECT error FROM job WHERE error IS NOT NULL")]
    assert [asked for asked in world.web.asked if found_in(asked[1].replace("zirconium", ""))] == []


async def test_what_breaks_tells_nothing(
    world: World, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:  # H26, J26
    """Error pages for those who may read and for others, their headers, what is for machines, and the line in the log."""
    doors = await open_doors(world)
    await doors.community("invitation")
    await doors.life()

    async def broken(*_args: Any, **_named: Any) -> None:
        raise RuntimeError("duplicate key\nDETAIL: Key (title)=(La Mirabelle cachée)")

    paths = [
        f"/p/{doors.root.id}?topaze",
        "/c/zirconium?topaze",
        "/search?q=topaze",
        "/nodeinfo/2.1",
        "/health",
        "/c/zirconium/outbox",
    ]
    sessions = ("", await doors.cookie(doors.a, doors.ana))
    monkeypatch.setattr("fedcop.communities.access.may_see", broken)
    monkeypatch.setattr("fedcop.communities.access.may_find", broken)
    seen = set()
    for cookie in sessions:
        for path in paths:
            for accept in ("text/html", "application/activity+json"):
                headers = {"Accept": accept, "Cookie": cookie, "Accept-Language": "fr-CA"}
                answer = await world.request("GET", A + path, headers if cookie else {"Accept": accept})
                seen.add(answer.status)
                if cookie and answer.status == 200:
                    continue  # a member's own page
                # The address that somebody typed stands in the links of their own page.
                said = answer.body.decode().replace("topaze", "").replace("zirconium", "")
                assert found_in(f"{sorted(answer.headers.items())} {said}") == [], path
    assert {200, 404, 500} <= seen
    logged = lines.getvalue()
    assert "request failed" in logged and found_in(logged.replace("zirconium", "")) == []
