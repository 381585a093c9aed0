"""Where a community stands in its life, in words: for its header, lists of communities, and the page that changes it."""

from __future__ import annotations

from fedcop.communities import stages
from fedcop.communities.models import Community
from fedcop.core.formats import today
from fedcop.core.i18n import _, format_date


def stage_said(community: Community) -> str:
    """Say the stage and its date: "Pilot, since March 3, 2026", "Coming soon: opens on March 3, 2027"."""
    stage, launch = stages.of(community), community.launch_date
    name = _(stages.STAGES[stage])
    if stage == stages.ARCHIVED and community.closed_at is not None:
        return _("%(stage)s on %(date)s", stage=name, date=format_date(community.closed_at))
    if launch is None:
        return name
    if stage == stages.ANNOUNCED:
        planned = launch >= today()
        return _("%(stage)s: opens on %(date)s", stage=name, date=format_date(launch)) if planned else name
    return _("%(stage)s, since %(date)s", stage=name, date=format_date(launch))
