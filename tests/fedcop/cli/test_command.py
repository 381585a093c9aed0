"""The command as an operator meets it: one sentence and an exit code, whatever was mistyped."""

from __future__ import annotations

import fcntl
import json
import logging
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import trustme
import typer
from typer.testing import CliRunner

from fedcop.cli import archive, main, terminal
from fedcop.cli.archiving.reading import in_words
from fedcop.core.errors import Unavailable
from fedcop.core.migrating import known_steps
from fedcop.core.sql import sqlite_engine
from fedcop.core.storage import FULL
from tests.rig.operator import Operator


@pytest.fixture(autouse=True)
def as_in_a_process_of_its_own() -> Iterator[None]:
    """`fedcop serve` sets logging up for a whole process; other tests want theirs back."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new database, made by the command itself, once."""
    first = Operator(tmp_path_factory.mktemp("first"))
    assert first.types("migrate").exit_code == 0
    return first.folder / "data" / "fedcop.sqlite3"


@pytest.fixture
def operator(tmp_path: Path, migrated: Path) -> Operator:
    found = Operator(tmp_path)
    (tmp_path / "data").mkdir()
    shutil.copyfile(migrated, tmp_path / "data" / migrated.name)
    return found


def test_a_backup_never_replaces_a_file_unless_it_is_told_to(operator: Operator) -> None:
    file = operator.folder / "backup.tar"
    assert operator.types("backup", str(file)).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600, "private keys are in it"
    file.write_bytes(b"precious")
    assert "exists already" in operator.is_told(1, "backup", str(file))
    assert file.read_bytes() == b"precious"
    assert operator.types("backup", "--force", str(file)).exit_code == 0
    assert tarfile.is_tarfile(file)
    assert "is a folder" in operator.is_told(1, "backup", "--force", str(operator.folder))
    assert "no folder" in operator.is_told(1, "backup", str(operator.folder / "none" / "backup.tar"))
    assert [one.name for one in operator.folder.glob("*.partial")] == []


def test_what_the_user_of_the_service_may_not_touch_is_said_in_words(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, junk = operator.folder / "backup.tar", operator.folder / "junk.tar"
    junk.write_bytes(b"junk")
    with monkeypatch.context() as closed:
        closed.setattr(archive.os, "access", lambda path, mode: False)
        assert f"may not write into {operator.folder}" in operator.is_told(1, "backup", str(file))
        assert "may not write into" in operator.is_told(1, "backup-key", str(file))
        assert f"may not read {junk}" in operator.is_told(1, "restore", str(junk))

    def hidden(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    for name, look in (("is_dir", archive._look_at_place), ("exists", archive._look_at_file)):
        with monkeypatch.context() as shut:
            shut.setattr(Path, name, hidden)
            with pytest.raises(typer.Exit):
                look(file)
        assert f"may not look into {operator.folder}" in capsys.readouterr().err
    assert f"there is no file {file}" in operator.is_told(1, "restore", "--drill", str(file))


def test_a_backup_that_does_not_fit_is_refused_before_it_begins(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda folder: SimpleNamespace(free=40 << 20))
    said = operator.is_told(1, "backup", str(operator.folder / "backup.tar"))
    assert f"40 MiB are free in {operator.folder}; nothing was written" in said
    assert [path.name for path in operator.folder.iterdir() if path.name != "data"] == []


def test_a_restore_that_cannot_fit_is_refused_before_it_begins(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = operator.folder / "backup.tar"
    assert operator.types("backup", str(file)).exit_code == 0
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1000))
    said = operator.is_told(1, "restore", str(file))
    assert f"0 MiB are free in {operator.folder / 'data'}; nothing was restored" in said
    for full in (FULL, sqlite_engine.NOT_NOW[sqlite3.SQLITE_FULL]):
        assert in_words(Unavailable(full)) == "there is not enough room on the disk"


def _tar(path: Path, **members: bytes) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, content in members.items():
            (path.parent / "member").write_bytes(content)
            tar.add(path.parent / "member", name.replace("__", "/").replace("_json", ".json"))
    return path


@pytest.mark.parametrize("content", [b"junk", b"", b"\x1f\x8b junk", b"BZh junk", b"\xfd7zXZ\x00 junk"])
def test_a_file_that_is_no_backup_is_refused_in_one_sentence(operator: Operator, content: bytes) -> None:
    junk = operator.folder / "junk.bin"
    junk.write_bytes(content)
    said = operator.is_told(1, "restore", str(junk))
    assert "it is no tar file, or it was cut short; nothing was restored" in said


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (b"[]", "cannot be read"),
        (b"{", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"{}", "a part is missing (format)"),
        (b'{"format": 99}', "format 99"),
        (b'{"format": 1, "url": "https://other.example"}', "belongs to https://other.example"),
        (b'{"format": 1, "url": "https://atelier.example"}', "a part is missing (rows)"),
        (b'{"format": 1, "url": "https://atelier.example", "rows": {"actor": 1}}', "rows/actor.jsonl"),
    ],
)
def test_a_strange_backup_leaves_nothing_behind(operator: Operator, manifest: bytes, says: str) -> None:
    file = _tar(operator.folder / "strange.tar", manifest_json=manifest, files__media__aa__1=b"bytes")
    result = operator.types("restore", str(file))
    *progress, said = result.output.strip().splitlines()
    assert result.exit_code == 1 and said.startswith("fedcop: ") and says in said, result.output
    assert all(line.startswith(("MiB read: ", "rows: ")) for line in progress), progress
    assert [path for path in (operator.folder / "data" / "files").rglob("*") if path.is_file()] == []


