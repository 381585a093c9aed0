"""Tell a member something once. Knows neither why nor how it is shown; whoever reacts to a fact decides that somebody is to be told.

`detail` says what a letter needs beside the names: "title" and "text" of a post (no text when it is private), "closed" if not everybody may
read it, and "derived" if then its title is made of its text; "community" and "path" of a community, "act" and "reason" of a moderator, "reaction".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from fedcop.accounts import service as accounts
from fedcop.accounts.models import Account
from fedcop.core import clock, retention
from fedcop.core.database import atomic, execute
from fedcop.core.facts import record
from fedcop.core.feature import Period
from fedcop.core.i18n import N_
from fedcop.core.jobs import enqueue
from fedcop.notifications import letters, queries, requests, topics, wording
from fedcop.notifications.facts import NotificationNoted
from fedcop.notifications.judging import Coming, judge
from fedcop.notifications.models import Notification, NotificationRequest, QuietThread
from fedcop.notifications.policy import DROP, FILTER

TOGETHER = timedelta(minutes=5)
"""Replies of one thread within this time are one letter; whoever reads them meanwhile gets none."""

KEPT = Period("notifications", N_("Notifications that were read, or set aside and not looked at"), days=180, least=7)


@atomic
async def notify(
    account_actor_id: int,
    kind: str,
    *,
    unique_key: str,
    from_actor_id: int | None = None,
    community_id: int | None = None,
    post_id: int | None = None,
    root_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Notification | None:
    """Write one line into a member's notifications; the same `unique_key` is told once, nothing comes from whom they do not
    want to hear, and what their policy sets aside is neither shown, mailed, pushed nor counted until they take it in."""
    account = await Account.get_or_none(actor_id=account_actor_id)
    if account is None or account.suspended_at is not None or from_actor_id == account_actor_id:
        return None
    closed = bool((detail or {}).get("closed"))
    coming = Coming(account, kind, from_actor_id or 0, community_id or 0, root_id or 0, closed)
    becomes = await judge(coming)
    if becomes == DROP:
        return None
    known = await Notification.get_or_none(unique_key=unique_key)
    if known is not None:
        return known
    if becomes == FILTER and (becomes := await requests.note(account.id, coming.from_id)) == DROP:
        return None
    made = await Notification.create(
        account=account,
        kind=kind,
        from_actor_id=from_actor_id,
        community_id=community_id,
        post_id=post_id,
        root_id=root_id,
        detail=dict(detail or {}),
        unique_key=unique_key,
        created_at=clock.now(),
        filtered=becomes == FILTER,
    )
    if made.filtered:
        return made
    await record(NotificationNoted(notification_id=made.id, account_id=account.id))
    way = topics.way_of(kind, account.preferences)
    if way == topics.NOW:
        await _promise_letter(made)
    elif way == topics.SOON:
        await enqueue(
            letters.write_thread,
            {"account_id": account.id, "root_id": made.root_id, "way": way},
            due=clock.now() + letters.PATIENCE,
            unique=f"letter:{account.id}:soon:{made.root_id}",
        )
    return made


async def _promise_letter(about: Notification) -> None:
    together = about.kind == "reply"
    payload = {"account_id": about.account_id, "kind": about.kind, "root_id": about.root_id if together else None}
    if not together:
        payload["only"] = about.id
    key = f"letter:{about.account_id}:{f'root:{about.root_id}' if together else about.id}"
    await enqueue(letters.write, payload, due=clock.now() + (TOGETHER if together else timedelta()), unique=key)


@atomic
async def hush(account: Account, root_id: int) -> None:
    """Tell a member no more of a discussion, by e-mail neither; what they were told stays. Twice is once."""
    await QuietThread.get_or_create(account_id=account.id, root_id=root_id, defaults={"since": clock.now()})


@atomic
async def unhush(account: Account, root_id: int) -> None:
    """Tell them again what is said in it from now on."""
    await QuietThread.filter(account_id=account.id, root_id=root_id).delete()


@atomic
async def note_mailed(ids: Collection[int], *, mailed: bool = True) -> None:
    """Note that a summary tells of some notifications, or that it could not be sent."""
    if ids:
        await Notification.filter(id__in=list(ids)).update(mailed_at=clock.now() if mailed else None)


@atomic
async def mark_all_read(account: Account, *, up_to: int | None = None) -> None:
    """Mark everything as read, up to what the member has been shown."""
    unread = Notification.filter(account_id=account.id, read_at=None, filtered=False)
    await (unread.filter(id__lte=up_to) if up_to else unread).update(read_at=clock.now())


@atomic
async def saw_up_to(account: Account, kinds: Collection[str], last_id: int, community_id: int | None = None) -> None:
    """Mark what is told of some kinds, or of those what is about a community, as read, up to what an app has shown."""
    unread = Notification.filter(account_id=account.id, read_at=None, filtered=False, kind__in=list(kinds))
    if community_id is not None:
        unread = unread.filter(community_id=community_id)
    await unread.filter(id__lte=last_id).update(read_at=clock.now())


@atomic
async def put_away(
    account: Account, kinds: Collection[str], only: Collection[int] | None = None, community_id: int | None = None
) -> None:
    """Take out of the centre what a member was told of some kinds, all of it, some lines, or what is about a community: they wish so.

    What is set aside stays unless it is named.
    """
    found = Notification.filter(account_id=account.id, kind__in=list(kinds))
    if community_id is not None:
        found = found.filter(community_id=community_id)
    await (found.filter(id__in=list(only)) if only is not None else found.filter(filtered=False)).delete()


async def saw_thread(account: Account, root_id: int) -> None:
    """Mark what is told of a thread as read: the member is there."""
    await _saw(account, root_id=root_id)


async def saw_community(account: Account, community_id: int) -> None:
    """Mark what is told of a community itself as read."""
    await _saw(
        account,
        community_id=community_id,
        root_id=None,
        kind__in=[
            "accepted",
            "refused",
            "invited",
            "asked_back",
            "waiting",
            "turn",
            "place_doubted",
            "moderation",
            "charter",
            "opened",
        ],  # fmt: skip
    )


async def saw_charter(account: Account, community_id: int) -> None:
    """Mark what is told of a community's charter as read: the member sees it."""
    await _saw(account, community_id=community_id, kind__in=["charter", "charter_accept"])


