"""How texts, dates and numbers are said in French and in English."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from babel.dates import format_timedelta
from markupsafe import Markup

from fedcop.core import formats, i18n
from fedcop.core.clock import StandingClock, current_clock
from fedcop.core.errors import Forbidden, Invalid, NotFound
from fedcop.core.formats import NARROW, NBSP
from fedcop.core.i18n import (
    N_,
    _,
    catalogue,
    closest,
    elide,
    format_date,
    format_datetime,
    format_number,
    format_size,
    format_time,
    language,
    ngettext,
    relative_time,
    set_language,
    set_time_zone,
    typeset,
)

AT = datetime(2026, 3, 3, 19, 2, tzinfo=UTC)  # a Tuesday, 14:02 in Montreal


@pytest.fixture(autouse=True)
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small catalogue in two files, as builders of features write them."""
    folder = tmp_path / "fr_CA" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    header = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
    )
    (folder / "a.po").write_text(
        header + 'msgid "Hello, %(name)s!"\nmsgstr "Bonjour, %(name)s !"\n\n'
        'msgid "%(count)s reply"\nmsgid_plural "%(count)s replies"\nmsgstr[0] "%(count)s réponse"\nmsgstr[1] "%(count)s réponses"\n',
        "utf-8",
    )
    (folder / "b.po").write_text(
        header
        + 'msgid "Title: %(title)s"\nmsgstr "Titre : « %(title)s »"\n\n#, fuzzy\nmsgid "Doubtful"\nmsgstr "Faux"\n\n'
        'msgid "Not done"\nmsgstr ""\n\nmsgid "%(n)d of %(all)s"\nmsgstr "%(n)d sur %(all)s"\n',
        "utf-8",
    )
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    catalogue.cache_clear()
    set_language("fr-CA")
    set_time_zone("America/Montreal")
    yield
    catalogue.cache_clear()
    set_language("fr-CA")


def test_texts_from_all_files_with_the_spaces_of_the_language() -> None:
    assert _("Hello, %(name)s!", name="Ana") == "Bonjour, Ana!"
    assert _("Title: %(title)s", title="x") == f"Titre{NBSP}: «{NBSP}x{NBSP}»"
    assert _("%(n)d of %(all)s", n=1, all="x") == "1 sur x"
    set_language("en-CA")
    assert _("Hello, %(name)s!", name="Ana") == "Hello, Ana!"


def test_what_has_no_translation_stays_readable() -> None:
    for msgid in ("Unknown", "Doubtful", "Not done", "100 % sure"):
        assert _(msgid) == msgid
    assert _("") == ""


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [(0, "0 réponse", "0 replies"), (1, "1 réponse", "1 reply"), (2, "2 réponses", "2 replies")],
)
def test_plurals(count: int, french: str, english: str) -> None:
    assert ngettext("%(count)s reply", "%(count)s replies", count) == french
    set_language("en-CA")
    assert ngettext("%(count)s reply", "%(count)s replies", count) == english


def test_names_that_begin_with_a_vowel() -> None:
    for name, french in (
        ("Awa", "d’Awa"),
        ("Élie", "d’Élie"),
        ("Léa", "de Léa"),
        ("Hind", "de Hind"),
        (Markup("<b>Ina</b>"), "d’<b>Ina</b>"),
    ):
        assert elide("de %(who)s", {"who": name}) % {"who": name} == french
    set_language("en-CA")
    assert elide("de %(who)s", {"who": "Awa"}) == "de %(who)s"


def test_a_time_that_ends_in_a_full_stop_ends_its_sentence() -> None:
    set_language("en-CA")
    assert _("Draft saved at %(time)s.", time="2:41 p.m.") == "Draft saved at 2:41 p.m."
    assert _("Draft saved at %(time)s.", time="2:41") == "Draft saved at 2:41."


def test_large_counts_are_written_as_numbers_are() -> None:
    assert ngettext("%(count)s reply", "%(count)s replies", 12345) == f"12{NBSP}345 réponses"
    assert ngettext("%(count)d day", "%(count)d days", 12345) == "12345 days"


def test_languages_that_people_ask_for() -> None:
    assert [closest(code) for code in ("fr", "fr_FR", "en", "en-GB", "EN-ca", "de", "")] == [
        "fr-CA",
        "fr-CA",
        "en-CA",
        "en-CA",
        "en-CA",
        "fr-CA",
        "fr-CA",
    ]
    set_language("en-US")
    assert language() == "en-CA"


def test_dates() -> None:
    assert format_date(AT) == "3 mars 2026"
    assert format_date(AT, "full") == "le mardi 3 mars 2026"
    assert format_date(date(2026, 3, 1)) == "1er mars 2026"
    assert format_date(date(2026, 3, 11), "day") == "11 mars"
    assert format_date(AT, "short") == "2026-03-03"
    set_language("en-CA")
    assert format_date(AT, "full") == "Tuesday, March 3, 2026"
    assert format_date(date(2026, 3, 1), "day") == "March 1"
    assert format_date(AT, "short") == "2026-03-03"


