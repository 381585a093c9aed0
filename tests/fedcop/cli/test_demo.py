"""The demonstration begins only where nothing else answers, lest one looks at somebody else's instance."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fedcop.cli import demo


async def test_a_port_that_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    async with await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        settings = demo.settings_of("a", "Verger", "", "fr-CA", port)
        with pytest.raises(SystemExit, match=f"on port {port} already"):
            async with demo.running(settings):
                pass
        assert not settings.data.exists()
