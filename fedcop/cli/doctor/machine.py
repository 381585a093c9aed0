"""The machine below: disk, permissions, memory, open files, clock. Reads /proc where there is one, and says nothing where there is none."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

from fedcop.backups import service as backups
from fedcop.cli.doctor.belonging import closed_to_us
from fedcop.cli.doctor.finding import Finding, note
from fedcop.core import database
from fedcop.core.clock import now
from fedcop.core.site import Site

LEAST_FREE = 1 << 30
LEAST_NAMES = 10_000  # files that can still be made
LEAST_MEMORY = 400 << 20
LEAST_FILES = 4096
REMOTE = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|gluster\w*|lustre|ocfs2|gfs2|beegfs|fuse\.(sshfs|s3fs|rclone|gluster\w*|davfs\d?|ceph)|davfs"
)
UNSYNCHRONISED = 5  # what adjtimex(2) answers then: TIME_ERROR
DRIFT = 30.0  # seconds; other servers refuse signatures from an hour on, some from minutes

MOUNTS, MEMORY, GROUP_LIMIT = Path("/proc/self/mountinfo"), Path("/proc/meminfo"), Path("/sys/fs/cgroup/memory.max")


async def disk(site: Site) -> list[Finding]:
    """Whether there is room, and whether the database lies where it may."""
    folder = site.settings.data.absolute()
    if not folder.exists():  # the first start makes it
        return []
    if not os.access(folder, os.W_OK | os.X_OK):
        return [
            Finding(f"{folder} cannot be written.", f"Give it to the user who runs fedcop: chown -R fedcop: {folder}")
        ]
    found = []
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        found.append(
            Finding(
                f"Only {free >> 20} MiB are free in {folder}.", "Delete old backups there, or give it a larger disk."
            )
        )
    room = os.statvfs(folder)
    if room.f_files and room.f_favail < LEAST_NAMES:
        found.append(
            Finding(
                f"Only {room.f_favail} more files can be made in {folder} (inodes).",
                "Delete what is not needed on that disk, or make its file system anew with more inodes.",
            )
        )
    kind = _kind_of_database_disk(site)
    if kind:
        found.append(
            Finding(
                f"The SQLite database lies on a network file system ({kind}), whose locks cannot be trusted: rows may be lost.",
                "Move the data folder to a disk of this machine, or go to PostgreSQL: fedcop move.",
            )
        )
    return found


def _kind_of_database_disk(site: Site) -> str:
    if not site.settings.database.startswith("sqlite:"):
        return ""
    return network_kind(Path(site.settings.database.removeprefix("sqlite:///")).resolve(), _read(MOUNTS))


def _read(path: Path) -> str:
    """Read what the kernel says, "" where it says nothing."""
    try:
        return path.read_text("utf-8")
    except OSError:
        return ""


def network_kind(path: Path, mountinfo: str) -> str:
    """Name the network file system that a file lies on, "" if it is none; `mountinfo` is as proc(5) says."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        left, _dash, right = line.partition(" - ")
        if len(left.split()) < 5 or not right:
            continue
        mounted = Path(left.split()[4].replace("\\040", " "))
        if path.is_relative_to(mounted) and len(mounted.parts) >= best:  # what is mounted later lies above
            best, kind = len(mounted.parts), right.split()[0]
    return kind if REMOTE.fullmatch(kind) else ""


async def room_for_backups(site: Site) -> list[Finding]:
    """Whether the next backup fits."""
    needed, free = await backups.needed(), backups.free()
    if needed <= free:
        return await _room_for_those_of_a_week(free)
    says = f"A backup takes about {needed >> 20} MiB, and {free >> 20} MiB are free in {backups.folder()}."
    return [Finding(says, "Give it a larger disk, or write backups to another: fedcop backup /elsewhere/fedcop.tar")]


async def _room_for_those_of_a_week(free: int) -> list[Finding]:
    """Tell whether there will be room as long as the newest stay: one more is written before the oldest goes."""
    if not (await backups.last()).nightly:
        return []
    each, to_come = await backups.size(), max(1, backups.KEPT + 1 - len(backups.listed()))
    fits = (free - await backups.meanwhile()) // each
    if fits >= to_come:
        return []
    says = f"The newest {backups.KEPT} backups stay, each of about {each >> 20} MiB: there is room for {fits} more in {backups.folder()}, then none can be made."
    return [
        note(
            says,
            "Give it a larger disk, or let the machine's own timetable write them to another one and delete the oldest: fedcop backup FILE",
        )
    ]


