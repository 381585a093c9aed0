"""A person at a browser without JavaScript: opens pages, follows links by their text, fills forms by their labels.

Not a browser engine: no layout, no scripts. Those are looked at in tests/browser with Chromium.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from aiohttp import FormData
from aiohttp.test_utils import TestClient

from fedcop.accounts import sessions
from fedcop.accounts.models import Account
from fedcop.actors.models import Actor
from fedcop.core.site import site

VOID = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
        "use",
        "path",
    }
)
BUTTONS = ("button", "submit")


@dataclass
class Element:
    """One element of a page."""

    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self.attributes

    @property
    def text(self) -> str:
        """What one reads, with single blanks."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in ("script", "style", "title", "template"):
                yield from child._texts()
                if child.tag in ("p", "li", "div", "h1", "h2", "h3", "td", "th", "dt", "dd", "br", "option", "label"):
                    yield " "

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Find all elements inside by tag and attributes (`class_` means one of the classes)."""
        return [
            one
            for one in self.walk()
            if (not tag or one.tag == tag) and all(_has(one, *pair) for pair in attributes.items())
        ]

    def first(self, tag: str = "", **attributes: str) -> Element:
        """Find the first such element or fail."""
        found = self.all(tag, **attributes)
        assert found, f"there is no <{tag} {attributes}> in: {self.text[:600]}"
        return found[0]

    def walk(self) -> Iterator[Element]:
        """Give every element inside, in the order of the page."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def within(self, tag: str) -> Element | None:
        """Give the nearest element around with this tag."""
        around = self.parent
        while around is not None and around.tag != tag:
            around = around.parent
        return around


