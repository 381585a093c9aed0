"""Reads what apps send, alike from query, form, multipart and JSON: they are not of one mind, sometimes within one program."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from aiohttp.http_exceptions import PayloadEncodingError
from aiohttp.web import HTTPBadRequest, HTTPRequestEntityTooLarge, HTTPRequestTimeout, Request

from fedcop.core import budgets
from fedcop.core.ids import read_id
from web.shared.forms import FORM_SECONDS, FormData, read_form, tidy
from web.shared.negotiate import refuse_packed
from web.shared.routing import ROUTE
from web.shared.uploads import Upload
from web.shared.words import Kind, Word

MAX_PAIRS = budgets.APP_PAIRS
MAX_DEPTH = budgets.APP_DEPTH
ROW = re.compile(r"(\w+)\[([0-9]*)\]\[(\w+)\]")
LIST = re.compile(r"(?:\[\])+$")  # Mastodon.py says `id[][]` now and then
FALSE = ("", "0", "f", "false", "off", "no", "n", "null")


class Params:
    """What a request says, by name; `a[]` is `a`, and `a[b]` stays as it is. Only what the route declares can be read."""

    def __init__(
        self,
        takes: Iterable[Word],
        pairs: Iterable[tuple[str, str]],
        form: FormData | None = None,
        *,
        emptied: Iterable[str] = (),
    ) -> None:
        self._kinds = {word.name: word.kind for word in takes}
        self._pairs = list(pairs)
        self._values: dict[str, list[str]] = {}
        for name, value in self._pairs:
            self._values.setdefault(LIST.sub("", name), []).append(value)
        self._form = form or FormData()
        self._emptied = frozenset(emptied)

    def text(self, name: str, default: str = "") -> str:
        """Give a value; of several the last one."""
        found = self._of(name, Kind.TEXT, Kind.ID)
        return found[-1] if found else default

    def texts(self, name: str) -> list[str]:
        """Give all values of a name: one is a list too."""
        return list(self._of(name, Kind.TEXTS))

    def flag(self, name: str, default: bool = False) -> bool:
        """Tell whether something is switched on."""
        found = self._of(name, Kind.FLAG)
        return found[-1].lower() not in FALSE if found else default

    def number(self, name: str) -> int | None:
        """Give a whole number, or None when there is none."""
        found = self._of(name, Kind.NUMBER, Kind.ID)
        return read_id(found[-1]) if found else None

    def ids(self, name: str) -> list[int]:
        """Give the ids of a list, in the order asked; what is none is left out."""
        return [found for text in self._of(name, Kind.IDS) if (found := read_id(text)) is not None]

    def rows(self, name: str) -> list[dict[str, str]]:
        """Give what is said of several things: `name[0][id]`, or `name[][id]`, where the next one begins with a word that comes again."""
        self._of(name, Kind.ROWS)
        found: list[dict[str, str]] = []
        numbered: dict[str, dict[str, str]] = {}
        for key, value in self._pairs:
            parts = ROW.fullmatch(key)
            if parts is None or parts[1] != name:
                continue
            row = numbered.get(parts[2]) if parts[2] else found[-1] if found else None
            if row is None or (not parts[2] and parts[3] in row):
                found.append(row := {})
                numbered[parts[2]] = row
            row[parts[3]] = value
        return found

    def files(self, name: str, field: str) -> list[tuple[dict[str, str], Upload]]:
        """Give the files of numbered rows, `name[0][field]`, each with what else its row says."""
        self._of(name, Kind.ROWS)
        said: dict[str, dict[str, str]] = {}
        found: list[tuple[str, Upload]] = []
        for key, value in self._pairs:
            if (parts := ROW.fullmatch(key)) and parts[1] == name:
                said.setdefault(parts[2], {})[parts[3]] = value
        for key in self._form.files():
            upload = self._form.upload(key)
            if (parts := ROW.fullmatch(key)) and (parts[1], parts[3]) == (name, field) and upload is not None:
                found.append((parts[2], upload))
        return [(said.get(number, {}), upload) for number, upload in found]

    def upload(self, name: str) -> Upload | None:
        """Give the file of a multipart form."""
        self._of(name, Kind.FILE)
        return self._form.upload(name)

    def names(self) -> list[str]:
        """Give all names that were sent."""
        return list(self._values)

    def __contains__(self, name: str) -> bool:
        self._of(name, *Kind)
        return name in self._values

    def said(self, name: str) -> bool:
        """Tell whether a list was sent, be it an empty one."""
        return name in self or name in self._emptied

    def _of(self, name: str, *kinds: Kind) -> list[str]:
        """What cannot be found in the description of a route is not read either."""
        if self._kinds.get(name) not in kinds:
            raise LookupError(f"the route does not say in `takes` that it reads {name!r} as {' or '.join(kinds)}")
        return self._values.get(name, [])


async def read(request: Request) -> Params:
    """Read the query and, if there is one, the body."""
    takes = request[ROUTE].takes
    pairs = [(name, tidy(value)) for name, value in request.query.items()]
    if request.content_type == "application/json":
        body = await _json(request)
        emptied = [name for name, value in body.items() if value == []] if isinstance(body, dict) else ()
        return Params(takes, [*pairs, *_flat(body)], emptied=emptied)
    if not request.body_exists:
        return Params(takes, pairs)
    form = await read_form(request)
    return Params(takes, [*pairs, *form], form)


async def _json(request: Request) -> Any:
    refuse_packed(request)
    body, limit = bytearray(), request[ROUTE].max_body
    try:
        async with asyncio.timeout(FORM_SECONDS):
            async for chunk in request.content.iter_chunked(64 << 10):
                body += chunk
                if len(body) > limit > 0:
                    raise HTTPRequestEntityTooLarge(max_size=limit, actual_size=len(body))
    except TimeoutError:
        raise HTTPRequestTimeout from None
    except (ConnectionResetError, PayloadEncodingError):
        raise HTTPBadRequest from None
    try:
        return orjson.loads(body) if body.strip() else {}
    except orjson.JSONDecodeError:
        raise HTTPBadRequest from None


def _flat(found: Any) -> list[tuple[str, str]]:
    if not isinstance(found, dict):
        raise HTTPBadRequest
    pairs: list[tuple[str, str]] = []
    for name, value in found.items():
        for pair in _pairs(name, value, 1):
            pairs.append(pair)
            if len(pairs) > MAX_PAIRS:
                raise HTTPBadRequest
    return pairs


def _pairs(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if depth > MAX_DEPTH:
        raise HTTPBadRequest
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _pairs(f"{name}[{key}]", inner, depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _pairs(f"{name}[{place if isinstance(inner, dict) else ''}]", inner, depth + 1)
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    elif value is not None:
        yield name, tidy(str(value))
