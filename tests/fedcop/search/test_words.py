"""Words fold the same way however they are written."""

from __future__ import annotations

import time

import pytest

from fedcop.search import words


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("La préparation aux litiges au GC", "litiges"),
        ("La préparation aux litiges au GC", "la préparation aux litiges au GC"),
        ("La préparation aux litiges au GC", "preparation litige"),
        ("La préparation aux litiges au GC", "LITIG"),
        ("Les participant·e·s", "participants"),
        ("Les participant/e/s", "participants"),
        ("Les participant.e.s", "participante"),
        ("Les participant(e)s", "participants"),
        ("Les participant-e-s", "participantes"),
        ("Nos animateur·trice·s", "animatrices"),
        ("Vie culturel·le", "culturelles"),
        ("communauté(s)", "communautes"),
        ("l’arrosage d'automne", "arrosage automne"),
        ("arrosage", "l'arrosage"),
        ("Qu’est-ce qu’elle plante ?", "plantes"),
        ("Un œuf", "oeufs"),
        ("Pruning young trees", "prune tree"),
        ("The members' meetings", "member meeting"),
        ("Anna's garden", "anna gardens"),
    ],
)
def test_finds(text: str, typed: str) -> None:
    assert all(any(term.fits(word) for word in words.tokens(text)) for term in words.terms(typed))


@pytest.mark.parametrize(("text", "typed"), [("poire", "pomme"), ("jardin", "jar "), ("arrosage", "saga")])
def test_does_not_find(text: str, typed: str) -> None:
    assert not all(any(term.fits(word) for word in words.tokens(text)) for term in words.terms(typed))


def test_words_that_say_nothing_are_left_out_unless_there_are_no_others() -> None:
    assert [term.word for term in words.terms("la taille de la haie ")] == ["taille", "haie"]
    assert [term.word for term in words.terms("qui est ")] == ["qui", "est"]
    assert words.terms("··· ' ! ") == ()
    assert len(words.terms(" ".join(f"mot{n}" for n in range(50)))) == words.MAX_TERMS


def test_only_the_word_being_typed_is_a_beginning() -> None:
    assert [term.prefix for term in words.terms("taille hai")] == [False, True]
    assert [term.prefix for term in words.terms("taille haie ")] == [False, False]


def test_folded_text_holds_letters_and_digits_only() -> None:
    folded = words.fold("\"Drop\" 'table' -- * (x) : {y} | & ! <-> ½ été_2026 日本語")
    assert all(word.isalnum() for word in folded.split())


def test_marks_what_was_looked_for() -> None:
    wanted = words.terms("litige préparer")
    assert words.mark("La préparation aux litiges", wanted) == [
        ("La ", False),
        ("préparation", True),
        (" aux ", False),
        ("litiges", True),
    ]
    assert words.mark("", wanted) == []


def test_cuts_the_passage_where_it_is_spoken_of() -> None:
    text = "mot " * 200 + "la paille protège les pruniers du gel " + "mot " * 200
    pieces = words.excerpt(text, words.terms("prunier paille"))
    said = "".join(piece for piece, _ in pieces)
    assert "la paille protège les pruniers" in said
    assert said.startswith("… ") and said.endswith(" …") and len(said) < 260
    assert [piece for piece, marked in pieces if marked] == ["paille", "pruniers"]


def test_a_text_that_says_one_word_all_the_time_costs_no_more_than_another() -> None:
    """Each place was compared with each other one: a page of such texts took a minute of the processor."""
    began = time.process_time()
    pieces = words.excerpt("prune " * 10_000 + "le gel, la noix " + "prune " * 20, words.terms("noix prune"))
    assert time.process_time() - began < 0.5
    assert len([piece for piece, marked in pieces if marked]) > 20
