"""Forms that were sent already: the same form sent twice (a double click, a reload) lands on the post of the first time."""

from __future__ import annotations

from datetime import timedelta

from tortoise.exceptions import IntegrityError

from fedcop.actors.models import Actor
from fedcop.core.clock import now
from fedcop.core.errors import Conflict
from fedcop.discussions.models import Post, Submission

KEPT_FOR = timedelta(days=7)


async def note(author: Actor, form: str, post: Post) -> None:
    """Remember what came of a form; inside the transaction that stores the post. Raises Conflict the second time."""
    if not form:
        return
    try:
        await Submission.create(author_id=author.id, form=form, post_id=post.id, sent_at=now())
    except IntegrityError:
        raise Conflict(code="sent-already") from None


async def find(author: Actor, form: str) -> Post | None:
    """The post that came of a form, if it was sent already."""
    found = await Submission.get_or_none(author_id=author.id, form=form).select_related("post") if form else None
    return found.post if found is not None else None


async def prune() -> None:
    """Forget forms that nobody sends again (a job)."""
    await Submission.filter(sent_at__lt=now() - KEPT_FOR).delete()
