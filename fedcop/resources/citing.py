"""One line that names a resource in a bibliography: who, when, what, where. Pure; the words around it are the page's."""

from __future__ import annotations

from fedcop.resources.queries import ResourceView


def citation(view: ResourceView) -> str:
    """Give the line to copy: "Tremblay, A. (2026). Title (version 2). https://…". Names are as their owners write them."""
    post, resource = view.post.post, view.card.resource
    authors = [credit["name"] for credit in resource.credits if credit["role"] in ("author", "text")]
    author = view.post.author
    names = ", ".join(authors or [author.display_name or author.name])
    version = f" (version {resource.version})" if resource.version > 1 else ""
    licence = f" {view.card.licence.name}." if view.card.licence.url else ""
    return f"{names} ({resource.changed_at.year}). {post.title}{version}.{licence} {post.uri}"
