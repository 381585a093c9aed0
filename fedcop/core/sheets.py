"""Lists as people bring them from a spreadsheet: commas, semicolons or tabs, UTF-8 or an older code page. Knows no column by name."""

from __future__ import annotations

import csv
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

Cells = tuple[str, ...]
MARKS = ";\t,"


def told_in(body: bytes) -> str:
    """Read a file as spreadsheets write it: UTF-8, UTF-16 ("Unicode text"), else the older Western code page."""
    try:
        return body.decode("utf-16" if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def lines_of(text: str) -> list[tuple[int, Cells]]:
    """Give the cells of each line that holds any, with the number of the line."""
    lines = text.lstrip("\ufeff").replace("\x00", "").splitlines()
    # The first line that has a mark tells which one it is: before it may stand addresses alone.
    first = next((line for line in lines if any(mark in line for mark in MARKS)), "")
    mark = max(MARKS, key=first.count)
    found = ((number, tuple(" ".join(cell.split()) for cell in cells)) for number, cells in _cells(lines, mark))
    return [(number, cells) for number, cells in found if any(cells)]


def _cells(lines: list[str], mark: str) -> list[tuple[int, list[str]]]:
    """Take lines apart, each with the number of the last one it fills; a quotation mark that nobody closed swallows no other lines."""
    reader = csv.reader(lines, delimiter=mark, strict=True)
    try:
        return [(reader.line_num, cells) for cells in reader]
    except csv.Error:
        return [(number, line.replace('"', "").split(mark)) for number, line in enumerate(lines, 1)]
