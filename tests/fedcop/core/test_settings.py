"""Settings: where they come from, and one clear sentence when one is wrong."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from fedcop.core.settings import Settings, SettingsError, load_settings


def load(**environ: str) -> Settings:
    return load_settings({f"FEDCOP_{name.upper()}": value for name, value in environ.items()})


def test_defaults() -> None:
    settings = load_settings({})
    assert settings.origin == "http://localhost:8000"
    assert settings.netloc == "localhost:8000"
    assert settings.database == "sqlite:///data/fedcop.sqlite3"
    assert settings.registration == "approval"
    assert settings.name == "localhost" and settings.mail_from == "fedcop@localhost"
    assert settings.max_upload == 50 * 1024 * 1024
    assert not settings.development and not settings.secure


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    (tmp_path / "fedcop.toml").write_text('name = "From the file"\nport = 9000\ntrusted_proxies = ["10.0.0.1"]\n')
    settings = load(data=str(tmp_path), port="9001")
    assert (settings.name, settings.port) == ("From the file", 9001)
    assert settings.trusted_proxies == ("10.0.0.1",)
    assert settings.database == f"sqlite:///{tmp_path}/fedcop.sqlite3"
    assert load_settings({"FEDCOP_DATA": str(tmp_path)}, port=9002).port == 9002


def test_another_file_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "else.toml"
    path.write_text('url = "https://coop.example"\n')
    assert load(config=str(path)).netloc == "coop.example"
    with pytest.raises(SettingsError, match="there is no file"):
        load(config=str(tmp_path / "missing.toml"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("url", "https://Coop.Example/", "https://coop.example"),
        ("url", "https://coop.example:443", "https://coop.example"),
        ("url", "https://coop.example:8443", "https://coop.example:8443"),
        ("url", "https://épicerie.example", "https://xn--picerie-9xa.example"),
        ("url", "http://[::1]:8000", "http://[::1]:8000"),
        ("max_upload", "2 GiB", 2 << 30),
        ("member_files", "0", 0),
        ("max_upload", "100", 100),
        ("max_upload", "10M", 10 << 20),
        ("development", "yes", True),
        ("development", "0", False),
        ("trusted_proxies", "127.0.0.1, ::1", ("127.0.0.1", "::1")),
        ("data", "/srv/fedcop", Path("/srv/fedcop")),
        ("language", "en-CA", "en-CA"),
        ("name", "Coop des\n  pruniers", "Coop des pruniers"),
        ("mail_from", "fedcop@coop.example", "fedcop@coop.example"),
    ],
)
def test_values_are_read(name: str, value: str, expected: Any) -> None:
    assert getattr(load(**{name: value}), name) == expected


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"naem": "x"}, "FEDCOP_NAEM: there is no setting"),
        ({"port": "many"}, "FEDCOP_PORT must be a whole number"),
        ({"port": "70000"}, "between 0 and 65535"),
        ({"development": "perhaps"}, "true or false"),
        ({"registration": "maybe"}, "open, approval, invitation, closed"),
        ({"federation": "none"}, "open, allowlist, closed"),
        ({"language": "de"}, "fr-CA, en-CA"),
        ({"url": "coop.example"}, "https://communities.example"),
        ({"url": "https://coop.example/path"}, "with no path"),
        ({"url": "https://user@coop.example"}, "with no path"),
        ({"url": "https://coop.example:port"}, "must look like"),
        ({"url": "https://é..example"}, "must look like"),
        ({"url": "ftp://coop.example"}, "must look like"),
        ({"url": "http://a b"}, "name a host"),
        ({"url": "https://x<script>"}, "name a host"),
        ({"url": "https://x..example"}, "name a host"),
        ({"url": "https://-x.example"}, "name a host"),
        ({"url": "https://x.exa\nmple"}, "must look like"),
        ({"url": "https://coop.example?q=1"}, "with no path"),
        ({"url": "https://coop.example#f"}, "with no path"),
        ({"url": "https://coop.example:0"}, "with no path"),
        ({"url": "https://[::1"}, "must look like"),
        ({"port": "1_000"}, "FEDCOP_PORT must be a whole number"),
        ({"port": "²"}, "FEDCOP_PORT must be a whole number"),
        ({"trusted_proxies": "nonsense"}, "addresses or networks like 127.0.0.1"),
        ({"trusted_proxies": "127.0.0.1, 10.0.0.0/99"}, "not '10.0.0.0/99'"),
        ({"mail_from": "x y"}, "one address like name@example.org"),
        ({"mail_from": "fedcop"}, "one address like name@example.org"),
        ({"smtp": "smtp://mail.example:abc"}, "smtp://user:password@host:port"),
        ({"database": "postgres://u:p@host:abc/x"}, "postgres://user:password@host:port/name"),
        ({"database": "postgres://u:p@host"}, "postgres://user:password@host:port/name"),
        ({"max_upload": "²"}, "a size such as 50 MiB"),
        ({"database": "mysql://x"}, "sqlite:///path/to/file or postgres://"),
        ({"smtp": "mail.example"}, "smtp://user:password@host:port"),
        ({"max_upload": "huge"}, "a size such as 50 MiB"),
        ({"max_upload": "0"}, "more than 0"),
        ({"tls_cert": "/x"}, "together"),
        ({"metrics": "localhost:9464"}, "metrics must be an address with a port"),
        ({"metrics": "127.0.0.1"}, "metrics must be an address with a port"),
        ({"metrics": "[::1]:70000"}, "metrics must be an address with a port"),
        ({"metrics": "0.0.0.0:9464"}, "metrics_token must have 16 characters or more"),
        ({"metrics": "10.0.0.1:9464", "metrics_token": "short"}, "metrics_token must have 16 characters"),
        ({"files": "s3://host/bucket"}, "with a key and a secret"),
        ({"database": "postgres://u:p@ss/w@127.0.0.1/x"}, "in a password write @ as %40, / as %2F, ? as %3F, # as %23"),
        ({"database": "postgres://u:p#s@127.0.0.1/x"}, "in a password write @ as %40"),
        ({"smtp": "smtp://u:p?s@mail.example:25"}, "in a password write @ as %40"),
        ({"files": "s3://k:s/t@host/bucket"}, "in a password write @ as %40"),
        ({"files": "s3://k:s@host"}, "files must look like s3://key:secret@host:port/bucket"),
        ({"files": "https://k:s@host/bucket"}, "files must look like s3://"),
        ({"log": "xml"}, "log must be one of text, json"),
    ],
)
def test_one_clear_sentence_when_something_is_wrong(environ: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(**environ)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nmae = 1", "no setting named 'nmae'"),
        ("name = 1", "must be a text"),
        ("name = ", "not valid TOML"),
        ("[x]\ny = 1", "'x'"),
    ],
)
def test_the_file_is_checked_too(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "fedcop.toml").write_text(text)
    with pytest.raises(SettingsError) as error:
        load(data=str(tmp_path))
    assert says in str(error.value) and str(tmp_path) in str(error.value)


def test_another_authority_may_come_from_the_usual_variable(tmp_path: Path) -> None:
    assert load_settings({"SSL_CERT_FILE": "/etc/ca.pem"}).ca_file == Path("/etc/ca.pem")
    assert load_settings({"SSL_CERT_FILE": "/etc/ca.pem", "FEDCOP_CA_FILE": "/own.pem"}).ca_file == Path("/own.pem")


def test_what_the_test_rig_says_is_no_setting() -> None:
    assert load(tests_workers="2").port == 8000


def test_settings_are_frozen_and_every_default_is_valid() -> None:
    settings = load_settings({})
    with pytest.raises(AttributeError):
        settings.port = 1  # type: ignore[misc]
    assert {field.name for field in fields(Settings)} >= {"url", "database", "smtp", "registration"}
