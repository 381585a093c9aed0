"""What happened to files."""

from __future__ import annotations

from dataclasses import dataclass

from fedcop.core.facts import Fact


@dataclass(frozen=True)
class RemoteFileNamed(Fact):
    """A received post names a file of another server, which we do not hold yet."""

    media_id: int
    host: str
    mirror: str = ""  # where the community's own server has a copy, for when the author's does not answer us

    @property
    def lane(self) -> str:
        """Files of one server are fetched one after the other."""
        return f"files:{self.host}"


@dataclass(frozen=True)
class FilesDropped(Fact):
    """Rows of files are gone; what lies in storage under these keys may go too."""

    keys: tuple[str, ...]
