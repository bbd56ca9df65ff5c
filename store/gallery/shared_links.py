"""Shared recipes: a short public word for a job, which a link can carry."""

import secrets

from sqlalchemy import select

from store.database.database import Database, insert_once, now_ms
from store.model import Job
from store.tables import jobs, recipes

TOKEN_BYTES = 8  # eleven letters that nobody guesses


async def create_link(db: Database, job_id: int) -> str:
    """The word for this job, always the same."""
    known = select(recipes.c.token).where(recipes.c.job_id == job_id)
    async with db.write() as connection:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        await insert_once(connection, recipes, token=token, job_id=job_id, created_ms=now_ms())
        return str((await connection.execute(known)).scalar_one())


async def find_shared(db: Database, token: str) -> Job | None:
    """The job, unless it was erased since."""
    query = select(jobs).join(recipes).where(recipes.c.token == token, ~jobs.c.erased)
    async with db.read() as connection:
        row = (await connection.execute(query)).mappings().first()
    return Job.from_row(row) if row else None
