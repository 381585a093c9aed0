"""What measurements say: figures with what was asked of them, as a table in words, as a picture, and kept in a file to compare with later."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ROW, LEFT, WIDE, MOST = 22, 430, 380, 3.0  # of the picture: pixels, and how many times what was asked still fits


@dataclass(frozen=True)
class Figure:
    """One measurement: beside it a yardstick of the same run, and what was asked of it, at most or at least."""

    part: str
    what: str
    value: float
    unit: str
    yardstick: str = ""
    bare: float | None = None  # what the yardstick does
    at_most: float | None = None
    at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the yardstick."""
        return self.value / self.bare if self.bare else None

    @property
    def met(self) -> bool | None:
        """Whether it is what was asked; None: nothing was."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return self.value >= self.at_least if self.at_least is not None else None

    @property
    def share(self) -> float | None:
        """How much of what was allowed is used: up to 1 it is met."""
        if self.at_most:
            return self.value / self.at_most
        return self.at_least / self.value if self.at_least and self.value else None


def words(kept: dict[str, Any], before: dict[str, Any] | None = None) -> str:
    """Write a table in Markdown; with what an earlier run measured, if there is one."""
    found, then = figures_of(kept), {(one.part, one.what): one for one in figures_of(before or {})}
    head = ["what", "figure", "yardstick", "ratio", "asked", "", *(["before"] if before else [])]
    lines = [
        f"# {kept['command']}",
        "",
        f"{kept['at']}, commit {kept['commit']}, {kept['machine']}; load {kept['load']}",
        "",
    ]
    for part in dict.fromkeys(one.part for one in found):
        lines += [f"## {part}", "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
        for one in found:
            if one.part == part:
                old = then.get((one.part, one.what))
                was = f"{_number(old.value)} ({one.value / old.value:.2f} ×)" if old and old.value else ""
                lines.append(f"| {' | '.join([*_cells(one), *([was] if before else [])])} |")
        lines.append("")
    for part, why in kept["failed"].items():
        lines += [f"## {part}", "", f"It could not be measured: {why}", ""]
    missed = [one for one in found if one.met is False]
    lines.append(f"{sum(one.met is True for one in found)} of what was asked is met, {len(missed)} not.")
    return "\n".join(lines)


def _cells(one: Figure) -> list[str]:
    asked = f"≤ {_number(one.at_most)}" if one.at_most is not None else ""
    asked = f"≥ {_number(one.at_least)}" if one.at_least is not None else asked
    beside = f"{one.yardstick} {_number(one.bare)}" if one.bare is not None else ""
    ratio = f"{one.ratio:.2f}" if one.ratio is not None else ""
    return [
        one.what,
        f"{_number(one.value)} {one.unit}",
        beside,
        ratio,
        asked,
        {True: "met", False: "**missed**"}.get(one.met, ""),
    ]  # type: ignore[arg-type]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def picture(found: Iterable[Figure]) -> str:
    """Draw a bar for each figure of which something was asked: what it uses of that. Right of the line it is missed."""
    shown = [(one, share) for one in found if (share := one.share) is not None]
    high = ROW * (len(shown) + 2)
    line = LEFT + WIDE / MOST
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + 90}" height="{high}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{line}" y="14" text-anchor="middle" fill="#333">what was asked</text>',
    ]
    for number, (one, share) in enumerate(shown, 1):
        y = ROW * number
        long = max(2.0, min(share, MOST) * WIDE / MOST)
        colour = "#2d7d46" if one.met else "#b3261e"
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end" fill="#222">{escape(f"{one.part}: {one.what}"[:66])}</text>',
            f'<rect x="{LEFT}" y="{y + 4}" width="{long:.1f}" height="{ROW - 8}" fill="{colour}"/>',
            f'<text x="{LEFT + long + 5:.1f}" y="{y + 15}" fill="#222">{escape(_number(one.value))} {escape(one.unit)}</text>',
        ]
    parts.append(
        f'<line x1="{line}" x2="{line}" y1="{ROW}" y2="{high - ROW}" stroke="#333" stroke-dasharray="3 3"/></svg>'
    )
    return "\n".join(parts)


def kept(command: str, found: Sequence[Figure], failed: dict[str, str]) -> dict[str, Any]:
    """Put figures with where and when they were measured, for a file."""
    commit = subprocess.run(
        ["git", "log", "-1", "--format=%h"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    cores, memory = os.cpu_count(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "command": command,
        "at": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit or "unknown",
        "machine": f"{cores} cores, {memory:.0f} GB, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        "load": f"{os.getloadavg()[0]:.1f}",
        "figures": [asdict(one) for one in found],
        "failed": failed,
    }


def figures_of(kept: dict[str, Any]) -> list[Figure]:
    """Read figures from what was kept."""
    return [Figure(**one) for one in kept.get("figures", [])]


def read(path: Path) -> dict[str, Any]:
    """Read what an earlier run kept."""
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found
