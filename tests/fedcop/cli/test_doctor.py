"""The doctor: every finding a sentence with its mend, exit codes for scripts, and nothing outside asked that a test did not make."""

from __future__ import annotations

import http.server
import json
import os
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
import trustme

from fedcop.backups import service as backups
from fedcop.cli import check, inspect
from fedcop.cli.doctor import belonging, instance, machine, outside
from fedcop.cli.doctor.finding import Finding
from fedcop.cli.doctor.outside import Answer
from fedcop.core.clock import now
from fedcop.core.database import dialect, execute
from fedcop.core.ids import new_id, new_token
from fedcop.core.jobs import enqueue
from fedcop.core.migrating import known_steps
from fedcop.core.models import Job
from fedcop.core.site import Site, keep_tidy
from fedcop.federation.models import Destination, InboxItem, MailboxEntry, OutgoingActivity
from fedcop.letterbox.resolving import resolver
from fedcop.media.models import Media
from tests.rig.operator import Operator
from tests.rig.people import make_member

Check = Callable[[Site], Awaitable[list[Finding]]]
LINKS = b'{"links": [{"href": "https://atelier.example/nodeinfo/2.1"}]}'


class Street:
    """What lies outside of the machine, as a test says it is."""

    def __init__(self, answer: Answer | OSError) -> None:
        self.answer = answer

    def get(self, url: str) -> Answer:
        assert url == "https://atelier.example/.well-known/nodeinfo"
        if isinstance(self.answer, OSError):
            raise self.answer
        return self.answer

    def connect(self, host: str, port: int) -> None:
        if isinstance(self.answer, OSError):
            raise self.answer


class Names:
    """A resolver that knows nothing but this."""

    def __init__(self, known: dict[str, list[str]]) -> None:
        self.known = known

    async def ask(self, name: str, kind: str) -> list[str] | None:
        return self.known.get(f"{kind} {name}", [])


async def says(checked: Check, site: Site, **settings: Any) -> str:
    """Give what a check finds, as one text; every finding is a sentence and has a mend."""
    site.settings = replace(site.settings, **settings)
    found = await checked(site)
    for one in found:
        assert one.says.endswith((".", ".)")) and one.mend, one
    return " | ".join(one.says for one in found)


def refused(reason: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, reason)
    error.verify_message = reason
    return error


@pytest.mark.once
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, LINKS), ""),
        (Answer(502), "The proxy at https://atelier.example answers 502: it does not reach fedcop."),
        (Answer(301, b"", "https://www.atelier.example/"), "leads on to https://www.atelier.example/"),
        (Answer(200, b"<h1>It works!</h1>"), "(200) is not this instance."),
        (Answer(200, LINKS.replace(b"atelier", b"autre")), "(200) is not this instance."),
        (Answer(404, LINKS), "(404) is not this instance."),
        (ConnectionRefusedError(111, "Connection refused"), "does not answer: Connection refused."),
        (refused("certificate has expired"), "is not believed: certificate has expired."),
    ],
)
async def test_ones_own_address_is_asked_through_the_proxy(site: Site, answer: Any, expected: str) -> None:
    site.parts[outside.outside] = Street(answer)
    said = await says(outside.reached, site)
    assert expected in said and bool(said) == bool(expected)


@pytest.mark.once
@pytest.mark.parametrize(
    ("lives", "left", "expected"),
    [(90, 40, ""), (90, 9, "in 9 days"), (90, -1, "has ended"), (6, 4, ""), (6, 1, "in 1 days"), (None, 30, "")],
)
async def test_a_certificate_that_nobody_renewed_is_told_in_time(
    site: Site, lives: int | None, left: int, expected: str
) -> None:
    ends = now() + timedelta(days=left)
    begins = None if lives is None else ends - timedelta(days=lives)
    found = " ".join(one.says for one in outside.lasting(begins, ends))
    assert expected in found and bool(found) == bool(expected)


