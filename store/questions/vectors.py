"""The vectors of finished pictures, one for each guide, and a search in the prompts' texts."""

from collections.abc import Mapping, Sequence

from sqlalchemy import insert, select

from store.database.database import Database
from store.gallery.gallery import SEARCHED, finished_of
from store.tables import jobs, vectors


async def record_vectors(db: Database, job_id: int, by_guide: Mapping[str, bytes]) -> None:
    """Store the vectors of a finished picture, unless it has been erased meanwhile."""
    kept = select(jobs.c.id).where(jobs.c.id == job_id, ~jobs.c.erased).with_for_update()
    known = select(vectors.c.guide).where(vectors.c.job_id == job_id)
    async with db.write() as connection:
        if (await connection.execute(kept)).first() is None:
            return
        stored = set((await connection.execute(known)).scalars())
        rows = [
            {"job_id": job_id, "guide": guide, "vector": vector}
            for guide, vector in by_guide.items()
            if guide not in stored
        ]
        if rows:
            await connection.execute(insert(vectors), rows)


async def vectors_of(db: Database, user_id: int, guide: str) -> Sequence[tuple[int, bytes]]:
    """Return a guide's vectors of a user's newest pictures, with the ids of their jobs."""
    query = (
        select(vectors.c.job_id, vectors.c.vector)
        .join(jobs, jobs.c.id == vectors.c.job_id)
        .where(finished_of(user_id), vectors.c.guide == guide)
        .order_by(jobs.c.id.desc())
        .limit(SEARCHED)
    )
    async with db.read() as connection:
        return [(row.job_id, row.vector) for row in await connection.execute(query)]


async def jobs_by_text(db: Database, user_id: int, text: str) -> list[int]:
    """Return the ids of a user's newest pictures whose prompt contains a text, the newest first."""
    query = (
        select(jobs.c.id, jobs.c.prompt)
        .where(finished_of(user_id))
        .order_by(jobs.c.id.desc())
        .limit(SEARCHED)
    )
    async with db.read() as connection:
        rows = (await connection.execute(query)).all()
    return [row.id for row in rows if contains(row.prompt, text)]


def contains(prompt: str, text: str) -> bool:
    """Return whether a prompt contains a text, whatever the case and the spaces."""
    return " ".join(text.casefold().split()) in " ".join(prompt.casefold().split())