def _has(element: Element, name: str, value: str) -> bool:
    if name == "class_":
        return value in element["class"].split()
    return element.attributes.get(name.replace("_", "-")) == value


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("document", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        around: Element | None = self.here
        while around is not None and around.tag != tag:
            around = around.parent
        if around is not None and around.parent is not None:
            self.here = around.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def parse(html: str) -> Element:
    """Read HTML into elements."""
    builder = _Builder()
    builder.feed(html)
    return builder.root


@dataclass
class Page:
    """One answer, as a person sees it, with what they typed into its forms so far."""

    status: int
    path: str
    html: str
    headers: dict[str, str]
    typed: dict[int, list[str] | tuple[str, bytes, str]] = field(default_factory=dict)

    @cached_property
    def root(self) -> Element:
        """What it is made of; many pages are asked for and never looked at."""
        return parse(self.html)

    @property
    def text(self) -> str:
        """All that one reads."""
        return self.root.text

    @property
    def main(self) -> Element:
        """The main part."""
        return self.root.first("main")

    @property
    def title(self) -> str:
        """The title of the window."""
        return "".join(child for child in self.root.first("title").children if isinstance(child, str)).strip()

    @property
    def h1(self) -> str:
        """The heading."""
        return self.root.first("h1").text

    @property
    def links(self) -> dict[str, str]:
        """Texts of links and where they lead."""
        return {one.text: one["href"] for one in self.root.all("a")}

    @property
    def problems(self) -> list[str]:
        """What the error summary says."""
        return [one.text for summary in self.root.all("section", class_="summary") for one in summary.all("li")]

    @property
    def messages(self) -> list[str]:
        """The messages at the top of the page."""
        return [one.text for region in self.root.all("div", class_="messages") for one in region.all("p")]

    def link(self, text: str) -> str:
        """Give where the link with this text leads; its full text, else its beginning, else a part of it."""
        found = [one for match in _matches(text) for one in self.root.all("a") if match(one.text)]
        assert found, f"no link {text!r} among {sorted(self.links)}"
        return found[0]["href"]

    def field(self, label: str) -> Element:
        """Find a field by its label (or its name, for hidden ones)."""
        for match in _matches(label):
            for one in self.root.all("label"):
                if match(re.sub(r"\s*\((optional|facultatif)\)$", "", one.text)):
                    inside = [part for part in one.walk() if part.tag in ("input", "select", "textarea")]
                    if inside:
                        return inside[0]
                    return next(part for part in self.root.walk() if part["id"] == one["for"])
        named = [one for one in self.root.walk() if one.tag in ("input", "select", "textarea") and one["name"] == label]
        assert named, f"no field {label!r} among {[one.text for one in self.root.all('label')]}"
        return named[0]

    def value(self, label: str) -> str:
        """Give what stands in a field."""
        return (_values(self.field(label), self) or [""])[0]

    def fill(self, label: str, value: str) -> Page:
        """Type into a field, or choose the option of a select by its text or value."""
        target = self.field(label)
        if target.tag == "select":
            options = [one for one in target.all("option") if value in (one.text, one["value"])]
            assert options, f"no option {value!r} in {[one.text for one in target.all('option')]}"
            value = options[0]["value"] if "value" in options[0] else options[0].text
        self.typed[id(target)] = [value]
        return self

    def choose(self, label: str) -> Page:
        """Tick a box or choose a radio button by its label."""
        target = self.field(label)
        assert target["type"] in ("radio", "checkbox"), f"{label!r} cannot be ticked"
        if target["type"] == "radio":
            form = target.within("form")
            assert form is not None
            for other in form.all("input", type="radio", name=target["name"]):
                self.typed[id(other)] = []
        self.typed[id(target)] = [target["value"] or "on"]
        return self

    def untick(self, label: str) -> Page:
        """Take the tick out of a box."""
        self.typed[id(self.field(label))] = []
        return self

    def attach(self, label: str, file_name: str, body: bytes, kind: str = "application/octet-stream") -> Page:
        """Choose a file."""
        self.typed[id(self.field(label))] = (file_name, body, kind)
        return self

    def button(self, text: str) -> Element:
        """Find a button by its text."""
        buttons = [one for one in self.root.all("button") if one["type"] in ("", "submit")]
        found = [one for match in _matches(text) for one in buttons if match(one.text)]
        assert found, f"no button {text!r} among {[one.text for one in buttons]}"
        return found[0]


class Browser:
    """One person's browser: cookies, one page after the other, redirects followed."""

    def __init__(self, client: TestClient, language: str = "fr-CA") -> None:
        self.client = client
        self.language = language
        self.page: Page = None  # type: ignore[assignment]
        self.hops: list[int] = []
        self.account: Account = None  # type: ignore[assignment]
        self.actor: Actor = None  # type: ignore[assignment]

    async def log_in(self, account: Account) -> Browser:
        """Give this browser a session of the account, without the form."""
        token = await sessions.open_session(account, "test", "127.0.0.1")
        name = "__Host-session" if site().settings.secure else "fedcop-session"
        self.client.session.cookie_jar.update_cookies({name: token}, self.client.make_url("/"))
        await account.fetch_related("actor")
        self.account, self.actor = account, account.actor
        return self

    async def get(self, path: str, **headers: str) -> Page:
        """Open a page."""
        return await self._ask("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})

    async def click(self, text: str) -> Page:
        """Follow a link."""
        return await self.get(urljoin(self.page.path, self.page.link(text)))

    async def press(self, text: str) -> Page:
        """Press a button: sends the form around it with what was typed."""
        button = self.page.button(text)
        form = _form_of(button, self.page)
        assert form is not None, f"the button {text!r} is in no form"
        fields = _fields(form, self.page)
        if button["name"]:
            fields.append((button["name"], button["value"]))
        return await self.send(form, fields)

    async def send(self, form: Element, fields: list[tuple[str, str | tuple[str, bytes, str]]]) -> Page:
        """Send a form."""
        path = urljoin(self.page.path, form["action"] or self.page.path)
        if form["method"].lower() != "post":
            query = FormData([(name, value) for name, value in fields if isinstance(value, str)])
            encoded = query().decode()  # type: ignore[attr-defined]
            return await self.get(f"{urlsplit(path).path}?{encoded}")
        data = FormData(default_to_multipart=form["enctype"] == "multipart/form-data")
        for name, value in fields:
            if isinstance(value, str):
                data.add_field(name, value)
            else:
                data.add_field(name, value[1], filename=value[0], content_type=value[2])
        return await self._ask("POST", path, data, {})

    async def ask(self, path: str) -> Any:
        """Ask for JSON as a script of the current page would; the page stays."""
        async with self.client.get(path, headers={"Accept-Language": self.language}) as answer:
            assert answer.status == 200, (path, answer.status)
            return await answer.json()

    async def post(self, path: str, **fields: str) -> Page:
        """Send a form that the page does not show, with the token of the page."""
        token = [one["value"] for one in self.page.root.all("input", name="csrf")] if self.page else []
        return await self._ask("POST", path, FormData({"csrf": (token or [""])[0], **fields}), {})

    async def _ask(self, method: str, path: str, data: FormData | None, headers: dict[str, str]) -> Page:
        headers = {"Accept": "text/html", "Accept-Language": self.language, "Accept-Encoding": "identity", **headers}
        self.hops = []
        for _ in range(10):
            async with self.client.request(method, path, data=data, headers=headers, allow_redirects=False) as answer:
                self.hops.append(answer.status)
                html = await answer.text() if "html" in answer.content_type else ""
                if answer.status in (301, 302, 303, 307, 308):
                    method, data, path = "GET", None, urljoin(path, answer.headers["Location"])
                    continue
                self.page = Page(answer.status, path, html, dict(answer.headers))
                return self.page
        raise AssertionError(f"redirected too often: {path}")


def _matches(text: str) -> tuple:  # type: ignore[type-arg]
    low = text.lower()
    return (
        lambda found: found == text,
        lambda found: found.lower().startswith(low),
        lambda found: low in found.lower(),
    )


def _form_of(one: Element, page: Page) -> Element | None:
    """Give the form to which a field or a button belongs: the one that it names, else the one around it."""
    return page.root.first("form", id=one["form"]) if "form" in one else one.within("form")


def _fields(form: Element, page: Page) -> list[tuple[str, str | tuple[str, bytes, str]]]:
    found: list[tuple[str, str | tuple[str, bytes, str]]] = []
    for one in page.root.walk():
        if one.tag not in ("input", "select", "textarea") or not one["name"] or "disabled" in one:
            continue
        if _form_of(one, page) is not form:
            continue
        typed = page.typed.get(id(one))
        if isinstance(typed, tuple):
            found.append((one["name"], typed))
        elif one["type"] not in ("submit", "button", "file"):
            found.extend((one["name"], value) for value in _values(one, page))
    return found


def _values(one: Element, page: Page) -> list[str]:
    typed = page.typed.get(id(one))
    if isinstance(typed, list):
        return typed
    if one.tag == "textarea":
        raw = "".join(child for child in one.children if isinstance(child, str))
        return [raw.removeprefix("\n")]
    if one.tag == "select":
        options = one.all("option")
        chosen = [option for option in options if "selected" in option] or options[:1]
        return [option.attributes.get("value", option.text) for option in chosen]
    if one["type"] in ("radio", "checkbox"):
        return [one["value"] or "on"] if "checked" in one else []
    return [one["value"]]
