"""Budgets: how much strangers and members may ask of an instance, each with what happens beyond it. All in one place, so that they can be judged together.

What belongs to a feature's own sense (how many people sit on a committee) stands with the feature. The library `activitypub` knows nothing of
us and keeps its own; the table names them too. `python -m tests.rig.budgets` writes the table into deploy/LIMITS.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

# What strangers deliver
INBOX_BYTES = 1 << 20
DELIVERIES_IN_A_ROW = 600.0
DELIVERIES_A_SECOND = 60.0
SERVERS_OF_A_DOMAIN = 10
WAITING_FOR_KEYS = 200
DOUBT_AGAIN_SECONDS = 300.0
FILES_OF_A_POST = 20
MENTIONS_RECEIVED = 50
POLL_OPTIONS_RECEIVED = 100
TOMBSTONES = 10_000
KEYS_OF_AN_ACTOR = 5
LETTER_BYTES = 25 << 20
LETTER_SECONDS = 5.0
LETTERS_A_DAY = 60

# What we fetch
FETCHES_OF_HOST_IN_A_ROW = 600.0
FETCHES_OF_HOST_A_SECOND = 10.0
ANCESTORS = 50
THREADS_OF_PAST = 200
REPLIES_OF_PAST = 500
HISTORY_OF_PAST = 1_000
MODERATORS_FETCHED = 100
LIKENESS_BYTES = 8 << 20
KEY_WAIT_SECONDS = 6.0
PROVIDER_BYTES = 1 << 18

# Pages and forms
FORM_BYTES = 512 << 10
MACHINE_BYTES = 1 << 20
FORM_FIELDS = 500
FORM_SECONDS = 60
UPLOAD_SECONDS = 1800
FIELD_BYTES = 512 << 10
UPLOADED_FILES = 20
PAGE_SIZE = 20
APP_PAIRS = 1000
APP_DEPTH = 5

# Connections
STREAMS_OF_A_PERSON = 20
STREAMS_OF_A_MACHINE = 300
STREAMS = 5000
STREAM_WAITING = 100
DELIVERED_AT_ONCE = 64
SLOW_DELIVERIES_AT_ONCE = 200
SLOW_DELIVERIES_OF_DOMAIN = 20
RETRIED_DELIVERIES_AT_ONCE = 64
DATABASE_CONNECTIONS = 10
DATABASE_STATEMENTS = 300
STOP_SECONDS = 20.0

# Files
PICTURE_PIXELS = 64_000_000
PICTURE_SECONDS = 25.0
PICTURES_AT_ONCE = 2
FILM_PIXELS = 3840 * 2160
FILM_SECONDS = 3 * 3600
CAPTION_CHARACTERS = 100_000

# Words
MARKDOWN_CHARACTERS = 100_000
POST_CHARACTERS = 60_000
POST_MENTIONS = 30
POST_TAGS = 20
HTML_TAGS = 3_000

# Search
SEARCH_TERMS = 8
SEARCH_WORD = 60
SEARCH_TEXT = 60_000
SEEK_SECONDS = 8

# Work
JOB_SECONDS = 900.0
JOB_ATTEMPTS = 18
JOBS_AT_ONCE = 8
JOBS_THAT_WAIT = 32
ROUND_SECONDS = 0.05
SHARED_ROUND_SECONDS = 0.3
JOBS_GIVE_WAY = 1.0
JOBS_TURN = 0.5
LOGINS_KEPT = 20_000
RATES_KEPT = 50_000

# Answers that are given again as long as nothing was committed (decisions/0036-kept-answers.md)
KEPT_SECONDS = 1.0
KEPT_ANSWER = 256 << 10
KEPT_BYTES = 8 << 20

# How often: so many in a row, then so many a second
RATES: Mapping[str, tuple[float, float]] = {
    "static": (600, 60),
    "read": (240, 8),
    "document": (600, 30),
    "machine": (1200, 60),
    "write": (60, 1),
    "upload": (40, 0.2),
    "login": (12, 1 / 20),  # per machine; the account has its own bucket, see take()
    "challenge": (60, 1 / 4),  # what a page asks for before a passkey answers
    "mail": (5, 1 / 300),  # what makes us send a letter
    "trial": (6, 1 / 30),  # what rings a member's own devices
    "signup": (10, 1 / 120),
    "search": (40, 1),
    "report": (20, 1 / 30),
    "apps": (30, 1 / 20),  # applications that register
    "token": (60, 1 / 5),
    "api-guest": (300, 1),  # of the client API, by machine where nobody is known, else by account
    "api": (1500, 5),
}


class Line(NamedTuple):
    """One budget in the table."""

    name: str  # of a constant here, or `module:CONSTANT` of the library
    what: str
    beyond: str


TABLE: Mapping[str, tuple[Line, ...]] = {
    "What strangers deliver": (
        Line("INBOX_BYTES", "bytes of one delivery", "413, nothing is read further"),
        Line("DELIVERIES_IN_A_ROW", "deliveries of one server in a row", "429 with `Retry-After`"),
        Line("DELIVERIES_A_SECOND", "deliveries of one server a second, after that", "429 with `Retry-After`"),
        Line(
            "SERVERS_OF_A_DOMAIN",
            "servers' worth of deliveries for all names below one domain",
            "429 with `Retry-After`",
        ),
        Line("WAITING_FOR_KEYS", "deliveries of one server that wait for its keys", "429 with `Retry-After`"),
        Line("DOUBT_AGAIN_SECONDS", "seconds between two looks at a key that did not fit", "401 without a look"),
        Line("FILES_OF_A_POST", "files of one post", "the rest is left out"),
        Line("MENTIONS_RECEIVED", "people whom a received post mentions", "the rest is left out"),
        Line("POLL_OPTIONS_RECEIVED", "options of a received poll", "read as a post without a poll"),
        Line("TOMBSTONES", "deletions of things never seen, kept for one actor", "more are not remembered"),
        Line("fedcop.notifications.requests:MOST", "notifications of one person set aside for one member", "dropped"),
        Line("KEYS_OF_AN_ACTOR", "keys of one actor", "the rest is not looked at"),
        Line("LETTER_BYTES", "bytes of a letter that answers", "refused, the sender's server says so"),
        Line("LETTER_SECONDS", "seconds of a processor to take a letter apart", "refused, the sender's server says so"),
        Line("LETTERS_A_DAY", "letters of one person a day", "the server that brings them tries again"),
        Line("activitypub.signatures.canonical:MAX_DEPTH", "levels of a document", "400"),
        Line("activitypub.uris:MAX_LENGTH", "characters of an address", "refused"),
        Line("activitypub.signatures.cavage:MAX_HEADER", "bytes of a signature's header", "401"),
        Line("activitypub.signatures.keys:MAX_RSA_BITS", "bits of an RSA key", "401"),
    ),
    "What we fetch": (
        Line(
            "FETCHES_OF_HOST_IN_A_ROW",
            "fetches from one server in a row, by one process",
            "not asked; the job tries again later",
        ),
        Line(
            "FETCHES_OF_HOST_A_SECOND",
            "fetches from one server a second, after that",
            "not asked; the job tries again later",
        ),
        Line("ANCESTORS", "answers above a received one that are fetched", "its thread begins there"),
        Line("THREADS_OF_PAST", "discussions of a community's past", "older ones are not fetched"),
        Line("REPLIES_OF_PAST", "replies of one of them", "the rest is not fetched"),
        Line("HISTORY_OF_PAST", "activities of a community's signed past", "older ones are not fetched"),
        Line("MODERATORS_FETCHED", "moderators of a community elsewhere", "the rest is not shown"),
        Line("LIKENESS_BYTES", "bytes of a picture of somebody elsewhere", "no picture"),
        Line("KEY_WAIT_SECONDS", "seconds that a signed read waits for its key", "answered as to a stranger"),
        Line("PROVIDER_BYTES", "bytes of an identity provider's answer", "signing in fails, in words"),
        Line("activitypub.client.fetch:MAX_DOCUMENT", "bytes of a document", "not read; the activity is refused"),
        Line("activitypub.discovery.webfinger:MAX_DOCUMENT", "bytes of an answer to WebFinger", "not read"),
        Line("activitypub.discovery.nodeinfo:MAX_DOCUMENT", "bytes of a NodeInfo", "not read"),
        Line(
            "activitypub.client.fetch:MAX_REDIRECTS",
            "redirects of a file, each checked anew; a document has one",
            "not followed",
        ),
        Line("activitypub.client.aiohttp_transport:CONNECT_SECONDS", "seconds for a connection", "given up"),
        Line("activitypub.client.lookups:SECONDS", "seconds for a name to be found (DNS)", "given up"),
        Line("activitypub.client.lookups:MOST", "names looked for at a time", "the next waits"),
        Line("activitypub.client.lookups:OF_DOMAIN", "of them below one domain", "the next waits"),
        Line("activitypub.client.fetch:SECONDS", "seconds for one answer, however slowly it drips", "given up"),
        Line(
            "activitypub.client.fetch:REQUESTS",
            "requests that one activity may lead to",
            "the activity is tried again later, then given up",
        ),
        Line(
            "activitypub.client.fetch:CHAIN_SECONDS",
            "seconds that they may take together",
            "the activity is tried again later, then given up",
        ),
        Line("activitypub.client.deliver:SECONDS", "seconds for one delivery", "tried again later"),
    ),
    "Pages and forms": (
        Line("FORM_BYTES", "bytes of a form", "413"),
        Line("MACHINE_BYTES", "bytes of what another program sends", "413"),
        Line("FORM_FIELDS", "fields of a form", "400"),
        Line("FORM_SECONDS", "seconds in which a form has to arrive", "408"),
        Line("UPLOAD_SECONDS", "seconds in which an upload has to arrive", "408"),
        Line("FIELD_BYTES", "bytes of a field beside a file", "413"),
        Line("UPLOADED_FILES", "files in one form", "the rest is left out"),
        Line("PAGE_SIZE", "entries on a page", "a link to the next"),
        Line("APP_PAIRS", "values in a request of an app", "400"),
        Line("APP_DEPTH", "levels of them", "400"),
    ),
    "Connections": (
        Line("STREAMS_OF_A_PERSON", "connections of one person's apps to one process", "the oldest ends"),
        Line("STREAMS_OF_A_MACHINE", "connections from one machine", "429"),
        Line("STREAMS", "connections of all apps to one process", "429"),
        Line("STREAM_WAITING", "events that wait for one connection", "it ends; the app asks for its lists anew"),
        Line("DELIVERED_AT_ONCE", "deliveries of one process at a time", "the next waits"),
        Line(
            "SLOW_DELIVERIES_AT_ONCE",
            "beside them, to servers that have not answered for a quarter of a second, or whose answer is being put away",
            "the next waits",
        ),
        Line(
            "SLOW_DELIVERIES_OF_DOMAIN",
            "of them to servers below one domain, and of those below",
            "others of that domain wait for ten seconds",
        ),
        Line(
            "RETRIED_DELIVERIES_AT_ONCE",
            "among all of these, to servers that did not answer last time",
            "they wait, the others do not",
        ),
        Line(
            "DATABASE_CONNECTIONS",
            "connections of one process to PostgreSQL, beside those that listen",
            "the next statement waits",
        ),
        Line(
            "DATABASE_STATEMENTS",
            "statements that each of these connections keeps ready in PostgreSQL, some kilobytes each",
            "the one that was asked longest ago is made ready anew when it is asked again",
        ),
        Line(
            "STOP_SECONDS",
            "seconds that requests and jobs under way get when a process ends",
            "they are cut off; jobs are done again",
        ),
        Line(
            "activitypub.client.aiohttp_transport:CONNECTIONS", "connections of one process to others", "the next waits"
        ),
        Line("activitypub.client.aiohttp_transport:CONNECTIONS_OF_HOST", "of them to one server", "the next waits"),
    ),
    "Files": (
        Line("PICTURE_PIXELS", "pixels of a picture", "refused, in words"),
        Line("PICTURE_SECONDS", "seconds for a preview, in a process of its own", "no preview"),
        Line("PICTURES_AT_ONCE", "previews at a time", "the next waits"),
        Line("FILM_PIXELS", "pixels of a film", "refused, in words"),
        Line("FILM_SECONDS", "seconds that a film or sound lasts", "refused, in words"),
        Line("CAPTION_CHARACTERS", "characters of captions", "the rest is left out"),
    ),
    "Words": (
        Line("MARKDOWN_CHARACTERS", "characters of Markdown that are read", "refused, in words"),
        Line("POST_CHARACTERS", "characters of a post", "refused, in words"),
        Line("POST_MENTIONS", "people whom a post mentions", "the rest is not told"),
        Line("POST_TAGS", "tags of a post", "the rest is left out"),
        Line(
            "HTML_TAGS", "elements of a text that may lie in each other", "of what lies deeper only the words are kept"
        ),
    ),
    "Search": (
        Line("SEARCH_TERMS", "words of a question", "the rest is not looked for"),
        Line("SEARCH_WORD", "characters of one of them", "the rest of it is not compared"),
        Line("SEARCH_TEXT", "characters of a text that can be found", "the rest is not found"),
        Line(
            "SEEK_SECONDS",
            "seconds that a search waits for another server",
            "what is known is shown; the rest comes later",
        ),
    ),
    "Work": (
        Line("JOB_SECONDS", "seconds of one job", "ended, and tried again"),
        Line("JOB_ATTEMPTS", "attempts at a job, in about three days", "given up, kept for people to look at"),
        Line("JOBS_AT_ONCE", "jobs of one process at a time", "the next waits"),
        Line(
            "JOBS_THAT_WAIT",
            "beside them, that have waited for another server for a quarter of a second",
            "after a second, servers of the domains that hold most of these places are waited for no longer; tried again later",
        ),
        Line("JOBS_GIVE_WAY", "seconds in a row for which jobs give way to deliveries", "it is their turn"),
        Line("JOBS_TURN", "seconds that the turn of jobs lasts while deliveries pour in", "they give way again"),
        Line(
            "ROUND_SECONDS", "seconds in which received activities are done in one transaction", "the next one begins"
        ),
        Line(
            "SHARED_ROUND_SECONDS",
            "the same on PostgreSQL, where nobody waits for its end",
            "the next one begins, with rights read anew",
        ),
        Line(
            "KEPT_SECONDS", "seconds in which an answer may be given again, if nothing was written", "it is made anew"
        ),
        Line("KEPT_ANSWER", "bytes of such an answer", "it is made anew each time"),
        Line("KEPT_BYTES", "bytes of all of them", "the oldest are forgotten"),
        Line(
            "LOGINS_KEPT",
            "accounts and machines whose guesses are remembered",
            "the ones not heard of for longest are forgotten",
        ),
        Line(
            "RATES_KEPT",
            "people and machines whose rates are remembered",
            "the ones not heard of for longest are forgotten",
        ),
    ),
}
