"""Filters, their words and single posts, and what they say of a post."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fedcop.filters.sieve import Match
from fedcop.filters.words import Filter, Keyword, OnePost
from web.mastodon.entities.times import stamp_or_none


def filter_json(one: Filter) -> dict[str, Any]:
    """Write a filter with what is in it."""
    return _head(one) | {
        "keywords": [keyword_json(word) for word in one.keywords],
        "statuses": [one_post_json(post) for post in one.posts],
    }


def _head(one: Filter) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "title": one.title,
        "context": list(one.contexts),
        "expires_at": stamp_or_none(one.expires_at),
        "filter_action": one.action,
    }


def keyword_json(word: Keyword) -> dict[str, Any]:
    """Write a word of a filter."""
    return {"id": str(word.id), "keyword": word.keyword, "whole_word": word.whole_word}


def one_post_json(post: OnePost) -> dict[str, Any]:
    """Write a single post that is filtered."""
    return {"id": str(post.id), "status_id": str(post.post_id)}


def old_json(one: Filter, word: Keyword) -> dict[str, Any]:
    """Write a word with its filter in the older form."""
    return {
        "id": str(word.id),
        "phrase": word.keyword,
        "context": list(one.contexts),
        "whole_word": word.whole_word,
        "expires_at": stamp_or_none(one.expires_at),
        "irreversible": one.action == "hide",
    }


def results_json(matches: Iterable[Match], post_id: int) -> list[dict[str, Any]]:
    """Write which filters match a post, and why."""
    return [
        {
            "filter": _head(match.filter),
            "keyword_matches": list(match.words) or None,
            "status_matches": [str(post_id)] if match.post else None,
        }
        for match in matches
    ]