@pytest.mark.once
async def test_the_certificate_that_we_serve_ourselves_is_read(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "chain.pem"
    path.write_bytes(
        trustme.CA().issue_cert("atelier.example", not_after=now() + timedelta(days=2)).cert_chain_pems[0].bytes()
    )
    assert await outside.own_certificate(site) == []
    assert "was not renewed" in await says(outside.own_certificate, site, tls_cert=path)
    path.write_text("words")
    assert "cannot be read" in await says(outside.own_certificate, site, tls_cert=path)


@pytest.mark.once
async def test_settings_that_do_not_fit_together_are_named(site: Site) -> None:
    good = {"trusted_proxies": ("127.0.0.1",), "contact": "a@atelier.example"}
    assert await says(outside.address, site, **good) == ""
    assert "all readers look like one" in await says(outside.address, site, trusted_proxies=())
    assert "trusts everybody" in await says(outside.address, site, trusted_proxies=("0.0.0.0/0",))
    assert "goes around the proxy" in await says(outside.address, site, **good, host="0.0.0.0")
    assert "whom to write to" in await says(outside.address, site, **(good | {"contact": ""}))
    assert "without https" in await says(outside.address, site, url="http://atelier.example")
    assert "Development mode" in await says(outside.address, site, development=True)


@pytest.mark.once
async def test_mail_is_looked_at_from_outside(site: Site) -> None:
    site.parts[outside.outside] = Street(ConnectionRefusedError(111, "Connection refused"))
    assert "smtp is not set" in await says(outside.mail, site)
    site.parts[resolver] = Names({"TXT atelier.example": ["v=spf1 +all"]})
    assert await outside.believed(site) == []
    settings = {"smtp": "smtps://u:secret@mail.atelier.example", "mail_from": "fedcop@atelier.example"}
    said = await says(outside.mail, site, **settings)
    assert "mail.atelier.example port 465 does not answer: Connection refused." in said and "secret" not in said
    site.parts[outside.outside] = Street(Answer(200))
    assert await outside.mail(site) == []
    said = await says(outside.believed, site)
    assert "atelier.example is wrong (SPF" in said and "There is no DMARC" in said


MOUNTS = """\
22 1 253:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:44 / /srv rw shared:1 - nfs4 server:/srv rw
31 30 0:45 / /srv/local\\040disk rw - xfs /dev/vdb rw
32 22 0:46 / /mnt/far rw - fuse.sshfs far: rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/fedcop/fedcop.sqlite3", ""),
        ("/srv/fedcop/fedcop.sqlite3", "nfs4"),
        ("/srv/local disk/fedcop.sqlite3", ""),
        ("/mnt/far/fedcop.sqlite3", "fuse.sshfs"),
        ("/mnt/farther/fedcop.sqlite3", ""),
    ],
)
def test_a_network_file_system_below_sqlite_is_known_by_its_mount(path: str, kind: str) -> None:
    assert machine.network_kind(Path(path), MOUNTS) == kind


@pytest.mark.once
async def test_disk_and_permissions(site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = site.settings.data
    folder.mkdir(exist_ok=True)
    plenty = SimpleNamespace(free=5 << 30, f_files=10**7, f_favail=10**6)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: plenty)
    monkeypatch.setattr(machine.os, "statvfs", lambda _path: plenty)
    assert await machine.disk(site) == []
    (tmp_path / "mounts").write_text(f"1 0 0:1 / {tmp_path.resolve()} rw - cifs //x/y rw\n")
    monkeypatch.setattr(machine, "MOUNTS", tmp_path / "mounts")
    plenty.free, plenty.f_favail = 300 << 20, 12
    said = await says(machine.disk, site, database=f"sqlite:///{tmp_path / 'x.sqlite3'}")
    assert "Only 300 MiB are free" in said and "12 more files" in said and "file system (cifs)" in said
    (folder / "fedcop.toml").write_text("")
    folder.chmod(0o755)
    (folder / "fedcop.toml").chmod(0o644)
    assert "can read" in await says(machine.permissions, site)
    folder.chmod(0o700)
    assert "can read" not in await says(machine.permissions, site)


@pytest.mark.once
def test_what_root_left_is_named_with_its_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Operator(tmp_path)
    assert operator.types("migrate").exit_code == 0
    data = tmp_path / "data"
    (data / "worker.lock").touch()
    (data / "fedcop.toml").touch()
    (data / "files" / "media" / "07").mkdir(parents=True)
    really, closed = os.access, data
    monkeypatch.setattr(belonging.os, "access", lambda path, mode: Path(path) != closed and really(path, mode))
    monkeypatch.setattr(belonging.os, "geteuid", lambda: 12345)
    for closed in (data, data / "fedcop.sqlite3", data / "worker.lock", data / "files" / "media" / "07"):
        said = operator.types("doctor", "--local").output
        assert f"!! permissions: {closed} belongs to" in said and f"chown -R 12345: {data}" in said, said
    monkeypatch.setattr(belonging.os, "access", lambda path, mode: "toml" not in str(path) or not mode & os.W_OK)
    assert "ok permissions" in operator.types("doctor", "--local").output, "settings need not be written"

    closed = data / "worker.lock"
    monkeypatch.setattr(belonging.os, "access", lambda path, mode: Path(path) != closed)

    def refused_by_the_system(*_words: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied", str(closed))

    monkeypatch.setattr(inspect.destinations, "waiting_lines", refused_by_the_system)
    said = operator.is_told(1, "queue")
    assert f"Permission denied ({closed}); {closed} belongs to" in said and "chown -R" in said
    garbage = operator.types("doctor", "--local", FEDCOP_DATABASE=f"sqlite:///{tmp_path}/data/none/x.sqlite3")
    assert garbage.exit_code == 1


@pytest.mark.once
async def test_room_for_all_the_backups_that_stay(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lea = await make_member("lea", "admin")
    each, copy = await backups.size(), await backups.meanwhile()
    monkeypatch.setattr(backups, "free", lambda: copy + 3 * each)
    assert await machine.room_for_backups(site) == [], "nobody asked for one a day"
    await backups.choose(lea, nightly=True)
    assert "there is room for 3 more" in await says(machine.room_for_backups, site)
    backups.folder().mkdir(parents=True)
    for day in range(10, 15):
        (backups.folder() / f"fedcop-202001{day}-030000.tar").write_bytes(b"old")
    assert await machine.room_for_backups(site) == []


async def test_memory_and_open_files(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    much = "MemTotal: 2000000 kB\nMemAvailable: 900000 kB\n"
    assert machine.too_little(much, "max") == [] and machine.too_little(much, str(1 << 30)) == []
    assert "256 MiB of memory only" in machine.too_little(much, str(256 << 20))[0].says
    assert "Only 48 of 1953 MiB" in machine.too_little(much.replace("900000", "50000"), "max")[0].says
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _which: (1024, 1024))
    assert "1024 files at once" in await says(machine.open_files, site)
    monkeypatch.setattr(machine.resource, "getrlimit", lambda _which: (1024, machine.resource.RLIM_INFINITY))
    assert await machine.open_files(site) == []


async def test_a_clock_that_is_off(site: Site, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_unsynchronised", lambda: False)
    if dialect() == "postgres":
        assert "database's machine is" in await says(machine.clock, site)  # time stands still here, and not there
    else:
        assert await machine.clock(site) == []
    monkeypatch.setattr(machine, "_unsynchronised", lambda: True)
    await InboxItem.create(
        id=new_id(), uri="https://b.example/1", host="b.example", actor_uri="https://b.example/u", body=b"{}", received_at=now() + timedelta(hours=3)
    )  # fmt: skip
    said = await says(machine.clock, site)
    assert "received in the future" in said and "nothing keeps this machine's clock right" in said


async def test_jobs_that_are_dead_or_late(site: Site, clock: Any) -> None:
    assert await instance.jobs(site) == []
    await enqueue(keep_tidy, unique="one")
    await enqueue(keep_tidy, unique="two")
    await Job.filter(unique_key="two").update(failed_at=now())
    clock.advance(3 * 3600)
    said = await says(instance.jobs, site)
    assert said == "1 jobs failed for good: keep_tidy (1). | 1 jobs are late, the oldest by 3 hours."


async def test_servers_that_do_not_answer_and_what_they_say_of_our_clock(site: Site) -> None:
    assert await instance.deliveries(site) == []
    out = await OutgoingActivity.create(
        id=new_id(), uri="https://atelier.example/activities/1", sender_id=1, body=b"{}", created_at=now()
    )
    for host in ("b.example", "c.example"):
        why = "does not accept our signature (401): its clock is 7 min ahead"
        there = await Destination.create(inbox=f"https://{host}/inbox", host=host, failing_since=now(), last_error=why)
        await MailboxEntry.create(destination_id=there.id, outgoing_id=out.id)
    said = await says(instance.deliveries, site)
    assert "2 other servers say that our clock is behind theirs." in said
    assert "2 other servers do not take what we send; the longest since 2026-03-02." in said


async def test_files_that_rows_name_and_nobody_has(site: Site) -> None:
    whole = ("media/00/1", 3), ("media/00/2", 3), ("media/00/3", 3)
    for key, size in whole:
        await Media.create(
            id=new_id(), token=new_token(), media_type="text/plain", key=key, size=size, created_at=now()
        )
    await site.storage.put("media/00/1", b"abc")
    await site.storage.put("media/00/2", b"ab")
    said = await says(instance.files, site)
    assert "1 files are missing" in said and "media/00/3" in said
    assert "1 files have another size than they had (media/00/2)." in said
    await site.storage.put("media/00/2", b"abc")
    await site.storage.put("media/00/3", b"abc")
    assert await instance.files(site) == []


async def test_files_in_a_bucket_are_looked_for_there(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await Media.create(id=new_id(), token=new_token(), media_type="text/plain", key="media/00/9", created_at=now())
    bucket = {"files": "s3://key:secret@store.example/bucket"}
    assert "missing from the bucket (media/00/9)" in await says(instance.files, site, **bucket)
    assert "into the bucket" in (await instance.files(site))[0].mend

    async def trouble() -> str:
        return "there is no bucket x at store.example"

    monkeypatch.setattr(site.storage, "trouble", trouble)
    assert await says(instance.files, site) == "Files cannot be kept: there is no bucket x at store.example."


async def test_backups_that_are_old_or_were_never_made(site: Site, clock: Any) -> None:
    await make_member("lea", "admin")
    assert await instance.backup_age(site) == []
    clock.advance(8 * 86_400)
    assert await says(instance.backup_age, site) == "No backup was ever made."
    await backups.note_made()
    assert await instance.backup_age(site) == []
    clock.advance(9 * 86_400)
    assert await says(instance.backup_age, site) == "The last backup is 9 days old."
    await backups._remember(backups.NO_ROOM)
    assert "The last try to back up failed on" in await says(instance.backup_age, site)


async def test_the_schema_is_compared_with_this_version(site: Site) -> None:
    assert await instance.schema(site) == [] and await instance.state_of_database(site) == []
    last = known_steps()[-1]
    await execute("UPDATE tortoise_migrations SET name = '0999_later' WHERE name = ?", last)
    assert await says(instance.schema, site) == "A newer fedcop has used this database (it knows 0999_later)."
    await execute("DELETE FROM tortoise_migrations WHERE name = '0999_later'")
    assert f"1 changes of the database are not made yet ({last} to {last})." == await says(instance.schema, site)
    await execute("INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('fedcop', ?, ?)", last, now())


def test_scripts_read_exit_codes_and_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = Operator(tmp_path)
    operator.environment |= {"FEDCOP_TRUSTED_PROXIES": "127.0.0.1", "FEDCOP_CONTACT": "a@atelier.example"}
    monkeypatch.setattr(machine, "LEAST_FREE", 0)
    monkeypatch.setattr(machine, "LEAST_FILES", 0)
    monkeypatch.setattr(machine, "too_little", lambda _said, _limit: [])
    said = operator.types("doctor", "--local")
    assert said.exit_code == 0 and "-- schema: The database is still empty." in said.output, said.output
    assert "jobs" not in said.output, "without tables there is nothing to read"
    assert f"ok settings: from the environment; the data folder is {tmp_path / 'data'}." in said.output
    assert not (tmp_path / "data").exists(), "it changes nothing"
    assert operator.types("migrate").exit_code == 0
    said = operator.types("doctor", "--local", "--json")
    told = json.loads(said.output)
    assert said.exit_code == 0 and told["well"] is True, told
    assert {one["check"] for one in told["findings"]} >= {"settings", *check.BELOW, *check.INSIDE}
    assert not {one["check"] for one in told["findings"]} & set(check.FROM_OUTSIDE)
    told = operator.types("doctor", "--local", FEDCOP_TRUSTED_PROXIES="")
    assert told.exit_code == 1 and "!! address: A proxy must be in front" in told.output
    told = operator.types("doctor", "--json", FEDCOP_PORT="many")
    assert told.exit_code == 2 and json.loads(told.output)["findings"][0]["check"] == "settings"
    told = operator.types("doctor", "--local", FEDCOP_DATABASE="postgres://u:secret@127.0.0.1:1/none")
    assert (
        told.exit_code == 1 and "!! database: The database postgres://127.0.0.1:1/none cannot be opened" in told.output
    )


def test_what_breaks_a_check_does_not_hide_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(_site: Site) -> list[Finding]:
        raise ValueError("on purpose")

    monkeypatch.setitem(check.BELOW, "memory", breaks)
    said = Operator(tmp_path).types("doctor", "--local")
    assert said.exit_code == 1 and "!! memory: This could not be looked at: ValueError: on purpose." in said.output
    assert "ok database" in said.output


class Page(http.server.BaseHTTPRequestHandler):
    """A web server that answers everything alike."""

    def do_GET(self) -> None:
        self.send_response(301)
        self.send_header("Location", "https://elsewhere.example/")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"body")

    def log_message(self, *_words: Any) -> None:
        pass


def test_what_leaves_the_machine_is_read_as_it_is(tmp_path: Path) -> None:
    """The real `Network`, on loopback: a certificate is judged and read, nothing is followed, a silent port is an OSError."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = datetime(2099, 1, 2, tzinfo=UTC)
    authority.issue_cert("localhost", not_after=ends).configure_cert(context)
    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    url = f"https://localhost:{server.server_port}/.well-known/nodeinfo"
    try:
        site: Any = SimpleNamespace(settings=SimpleNamespace(ca_file=tmp_path / "ca.pem"))
        answer = outside.Network(site).get(url)
        assert (answer.status, answer.body, answer.where) == (301, b"body", "https://elsewhere.example/")
        assert answer.ends == ends and answer.begins is not None and answer.begins < ends
        outside.Network(site).connect("127.0.0.1", server.server_port)
        site.settings.ca_file = None
        with pytest.raises(ssl.SSLCertVerificationError):
            outside.Network(site).get(url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    with pytest.raises(OSError):
        outside.Network(site).get(url)
    assert machine._unsynchronised() in (True, False)
