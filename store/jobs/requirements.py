"""What a job requires of the engine: the models that its request names, and the size."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from sqlalchemy import ColumnElement, Select, and_, exists, insert, or_, true
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database
from store.errors import RequestError
from store.jobs.engines import EngineState
from store.request.request import DrawRequest, model_names
from store.tables import jobs, needs


def models_of(request: DrawRequest) -> tuple[str, ...]:
    """Return the models that the request names; the engine chooses the ones left open."""
    named = (request.clip, request.ruclip, request.guide)
    guides = [name for names in named if names for name in model_names(names)]
    return tuple(dict.fromkeys(filter(None, (request.vqgan, request.draft, *guides))))


def pixels(request: DrawRequest) -> int | None:
    """Return the area that the request asks for, or None for the model's usual size."""
    return None if request.size is None else request.size[0] * request.size[1]


async def record_requirements(
    connection: AsyncConnection, job_id: int, request: DrawRequest
) -> None:
    """Store the models without which the job cannot be painted."""
    for model in models_of(request):
        await connection.execute(insert(needs).values(job_id=job_id, model=model))


def servable_by(engine: EngineState, alive: Sequence[EngineState]) -> ColumnElement[bool]:
    """Return the condition for the jobs that `engine` should claim.

    The engine has all their models, and they are not too large for it. A job that is too large is
    left to a larger engine with the models, if one is alive; if none is, this engine takes it, and
    tells the user the largest size.
    """
    larger = {frozenset(one.models) for one in alive if one.pixels > engine.pixels}
    fits = or_(jobs.c.pixels.is_(None), jobs.c.pixels <= engine.pixels)
    return and_(_has(engine.models), *(or_(fits, ~_has(models)) for models in larger))


def unservable(alive: Collection[EngineState]) -> ColumnElement[bool]:
    """Return the condition for the jobs that no one of the engines has all models for."""
    return and_(true(), *(~_has(engine.models) for engine in alive))


def missing_models(names: Sequence[str], alive: Collection[EngineState]) -> tuple[str, ...]:
    """Return the models that the alive engines lack for a job; empty if one has them all."""
    if any(set(names) <= set(engine.models) for engine in alive):
        return ()
    offered = {model for engine in alive for model in engine.models}
    return tuple(name for name in names if name not in offered) or tuple(names)


async def has_rows(db: Database, query: Select[int]) -> bool:
    """Return whether a query finds anything."""
    async with db.read() as connection:
        return (await connection.execute(query)).first() is not None


async def first_like(
    db: Database, ids: Select[int], like: Callable[[DrawRequest], bool], among: int
) -> int | None:
    """Return the first of so many jobs whose request is wanted; None if none of them is."""
    query = ids.add_columns(jobs.c.request).limit(among)
    async with db.read() as connection:
        rows = (await connection.execute(query)).all()
    for job_id, text in rows:
        with suppress(RequestError):  # written under other limits; who paints it tells its user
            if like(DrawRequest.from_json(text)):
                return int(job_id)
    return None


def _has(models: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that a job needs no other models than these."""
    other = needs.c.model.not_in(sorted(models))
    return ~exists().where(needs.c.job_id == jobs.c.id, other).correlate(jobs)
