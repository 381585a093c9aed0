"""The catalogue of attacks, the tests that try them and the table that people read say the same."""

from __future__ import annotations

from tests.rig.attacks import PAPER, chapters, paper, tried

ROWS = [row for rows in chapters().values() for row in rows]


def test_each_attack_is_tried_or_a_reason_stands_beside_it() -> None:
    assert [row.id for row in ROWS if not tried().get(row.id) and not row.reason] == []


def test_each_row_is_there_once_and_tests_name_no_other() -> None:
    names = [row.id for row in ROWS]
    assert len(names) == len(set(names))
    assert {one for one in tried() if one[0] in {name[0] for name in names}} - set(names) == set()


def test_the_table_is_what_it_should_be() -> None:
    assert PAPER.read_text("utf-8") == paper(), "python -m tests.rig.attacks writes it anew"
