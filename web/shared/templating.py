"""Turns templates into answers: the Jinja environment, what templates may call, and render(). Decides nothing about rights."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp.web import Request, RequestKey, Response
from jinja2 import FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from fedcop.accounts import instance
from fedcop.accounts.instance import Instance
from fedcop.actors.models import Actor
from fedcop.core import formats, i18n, sanitise
from fedcop.core.addresses import absolute
from fedcop.core.i18n import LOCALES
from fedcop.core.markup import to_html
from fedcop.core.site import site
from fedcop.federation.peers.names import server_names
from fedcop.media import films
from fedcop.media.captions import read_aloud
from fedcop.media.models import Media
from web.keys import LANGUAGE, SITE, VIEWER
from web.shared import initials as signs
from web.shared.compiling import SettlingEnvironment
from web.shared.flash import take_flashes
from web.shared.forms import FormData, Problems
from web.shared.routing import ROUTE, Family
from web.shared.shell import SHELL
from web.shared.statics import STATICS, Statics
from web.shared.theme import theme_path
from web.shared.tokens import FIELD, csrf_token

FOLDERS = [Path(__file__).parent.parent / "templates"]  # tests add one of their own
CSRF_INPUT: RequestKey[Markup] = RequestKey("csrf_input", Markup)


async def render(request: Request, name: str, *, status: int = 200, **values: Any) -> Response:
    """Answer with a page. Every template has the viewer, the frame's values, an empty form and no problems, unless given."""
    frame = await request.app[SHELL].values(request)
    about = await instance.read()
    names = await server_names(about.name)
    text = render_text(request, name, **{"instance": about, "server_names": names, **frame, **values})
    response = Response(text=text, status=status, content_type="text/html", charset="utf-8")
    response.headers["Content-Language"] = request[LANGUAGE]
    return response


def render_text(request: Request, name: str, *, instance: Instance, **values: Any) -> str:
    """Give the text of a template without asking anything of anybody: pages of refusal use it too."""
    settings = request.app[SITE].settings
    known: dict[str, Any] = {
        "request": request,
        "csrf_input": lambda: csrf_input(request),
        "viewer": request.get(VIEWER),
        "lang": request[LANGUAGE],
        "settings": settings,
        "instance": instance,
        "site_name": instance.name,
        "shell": request.app[SHELL],
        "unread": 0,
        "my_communities": (),
        "server_names": {},
        "form": FormData(),
        "problems": Problems(),
        "section": "",
        "flashes": lambda: take_flashes(request),
        "language_switch": other_languages(request),
    }
    environment = environment_for(i18n.language(), request.app[STATICS], tuple(FOLDERS), settings.development)
    return environment.write(name, {**known, **values})


def other_languages(request: Request) -> list[tuple[str, str, str]]:
    """Give (code, short name, address of this very page) of each language that the page is not in now."""
    readable = request.method == "GET" and ROUTE in request and request[ROUTE].family is Family.PAGE
    path = request.path if readable else "/"
    kept = [(key, value) for key, value in request.query.items() if key != "lang"] if readable else []
    return [
        (code, code.split("-")[0], f"{path}?{urlencode([*kept, ('lang', code.split('-')[0])])}")
        for code in LOCALES
        if code != request[LANGUAGE]
    ]


@lru_cache(maxsize=8)
def environment_for(
    language: str, statics: Statics, folders: tuple[Path, ...], development: bool
) -> SettlingEnvironment:
    """Give the environment whose templates speak a language, which is the one spoken while they are compiled."""
    known: dict[str, Callable[..., Any]] = {
        "ngettext": translate_plural,
        "url": url,
        "path_of": path_of,
        "theme_path": theme_path,
        "zone_in_words": formats.zone_in_words,
        "to_html": to_html,
        "handle": handle,
        "is_local": lambda actor: actor.local,
        "origin_label": origin_label,
        "host_of": host_of,
        "file_type": file_type,
        "plays": lambda: films.programs() is not None,
        "place_name": place_name,
        "lang_in": lang_in,
        "initials": initials,
        "tint": tint,
        "name_of": name_of,
        "time_tag": time_tag,
        "options": options,
        "absolute": absolute,
    }
    environment = SettlingEnvironment(
        {"_": translate, "icon": partial(icon, statics.address("icons/sprite.svg")), "static": statics.address},
        known,
        ("csrf_input",),
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=development,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    environment.filters.update(
        date=formats.format_date,
        datetime=formats.format_datetime,
        full_datetime=lambda moment: formats.format_datetime(moment, "full"),
        time=formats.format_time,
        ago=formats.relative_time,
        number=formats.format_number,
        size=formats.format_size,
        lasting=formats.format_lasting,
        read_aloud=read_aloud,
    )
    return environment


def translate(msgid: str, **params: Any) -> str:
    """Translate for a template. Parameters that are markup stay markup (a link inside a sentence); all else is escaped."""
    if any(hasattr(value, "__html__") for value in params.values()):
        return escape(i18n.elide(i18n._(msgid), params)) % params
    return i18n._(msgid, **params)


def translate_plural(singular: str, plural: str, count: int, **params: Any) -> str:
    """Translate with a number; `%(count)s` is the number as this language writes it."""
    if not any(hasattr(value, "__html__") for value in params.values()):
        return i18n.ngettext(singular, plural, count, **params)
    marks = {name: f"\x00{name}\x00" for name in params}
    text = escape(i18n.ngettext(singular, plural, count, **marks))
    for name, mark in marks.items():
        text = text.replace(mark, escape(params[name]))
    return text


@lru_cache(maxsize=1000)
def icon(sprite: str, name: str, label: str = "") -> Markup:
    """Draw an icon of our sprite. It is decoration beside text; with a label it speaks for itself to ears."""
    drawn = Markup('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>').format(
        sprite, name
    )
    return drawn + Markup('<span class="for-ears">{}</span>').format(label) if label else drawn


def csrf_input(request: Request) -> Markup:
    """Give the hidden field that ties a form to this browser; the same for all forms of an answer."""
    if CSRF_INPUT not in request:
        request[CSRF_INPUT] = Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token(request))
    return request[CSRF_INPUT]