def test_a_password_that_is_not_typed_with_the_command_is_asked_for(operator: Operator) -> None:
    words = ("member", "create", "lea", "--email", "lea@atelier.example")
    said = CliRunner().invoke(main.app, words, env=operator.environment, input="pruniers en fleur\n" * 2)
    assert said.exit_code == 0 and "pruniers" not in said.output and "/u/lea" in said.output
    assert CliRunner().invoke(main.app, words, env=operator.environment, input="").exit_code == 1


def test_a_community_speaks_the_language_of_the_instance_unless_another_is_named(operator: Operator) -> None:
    operator.types("member", "create", "lea", "--email", "lea@atelier.example", "--password", "pruniers en fleur")
    for name, words, language in (
        ("first", (), "en-CA"),
        ("second", (), "fr-CA"),
        ("third", ("--language", "fr"), "en-CA"),
    ):
        said = operator.types(
            "community", "create", name, "--title", name, "--by", "lea", *words, FEDCOP_LANGUAGE=language
        )
        assert said.exit_code == 0, said.output
    with sqlite3.connect(operator.folder / "data" / "fedcop.sqlite3") as raw:
        found = [row[0] for row in raw.execute("SELECT language FROM community ORDER BY id")]
    assert found == ["en", "fr", "fr"]


def test_the_version_says_commit_and_schema(operator: Operator) -> None:
    said = operator.types("--version").output.strip()
    assert re.fullmatch(rf"fedcop [0-9.]+( \([0-9a-f]{{8}}\))?, schema {known_steps()[-1]}", said)
    assert f"ok version: {said}." in operator.types("doctor", "--local").output


def test_a_second_step_is_removed_by_name(operator: Operator) -> None:
    operator.types("member", "create", "lea", "--email", "lea@atelier.example", "--password", "pruniers en fleur")
    assert "no member named sam" in operator.is_told(1, "member", "clear-second-step", "sam")
    assert "not asked for a second step" in operator.is_told(1, "member", "clear-second-step", "lea")


def test_a_backup_that_was_cut_short_restores_nothing(operator: Operator) -> None:
    whole = operator.folder / "whole.tar"
    operator.types("member", "create", "lea", "--email", "lea@atelier.example", "--password", "pruniers en fleur")
    assert operator.types("backup", str(whole)).exit_code == 0
    part = operator.folder / "part.tar"
    part.write_bytes(whole.read_bytes()[:9000])
    elsewhere = str(operator.folder / "elsewhere")
    assert "nothing was restored" in operator.types("restore", str(part), FEDCOP_DATA=elsewhere).output
    assert operator.types("restore", str(whole), FEDCOP_DATA=elsewhere).exit_code == 0
    assert "not empty" in operator.is_told(1, "restore", str(whole), FEDCOP_DATA=elsewhere)


def test_an_instance_that_has_people_does_not_open_at_another_address(operator: Operator) -> None:
    operator.types("member", "create", "lea", "--email", "lea@atelier.example", "--password", "pruniers en fleur")
    assert operator.types("queue", FEDCOP_URL="https://atelier.example:443/").exit_code == 0, "the same one"
    file = str(operator.folder / "backup.tar")
    for words in (
        ["serve"],
        ["queue"],
        ["migrate"],
        ["backup", file],
        ["upgrade"],
        ["member", "clear-second-step", "lea"],
    ):
        said = operator.is_told(2, *words, FEDCOP_URL="https://autre.example")
        assert "its people are at https://atelier.example, and url is https://autre.example" in said
        assert 'url = "https://atelier.example"' in said, "the mend"
    assert not Path(file).exists()
    said = operator.types("doctor", "--local", FEDCOP_URL="https://autre.example").output
    assert "!! own address: Its people are at https://atelier.example, and url is https://autre.example." in said
    assert "ok own address" in operator.types("doctor", "--local").output


def test_before_the_first_account_the_address_may_still_change(operator: Operator) -> None:
    assert operator.types("queue", FEDCOP_URL="https://autre.example").exit_code == 0