async def saw_participation(account: Account, community_id: int) -> None:
    """Mark a reminder of taking part as read: the member sees what is asked for."""
    await _saw(account, community_id=community_id, kind="participation")


async def saw_requests(account: Account, community_id: int) -> None:
    """Mark requests to join a community as read: the member sees the list of them."""
    await _saw(account, community_id=community_id, kind__in=["join_asked", "answered_back", "members_held"])


async def saw_held(account: Account, community_id: int) -> None:
    """Mark posts that wait in a community as read: the member sees the list of them."""
    await _saw(account, community_id=community_id, kind="held")


async def saw_reports(account: Account, community_id: int | None) -> None:
    """Mark reports that wait in a community, or with None on this instance, as read: the member sees the list of them."""
    await _saw(account, community_id=community_id, kind__in=["report", "appeal"])


async def saw_appeals(account: Account) -> None:
    """Mark what became of one's own appeals as read."""
    await _saw(account, kind__in=["appeal_upheld", "appeal_changed"])


async def saw_decided_reports(account: Account) -> None:
    """Mark what became of one's own reports as read."""
    await _saw(account, kind__in=["report_resolved", "report_dismissed"])


async def saw_person(account: Account, actor_id: int) -> None:
    """Mark that somebody follows as read: the member sees their profile."""
    await _saw(account, from_actor_id=actor_id, kind="follow")


async def saw_followers(account: Account) -> None:
    """Mark all follows and requests to follow as read: the member sees the list of them."""
    await _saw(account, kind__in=["follow", "follow_asked"])


async def _saw(account: Account, **what: Any) -> None:
    if any(_is(one, what) for one in await queries.unread(account)):
        await _mark(account.id, what)


def _is(one: queries.Unread, what: Mapping[str, Any]) -> bool:
    kinds = what.get("kind__in", (one.kind,))
    return one.kind in kinds and all(getattr(one, name) == value for name, value in what.items() if name != "kind__in")


@atomic
async def _mark(account_id: int, what: Mapping[str, Any]) -> None:
    await Notification.filter(account_id=account_id, read_at=None, filtered=False, **what).update(read_at=clock.now())


@atomic
async def take_back(unique_key: str) -> None:
    """Untell something that is not so any more: a reaction that was taken back."""
    await Notification.filter(unique_key=unique_key).delete()


@atomic
async def forget_post(post_id: int) -> None:
    """Untell what was said of a post that nobody may see any more; what moderators decided about it stays."""
    await Notification.filter(post_id=post_id).exclude(kind="moderation").delete()


async def told_of(post_id: int) -> list[int]:
    """Name who was told of a post, as actors; what moderators decided does not count."""
    told = Notification.filter(post_id=post_id).exclude(kind="moderation")
    return [int(str(one)) for one in await told.distinct().values_list("account__actor_id", flat=True)]


@atomic
async def forget_words(post_id: int, actor_ids: Collection[int]) -> None:
    """Untell some people what was said of a post, and keep no words of it for the others: not everybody reads it now."""
    told = await Notification.filter(post_id=post_id).exclude(kind="moderation").select_related("account")
    lost = [one.id for one in told if one.account.actor_id in actor_ids]
    await Notification.filter(id__in=lost or [0]).delete()
    for one in told:
        if one.id not in lost:
            one.detail = {**one.detail, "text": "", "closed": True}
            await one.save(update_fields=["detail"])


