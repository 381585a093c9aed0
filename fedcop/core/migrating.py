"""Bring a database to the present schema. The steps themselves are in migrations/."""

from __future__ import annotations

from tortoise.utils import generate_schema_for_client

from fedcop.core.database import connection


async def run_migrations() -> None:
    """Apply what is missing."""
    await generate_schema_for_client(connection(), safe=True)
