"""The instance itself: database, schema, jobs, deliveries, files and backups."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from fedcop.backups import service as backups
from fedcop.cli.doctor.finding import Finding, note
from fedcop.cli.doctor.outside import what_they_say
from fedcop.core import database
from fedcop.core.clock import now
from fedcop.core.migrating import applied_steps, known_steps
from fedcop.core.models import Job
from fedcop.core.site import Site
from fedcop.federation.sending import destinations
from fedcop.media import allowance
from fedcop.media.films import programs

OLDEST_POSTGRES = 130_000
LATE = timedelta(minutes=15)
OLD = timedelta(days=8)  # a backup older than a week and a day is none
YOUNG = timedelta(days=7)  # an instance younger than this need not have one yet
AT_ONCE = 1000


async def state_of_database(_site: Site) -> list[Finding]:
    """Whether the database is whole and of a version that we know."""
    if database.dialect() == "sqlite":
        answers = await database.rows("PRAGMA quick_check(1)")
        answer = str(next(iter(answers[0].values()))) if answers else "no answer"
        if answer == "ok":
            return []
        return [
            Finding(f"SQLite reports: {answer}.", "Stop fedcop and restore the last backup into a new data folder.")
        ]
    version = int((await database.rows("SELECT current_setting('server_version_num') AS number"))[0]["number"])
    if version >= OLDEST_POSTGRES:
        return []
    says = f"PostgreSQL {version // 10_000} is too old; 13 or newer is needed."
    return [Finding(says, "Upgrade it (pg_upgrade), or fedcop backup, and restore into a newer one.")]


async def schema(site: Site) -> list[Finding]:
    """Whether the database has the schema of this version."""
    applied, known = await applied_steps(), known_steps()
    newer = [name for name in applied if name not in known]
    if newer:
        says = f"A newer fedcop has used this database (it knows {newer[-1]})."
        return [
            Finding(
                says, "Install that version again, or go back: fedcop restore --replace, with a backup from before it."
            )
        ]
    missing = [name for name in known if name not in applied]
    if missing and not applied:
        mend = f"`fedcop serve` makes it at the first start. If there is one already, {site.settings.data.absolute()} is another folder than the service's: FEDCOP_DATA names it."
        return [note("The database is still empty.", mend)]
    if missing:
        says = f"{len(missing)} changes of the database are not made yet ({missing[0]} to {missing[-1]})."
        return [Finding(says, "Stop the service, then: fedcop upgrade")]
    return []


async def jobs(_site: Site) -> list[Finding]:
    """Whether the work behind the pages is done, and done in time."""
    found = []
    failed = Counter(
        job.name.rpartition(":")[2] for job in await Job.filter(failed_at__not_isnull=True).only("id", "name")
    )
    if failed:
        names = ", ".join(f"{name} ({count})" for name, count in failed.most_common(3))
        says = f"{failed.total()} jobs failed for good: {names}."
        found.append(Finding(says, "The log says why (journalctl -u fedcop); they are dropped after two months."))
    oldest = await Job.filter(failed_at=None, due_at__lt=now() - LATE).order_by("due_at").first()
    if oldest is not None:
        count = await Job.filter(failed_at=None, due_at__lt=now() - LATE).count()
        says = f"{count} jobs are late, the oldest by {_long(now() - oldest.due_at)}."
        found.append(Finding(says, "See whether fedcop runs: systemctl status fedcop, or fedcop-worker on PostgreSQL."))
    return found


def _long(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    return (
        f"{minutes} minutes"
        if minutes < 120
        else f"{minutes // 60} hours"
        if minutes < 2880
        else f"{minutes // 1440} days"
    )


async def deliveries(_site: Site) -> list[Finding]:
    """Whether other servers take what we send."""
    lines = await destinations.waiting_lines()
    failing = [line for line in lines if line.failing_since]
    found = await what_they_say([line.why for line in failing])
    if failing:
        says = f"{len(failing)} other servers do not take what we send; the longest since {_day(failing[0].failing_since)}."
        found.append(
            Finding(says, "`fedcop queue` says which and why. Nothing is lost; mostly they come back by themselves.")
        )
    return found


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else "?"


async def files(site: Site) -> list[Finding]:
    """Whether every file that a row names is there, whole."""
    if trouble := await site.storage.trouble():
        mend = "Look at `files` in fedcop.toml, and whether that bucket is there and this key may read, write and list in it."
        return [Finding(f"Files cannot be kept: {trouble}.", mend)]
    missing: list[str] = []
    changed: list[str] = []
    last = -1
    while batch := await database.rows(
        "SELECT id, key, preview_key, size FROM media WHERE key <> '' AND id > ? ORDER BY id LIMIT ?", last, AT_ONCE
    ):
        last = int(batch[-1]["id"])
        for row in batch:
            if not await site.storage.exists(row["key"]):
                missing.append(row["key"])
            elif row["size"] is not None and await site.storage.size(row["key"]) != row["size"]:
                changed.append(row["key"])
            if row["preview_key"] and not await site.storage.exists(row["preview_key"]):
                missing.append(row["preview_key"])
    found = []
    if missing:
        says = f"{len(missing)} files are missing from {_place(site)} ({', '.join(missing[:3])})."
        found.append(Finding(says, f"Take them out of a backup: {_taken_out(site)}"))
    if changed:
        says = f"{len(changed)} files have another size than they had ({', '.join(changed[:3])})."
        found.append(
            Finding(says, f"Look at the disk (dmesg, smartctl), and take them out of a backup: {_taken_out(site)}")
        )
    return found


async def members_files(site: Site) -> list[Finding]:
    """Who can soon upload nothing more."""
    names = await allowance.nearly_used_up()
    if not names:
        return []
    says = f"{len(names)} members have nearly used up their room for files ({', '.join(names[:3])})."
    mend = f"Each has {site.settings.member_files >> 20} MiB: raise member_files in fedcop.toml, or let them delete what they no longer need."
    return [note(says, mend)]


def _place(site: Site) -> str:
    return "the bucket" if site.settings.files else str(site.settings.data / "files")


def _taken_out(site: Site) -> str:
    if site.settings.files:
        return "tar -xf fedcop-….tar files/KEY, and copy that into the bucket as KEY (rclone, aws s3 cp)."
    return f"tar -C {site.settings.data.absolute()} -xf fedcop-….tar files/KEY, as the user of the service."


async def films(_site: Site) -> list[Finding]:
    """Whether films can be taken."""
    if programs() is not None:
        return []
    return [
        note(
            "ffmpeg and ffprobe are not installed: films and sounds are refused.",
            "Install the package ffmpeg, if you want them.",
        )
    ]


async def backup_age(site: Site) -> list[Finding]:
    """Whether there is a backup, and how old it is."""
    last, newest = await backups.last(), await backups.newest()
    found = []
    if last.failed_at:
        says = f"The last try to back up failed on {last.failed_at[:10]}: {backups.WORDS.get(last.why, last.why)}."
        found.append(
            Finding(
                says,
                "See /admin/backups; a backup by the machine's own timetable may last as long as it takes: fedcop backup FILE",
            )
        )
    many, some = await backups.harmed()
    if many:
        says = f"The last backup found {many} files missing, or not what their rows say ({', '.join(some)})."
        found.append(
            Finding(
                says,
                f"Look at the disk (dmesg, smartctl), and take them out of an older backup: {_taken_out(site)}",
            )
        )
    if newest is None:
        born = (await database.rows("SELECT MIN(created_at) AS at FROM account"))[0]["at"]
        begun = database.moment(born)
        if begun is not None and now() - begun > YOUNG and not site.settings.development:
            says = "No backup was ever made."
            found.append(Finding(says, "Tick `every day` at /admin/backups, or: fedcop backup /elsewhere/fedcop.tar"))
    elif now() - newest > OLD:
        says = f"The last backup is {_long(now() - newest)} old."
        found.append(Finding(says, "Tick `every day` at /admin/backups, or: fedcop backup /elsewhere/fedcop.tar"))
    return found
