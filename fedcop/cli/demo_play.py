"""The play of `make demo`: who meets, in French and in English, and what they say to each other. All of it is invented."""

from __future__ import annotations

from typing import Any, Protocol

from fedcop.actors.models import Actor
from fedcop.communities import service as communities
from fedcop.communities.charter.words import Charter
from fedcop.communities.models import Community
from fedcop.discussions import service as discussions
from fedcop.discussions.models import Post
from fedcop.people import service as people

HOUSES = (
    ("verger", "Réseau Verger", "Faire pousser, conserver, transmettre", "fr-CA"),
    ("fleuve", "Université du Fleuve", "Pôle agroécologie et territoires", "fr-CA"),
    ("coopval", "Coop Val", "A cooperative of six farms", "en-CA"),
)

PEOPLE: dict[str, tuple[tuple[str, str, str, dict[str, str]], ...]] = {
    "verger": (
        ("imane", "imane@verger.example", "owner", {"display_name": "Imane Roy-Landry", "profession": "Pomologue", "organisation": "Réseau Verger", "region": "Bas-Saint-Laurent"}),
        ("yael", "yael@verger.example", "member", {"display_name": "Yaël Bourque", "profession": "Greffeuse", "organisation": "Réseau Verger", "region": "Charlevoix"}),
    ),
    "fleuve": (
        ("sacha", "sacha@fleuve.example", "owner", {"display_name": "Sacha Okoye", "profession": "Chercheur en sciences du sol", "organisation": "Université du Fleuve", "region": "Québec"}),
    ),
    "coopval": (
        ("noor", "noor@coopval.example", "owner", {"display_name": "Noor Tessier", "profession": "Orchardist", "organisation": "Coop Val", "region": "Estrie"}),
        ("lou", "lou@coopval.example", "member", {"display_name": "Lou Paradis", "profession": "Apprentice grower", "organisation": "Coop Val", "region": "Estrie"}),
    ),
}  # fmt: skip


class Meeting(Protocol):
    """What the play needs of its stage."""

    houses: dict[str, Any]

    async def person(self, key: str, name: str) -> Actor: ...
    async def community_elsewhere(self, name: str, home: str) -> Community: ...
    async def admitted(self, person: Actor, community: Community) -> None: ...
    async def arrived(self, uri: str) -> Post: ...


async def introduce(person: Actor, profile: dict[str, str]) -> None:
    """Fill in a profile."""
    await people.change_profile(person, **profile)


async def play(stage: Meeting) -> None:
    """Found two communities, let the others join, and let them talk, each from home."""
    async with stage.houses["verger"].site.entered():
        imane, yael = await stage.person("verger", "imane"), await stage.person("verger", "yael")
        fruit = await communities.found(
            imane, name="fruitiers", title="Fruitiers nordiques",
            purpose="Faire pousser, conserver et transmettre les variétés qui tiennent l’hiver.",
            charter=Charter(
                may=("Dire ce qu’on a essayé, réussites et échecs", "Ne pas être d’accord, et dire pourquoi"),
                may_not=("Faire de la publicité", "Répéter ailleurs ce qui est dit en confidence"),
                expected="Une contribution par an.", text="On cite ses sources.",
            ), language="fr",
        )  # fmt: skip
        await communities.join(yael, fruit, accepted=1)
        await discussions.write(
            yael, fruit, kind="practice", title="Une chambre froide partagée entre six fermes : ce que nous referions",
            source="Coûts, horaires, et **la règle des clés** qui a tout changé.\n\n- une seule personne tient le registre\n- la clé dort chez elle\n- on fait le ménage avant la récolte suivante",
            language="fr", tags=("entreposage",),
        )  # fmt: skip
    async with stage.houses["fleuve"].site.entered():
        sacha = await stage.person("fleuve", "sacha")
        soils = await communities.found(
            sacha, name="sols", title="Living soils",
            purpose="What we measure, what we see, and what we change in our fields.", language="en",
        )  # fmt: skip
        await discussions.write(
            sacha, soils, kind="debate", title="Do cover crops after late potatoes pay off?",
            source="Three winters of measurements say *sometimes*. Bring your own figures.", language="en", tags=("covercrops",),
        )  # fmt: skip
        there = await stage.community_elsewhere("fruitiers", "verger")
        await communities.join(sacha, there, accepted=there.charter_version)
        await stage.admitted(sacha, there)
    async with stage.houses["coopval"].site.entered():
        noor, lou = await stage.person("coopval", "noor"), await stage.person("coopval", "lou")
        there = await stage.community_elsewhere("fruitiers", "verger")
        for person in (noor, lou):
            await communities.join(person, there, accepted=there.charter_version)
            await stage.admitted(person, there)
        await communities.join(noor, await stage.community_elsewhere("sols", "fleuve"))
        question = await discussions.write(
            noor, await stage.community_elsewhere("fruitiers", "verger"), kind="question",
            title="Comment protéger de jeunes pruniers quand la neige tarde ?",
            source="Nous avons perdu le tiers de la plantation l’an dernier, avant Noël. Le sol avait gelé sur dix centimètres avant la première neige.\n\nLes toiles ont gardé l’humidité et deux arbres ont pourri au collet. Qui a essayé la paille, ou les branches d’épinette ?",
            language="fr", tags=("pruniers", "hiver"),
        )  # fmt: skip
    await _answers(stage, question.uri)


async def _answers(stage: Meeting, uri: str) -> None:
    async with stage.houses["fleuve"].site.entered():
        sacha = await stage.person("fleuve", "sacha")
        spruce = await discussions.reply(
            sacha, await stage.arrived(uri), language="fr",
            source="Branches d’épinette, trois couches croisées, dès que le sol durcit. L’air circule, rien ne pourrit. On retire quand les bourgeons gonflent.",
        )  # fmt: skip
    async with stage.houses["verger"].site.entered():
        imane = await stage.person("verger", "imane")
        root = await stage.arrived(uri)
        await discussions.react(imane, await stage.arrived(spruce.uri), "thanks")
        collar = await discussions.reply(
            imane, root, language="fr",
            source="Le collet d’abord : 20 cm de copeaux grossiers, jamais contre le tronc, puis un manchon ajouré. La mesure des quatre hivers est dans la fiche.",
        )  # fmt: skip
        await discussions.pin(imane, root)
    async with stage.houses["coopval"].site.entered():
        noor, lou = await stage.person("coopval", "noor"), await stage.person("coopval", "lou")
        answer = await stage.arrived(collar.uri)
        await discussions.reply(noor, answer, source="Merci. Les copeaux de cèdre conviennent-ils ?", language="fr")
        await discussions.reply(
            lou,
            await stage.arrived(uri),
            source="Chez nous la paille a attiré les mulots. Plus jamais sans grillage.",
            language="fr",
        )
        await discussions.react(noor, answer, "useful")
        await discussions.accept_answer(noor, await stage.arrived(uri), answer)
