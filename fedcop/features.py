"""The explicit list of features; the only file that knows them all. What is on is what is written here."""

from __future__ import annotations

from fedcop.accounts.feature import FEATURE as ACCOUNTS
from fedcop.actors.feature import FEATURE as ACTORS
from fedcop.alliances.feature import FEATURE as ALLIANCES
from fedcop.apps.feature import FEATURE as APPS
from fedcop.backups.feature import FEATURE as BACKUPS
from fedcop.calls.feature import FEATURE as CALLS
from fedcop.communities.feature import FEATURE as COMMUNITIES
from fedcop.core.feature import Feature
from fedcop.digests.feature import FEATURE as DIGESTS
from fedcop.discussions.feature import FEATURE as DISCUSSIONS
from fedcop.federation.feature import FEATURE as FEDERATION
from fedcop.filters.feature import FEATURE as FILTERS
from fedcop.letterbox.feature import FEATURE as LETTERBOX
from fedcop.media.feature import FEATURE as MEDIA
from fedcop.notifications.feature import FEATURE as NOTIFICATIONS
from fedcop.people.feature import FEATURE as PEOPLE
from fedcop.profiles.feature import FEATURE as PROFILES
from fedcop.push.feature import FEATURE as PUSH
from fedcop.reports.feature import FEATURE as REPORTS
from fedcop.resources.feature import FEATURE as RESOURCES
from fedcop.search.feature import FEATURE as SEARCH
from fedcop.successions.feature import FEATURE as SUCCESSIONS
from fedcop.timelines.feature import FEATURE as TIMELINES

FEATURES: tuple[Feature, ...] = (
    ACTORS,
    FEDERATION,
    ACCOUNTS,
    APPS,
    MEDIA,
    FILTERS,
    NOTIFICATIONS,
    PUSH,
    SEARCH,
    PEOPLE,
    ALLIANCES,
    COMMUNITIES,
    DISCUSSIONS,
    RESOURCES,
    REPORTS,
    SUCCESSIONS,
    TIMELINES,
    PROFILES,
    DIGESTS,
    CALLS,
    LETTERBOX,
    BACKUPS,
)
