"""What a job needs of the engine that paints it: the models that its request names, and room."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, and_, exists, insert, or_, true
from sqlalchemy.ext.asyncio import AsyncConnection

from store.jobs.engines import EngineState
from store.request.request import DrawRequest, model_names
from store.tables import jobs, needs


def models_of(request: DrawRequest) -> tuple[str, ...]:
    """Each model that the request insists on; what it leaves open every engine fills in itself."""
    several = (request.clip, request.ruclip, request.guide)
    guides = [name for some in several if some for name in model_names(some)]
    return tuple(dict.fromkeys([request.vqgan, *guides] if request.vqgan else guides))


def pixels(request: DrawRequest) -> int | None:
    """The area that was asked for; None where it is the model's usual one."""
    return None if request.size is None else request.size[0] * request.size[1]


async def record_requirements(
    connection: AsyncConnection, job_id: int, request: DrawRequest
) -> None:
    """The models without which the job cannot be painted, in the transaction that takes it in."""
    for model in models_of(request):
        await connection.execute(insert(needs).values(job_id=job_id, model=model))


def servable_by(engine: EngineState, living: Sequence[EngineState]) -> ColumnElement[bool]:
    """The jobs that are for this engine: it has their models, and they are not too large for it.

    What is too large is left to a larger engine that has the models too, if one lives. If none
    does, this one takes it, and tells the person which size would fit.
    """
    larger = {frozenset(one.models) for one in living if one.pixels > engine.pixels}
    fits = or_(jobs.c.pixels.is_(None), jobs.c.pixels <= engine.pixels)
    return and_(_has(engine.models), *(or_(fits, ~_has(models)) for models in larger))


def unservable(living: Collection[EngineState]) -> ColumnElement[bool]:
    """The jobs whose models none of these engines has."""
    return and_(true(), *(~_has(engine.models) for engine in living))


def missing_models(names: Sequence[str], living: Collection[EngineState]) -> tuple[str, ...]:
    """The models for want of which no living engine can paint; none if one has all the names."""
    if any(set(names) <= set(engine.models) for engine in living):
        return ()
    offered = {model for engine in living for model in engine.models}
    return tuple(name for name in names if name not in offered) or tuple(names)


def _has(models: Collection[str]) -> ColumnElement[bool]:
    other = needs.c.model.not_in(sorted(models))
    return ~exists().where(needs.c.job_id == jobs.c.id, other).correlate(jobs)
