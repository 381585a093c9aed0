"""What every feature stands on: settings, database, time, jobs, storage, mail, text. It knows no feature."""

from tortoise import models

# Else Tortoise reads the source of a module again for each of its models, to look for comments that become descriptions of
# columns: a fifth of the time that starting takes, and our comments are for those who read the source.
models._get_comments = lambda cls: {}  # noqa: SLF001 - pinned exactly, and without a public way
