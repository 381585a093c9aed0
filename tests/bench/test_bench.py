"""That measurements still measure: a full instance in small, its pages and its search, and what is said of figures. Nothing here is timed."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fedcop.core.database import rows
from fedcop.core.mail import OutboxMailer
from fedcop.core.site import open_site
from fedcop.features import FEATURES
from tests.bench import __main__ as bench
from tests.bench import community, crowd, fullness, meeting, pages, report, searching, serving
from tests.bench.fullness import Size
from tests.bench.report import Figure

FIGURES = [
    Figure("start", "serves", 1.5, "s", "bare aiohttp", 0.5, at_most=2.0),
    Figure("pages", "growth: / & more", 2.5, "×", at_most=2.0),
    Figure("inbox", "done", 150.0, "a second", "bare server", 1_500.0, at_least=100.0),
    Figure("inbox", "processor", 6.0, "ms"),
]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FEDCOP_BENCH_CACHE", str(tmp_path))
    return tmp_path


async def test_a_small_full_instance_is_whole_and_its_pages_and_search_are_measured(cache: Path) -> None:
    size = Size(48, 3, 12)
    folder = await fullness.full(size)
    assert await fullness.full(size) == folder, "made once"
    async with open_site(fullness.settings_of(folder), FEATURES, mailer=OutboxMailer()):
        counted = await rows(
            "SELECT (SELECT COUNT(*) FROM post) AS posts, (SELECT COUNT(*) FROM community) AS places,"
            " (SELECT COUNT(*) FROM account) AS people, (SELECT COUNT(*) FROM search_words WHERE search_words MATCH ?) AS said",
            fullness.COMMON,
        )
        assert counted == [{"posts": 48 + 3, "places": 3, "people": 12, "said": 48}]
        assert await rows("PRAGMA foreign_key_check") == []
        assert await rows("PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        lost = "SELECT id FROM post p WHERE NOT EXISTS (SELECT 1 FROM post r WHERE r.id = p.root_id AND r.depth = 0)"
        assert await rows(lost) == []
    (cost,) = await pages.costs(size, ("/c/vergers",), rounds=1)
    assert cost.cpu > 0 < cost.bare and 0 < cost.statements <= 12 and cost.size > 1_000
    ours, bare = await searching._spent(size, 1)
    assert ours.keys() == bare.keys() == searching.WORDS.keys()
    assert [found.name for found in cache.joinpath("fedcop-bench").iterdir()] == [folder.name]
    asked = await crowd.rates(size, 0.1, ("home", "community, a member", "home, while others write"))
    assert len(asked) == 3 and all(
        ours.a_second > 0 < bare.a_second and ours.size > 500 for ours, bare in asked.values()
    )


async def test_who_asks_on_a_busy_machine_counts_an_answer_of_each_connection() -> None:
    with serving.bare(crowd.BARE) as bare:
        rate = await crowd.ask(bare, [[("/500", {})]] * 4, 0.0)
    assert rate.a_second > 0 and rate.size == 500


@pytest.mark.parametrize("way", meeting.WAYS)
async def test_strangers_are_answered_and_their_answers_counted(way: str) -> None:
    met = await meeting.run(3, way)
    assert (met.way, met.count) == (way, 3) and min(met.bare, met.took, met.cpu) > 0


async def test_a_community_tells_servers_of_both_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(community, "AUTHORS", 2)
    told = await community.run(3, 2, burst=2)
    assert (told.hosts, told.posts) == (3, 2) and min(told.bare, told.took, told.cpu, told.burst) > 0


def test_every_part_is_there_and_named_in_the_paper() -> None:
    paper = Path(__file__).with_name("README.md").read_text("utf-8")
    for part, module in bench.PARTS.items():
        assert inspect.iscoroutinefunction(importlib.import_module(module).figures), module
        assert f"| `{part}` |" in paper, f"{part} is missing in tests/bench/README.md"


def test_a_report_says_what_is_met_and_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(part: str, *, quick: bool) -> list[Figure]:
        if part == "memory":
            raise RuntimeError("its process ended with 1")
        return [one for one in FIGURES if one.part == part]

    monkeypatch.setattr(bench, "measure_apart", measured)
    file, drawn = tmp_path / "figures.json", tmp_path / "figures.svg"
    assert bench.main(["start", "inbox", "--save", str(file), "--picture", str(drawn)]) == 0
    kept = json.loads(file.read_text())
    assert report.figures_of(kept) == [one for one in FIGURES if one.part in ("start", "inbox")]
    kept["figures"][0]["value"] = 3.0
    file.write_text(json.dumps(kept))
    capsys.readouterr()
    assert bench.main(["start", "pages", "memory", "--against", str(file)]) == 1
    said = capsys.readouterr().out
    assert "| serves | 1.5 s | bare aiohttp 0.5 | 3.00 | ≤ 2 | met | 3 (0.50 ×) |" in said
    assert "| growth: / & more | 2.5 × |  |  | ≤ 2 | **missed** |  |" in said
    assert "It could not be measured: its process ended with 1" in said
    assert "1 of what was asked is met, 1 not." in said
    bars = ElementTree.fromstring(drawn.read_text("utf-8")).findall("{http://www.w3.org/2000/svg}rect")
    assert len(bars) == 3  # the ground, and what was asked of something


def test_a_picture_marks_what_is_missed() -> None:
    drawn = report.picture(FIGURES)
    assert drawn.count("#b3261e") == 1 and drawn.count("#2d7d46") == 2
    assert "/ &amp; more" in drawn
