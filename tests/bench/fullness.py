"""Instances that are full: made once in plain SQL, kept outside of the repository, and opened by any measurement that asks for the size.

One real person, community, discussion, reply and shared link are made as people make them; everything else is copies of their rows. A million posts take
two minutes and 2 GB. Where they are kept: FEDCOP_BENCH_CACHE, else the cache folder of whoever runs it. SQLite only.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from fedcop.accounts.links import hash_token
from fedcop.accounts.models import Account
from fedcop.accounts.signup import create_confirmed
from fedcop.apps import registering, tokens
from fedcop.communities import service as communities
from fedcop.core.clock import now
from fedcop.core.database import rows
from fedcop.core.mail import OutboxMailer
from fedcop.core.migrating import known_steps
from fedcop.core.settings import Settings, load_settings
from fedcop.core.site import open_site
from fedcop.discussions import service as discussions
from fedcop.features import FEATURES
from fedcop.notifications import service as notifications
from fedcop.resources import service as resources
from fedcop.search import service as search

URL = "https://x.example"
HOST = "x.example"
PASSWORD = "une phrase de passe assez longue"
FIRST = 10_000  # the first of those who are copies
EACH = 4  # posts of a discussion, the first one included
JOINED = 30  # communities that who looks belongs to
ELSEWHERE = 10  # members of each other community
SPAN = timedelta(days=2990)
KEPT_FOR = 7 * 86_400  # seconds since it was last opened
STEMS = [
    a + b + c
    for a in ("ver", "pru", "sol", "com", "lit", "bud")
    for b in ("gi", "na", "to", "mi")
    for c in "abcdefghijklmn"
]
RARE, TENTH, COMMON = STEMS[-40], STEMS[28], STEMS[0]  # in how many texts


@dataclass(frozen=True)
class Size:
    """How much there is: a quarter of it in the community `vergers`, to which all members belong."""

    posts: int
    communities: int = 100
    members: int = 1_000

    def __str__(self) -> str:
        return f"{self.posts:,} posts, {self.communities:,} communities, {self.members:,} members"


def settings_of(folder: Path, **more: Any) -> Settings:
    """The settings of the instance in a folder."""
    return load_settings({}, url=URL, data=folder, registration="open", **more)


def kept_in() -> Path:
    """The folder of all that measurements keep."""
    home = os.environ.get("FEDCOP_BENCH_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "fedcop-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kept_at(size: Size) -> Path:
    """Where an instance of this size is kept, as this program and schema make it."""
    made_by = hashlib.sha256(Path(__file__).read_bytes() + " ".join(known_steps()).encode()).hexdigest()[:8]
    return kept_in() / "-".join(map(str, (*astuple(size), made_by)))


async def full(size: Size) -> Path:
    """Give the folder of an instance of this size; makes it if there is none yet. It may be read and noted in, not more."""
    folder = kept_at(size)
    if folder.exists():
        os.utime(folder)
    else:
        _forget_old()
        unfinished = folder.with_suffix(f".{os.getpid()}")
        try:
            await _make(unfinished, size)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _forget_old() -> None:
    """Remove what nobody has opened for long: other versions make other ones, and the large ones are large."""
    for folder in kept_in().iterdir():
        if re.fullmatch(r"[\d-]+-[0-9a-f]{8}", folder.name) and folder.stat().st_mtime < time.time() - KEPT_FOR:
            shutil.rmtree(folder, ignore_errors=True)


async def _make(folder: Path, size: Size) -> None:
    async with open_site(settings_of(folder), FEATURES, mailer=OutboxMailer()) as site:
        lea = await create_confirmed("lea", "lea@verger.example", PASSWORD)
        home = await communities.found(lea.actor, title="Vergers", name="vergers", language="fr", purpose="Tailler")
        tom = await create_confirmed("tom", "tom@verger.example", PASSWORD)
        await communities.join(tom.actor, home)
        post = await discussions.write(
            lea.actor, home, kind="question", title="Taille", source="Quand ? #gel", language="fr"
        )
        reply = await discussions.reply(tom.actor, post, source="Demain, @lea")
        card = resources.Card(kind="link", link="https://example.test/taille", licence="CC-BY-4.0")
        link = await resources.deposit(lea.actor, home, card, title="Un lien", source="À lire", language="fr")
        await site.runner.settle()
        await search.index(search.Entry("post", post.id, "Taille", "Quand ?", "public", now(), home.id, lea.actor_id))
        made = await registering.register("Poche", [registering.OUT_OF_BAND], "read write")
        issued = await tokens.issue(made.app, lea, "read write")
        like = {
            "actor": tom.actor_id, "account": tom.id, "place": home.actor_id, "community": home.id, "post": post.id,
            "reply": reply.id, "link": link.post_id, "resource": link.id, "app_token": issued.token.id,
            "lea": lea.actor_id, "lea_account": lea.id,
        }  # fmt: skip
        for table, who in (("membership", tom.actor_id), ("notification", lea.id)):
            column = "actor_id" if table == "membership" else "account_id"
            like[table] = (await rows(f"SELECT id FROM {table} WHERE {column} = ?", who))[0]["id"]
        await asyncio.to_thread(_fill, folder / "fedcop.sqlite3", size, like)
        await notifications.mark_all_read(await Account.get(id=lea.id))
    with sqlite3.connect(folder / "fedcop.sqlite3") as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copies(raw: sqlite3.Connection, table: str, like: int, source: str, /, **changes: str) -> None:
    """Insert a row like the one with that id for each row of `source`, with what SQL says of some columns."""
    names = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
    assert not changes.keys() - set(names), (table, changes.keys() - set(names))
    values = ", ".join(changes.get(name, f'm."{name}"') for name in names)
    raw.execute(
        f"INSERT INTO {table} SELECT {values} FROM ({source}) AS n CROSS JOIN (SELECT * FROM {table} WHERE id = {like}) AS m"
    )


def _numbers(first: int, last: int, more: str = "") -> str:
    """Write a source of the numbers from the first up to, not including, the last; nothing if there are none."""
    return (
        f"WITH RECURSIVE run(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM run WHERE n + 1 < {last})"
        f" SELECT n{more} FROM run WHERE n < {last}"
    )


def _phrases() -> Iterator[tuple[int, str]]:
    chance = random.Random(7)
    for number in range(2_000):
        yield (
            number,
            " ".join(STEMS[min(int(chance.paretovariate(0.6)), len(STEMS)) - 1] for _ in range(40)),
        )


def _fill(path: Path, size: Size, like: dict[str, int]) -> None:
    with sqlite3.connect(path, isolation_level=None) as raw:
        raw.executescript("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN")
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in triggers:
            raw.execute(f"DROP TRIGGER {name}")  # the index of words is built at once, in the end
        raw.execute("CREATE TEMP TABLE phrase (id INTEGER PRIMARY KEY, words TEXT)")
        raw.executemany("INSERT INTO phrase VALUES (?, ?)", _phrases())
        _people(raw, size, like)
        _places(raw, size, like)
        _posts(raw, size, like)
        _beside(raw, size, like)
        for _name, sql in triggers:
            raw.execute(sql)
        for last in ("INSERT INTO search_words(search_words) VALUES ('rebuild')", "COMMIT", "ANALYZE"):
            raw.execute(last)


def _people(raw: sqlite3.Connection, size: Size, like: dict[str, int]) -> None:
    everybody = _numbers(FIRST, FIRST + size.members - 2)
    uri = f"'{URL}/u/m' || n"
    _copies(
        raw, "actor", like["actor"], everybody, id="n", uri=uri, url=uri, name="'m' || n", name_key="'m' || n",
        display_name="'Membre ' || n", profession="'Métier ' || (n % 50)",
    )  # fmt: skip
    _copies(raw, "account", like["account"], everybody, id="n", actor_id="n", email="'m' || n || '@x.example'")
    raw.create_function("hashed", 1, lambda n: hash_token(f"token-{n}"), deterministic=True)
    soon = (now() + timedelta(days=400)).isoformat(" ")  # else each would be noted as used on the way
    known = _numbers(FIRST, FIRST + min(size.members - 2, 1_000))
    _copies(
        raw, "app_token", like["app_token"], known, id="n", account_id="n", token_hash="hashed(n)", used_at=f"'{soon}'"
    )
    _copies(
        raw, "search_entry", like["actor"], everybody, id="n", author_id="n", title="'Membre ' || n",
        folded_title="m.folded_title || ' membre ' || n", folded="m.folded || ' membre ' || n",
    )  # fmt: skip


def _places(raw: sqlite3.Connection, size: Size, like: dict[str, int]) -> None:
    places = _numbers(1, size.communities)
    uri = f"'{URL}/c/c' || n"
    _copies(
        raw, "actor", like["place"], places, id="n", uri=uri, url=uri, name="'c' || n", name_key="'c' || n",
        display_name="'Métier ' || n", followers_uri=f"{uri} || '/followers'",
    )  # fmt: skip
    _copies(raw, "community", like["community"], places, id="n", actor_id="n")
    model = like["membership"]
    _copies(raw, "membership", model, _numbers(FIRST, FIRST + size.members - 2), id="n", actor_id="n")
    mine = _numbers(1, min(size.communities, JOINED))
    _copies(raw, "membership", model, mine, id="n", actor_id=str(like["lea"]), community_id="n")
    if size.members - 2 >= ELSEWHERE:
        others = f"SELECT p.n AS n, k.n AS k FROM ({places}) AS p, ({_numbers(0, ELSEWHERE)}) AS k"
        _copies(
            raw, "membership", model, others, id=f"1000000 + n * {ELSEWHERE} + k", community_id="n",
            actor_id=f"{FIRST} + (n * 13 + k) % {size.members - 2}",
        )  # fmt: skip


def _posts(raw: sqlite3.Connection, size: Size, like: dict[str, int]) -> None:
    """Discussions of four posts each, spread over the years; every fourth one is in the community of all."""
    step = SPAN / size.posts
    begin = now() - SPAN - timedelta(hours=1)
    raw.create_function("moment", 1, lambda n: (begin + step * n).isoformat(" "), deterministic=True)
    since = int(begin.timestamp() * 1000)
    each = step.total_seconds() * 1000

    def number(n: str) -> str:
        return f"((CAST({since} + ({n}) * {each} AS INTEGER) << 16) | (({n}) & 32767))"

    place = (
        f"CASE WHEN n / {EACH} % 4 = 0 OR {size.communities} < 2 THEN {like['community']}"
        f" ELSE 1 + (n / {EACH} * 7919) % {max(1, size.communities - 1)} END"
    )
    author = f"{FIRST} + (n * 31 + n / 4) % {max(1, size.members - 2)}"
    if size.members <= 2:
        author = str(like["actor"])
    phrased = f", {number('n')} AS id, (SELECT words FROM phrase WHERE id = n % 2000) AS words, {place} AS place, {author} AS who, moment(n) AS at"
    words = {"source": "n.words", "content": "'<p>' || n.words || '</p>'"}
    common = {
        "id": "n.id", "uri": f"'{URL}/p/' || n.id", "url": f"'{URL}/p/' || n.id", "author_id": "who", "community_id": "place",
        "published_at": "n.at", "created_at": "n.at", **words,
    }  # fmt: skip
    roots = f"SELECT * FROM ({_numbers(0, size.posts, phrased)}) WHERE n % {EACH} = 0"
    replies = f"SELECT * FROM ({_numbers(0, size.posts, phrased)}) WHERE n % {EACH} <> 0"
    root = number(f"n - n % {EACH}")
    _copies(
        raw, "post", like["post"], roots, **common, root_id="n.id", title="substr(n.words, 1, 40)", replies_count=str(EACH - 1),
        last_activity_at=f"moment(n + {EACH - 1})", context_uri=f"'{URL}/t/' || n.id", tags=f"CASE WHEN n / {EACH} % 10 = 0 THEN '[\"gel\"]' ELSE '[]' END",
    )  # fmt: skip
    _copies(
        raw, "post", like["reply"], replies, **common, root_id=root, parent_id=root, parent_uri=f"'{URL}/p/' || {root}",
        last_activity_at="n.at", context_uri=f"'{URL}/t/' || {root}",
    )  # fmt: skip
    mine = f"id <> {like['post']} AND id <> {like['reply']} AND id <> {like['link']}"
    raw.execute(
        "INSERT INTO known_object (uri, kind, ref_id, owner_uri)"
        f" SELECT uri, 'post', id, '{URL}/u/m' || author_id FROM post WHERE {mine}"
    )
    raw.execute(
        f"INSERT INTO post_tag (id, tag, post_id) SELECT id + 1, 'gel', id FROM post WHERE {mine} AND tags <> '[]'"
    )
    _copies(
        raw, "search_entry", like["post"], f"SELECT * FROM post WHERE {mine}", id="n.id", community_id="n.community_id",
        author_id="n.author_id", title="n.title", body="n.source", folded_title="n.title", folded="n.title || ' ' || n.source",
        at="n.published_at",
    )  # fmt: skip


def _beside(raw: sqlite3.Connection, size: Size, like: dict[str, int]) -> None:
    """Shared links, one for each hundredth discussion; what lea was told, as much as a busy member hears; and the numbers."""
    roots = f"SELECT id, community_id, ROW_NUMBER() OVER (ORDER BY id) AS k FROM post WHERE depth = 0 AND id NOT IN ({like['post']}, {like['link']})"
    links = f"SELECT id FROM ({roots}) WHERE k % 100 = 0"
    _copies(raw, "resource", like["resource"], links, id="n.id", post_id="n.id")
    raw.execute(f"UPDATE post SET kind = (SELECT kind FROM post WHERE id = {like['link']}) WHERE id IN ({links})")
    told = f"SELECT id, community_id, k FROM ({roots}) ORDER BY id DESC LIMIT 1000"
    _copies(
        raw, "notification", like["notification"], told, id="m.id - k - 1", post_id="n.id", root_id="n.id", community_id="n.community_id",
        unique_key="'bench:' || n.id", from_actor_id=str(like["actor"]),
    )  # fmt: skip
    raw.execute(
        "UPDATE community SET members_count = (SELECT COUNT(*) FROM membership WHERE community_id = community.id),"
        " threads_count = (SELECT COUNT(*) FROM post WHERE community_id = community.id AND depth = 0),"
        " last_activity_at = (SELECT MAX(last_activity_at) FROM post WHERE community_id = community.id AND depth = 0)"
    )
