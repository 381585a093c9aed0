"""An S3-compatible server on the loopback address: moto's, as others made it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from fedcop.core.ids import new_token
from tests.e2e.instances import free_port


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """Where it listens: `127.0.0.1:port`."""
    port = free_port()
    command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
    try:
        for _ in range(600):
            assert process.poll() is None, "moto does not start"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=5).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def s3(s3_server: str) -> str:
    """The setting `files` for an empty bucket of its own."""
    bucket = f"b{new_token(8).lower().replace('_', '0').replace('-', '0')}"
    asked = urllib.request.Request(f"http://{s3_server}/{bucket}", method="PUT")  # noqa: S310 - our own
    urllib.request.urlopen(asked, timeout=10).close()  # noqa: S310 - our own
    return f"s3+http://key:secret%2Fword@{s3_server}/{bucket}/coop"


def place_of(files: str) -> str:
    """Where the storage itself answers, which people must never see."""
    return urlsplit(files).netloc.rpartition("@")[2]
