"""Find out who is behind a handle and what a server runs. What we say of ourselves is built in activitypub.wellknown."""

from activitypub.discovery.nodeinfo import NodeInfo, ask_nodeinfo
from activitypub.discovery.webfinger import resolve_handle

__all__ = ["NodeInfo", "ask_nodeinfo", "resolve_handle"]