def test_times() -> None:
    assert format_time(AT) == f"14{NBSP}h{NBSP}02"
    assert format_time(AT.replace(hour=14, minute=0)) == f"9{NBSP}h"
    assert format_datetime(AT) == f"3 mars 2026 à 14{NBSP}h{NBSP}02"
    set_language("en-CA")
    assert format_time(AT) == f"2:02{NBSP}p.m."
    assert format_time(AT.replace(hour=5, minute=0)) == f"12{NBSP}a.m."
    assert format_datetime(AT) == f"March 3, 2026 at 2:02{NBSP}p.m."


def test_dates_are_those_of_the_readers_clock() -> None:
    late = datetime(2026, 3, 4, 3, 0, tzinfo=UTC)
    assert format_date(late) == "3 mars 2026"
    set_time_zone("Europe/Paris")
    assert format_date(late) == "4 mars 2026"
    set_time_zone("Nowhere/Never")
    set_time_zone("../etc/passwd")
    assert format_date(late) == "4 mars 2026"


@pytest.mark.parametrize(
    ("ago", "french", "english"),
    [
        (timedelta(seconds=5), "à l’instant", "just now"),
        (timedelta(minutes=5), "il y a 5 minutes", "5 minutes ago"),
        (timedelta(hours=2), "il y a 2 heures", "2 hours ago"),
        (timedelta(hours=26), "hier", "yesterday"),
        (timedelta(days=3), "il y a 3 jours", "3 days ago"),
        (timedelta(days=9), "22 février 2026", "February 22, 2026"),
        (timedelta(hours=-2), "dans 2 heures", "in 2 hours"),
        (timedelta(days=-3), "dans 3 jours", "in 3 days"),
    ],
)
def test_relative_times(ago: timedelta, french: str, english: str) -> None:
    token = current_clock.set(StandingClock(AT))
    try:
        assert relative_time(AT - ago) == french
        set_language("en-CA")
        assert relative_time(AT - ago) == english
    finally:
        current_clock.reset(token)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("locale", ["fr_CA", "en_CA"])
def test_spans_that_are_said_once_are_said_alike(sign: int, locale: str) -> None:
    minutes = [one + more for one in range(60, 3_700, 30) for more in (0, 0.4, 1, 29, 29.9)]
    hours = [one + more for one in range(3_600, 90_000, 1_800) for more in (-0.5, 0, 0.5, 1_799)]
    for seconds in (*minutes, *hours, *(day * 86_400 for day in range(1, 8))):
        exact = format_timedelta(timedelta(seconds=sign * seconds), add_direction=True, threshold=1, locale=locale)
        assert formats._relative(formats._alike(sign * seconds), locale) == exact, seconds


def test_numbers_and_sizes() -> None:
    assert format_number(50000) == f"50{NBSP}000"
    assert format_number(1.5) == "1,5"
    assert [format_size(n) for n in (0, 999, 1_400_000, 250_000_000)] == [
        f"0{NBSP}o",
        f"999{NBSP}o",
        f"1,4{NBSP}Mo",
        f"250{NBSP}Mo",
    ]
    set_language("en-CA")
    assert format_number(50000) == "50,000"
    assert format_size(1_400_000) == f"1.4{NBSP}MB"


@pytest.mark.parametrize(
    ("typed", "quebec", "france"),
    [
        ("Erreur : oui", f"Erreur{NBSP}: oui", f"Erreur{NARROW}: oui"),
        ("Erreur: oui", f"Erreur{NBSP}: oui", f"Erreur{NARROW}: oui"),
        ("Quoi ?", "Quoi?", f"Quoi{NARROW}?"),
        ("Quoi?!", "Quoi?!", f"Quoi{NARROW}?!"),
        ("Oui ; non !", "Oui; non!", f"Oui{NARROW}; non{NARROW}!"),
        ("« mot »", f"«{NBSP}mot{NBSP}»", f"«{NBSP}mot{NBSP}»"),
        ("à 14 h 02", f"à 14{NBSP}h{NBSP}02", f"à 14{NBSP}h{NBSP}02"),
        ("jeudi 9 h.", f"jeudi 9{NBSP}h.", f"jeudi 9{NBSP}h."),
        ("50 000 $", f"50{NBSP}000{NBSP}$", f"50{NBSP}000{NBSP}$"),
        ("http://a.example/?b=c", "http://a.example/?b=c", "http://a.example/?b=c"),
        ("10:30", "10:30", "10:30"),
        ("<b>Note:</b> x", f"<b>Note{NBSP}:</b> x", f"<b>Note{NARROW}:</b> x"),
        ("9 heures", "9 heures", "9 heures"),
    ],
)
def test_typography(typed: str, quebec: str, france: str) -> None:
    assert typeset(typed, "fr-CA") == quebec
    assert typeset(typed, "fr-FR") == france
    assert typeset(typed, "en-CA") == typed
    assert typeset(quebec, "fr-CA") == quebec


def test_errors_speak_the_language_of_the_reader_when_they_are_shown() -> None:
    error = Forbidden(N_("Hello, %(name)s!"), name="Ana")
    assert str(error) == "Hello, Ana!" and error.code == "forbidden"
    assert error.for_people() == "Bonjour, Ana!"
    invalid = Invalid(errors={"title": "Title"})
    assert invalid.errors == {"title": "Title"} and invalid.text
    assert NotFound().for_people()
