"""One frozen Settings, read from the environment, then fedcop.toml, then defaults. Not for what the owner changes in the interface."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, replace
from difflib import get_close_matches
from email.errors import HeaderParseError
from email.headerregistry import Address
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "FEDCOP_"
CONFIG_VARIABLE = "FEDCOP_CONFIG"
OTHERS = (CONFIG_VARIABLE, "FEDCOP_TESTS_", "FEDCOP_CHROMIUM")  # not settings: where they are, and the test rig's own
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
UNITS = {"": 1, "b": 1, "k": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mib": 1 << 20, "g": 1 << 30, "gib": 1 << 30}
SIZES = ("max_upload", "member_files", "remote_media")
CHOICES = {
    "registration": ("open", "approval", "invitation", "closed"),
    "federation": ("open", "allowlist", "closed"),
    "language": ("fr-CA", "en-CA"),
    "log": ("text", "json"),
}
HOST = re.compile(
    r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*|[0-9a-f:.]*:[0-9a-f:.]*"
)


class SettingsError(ValueError):
    """A setting is unknown or malformed; the text is one sentence for the operator."""


@dataclass(frozen=True)
class Settings:
    """What an operator decides before the server starts. deploy/fedcop.example.toml explains each."""

    url: str = "http://localhost:8000"  # where people and peers reach us; may carry a port, never a path
    host: str = "127.0.0.1"
    port: int = 8000
    data: Path = Path("data")
    database: str = ""
    name: str = ""
    slogan: str = ""
    language: str = "fr-CA"
    contact: str = ""  # an address that people may write to
    registration: str = "approval"
    federation: str = "open"
    development: bool = False  # local peers and plain HTTP allowed, mail written to disk
    smtp: str = ""  # smtp://user:password@host:port, smtps://…; empty: no mail is sent
    mail_from: str = ""
    reply_address: str = (
        ""  # answers to letters, and letters that nobody took, come back to name+WORD@host; empty: neither
    )
    lmtp: str = ""  # where a mail server of this machine hands them over: 127.0.0.1:8024, or the path of a socket
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    files: str = ""  # S3-compatible storage: s3://key:secret@host/bucket?region=…; empty: in the data folder
    metrics: str = ""  # where Prometheus asks each process: 127.0.0.1:9464; empty: nowhere
    metrics_token: str = ""  # what it must show (Authorization: Bearer …); needed unless that is a loopback address
    log: str = "text"  # a line each: text, or json
    max_upload: int = 50 << 20  # bytes; "50 MiB" may be written
    member_files: int = 5 << 30  # bytes; how much the uploads of one member may take together; 0: no bound
    remote_media: int = 0  # bytes; how much of other servers' files stays here; 0: all of it
    backup_key: str = ""  # a public key of age that backups are sealed with; empty: they are not
    ca_file: Path | None = None  # one more authority that peers' certificates may be signed by (SSL_CERT_FILE)

    @property
    def origin(self) -> str:
        """The URL that everything of ours begins with, without a final slash."""
        return self.url

    @property
    def netloc(self) -> str:
        """`host` or `host:port`, as handles and actors bear it."""
        return urlsplit(self.url).netloc

    @property
    def database_url(self) -> str:
        """Where the rows are."""
        return self.database

    @property
    def secure(self) -> bool:
        """Whether people reach us over https."""
        return self.url.startswith("https://")


def load_settings(environ: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """Read settings: `overrides`, then the environment, then the file, then defaults."""
    known = {field.name: field for field in fields(Settings)}
    values: dict[str, Any] = {}
    path = config_file(environ)
    if path is not None:
        for key, value in _read_file(path).items():
            if key not in known:
                near = get_close_matches(key, known, 1)
                raise SettingsError(
                    f"{path}: there is no setting named {key!r}." + (f" Is it {near[0]!r}?" if near else "")
                )
            values[key] = _parse(known[key], value, f"{path}: {key}")
    if environ.get("SSL_CERT_FILE"):
        values.setdefault("ca_file", Path(environ["SSL_CERT_FILE"]))
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith(OTHERS):
            continue
        key = variable.removeprefix(PREFIX).lower()
        if key not in known or variable != variable.upper():
            raise SettingsError(f"{variable}: there is no setting of this name.")
        values[key] = _parse(known[key], text, variable)
    for key, value in overrides.items():
        if key not in known:
            raise SettingsError(f"There is no setting named {key!r}.")
        values[key] = _parse(known[key], value, key)
    return _checked(Settings(**values))


def config_file(environ: Mapping[str, str]) -> Path | None:
    """Name the file that settings are read from, None if there is none."""
    if named := environ.get(CONFIG_VARIABLE):
        path = Path(named)
        if not path.is_file():
            raise SettingsError(f"{CONFIG_VARIABLE}: there is no file {path}.")
        return path
    path = Path(environ.get("FEDCOP_DATA") or "data") / "fedcop.toml"
    return path if path.is_file() else None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        twice = "; does one setting stand there twice?" if "overwrite" in str(error) else ""
        raise SettingsError(f"{path} is not valid TOML: {error}{twice or '.'}") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error


def _parse(field: Field[Any], value: Any, where: str) -> Any:
    default = field.default if field.default is not MISSING else None
    if "Path" in str(field.type):
        return _path(value, where, optional="None" in str(field.type))
    if isinstance(default, bool):
        return _flag(value, where)
    if isinstance(default, int):
        return _size(value, where) if field.name in SIZES else _number(value, where)
    if isinstance(default, tuple):
        return _words(value, where)
    if not isinstance(value, str):
        raise SettingsError(f"{where} must be a text, not {value!r}.")
    return value.strip()


def _path(value: Any, where: str, *, optional: bool) -> Path | None:
    if isinstance(value, Path):
        return value
    if value in (None, "") and optional:
        return None
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"{where} must be a path, not {value!r}.")
    return Path(value.strip()).expanduser()


def _flag(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in TRUE | FALSE:
        raise SettingsError(f"{where} must be true or false, not {value!r}.")
    return word in TRUE


def _number(value: Any, where: str) -> int:
    text = str(value).strip()
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise SettingsError(f"{where} must be a whole number, not {value!r}.")
    return int(text)


def _size(value: Any, where: str) -> int:
    text = str(value).strip().lower()
    digits = text.rstrip("bgikm ")
    unit = text[len(digits) :].strip()
    if not re.fullmatch(r"[0-9]{1,15}", digits) or unit not in UNITS:
        raise SettingsError(f"{where} must be a size such as 50 MiB, not {value!r}.")
    return int(digits) * UNITS[unit]


def _words(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(word for word in value.replace(",", " ").split())
    if isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value):
        return tuple(value)
    raise SettingsError(f"{where} must be a list of texts, not {value!r}.")


def _checked(settings: Settings) -> Settings:
    for key, allowed in CHOICES.items():
        if getattr(settings, key) not in allowed:
            raise SettingsError(f"{key} must be one of {', '.join(allowed)}, not {getattr(settings, key)!r}.")
    if not 0 <= settings.port <= 65535:
        raise SettingsError(f"port must lie between 0 and 65535, not {settings.port}.")
    if settings.max_upload <= 0:
        raise SettingsError("max_upload must be more than 0 bytes.")
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingsError("tls_cert and tls_key must be given together.")
    for check in (_check_passwords, _check_letterbox, _check_metrics, _check_files, _check_networks):
        check(settings)
    if settings.smtp and not _has_place(settings.smtp, ("smtp", "smtps")):
        raise SettingsError("smtp must look like smtp://user:password@host:port or smtps://….")
    if settings.mail_from and not _is_mail_address(settings.mail_from):
        raise SettingsError(f"mail_from must be one address like name@example.org, not {settings.mail_from!r}.")
    if settings.backup_key and not re.fullmatch(r"age1[02-9ac-hj-np-z]{58}", settings.backup_key):
        raise SettingsError(
            f"backup_key must be a public key like age1…, as `fedcop backup-key` says it, not {settings.backup_key!r}."
        )
    url = _checked_url(settings.url)
    database = settings.database or f"sqlite:///{settings.data / 'fedcop.sqlite3'}"
    if not database.startswith(("sqlite:///", "postgres://", "postgresql://")) or database == "sqlite:///":
        raise SettingsError("database must look like sqlite:///path/to/file or postgres://user:password@host/name.")
    if not database.startswith("sqlite:") and not _has_place(database, ("postgres", "postgresql"), database=True):
        raise SettingsError("database must look like postgres://user:password@host:port/name.")
    host = urlsplit(url).hostname or ""
    return replace(
        settings,
        url=url,
        database=database,
        name=" ".join(settings.name.split()) or host,
        mail_from=settings.mail_from or f"fedcop@{host}",
    )


def _check_passwords(settings: Settings) -> None:
    """Notice a password that was written as it is: a sign of it ends the host's part, and its rest would stand in the log as a host."""
    for key in ("smtp", "database", "files"):
        text = getattr(settings, key)
        rest = re.sub(r"^[a-z0-9+]+://[^/?#]*", "", text)
        if not text.startswith("sqlite:") and ("#" in rest or "@" in rest):
            raise SettingsError(f"{key}: in a password write @ as %40, / as %2F, ? as %3F, # as %23 and % as %25.")


