"""Reads what people typed, remembers it, and says what is wrong with it. Knows nothing about any particular form."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qsl

from aiohttp.http_exceptions import PayloadEncodingError
from aiohttp.web import (
    HTTPBadRequest,
    HTTPRequestEntityTooLarge,
    HTTPRequestTimeout,
    HTTPUnsupportedMediaType,
    Request,
    RequestKey,
)

from fedcop.core import budgets
from fedcop.core.errors import FedcopError, Invalid
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.core.spelling import composed
from web.keys import SITE
from web.shared.negotiate import refuse_packed
from web.shared.routing import FORM_BYTES, ROUTE, UPLOADS
from web.shared.uploads import PATIENCE, Upload, read_multipart

MAX_FIELDS = budgets.FORM_FIELDS
FORM_SECONDS = budgets.FORM_SECONDS
UPLOAD_SECONDS = budgets.UPLOAD_SECONDS


class FormData:
    """The fields of one form: what was typed, or what to begin with."""

    def __init__(self, fields: Iterable[tuple[str, str]] = (), uploads: Iterable[tuple[str, Upload]] = ()) -> None:
        self._fields: dict[str, list[str]] = {}
        self._uploads: dict[str, list[Upload]] = {}
        for name, value in fields:
            self._fields.setdefault(name, []).append(value)
        for name, upload in uploads:
            self._uploads.setdefault(name, []).append(upload)

    def text(self, name: str, default: str = "") -> str:
        """Give one line or one text, without blanks around it."""
        return self.raw(name, default).strip()

    def raw(self, name: str, default: str = "") -> str:
        """Give a value exactly as typed, for passwords."""
        found = self._fields.get(name)
        return found[0] if found else default

    def texts(self, name: str) -> list[str]:
        """Give all values of a name: check boxes, several selects."""
        return [value.strip() for value in self._fields.get(name, []) if value.strip()]

    def flag(self, name: str) -> bool:
        """Tell whether a check box is on."""
        return self.text(name) not in ("", "0", "off", "false")

    def number(self, name: str) -> int | None:
        """Give a whole number, or None when the field holds something else."""
        value = self.text(name)
        found = read_id(value.removeprefix("-"))
        return -found if found is not None and value.startswith("-") else found

    def chosen(self, name: str, allowed: Iterable[str], default: str = "") -> str:
        """Give the value when it is one of those allowed, else the default."""
        value = self.text(name)
        return value if value in set(allowed) else default

    def upload(self, name: str) -> Upload | None:
        """Give the file of a field, if one was chosen."""
        found = self._uploads.get(name)
        return found[0] if found else None

    def files(self) -> list[str]:
        """Name the fields in which files were sent."""
        return list(self._uploads)

    def uploads(self, name: str | None = None) -> list[Upload]:
        """Give the files of a field, or of all fields."""
        if name is not None:
            return list(self._uploads.get(name, []))
        return [upload for found in self._uploads.values() for upload in found]

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((name, value) for name, values in self._fields.items() for value in values)


FORM: RequestKey[FormData] = RequestKey("form", FormData)


def filled(values: Mapping[str, object] | None = None, **more: object) -> FormData:
    """Make the form that a page begins with; lists give several values, None and False give none."""
    fields: list[tuple[str, str]] = []
    for name, value in {**(values or {}), **more}.items():
        several = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
        fields.extend(
            (name, "1" if one is True else str(one)) for one in several if one is not None and one is not False
        )
    return FormData(fields)


class Problems:
    """What is wrong with a form, field by field, in the order of the page; "" stands for the form as a whole."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def add(self, field: str, text: str) -> None:
        """Say what is wrong with a field and how to mend it; the first word on a field stays."""
        self._found.setdefault(field, text)

    def take(self, error: FedcopError) -> None:
        """Take over what a service complained about; its texts are translated here."""
        if isinstance(error, Invalid) and error.errors:
            for field, text in error.errors.items():
                self.add(field, _(text) if "%(" not in text else _(text, **error.params))
        else:
            self.add("", error.for_people())

    def of(self, field: str) -> str:
        """Give the complaint about one field, or ""."""
        return self._found.get(field, "")

    def items(self) -> list[tuple[str, str]]:
        """Give all (field, complaint)."""
        return list(self._found.items())

    def __len__(self) -> int:
        return len(self._found)


async def read_form(request: Request) -> FormData:
    """Read the form once; the second call gives the same one. Files are already on disk, see uploads.py."""
    if FORM in request:
        return request[FORM]
    refuse_packed(request)
    route = request.get(ROUTE)
    limit = route.max_body if route else FORM_BYTES
    if limit == UPLOADS:
        limit = request.app[SITE].settings.max_upload + FORM_BYTES
    most = limit * PATIENCE if limit > FORM_BYTES and request.content_type == "multipart/form-data" else limit
    if (request.content_length or 0) > most:
        raise HTTPRequestEntityTooLarge(max_size=limit, actual_size=request.content_length or 0)
    try:
        async with asyncio.timeout(UPLOAD_SECONDS if limit > FORM_BYTES else FORM_SECONDS):
            form = await _read(request, limit)
    except TimeoutError:
        raise HTTPRequestTimeout from None
    request[FORM] = form
    return form


async def _read(request: Request, limit: int) -> FormData:
    kind = request.content_type
    if kind == "multipart/form-data":
        fields, uploads = await read_multipart(request, limit, MAX_FIELDS)
        return FormData([(name, tidy(value)) for name, value in fields], uploads)
    if kind not in ("application/x-www-form-urlencoded", "application/octet-stream", "text/plain"):
        raise HTTPUnsupportedMediaType
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(64 << 10):
            body += chunk
            if len(body) > limit:
                raise HTTPRequestEntityTooLarge(max_size=limit, actual_size=len(body))
    except (ConnectionResetError, PayloadEncodingError):  # somebody went away, or a malformed chunked body
        raise HTTPBadRequest from None
    if kind != "application/x-www-form-urlencoded":
        if body:
            raise HTTPUnsupportedMediaType
        return FormData()
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise HTTPBadRequest from None
    return FormData([(name, tidy(value)) for name, value in pairs])


def tidy(text: str) -> str:
    """Make one spelling of typed text: composed letters, single line ends, no control characters or lone surrogates."""
    text = composed(text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))
