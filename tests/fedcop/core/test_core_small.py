"""Small promises: ids sort and never repeat, the clock is asked in one place, log lines are lines."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import fields
from tortoise.models import Model

import fedcop
from fedcop.core.clock import StandingClock, SystemClock, current_clock, now
from fedcop.core.ids import HELD, enter_room, id_at, moment_of, new_id, new_id_at, new_notification_id, new_token
from fedcop.core.log import JsonFormatter, LineFormatter, bound, set_up_logging


class Stopped(SystemClock):
    """A clock that other processes share, in one unlucky millisecond."""

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)


def test_ids_grow_and_never_repeat() -> None:
    ids = [new_id() for _ in range(200_000)]
    assert all(a < b for a, b in zip(ids, ids[1:], strict=False))
    assert ids[-1] < 2**63
    with ThreadPoolExecutor(4) as pool:
        many = list(pool.map(lambda _: new_id(), range(20_000)))
    assert len(set(many)) == len(many)


def test_two_processes_begin_at_different_numbers() -> None:
    found = set()
    for _ in range(8):
        token = current_clock.set(Stopped())
        found.add(new_id())
        current_clock.reset(token)
    assert len(found) > 4


@pytest.fixture
def same_moment() -> Iterator[Callable[..., Any]]:
    """`same_moment(room, make, count)`: what a process in that room makes at that moment."""

    def made(room: int | None, make: Callable[[], int], count: int) -> list[int]:
        enter_room(room)
        token = current_clock.set(Stopped())
        try:
            return [make() for _ in range(count)]
        finally:
            current_clock.reset(token)

    yield made
    enter_room(None)


@pytest.mark.parametrize(("make", "bits"), [(new_id, 63), (new_notification_id, 53)])
def test_processes_at_work_at_once_never_make_the_same_id(same_moment: Any, make: Any, bits: int) -> None:
    found = [same_moment(room, make, 2000) for room in range(HELD)]
    for ids in found:
        assert all(a < b for a, b in zip(ids, ids[1:], strict=False)) and ids[-1] < 1 << bits
    assert len({one for ids in found for one in ids}) == HELD * 2000  # though all ran over, into later milliseconds


def test_a_command_makes_no_id_of_a_process_that_serves(same_moment: Any) -> None:
    serving = {one for room in range(HELD) for one in same_moment(room, new_id, 600)}
    for _ in range(40):
        assert not serving.intersection(same_moment(None, new_id, 600))


def test_ids_grow_when_a_process_changes_its_room() -> None:
    token = current_clock.set(Stopped())
    try:
        ids = []
        for room in (7, 3, None, 40, 0, 47, 1):
            enter_room(room)
            ids += [new_id() for _ in range(700)]
        assert all(a < b for a, b in zip(ids, ids[1:], strict=False))
        assert all(moment_of(one) - Stopped().now() < timedelta(milliseconds=25) for one in ids)
        assert all(one & 1 << 15 == 0 for one in ids)  # decision 22 turns this bit
    finally:
        current_clock.reset(token)
        enter_room(None)


def test_ids_tell_their_time() -> None:
    at = datetime(2026, 3, 2, 14, 0, 0, 123000, tzinfo=UTC)
    token = current_clock.set(StandingClock(at))
    try:
        first, second = new_id(), new_id()
        assert (first, second) == (id_at(at), id_at(at) + 1)
        assert moment_of(second) == at
        old = datetime(2019, 5, 10, tzinfo=UTC)
        assert id_at(old) <= new_id_at(old) < id_at(old + timedelta(milliseconds=1))
        assert new_id_at(old) != new_id_at(old)
    finally:
        current_clock.reset(token)


def test_ids_go_on_when_the_clock_goes_back() -> None:
    clock = StandingClock()
    token = current_clock.set(clock)
    try:
        first = new_id()
        clock.advance(-3600)
        assert new_id() == first + 1
    finally:
        current_clock.reset(token)


def test_notification_ids_fit_into_a_javascript_number() -> None:
    ids = [new_notification_id() for _ in range(5000)]
    assert all(a < b for a, b in zip(ids, ids[1:], strict=False)) and ids[-1] < 2**53
    token = current_clock.set(StandingClock(datetime(2099, 1, 1, tzinfo=UTC)))
    try:
        assert new_notification_id() < 2**53
    finally:
        current_clock.reset(token)


def test_tokens() -> None:
    assert len({new_token() for _ in range(100)}) == 100
    assert len(new_token()) >= 43


def test_time_is_aware_and_read_in_one_place() -> None:
    assert now().utcoffset() == timedelta(0)
    folder = Path(fedcop.__file__).parent
    reading = re.compile(r"datetime\.(now|utcnow)\(|\btime\.time\(\)")
    readers = [path.relative_to(folder) for path in folder.rglob("*.py") if reading.search(path.read_text("utf-8"))]
    assert readers == [Path("core/clock.py")]


def test_a_log_entry_is_one_line_whatever_strangers_write() -> None:  # J24
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up_logging(stream=stream)
        with bound(request="r1", host="a.example"), bound(job=7):
            logging.getLogger("fedcop.test").info("refused: %s", "x\n2026-01-01 error forged\x1b[31m")
        try:
            raise ValueError("bad\nthing") from KeyError("k")
        except ValueError:
            logging.getLogger("fedcop.test").exception("failed")
        logging.getLogger("tortoise").info("noise")
    finally:
        root.handlers[:], root.level = before
    first, second = stream.getvalue().splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z info fedcop\.test refused: x 2026-01-01 error forged\[31m", first)
    assert first.endswith("request=r1 host=a.example job=7")
    assert 'error="ValueError: bad (because of KeyError: ' in second and "test_core_small.py:" in second
    assert "thing" not in second, "further lines of an error may quote what people wrote"


def test_values_are_quoted_when_they_must_be() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "hello", None, None)
    with bound(a="b c", d='e"f g', h=""):
        assert LineFormatter().format(record).endswith('hello a="b c" d="e\'f g" h=""')


def test_log_objects_are_whole_and_on_one_line() -> None:
    try:
        raise ValueError("one\ntwo")
    except ValueError as error:
        found = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("x.y", logging.ERROR, "", 0, "it\n%s", ("failed \ud800",), found)
    with bound(activity="https://a.example/1", job="send:7"):
        line = JsonFormatter().format(record)
    assert "\n" not in line
    said = json.loads(line)
    assert said["message"] == "it failed ?" and said["level"] == "error" and said["logger"] == "x.y"
    assert said["activity"] == "https://a.example/1" and said["job"] == "send:7"
    assert said["error"].startswith("ValueError: one at ")


def test_no_source_is_read_again_for_descriptions_of_columns() -> None:
    class Shelf(Model):
        #: which nobody needs to know
        name = fields.CharField(max_length=9)

    assert Shelf._meta.fields_map["name"].description is None