def _has_place(url: str, schemes: tuple[str, ...], *, database: bool = False) -> bool:
    """Tell whether an address has one of these schemes, a port that can be one, and a host or the name of a database."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in schemes and port != 0 and (len(parts.path) > 1 if database else bool(parts.hostname))


def _is_mail_address(text: str) -> bool:
    try:
        return bool(Address(addr_spec=text).domain)
    except (ValueError, IndexError, HeaderParseError):
        return False


def _check_letterbox(settings: Settings) -> None:
    if settings.reply_address:
        name, _at, _host = settings.reply_address.partition("@")
        # A word of 49 signs follows the name, and mail allows 64 before the @.
        if not _is_mail_address(settings.reply_address) or not re.fullmatch(r"[a-z0-9._-]{1,14}", name):
            raise SettingsError(
                f"reply_address must be one address like reply@example.org, with at most 14 small letters before the @, not {settings.reply_address!r}."
            )
    place = settings.lmtp
    if place and not place.startswith("/") and not re.fullmatch(r"(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}", place):
        raise SettingsError(f"lmtp must be 127.0.0.1 with a port, or the path of a socket, not {place!r}.")
    if bool(place) != bool(settings.reply_address):
        raise SettingsError("reply_address and lmtp must be given together.")


def _check_files(settings: Settings) -> None:
    if not settings.files:
        return
    if _has_place(settings.files, ("s3", "s3+http")):
        parts = urlsplit(settings.files)
        if parts.username and parts.password and parts.path.strip("/"):
            return
    raise SettingsError(
        "files must look like s3://key:secret@host:port/bucket or s3+http://…, with a key and a secret."
    )


def _check_metrics(settings: Settings) -> None:
    if not settings.metrics:
        return
    host, _, port = settings.metrics.rpartition(":")
    try:
        loopback = ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = None
    if loopback is None or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 1 << 16:
        raise SettingsError(f"metrics must be an address with a port like 127.0.0.1:9464, not {settings.metrics!r}.")
    if not loopback and len(settings.metrics_token) < 16:
        raise SettingsError("metrics_token must have 16 characters or more where metrics is no loopback address.")


def _check_networks(settings: Settings) -> None:
    for text in settings.trusted_proxies:
        try:
            ip_network(text, strict=False)
        except ValueError:
            raise SettingsError(
                f"trusted_proxies must be addresses or networks like 127.0.0.1 or 10.0.0.0/8, not {text!r}."
            ) from None


def _checked_url(url: str) -> str:
    if not url.isprintable():  # urlsplit() would drop line breaks without a word
        raise SettingsError(f"url must look like https://communities.example, not {url!r}.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise SettingsError(f"url must look like https://communities.example, not {url!r}.") from None
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment and parts.username is None
    if parts.scheme not in ("http", "https") or not parts.hostname or not bare or port == 0:
        raise SettingsError(f"url must look like https://communities.example, with no path, not {url!r}.")
    try:
        host = parts.hostname.encode("idna").decode() if not parts.hostname.isascii() else parts.hostname
    except UnicodeError:
        raise SettingsError(f"url must look like https://communities.example, not {url!r}.") from None
    if not HOST.fullmatch(host):
        raise SettingsError(f"url must name a host like communities.example, and {host!r} is none.")
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")