async def permissions(site: Site) -> list[Finding]:
    """Whether others on this machine could read what they must not."""
    folder = site.settings.data.absolute()
    found: list[Finding] = []
    if not folder.exists():
        return found
    if folder.stat().st_mode & 0o007 and not site.settings.development:
        others = [path for path in _secrets(site) if path.exists() and path.stat().st_mode & 0o004]
        for path in others:
            found.append(Finding(f"Everybody on this machine can read {path}.", f"chmod o-rwx {path}"))
    if closed := closed_to_us(site.settings):
        found.append(Finding(*closed))
    owner = folder.stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        found.append(
            note(
                "This command runs as root, and the data folder is another user's.",
                "Use sudo -u fedcop …: files that root makes cannot be written by the service.",
            )
        )
    return found


def _secrets(site: Site) -> Iterator[Path]:
    folder = site.settings.data.absolute()
    yield folder / "fedcop.toml"
    if site.settings.database.startswith("sqlite:"):
        yield Path(site.settings.database.removeprefix("sqlite:///")).absolute()
    yield folder / "files"
    yield folder / "backups"


async def memory(_site: Site) -> list[Finding]:
    """Whether there is memory for pages, pictures and a backup at once."""
    said = _read(MEMORY)
    return too_little(said, _read(GROUP_LIMIT).strip()) if said else []


def too_little(meminfo: str, limit: str) -> list[Finding]:
    """Judge what /proc/meminfo says, and the limit of our group, if there is one."""
    sizes = {
        name: int(rest.split()[0]) << 10
        for name, _colon, rest in (row.partition(":") for row in meminfo.splitlines())
        if rest.split()
    }
    whole, left = sizes.get("MemTotal", 0), sizes.get("MemAvailable", 0)
    if limit.isdigit() and int(limit) < LEAST_MEMORY:
        says = f"fedcop may use {int(limit) >> 20} MiB of memory only."
        return [Finding(says, "Raise the limit (MemoryMax=, --memory) to 512 MiB or more.")]
    if left < LEAST_MEMORY // 4:
        says = f"Only {left >> 20} of {whole >> 20} MiB of memory are available."
        return [Finding(says, "See with `ps aux --sort=-rss` who uses it; stop that, or take a machine with more.")]
    return []


async def open_files(_site: Site) -> list[Finding]:
    """Whether enough connections can be held at once: each app that listens, and each reader, holds one."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY or most >= LEAST_FILES:
        return []
    says = f"This user may open {most} files at once: the apps of a few hundred members fill that."
    return [Finding(says, "Write LimitNOFILE=16384 under [Service] in the unit, or raise `ulimit -Hn`.")]


async def clock(_site: Site) -> list[Finding]:
    """Whether the machine knows what time it is: signatures hold for an hour, and some servers allow less."""
    found = []
    if _unsynchronised():
        found.append(
            note(
                "The kernel says that nothing keeps this machine's clock right.",
                "Switch on what does: timedatectl set-ntp true, or install chrony. In a container, look at the machine around it.",
            )
        )
    if database.dialect() == "postgres":
        said = database.moment((await database.rows("SELECT clock_timestamp() AS at"))[0]["at"])
        off = (said - now()).total_seconds() if said else 0.0
        if abs(off) > DRIFT:
            says = f"The clock of the database's machine is {abs(off):.0f} seconds {'ahead of' if off > 0 else 'behind'} ours."
            found.append(Finding(says, "Switch NTP on, on both machines: timedatectl set-ntp true."))
    latest = database.moment((await database.rows("SELECT MAX(received_at) AS at FROM inbox_item"))[0]["at"])
    if latest is not None and (latest - now()).total_seconds() > DRIFT:
        says = f"Something was received in the future ({latest:%Y-%m-%d %H:%M} UTC): the clock was ahead then, or is behind now."
        found.append(
            Finding(says, "Compare `date -u` with a clock you trust, and switch NTP on: timedatectl set-ntp true.")
        )
    return found


def _unsynchronised() -> bool:
    """Ask the kernel; where it does not say, nothing is known."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))  # struct timex, zeros: only reads
    except (OSError, AttributeError):
        return False
    return int(state) == UNSYNCHRONISED
