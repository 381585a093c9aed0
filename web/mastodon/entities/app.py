"""Applications and tokens."""

from __future__ import annotations

from typing import Any

from fedcop.apps.models import App
from fedcop.apps.tokens import Issued
from web.mastodon.entities.times import stamp


def app_json(app: App, key: str) -> dict[str, Any]:
    """Write an application without its secret; `key` is what it binds a push subscription to."""
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website or None,
        "scopes": app.scopes.split(),
        "redirect_uri": "\n".join(app.redirect_uris),
        "redirect_uris": list(app.redirect_uris),
        "vapid_key": key,
    }


def registered_json(app: App, secret: str, key: str) -> dict[str, Any]:
    """Write an application that has just registered, with its secret."""
    secrets = {"client_id": app.client_id, "client_secret": secret, "client_secret_expires_at": 0}
    return app_json(app, key) | secrets


def token_json(issued: Issued) -> dict[str, Any]:
    """Write a token that has just been issued."""
    return {
        "access_token": issued.text,
        "token_type": "Bearer",
        "scope": issued.token.scopes,
        "created_at": int(issued.token.created_at.timestamp()),
    }


def mark_json(last_read_id: int, version: int, updated_at: Any) -> dict[str, Any]:
    """Write how far somebody has read in a list."""
    return {"last_read_id": str(last_read_id), "version": version, "updated_at": stamp(updated_at)}
