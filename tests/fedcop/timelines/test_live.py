"""What is said to those who look right now, held against what the same people read when they ask: after each event, for everybody and every list."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.apps import registering, tokens
from fedcop.communities import reading
from fedcop.communities import service as communities
from fedcop.communities.models import Community, Membership
from fedcop.core import signals
from fedcop.core.clock import now
from fedcop.core.errors import Invalid
from fedcop.core.signals import Signal
from fedcop.core.site import Site
from fedcop.discussions import service
from fedcop.discussions.models import Post
from fedcop.people import service as people
from fedcop.timelines import lists, live, queries, streams, tags
from fedcop.timelines.live import CHANGE, DELETE, UPDATE, Stream
from fedcop.timelines.streams import Span, Wish
from tests.rig.clock import StandingClock
from tests.rig.people import make_member
from tests.rig.queries import counted

Have = dict[tuple[int, Stream], set[int]]


class Village:
    """Léa moderates a public community and a closed one, Tom belongs to both, Ida follows the public one and mutes, Nic is nobody there."""

    def __init__(self) -> None:
        self.heard: list[Signal] = []

    async def begin(self, site: Site) -> Village:
        self.site = site
        self.people = {name: await make_member(name) for name in ("lea", "tom", "ida", "nic")}
        lea, tom, ida = (self.people[name].actor for name in ("lea", "tom", "ida"))
        self.open = await communities.found(lea, title="Fruitiers", name="fruitiers", purpose="Faire pousser")
        self.other = await communities.found(tom, title="Serres", name="serres", purpose="Chauffer")
        self.shut = await communities.found(
            lea, title="Clos", name="clos", purpose="Nous", visibility="private", join_policy="request"
        )
        await communities.join(tom, self.open)
        await communities.invite(lea, self.shut, tom)
        await communities.accept_invitation(tom, self.shut)
        await people.follow(ida, await Actor.get(id=self.open.actor_id))
        await people.follow(tom, lea)
        await site.runner.settle()
        self.own = await lists.make(tom, "À lire", replies="none")
        await lists.add(tom, self.own.id, [lea.id, self.other.actor_id])
        return self

    @property
    def all_streams(self) -> list[Stream]:
        some = [Stream("list", community_id=one.id) for one in (self.open, self.shut, self.other)]
        some.append(Stream("list", list_id=self.own.id))
        return [
            Stream("user"), Stream("public"), Stream("public", "local"), Stream("public", "remote"),
            Stream("hashtag", tag="lin"), *some,
        ]  # fmt: skip

    async def read(self, account: Account, stream: Stream) -> set[int]:
        """What somebody reads when they ask for a list."""
        who, wish = account.actor, Wish(local=stream.of == "local", remote=stream.of == "remote")
        if stream.name == "user":
            return set(await streams.home(who, Span()))
        if stream.name == "public":
            return set(await streams.public(who, Span(), wish))
        if stream.name == "hashtag":
            return set(await streams.tagged(who, Span(), Wish(any_tags=(stream.tag,))))
        if stream.list_id:
            return set(await streams.personal(who, self.own, Span())) if who.id == self.own.owner_id else set()
        place = await Membership.get_or_none(community_id=stream.community_id, actor_id=who.id, state="active")
        if place is None:
            return set()
        community = await Community.get(id=stream.community_id)
        return set(await streams.community(who, community, Span(), replies=place.list_replies))

    async def have(self) -> Have:
        return {
            (account.actor_id, stream): await self.read(account, stream)
            for account in self.people.values()
            for stream in self.all_streams
        }

    async def hold(self, before: Have, *, quiet: bool = False) -> dict[str, set[str]]:
        """After something happened to one thread: what is said is the difference between before and now. Gives who was told what at home."""
        after = await self.have()
        (signal,) = [one for one in self.heard if one.kind in live.KINDS]
        self.heard.clear()
        with counted() as statements:
            told = await live.judge(signal, list(before))
        statements.at_most(8)
        assert told is not None
        number, expected = signal.ids[0], {}
        for place, ids in after.items():
            was, now = number in before[place], number in ids
            if was != now:
                expected[place] = UPDATE if now else DELETE
            elif now and not quiet:
                expected[place] = CHANGE
        assert told.to == expected
        names = {account.actor_id: name for name, account in self.people.items()}
        said: dict[str, set[str]] = {}
        for (who, stream), event in told.to.items():
            if stream.name == "user":
                said.setdefault(event, set()).add(names[who])
        return said


@pytest.fixture
async def village(site: Site, monkeypatch: pytest.MonkeyPatch) -> Village:
    village = await Village().begin(site)

    async def hear(signal: Signal) -> None:
        village.heard.append(signal)

    monkeypatch.setattr(signals, "_send", hear)
    return village


async def test_what_is_said_is_what_changes_in_each_list(village: Village, clock: StandingClock) -> None:
    lea, tom, ida = (village.people[name].actor for name in ("lea", "tom", "ida"))

    async def does(act: Callable[[], object], *, quiet: bool = False) -> dict[str, set[str]]:
        before = await village.have()
        await act()  # type: ignore[misc]
        return await village.hold(before, quiet=quiet)

    def write(community: Community) -> Callable[[], object]:
        return lambda: service.write(lea, community, kind="tip", title="Lin", source="Le #lin.")

    assert await does(write(village.open)) == {UPDATE: {"lea", "tom", "ida"}}
    thread = await Post.all().order_by("-id").first()
    assert thread is not None
    assert await does(lambda: service.edit(lea, thread, source="Le #lin bleu.")) == {CHANGE: {"lea", "tom", "ida"}}
    await people.mute(ida, lea)
    assert await does(lambda: service.edit(lea, thread, source="Le #lin blanc.")) == {CHANGE: {"lea", "tom"}}
    assert await does(lambda: service.remove(lea, thread, "Non.")) == {DELETE: {"lea", "tom"}}
    assert await does(lambda: service.restore(lea, thread)) == {UPDATE: {"lea", "tom"}}
    # Serres shows it beside its own; who belongs to its home has it already.
    await communities.join(lea, village.other)
    zoe = village.people["zoe"] = await make_member("zoe")
    await communities.join(zoe.actor, village.other)
    assert await does(lambda: service.show(lea, thread, [village.other.id]), quiet=True) == {UPDATE: {"zoe"}}
    assert await does(lambda: service.show(lea, thread, []), quiet=True) == {DELETE: {"zoe"}}
    assert await does(lambda: service.move(lea, thread, village.other, "Ici.")) == {
        CHANGE: {"lea", "tom"}, UPDATE: {"zoe"}
    }  # fmt: skip
    assert await does(lambda: service.change_audience(lea, thread, "community", seen="public")) == {
        CHANGE: {"lea", "tom", "zoe"}
    }
    assert await does(lambda: service.change_audience(lea, thread, "organisation", seen="community")) == {
        CHANGE: {"lea", "tom", "zoe"}
    }
    assert await does(lambda: service.change_audience(lea, thread, "public", seen="organisation"))
    before = await village.have()
    await Post.filter(id=thread.id).update(state="held")
    village.heard.append(Signal("refused", (thread.id,)))
    held = await village.have()
    assert await village.hold(held) == {CHANGE: {"lea"}}
    await Post.filter(id=thread.id).update(state="visible")
    village.heard.append(Signal("appeared", (thread.id,)))
    assert (await village.hold({place: set() for place in before}))[UPDATE] == {"lea", "tom", "zoe"}
    assert await does(write(village.shut)) == {UPDATE: {"lea", "tom"}}
    # Whom a tag brings it is told too, as far as they may read it.
    zoe_and_nic = {"zoe", "nic"}
    await tags.follow(village.people["nic"].actor, "#Lin")
    await tags.follow(zoe.actor, "lin")
    assert await does(lambda: service.remove(lea, thread, "Non.")) == {DELETE: {"lea", "tom", *zoe_and_nic}}
    assert await does(lambda: service.restore(lea, thread)) == {UPDATE: {"lea", "tom", *zoe_and_nic}}
    assert await does(write(village.open)) == {UPDATE: {"lea", "tom", *zoe_and_nic}}
    await tags.unfollow(zoe.actor, "lin")
    # Who keeps a community out of their home reads it in its list alone, however they are tied to it.
    await reading.bring_home(tom, village.other, wanted=False)
    await reading.bring_home(ida, village.open, wanted=False)
    await tags.follow(tom, "lin")
    assert await does(lambda: service.edit(lea, thread, source="Du #lin.")) == {CHANGE: {"lea", "zoe", "nic"}}
    await people.unmute(ida, lea)
    assert await does(write(village.open)) == {UPDATE: {"lea", "tom", "nic"}}
    # A list apart keeps its communities out of home too.
    await reading.bring_home(tom, village.other, wanted=True)
    await tags.unfollow(tom, "lin")
    village.own = await lists.change(tom, village.own.id, exclusive=True)
    assert await does(lambda: service.edit(lea, thread, source="Du #lin bleu.")) == {CHANGE: {"lea", "zoe", "nic"}}
    village.own = await lists.change(tom, village.own.id, exclusive=False)
    shut = await Post.filter(community_id=village.shut.id).first()
    assert shut is not None
    assert await does(lambda: service.delete(lea, shut)) == {DELETE: {"lea", "tom"}}
    # What comes late has its place further down, and is not said to be new.
    clock.advance(hours=7)
    told = await live.judge(Signal("appeared", (thread.id,)), [(tom.id, Stream("user"))])
    assert told is not None and not told.to
    # An answer stands in none of these lists; its author's other programs are told.
    await thread.refresh_from_db()
    await service.reply(tom, thread, source="Merci.")
    answer = await Post.all().order_by("-id").first()
    assert answer is not None and await live.judge(Signal("appeared", (answer.id,)), [(tom.id, Stream("user"))])
    told = await live.judge(Signal("edited", (answer.id,)), [(tom.id, Stream("user")), (lea.id, Stream("user"))])
    assert told is not None and told.to == {(tom.id, Stream("user")): CHANGE}
    assert await live.judge(Signal("appeared", (7,)), [(tom.id, Stream("user"))]) is None


async def test_replies_come_to_the_lists_that_want_them(village: Village) -> None:
    lea, tom, ida = (village.people[name].actor for name in ("lea", "tom", "ida"))
    await people.follow(lea, tom)
    await communities.join(lea, village.other)
    thread = await service.write(ida, village.open, kind="tip", title="Lin", source="Bleu.")
    mine = await service.write(lea, village.other, kind="tip", title="Foin", source="Vert.")
    village.heard.clear()
    names = {account.actor_id: name for name, account in village.people.items()}

    async def does(act: Callable[[], object]) -> set[str]:
        before = await village.have()
        await act()  # type: ignore[misc]
        (signal,) = [one for one in village.heard if one.kind in live.KINDS]
        village.heard.clear()
        after = await village.have()
        said = await live.judge(signal, [place for place in before if place[1].name == "list"])
        number = signal.ids[0]
        expected = {
            place: CHANGE if number in before[place] and number in after[place] else UPDATE if number in after[place] else DELETE
            for place in before
            if place[1].name == "list" and (number in before[place] or number in after[place])
        }  # fmt: skip
        assert said is not None and said.to == expected
        return {f"{names[who]} {stream.list_id and 'own'}" for who, stream in said.to}

    for which, of_own, expected in (
        ("none", "none", set()),
        ("list", "followed", {"lea 0", "tom own"}),
        ("followed", "list", {"lea 0", "tom own"}),
    ):
        await reading.change_list(lea, village.open, replies=which)
        village.own = await lists.change(tom, village.own.id, replies=of_own)
        # Tom answers Ida where Léa reads all replies, or those of whom she follows; and Léa answers in a community of Tom's list.
        told = await does(lambda: service.reply(tom, thread, source="Ah."))
        told |= await does(lambda: service.reply(lea, mine, source="Oh."))
        assert told == expected, which
    answer = await Post.filter(depth=1, author_id=lea.id).order_by("-id").first()
    assert answer is not None
    assert await does(lambda: service.edit(lea, answer, source="Oh !")) == {"tom own"}
    assert await does(lambda: service.delete(lea, answer)) == {"tom own"}


async def test_ended_tokens_are_named_and_others_with_their_language(village: Village) -> None:
    lea, tom = village.people["lea"], village.people["tom"]
    made = await registering.register("Poche", [registering.OUT_OF_BAND], "read")
    mine, his = [await tokens.issue(made.app, one, "read") for one in (lea, tom)]
    ids = [mine.token.id, his.token.id]
    assert await tokens.working(ids) == dict.fromkeys(ids, "fr-CA")
    await Account.filter(id=tom.id).update(suspended_at=now())
    assert list(await tokens.working(ids)) == [mine.token.id]
    await tokens.end(lea, mine.token.id)
    assert village.heard == [tokens.ENDED] and await tokens.working(ids) == {}
    await signals.send(Signal("x", (1, 2)))
    assert village.heard[-1] == Signal("x", (1, 2))


async def test_who_wants_other_languages_is_not_told_at_home(village: Village) -> None:
    lea, tom, ida = (village.people[name].actor for name in ("lea", "tom", "ida"))
    await reading.choose_languages(tom, village.open, ["en", "FR-ca"])
    await reading.choose_languages(ida, village.open, ["en"])
    await reading.choose_languages(lea, village.open, ["de"])
    for language, home in (("fr", {"lea", "tom"}), ("fr-CA", {"lea", "tom"}), ("en", {"lea", "tom", "ida"}), ("es", {"lea"})):  # fmt: skip
        before = await village.have()
        root = await service.write(lea, village.open, kind="tip", title="Lin", source="#lin", language=language)
        assert root.language == language
        assert (await village.hold(before))[UPDATE] == home, language
    # The page of home has the same.
    for name in ("lea", "tom", "ida"):
        who = village.people[name].actor
        assert list((await queries.home(who, order="published")).ids) == await streams.home(who, Span())
    await tags.follow(ida, "lin")
    assert len(await streams.home(ida, Span())) == 1  # by a tag neither
    await Post.filter(language="es").update(language="")
    assert len(await streams.home(ida, Span())) == 2  # what says no language may be any
    await reading.choose_languages(ida, village.open, [])
    assert len(await streams.home(ida, Span())) == 4
    for wrong in (["x"], ["français"], [f"{one}{two}" for one in "abcde" for two in "abcde"]):
        with pytest.raises(Invalid):
            await reading.choose_languages(ida, village.open, wrong)
