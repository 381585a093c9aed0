"""In which order a thread is read. Asks the database nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fedcop.discussions.views import PostView


def in_reading_order(root_id: int, ordered: Sequence[PostView]) -> list[PostView]:
    """Put answers below what they answer: level 1 answers the root, level 2 is everything below, flattened by date."""
    ids = {view.post.id for view in ordered}
    parents = {view.post.id: view.post.parent_id for view in ordered}
    below: dict[int, list[PostView]] = {}
    tops: list[PostView] = []
    for view in ordered:
        top, hops = view.post.id, 0
        while (parent := parents.get(top)) is not None and parent != root_id and parent in ids and hops < len(ids):
            top, hops = parent, hops + 1
        # A circle cannot be stored; should one be, its posts stand by themselves rather than vanish.
        if top == view.post.id or hops == len(ids):
            tops.append(replace(view, level=1))
        else:
            below.setdefault(top, []).append(replace(view, level=2))
    return [view for top in tops for view in (top, *below.get(top.post.id, ()))]