def url(path: str, **query: Any) -> str:
    """Give a path with a query; None values are left out."""
    kept = [(name, str(value)) for name, value in query.items() if value not in (None, "")]
    return f"{path}?{urlencode(kept)}" if kept else path


def path_of(actor: Actor) -> str:
    """Give the path of our page about an actor, of here (/u/name) or elsewhere (/u/name@host)."""
    place = "/c/" if actor.kind == "Group" else "/u/"
    return f"{place}{actor.name}" if actor.local else f"{place}{actor.name}@{actor.host}"


def handle(actor: Actor) -> str:
    """Give the full address that people elsewhere can search for."""
    return f"{'!' if actor.kind == 'Group' else '@'}{actor.name}@{actor.host}"


def name_of(actor: Actor) -> str:
    """Give the name that people read."""
    return actor.display_name or actor.name


@pass_context
def origin_label(context: Context, actor: Actor) -> Markup:
    """Say where an actor of elsewhere is at home ("chez TIESS"); nothing for those of here."""
    if actor.local:
        return Markup("")
    place = escape(translate("at %(place)s", place=place_name(context, actor.host)))
    place = place.replace(".", Markup("<wbr>."))  # where a long address has no room, it breaks between its parts
    return Markup('<span class="from" title="{}">{}<span>{}</span></span>').format(
        handle(actor), context["icon"]("globe"), place
    )


async def place_called(host: str) -> str:
    """Give the name of a server as it says it itself, or its host, outside of a template."""
    own = (await instance.read()).name
    return own if host == site().settings.netloc else (await server_names(own)).get(host, host)


@pass_context
def place_name(context: Context, host: str) -> str:
    """Give the name of a server as it says it itself, or its host."""
    if host == context["settings"].netloc:
        return str(context["site_name"])
    names: Mapping[str, str] = context["server_names"]
    return names.get(host, host)


def host_of(address: str) -> str:
    """Give the name of the server in an address, for a link that nobody named."""
    return sanitise.host_of(address) or address


def file_type(file: Media) -> str:
    """Say what kind of file it is as people say it ("PDF"): by the end of its name, or what its type is usually called."""
    ending = Path(file.file_name).suffix or mimetypes.guess_extension(file.media_type) or ""
    return ending[1:].upper() or translate("File")


def lang_in(code: str) -> Markup:
    """Give the `lang` attribute of a text, where it is not in the language of the page."""
    if not code or code == i18n.language().split("-")[0]:
        return Markup("")
    return Markup(' lang="{}"').format(code)


def initials(actor: Actor) -> str:
    """Give one or two letters for a face without picture."""
    return signs.initials(name_of(actor))


def tint(actor: Actor) -> str:
    """Give the class of a colour that stays with an actor."""
    return f"tint-{signs.tint(actor.uri)}"


def time_tag(moment: datetime, form: str = "ago") -> Markup:
    """Show a moment for people and machines: form "ago", "date", "datetime" or "time"; the full date is in the tooltip."""
    begun = _begun_tag(moment, i18n.language(), formats.current_zone.get())
    return Markup(f"{begun}{escape(SAID[form](moment))}</time>")  # noqa: S704 - escaped just now


@lru_cache(maxsize=2000)  # of a moment, the same for whoever reads by this clock in this language
def _begun_tag(moment: datetime, _language: str, _zone: str) -> str:
    stamp = moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f'<time datetime="{stamp}" title="{escape(formats.format_datetime(moment))}">'


def options(choices: Iterable[tuple[str, str]], chosen: str) -> Markup:
    """Write what one may choose in a `<select>`, values with what they are called."""
    return _options(tuple(choices), chosen)


@lru_cache(maxsize=100)  # the months of ten years are a fifth of what a community's page says
def _options(choices: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    line = Markup('<option value="{}"{}>{}</option>')
    chosen_one = Markup(" selected")
    return Markup().join(line.format(value, chosen_one if value == chosen else "", label) for value, label in choices)


SAID: Mapping[str, Callable[[datetime], str]] = {
    "ago": formats.relative_time,
    "date": formats.format_date,
    "datetime": formats.format_datetime,
    "time": formats.format_time,
}