def test_a_backup_comes_back_where_fedcop_was_only_started(operator: Operator) -> None:
    whole = operator.folder / "whole.tar"
    operator.types("member", "create", "lea", "--email", "lea@atelier.example", "--password", "pruniers en fleur")
    assert operator.types("backup", str(whole)).exit_code == 0
    elsewhere = operator.folder / "elsewhere"
    assert operator.types("migrate", FEDCOP_DATA=str(elsewhere)).exit_code == 0
    for place in (operator.folder / "data", elsewhere):  # what a start leaves, the same on both sides
        with sqlite3.connect(place / "fedcop.sqlite3") as raw:
            raw.execute("DELETE FROM instance_setting")
            raw.execute("INSERT INTO instance_setting (key, value) VALUES ('begun', ?)", (f'"{place.name}"',))
    assert operator.types("backup", "--force", str(whole)).exit_code == 0
    with (elsewhere / "worker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = operator.is_told(1, "restore", str(whole), FEDCOP_DATA=str(elsewhere))
        assert "fedcop still works on" in said
    said = operator.types("restore", str(whole), FEDCOP_DATA=str(elsewhere))
    assert said.exit_code == 0, said.output
    with sqlite3.connect(elsewhere / "fedcop.sqlite3") as raw:
        assert raw.execute("SELECT value FROM instance_setting WHERE key = 'begun'").fetchall() == [('"data"',)]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"FEDCOP_URL": "http://a b"}, "url must name a host"),
        ({"FEDCOP_PORT": "70000"}, "port must lie between"),
        ({"FEDCOP_TRUSTED_PROXIES": "nonsense"}, "trusted_proxies must be"),
        ({"SSL_CERT_FILE": "{here}/none.pem"}, "ca_file (SSL_CERT_FILE): {here}/none.pem cannot be read: No such file"),
        ({"SSL_CERT_FILE": "{here}/text"}, "{here}/text holds no certificate"),
        ({"FEDCOP_TLS_CERT": "{here}/none", "FEDCOP_TLS_KEY": "{here}/key"}, "tls_cert: {here}/none cannot be read"),
        ({"FEDCOP_TLS_CERT": "{here}/cert", "FEDCOP_TLS_KEY": "{here}/none"}, "tls_key: {here}/none cannot be read"),
        ({"FEDCOP_TLS_CERT": "{here}/text", "FEDCOP_TLS_KEY": "{here}/text"}, "are not a certificate and its key"),
        ({"FEDCOP_TLS_CERT": "{here}/cert", "FEDCOP_TLS_KEY": "{here}/key"}, "are not a certificate and its key"),
    ],
)
def test_a_wrong_setting_stops_the_start_before_anything_is_said(
    operator: Operator, settings: dict[str, str], says: str
) -> None:
    authority = trustme.CA()
    (operator.folder / "text").write_text("words")
    (operator.folder / "cert").write_bytes(authority.issue_cert("localhost").cert_chain_pems[0].bytes())
    (operator.folder / "key").write_bytes(authority.issue_cert("localhost").private_key_pem.bytes())
    here = str(operator.folder)
    said = operator.is_told(2, "serve", **{name: value.format(here=here) for name, value in settings.items()})
    assert says.format(here=here) in said


def test_a_port_that_is_taken_is_named_and_nothing_is_said_to_serve(operator: Operator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = operator.is_told(1, "serve", FEDCOP_PORT=str(port))
    assert (
        f"127.0.0.1 port {port} cannot be listened on: Address already in use; `ss -ltnp` says by which program" in said
    )


def test_looking_does_not_upgrade(operator: Operator) -> None:
    file = operator.folder / "data" / "fedcop.sqlite3"
    with sqlite3.connect(file) as raw:
        raw.execute("DELETE FROM tortoise_migrations WHERE name LIKE '0072%'")
    for words in (["queue"], ["fetch", "https://elsewhere.example/x"], ["member", "clear-second-step", "lea"]):
        assert "not of this version yet: stop fedcop, then fedcop upgrade" in operator.is_told(1, *words)


def test_the_queue_is_empty_in_words_and_in_json(operator: Operator) -> None:
    assert operator.types("queue").output.strip() == "nothing waits: everything was delivered"
    assert json.loads(operator.types("queue", "--json").output) == []


def test_every_command_is_there_and_says_what_it_does(operator: Operator) -> None:
    for words, commands in (((), main.COMMANDS), (("member",), main.OF_MEMBERS), (("community",), main.OF_COMMUNITIES)):
        said = operator.types(*words, "--help").output
        for name, place in commands.items():
            sentence = main.load(place).__doc__.split()
            assert f"{name} " in said and sentence[0] in said, name
    assert {"member", "community"} <= set(operator.types("--help").output.split())


def test_a_command_waits_for_nothing_that_only_others_need() -> None:
    command = "import sys; from fedcop.cli import main; print([name for name in sys.modules if name.startswith(('fedcop.', 'tortoise'))])"
    said = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "['fedcop.cli', 'fedcop.built', 'fedcop.cli.main']"


@pytest.mark.parametrize("total", [None, 1000])
def test_long_work_is_never_silent_for_long(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, total: int | None
) -> None:
    clock = SimpleNamespace(monotonic=lambda: float(next(seconds)))
    seconds = iter(range(0, 1000, 7))
    monkeypatch.setattr(terminal, "time", clock)
    progress = terminal.Progress("texts", total)
    for _ in range(20):
        progress.step()
    progress.end()
    assert len(capsys.readouterr().err.splitlines()) > 5
