"""Every module that answers requests, in one explicit list. A module declares its routes with the decorators of shared/routing.py."""

from __future__ import annotations

from types import ModuleType

from web.admin import (
    alliances,
    backups,
    delivery,
    identity,
    invites,
    jobs,
    mail,
    memberlist,
    members,
    reports,
    retention,
    servers,
)
from web.admin import provider as instance_provider
from web.admin import settings as instance_settings
from web.federation import inbox, wellknown
from web.mastodon import accounts as app_accounts
from web.mastodon import auth as app_auth
from web.mastodon import (
    discovering,
    embedding,
    grouped,
    keeping,
    openapi,
    profile,
    relating,
    timelines,
    writing,
)
from web.mastodon import domains as app_domains
from web.mastodon import entering as app_entering
from web.mastodon import filtering as app_filtering
from web.mastodon import filters as app_filters
from web.mastodon import instance as app_instance
from web.mastodon import lists as app_lists
from web.mastodon import markers as app_markers
from web.mastodon import media as app_media
from web.mastodon import notifications as app_notifications
from web.mastodon import polls as app_polls
from web.mastodon import pushing as app_pushing
from web.mastodon import quotes as app_quotes
from web.mastodon import reports as app_reports
from web.mastodon import scheduled as app_scheduled
from web.mastodon import search as app_search
from web.mastodon import shown as app_shown
from web.mastodon import statuses as app_statuses
from web.mastodon import streaming as app_streaming
from web.mastodon import tags as app_tags
from web.mastodon.admin import accounts as app_admin_accounts
from web.mastodon.admin import figures as app_admin_figures
from web.mastodon.admin import reports as app_admin_reports
from web.mastodon.admin import servers as app_admin_servers
from web.mastodon.desk import judging as app_desk_judging
from web.mastodon.desk import nothing as app_desk_nothing
from web.mastodon.desk import own as app_desk_own
from web.mastodon.desk import people as app_desk_people
from web.mastodon.desk import threads as app_desk_threads
from web.mastodon.desk import told as app_desk_told
from web.pages import (
    about,
    account,
    admission,
    allies,
    appeals,
    blocking,
    calls,
    charter,
    communities,
    community_care,
    community_life,
    community_people,
    community_setup,
    composing,
    connecting,
    copies,
    depositing,
    discussions,
    drafts,
    files_by_mail,
    filtering,
    filters,
    home,
    installing,
    invited,
    inviting,
    leaving,
    letters,
    lists,
    meanwhile,
    media,
    moderating,
    moving,
    muting,
    notifications,
    opening,
    own_lists,
    participation,
    passkeys,
    people,
    polls,
    provider,
    push,
    quoting,
    reporting,
    resources,
    saved,
    search,
    security,
    settings,
    showing,
    shown,
    signing_in,
    succession,
    visit,
    welcome,
    writing_by_mail,
)
from web.shared import statics, theme
from web.shared.routing import RouteDef, routes_of
from web.shared.shell import Provider

MODULES: tuple[ModuleType, ...] = (
    statics,
    theme,
    inbox,
    wellknown,
    about,
    visit,
    installing,
    allies,
    home,
    account,
    signing_in,
    welcome,
    settings,
    blocking,
    security,
    passkeys,
    provider,
    quoting,
    connecting,
    succession,
    people,
    notifications,
    filtering,
    letters,
    lists,
    push,
    search,
    admission,
    communities,
    leaving,
    charter,
    community_people,
    inviting,
    invited,
    community_setup,
    community_life,
    community_care,
    writing_by_mail,
    discussions,
    polls,
    saved,
    muting,
    meanwhile,
    composing,
    calls,
    drafts,
    files_by_mail,
    filters,
    copies,
    opening,
    own_lists,
    showing,
    shown,
    participation,
    moderating,
    moving,
    reporting,
    appeals,
    depositing,
    resources,
    media,
    app_auth,
    app_entering,
    app_accounts,
    app_instance,
    app_lists,
    timelines,
    app_statuses,
    app_streaming,
    app_tags,
    app_search,
    writing,
    app_scheduled,
    app_shown,
    app_polls,
    keeping,
    app_media,
    app_notifications,
    grouped,
    app_filtering,
    app_domains,
    app_filters,
    relating,
    profile,
    discovering,
    embedding,
    app_pushing,
    app_quotes,
    app_reports,
    app_markers,
    app_admin_accounts,
    app_admin_reports,
    app_admin_servers,
    app_desk_judging,
    app_desk_nothing,
    app_desk_own,
    app_desk_people,
    app_desk_threads,
    app_desk_told,
    app_admin_figures,
    openapi,
    memberlist,
    members,
    reports,
    invites,
    instance_settings,
    instance_provider,
    identity,
    servers,
    alliances,
    backups,
    delivery,
    mail,
    retention,
    jobs,
)


def all_routes() -> tuple[RouteDef, ...]:
    """Give all routes, in the order of the list."""
    return tuple(route for module in MODULES for route in routes_of(module.__name__))


def shell_providers() -> tuple[Provider, ...]:
    """Give the functions named `shell` of page modules: they fill in the frame of every page (see shared/shell.py)."""
    return tuple(module.shell for module in MODULES if hasattr(module, "shell"))
