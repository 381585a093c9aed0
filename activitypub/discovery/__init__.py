"""Find out who is behind a handle and what a server runs; answer the same questions about ourselves."""

from activitypub.discovery.nodeinfo import (
    NodeFacts,
    NodeInfo,
    ask_nodeinfo,
    nodeinfo_20,
    nodeinfo_21,
    nodeinfo_links,
)
from activitypub.discovery.webfinger import host_meta, jrd, parse_resource, resolve_handle

__all__ = [
    "NodeFacts",
    "NodeInfo",
    "ask_nodeinfo",
    "host_meta",
    "jrd",
    "nodeinfo_20",
    "nodeinfo_21",
    "nodeinfo_links",
    "parse_resource",
    "resolve_handle",
]
