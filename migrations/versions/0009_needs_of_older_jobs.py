"""Fill in the requirements of jobs that are older than migration 0007."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

jobs = sa.table(
    "jobs",
    sa.column("id", sa.BigInteger()),
    sa.column("state", sa.String()),
    sa.column("request", sa.Text()),
    sa.column("pixels", sa.BigInteger()),
)
needs = sa.table("needs", sa.column("job_id", sa.BigInteger()), sa.column("model", sa.Text()))


def upgrade() -> None:
    """Fill in unfinished jobs; an engine will refuse a request that cannot be parsed."""
    connection = op.get_bind()
    known = sa.exists().where(needs.c.job_id == jobs.c.id)
    unfinished = jobs.c.state.in_(("queued", "running"))
    query = sa.select(jobs.c.id, jobs.c.request).where(unfinished, ~known)
    for job_id, text in connection.execute(query).all():
        try:
            request = json.loads(text)
            models, pixels = list(dict.fromkeys(_models(request))), _pixels(request)
        except (ValueError, TypeError, AttributeError):
            continue
        connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(pixels=pixels))
        for model in models:
            connection.execute(sa.insert(needs).values(job_id=job_id, model=model))


def _models(request: dict[str, Any]) -> Iterator[str]:
    """Yield the models of a request: one VQGAN, and comma-separated lists of the others."""
    if vqgan := request.get("vqgan"):
        yield str(vqgan)
    for kind in ("clip", "ruclip", "guide"):
        names = (request.get(kind) or "").split(",")
        yield from filter(None, map(str.strip, names))


def _pixels(request: dict[str, Any]) -> int | None:
    """Return the area that a request asks for, or None for the model's usual one."""
    if not request.get("size"):
        return None
    width, height = request["size"]
    return int(width) * int(height)