@atomic
async def forget_actor(account_actor_id: int, from_actor_id: int) -> None:
    """Untell what came from somebody whom the member blocks now."""
    found = Notification.filter(account__actor_id=account_actor_id, from_actor_id=from_actor_id).exclude(
        kind="moderation"
    )
    await Notification.filter(id__in=await found.values_list("id", flat=True)).delete()
    # That they were once accepted does not outlive it.
    await NotificationRequest.filter(account__actor_id=account_actor_id, from_actor_id=from_actor_id).delete()


@atomic
async def forget_host(account_actor_id: int, host: str) -> None:
    """Untell what came from who is on a server that the member blocks now; what moderators decided stays."""
    theirs = "SELECT id FROM actor WHERE host = ? AND NOT local"
    mine = "SELECT id FROM account WHERE actor_id = ?"
    for table, which in (("notification", " AND kind <> 'moderation'"), ("notification_request", "")):
        await execute(
            f"DELETE FROM {table} WHERE account_id IN ({mine}) AND from_actor_id IN ({theirs}){which}",  # noqa: S608 - our own words
            account_actor_id,
            host,
        )


@atomic
async def forget_name(from_actor_id: int, community_id: int) -> None:
    """Forget of what is told of a community that it came from somebody: they took their name from what they did there.

    What was set aside because it is from them goes: nobody could find it any more.
    """
    told = Notification.filter(
        from_actor_id=from_actor_id, community_id=community_id, kind__in=list(wording.BY_MEMBERS)
    )
    await told.filter(filtered=True).delete()
    await told.update(from_actor_id=None)


@atomic
async def forget_name_of_quoted(from_actor_id: int, post_ids: Collection[int]) -> None:
    """Forget of what members are told of posts of theirs that they quote somebody who corrected it: they took their name from that."""
    told = Notification.filter(from_actor_id=from_actor_id, post_id__in=list(post_ids), kind="quoted_update")
    await told.update(from_actor_id=None)


@atomic
async def forget_community(account_actor_id: int, community_id: int) -> None:
    """Untell what was said in a community that a person may not read any more."""
    found = Notification.filter(
        account__actor_id=account_actor_id,
        community_id=community_id,
        kind__in=[
            "mention",
            "reply",
            "reaction",
            "answer_accepted",
            "poll_ended",
            "publication",
            "quote",
            "quoted_update",
            "held",
            "join_asked",
            "answered_back",
            "members_held",
            "report",
        ],
    )
    await Notification.filter(id__in=await found.values_list("id", flat=True)).delete()


async def told_in(account_actor_id: int, community_id: int) -> list[int]:
    """Name the posts of a community of which a person was told."""
    told = Notification.filter(account__actor_id=account_actor_id, community_id=community_id, post_id__isnull=False)
    return [int(str(one)) for one in await told.distinct().values_list("post_id", flat=True)]


@atomic
async def forget_posts(account_actor_id: int, post_ids: Collection[int]) -> None:
    """Untell a person what was said of some posts; what moderators decided about them stays."""
    mine = Notification.filter(account__actor_id=account_actor_id, post_id__in=list(post_ids) or [0])
    found = await mine.exclude(kind="moderation").values_list("id", flat=True)
    await Notification.filter(id__in=list(found) or [0]).delete()


@atomic
async def forget_all_of_community(community_id: int) -> None:
    """Untell everybody all that was said in a community of which nothing stays here."""
    await Notification.filter(community_id=community_id).exclude(kind__in=["moderation", "refused"]).delete()


@atomic
async def follow_thread(root_id: int, community_id: int, *, private: bool) -> None:
    """A thread is in another community: untell whom it is not for any more; what moderators decided about posts stays.

    `communities` stands above us, its tables do not.
    """
    if private:
        readers = (
            "SELECT a.id FROM account a JOIN membership m ON m.actor_id = a.actor_id"
            " WHERE m.community_id = ? AND m.state = 'active'"
        )
        await execute(
            f"DELETE FROM notification WHERE root_id = ? AND kind <> 'moderation' AND account_id NOT IN ({readers})",  # noqa: S608 - our own words
            root_id,
            community_id,
        )
    await Notification.filter(root_id=root_id).update(community_id=community_id)


async def choose(account: Account, chosen: Mapping[str, str]) -> None:
    """Keep by which way a member wants to hear of each topic."""
    mail = {**topics.choices(account.preferences), **{key: way for key, way in chosen.items() if key in topics.BY_KEY}}
    await accounts.change_preferences(account, mail=mail)


@atomic
async def prune() -> None:
    """Job: drop what was read or set aside long ago, and what was chosen for discussions that are not there any more."""
    before = await retention.border(KEPT)
    await Notification.filter(read_at__isnull=False, created_at__lt=before).delete()
    await requests.prune(before)
    await execute("DELETE FROM quiet_thread WHERE NOT EXISTS (SELECT 1 FROM post WHERE post.id = quiet_thread.root_id)")
