"""Shared links: a short public token for a job."""

import re
import secrets

from sqlalchemy import select

from store.database.database import Database, insert_once, now_ms
from store.model import Job
from store.tables import jobs, recipes

TOKEN_BYTES = 8  # eleven characters, infeasible to guess


def is_token(text: str) -> bool:
    """Return whether a text looks like a token, of a job that may be gone."""
    return re.fullmatch(r"[\w-]{11}", text, re.ASCII) is not None


async def create_link(db: Database, job_id: int) -> str:
    """Return the job's token; repeated calls return the same one."""
    stored = select(recipes.c.token).where(recipes.c.job_id == job_id)
    async with db.write() as connection:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await insert_once(connection, recipes, token=token, job_id=job_id, created_ms=now_ms())
        return str((await connection.execute(stored)).scalar_one())


async def find_shared(db: Database, token: str) -> Job | None:
    """Return the job of a token, or None if it is unknown or the job was erased."""
    query = select(jobs).join(recipes).where(recipes.c.token == token, ~jobs.c.erased)
    async with db.read() as connection:
        row = (await connection.execute(query)).mappings().first()
    return Job.from_row(row) if row else None
