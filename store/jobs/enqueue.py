"""Accept a request: one transaction makes the job, the charge and the acknowledgement."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import mark_processed
from store.database.database import Database, now_ms
from store.database.postgresql import QUEUE_LOCK, take_turns
from store.errors import Refused
from store.jobs import albums, engines, inputs, requirements
from store.jobs.albums import AlbumMessage
from store.jobs.engines import EngineState
from store.jobs.fairness import next_rank
from store.jobs.inputs import Input, InputUse
from store.jobs.queue import minutes_to_next
from store.jobs.reading import notices_before, repertoires_of, with_drafter
from store.messages.outbox import enqueue_message
from store.model import UNFINISHED, Accepted, Notice, QueueLimits, Requester, notices_json
from store.moderation import stop_list
from store.moderation.safety_modes import DEFAULT_RULE, SafetyRule
from store.reader.drafters import CHOICE
from store.reader.scripts import open_scripts
from store.request.pricing import price
from store.request.request import DrawRequest
from store.tables import jobs
from store.users import credits, preferences
from store.users.limits import current_limits
from store.users.preferences import Preferences
from store.users.styles import in_style, read_styles

# Made once: SQLAlchemy takes as long to make a statement as SQLite does to execute it.
_COUNT = select(func.count()).select_from(jobs)
_KNOWN = select(jobs.c.id).where(jobs.c.request_key == bindparam("key"))
_COUNTS = select(
    _COUNT.where(jobs.c.user_id == bindparam("user_id"), jobs.c.state.in_(UNFINISHED))
    .scalar_subquery()
    .label("unfinished"),
    select(func.count())
    # Counted no further than to the limit: a queue may be long.
    .select_from(
        select(jobs.c.id).where(jobs.c.state == "queued").limit(bindparam("limit")).subquery()
    )
    .scalar_subquery()
    .label("waiting"),
)
_NEW = insert(jobs).values(created_ms=now_ms(), updated_ms=now_ms()).returning(jobs.c.id)


async def enqueue(
    db: Database,
    request: DrawRequest,
    requester: Requester,
    *,
    request_key: str,
    update_id: int | None = None,
    limits: QueueLimits | None = None,
    safety: SafetyRule = DEFAULT_RULE,
    apply_preferences: bool = False,
    pictures: Collection[Input] = (),
    album: tuple[InputUse, Collection[AlbumMessage]] | None = None,
    notices: Sequence[Notice] = (),
    by_words: bool = False,
    anyway: bool = False,
) -> Accepted:
    """Create the job, its charge, ledger entry and acknowledgement in one transaction.

    request_key: what the user did ("chat:message"); the same key again returns the same job.
    safety: the rule that limits the chat's own choice of a safety mode.
    apply_preferences: fill in what the request leaves open from the preferences of the user and
    the group. Whether the animation is sent, and the safety mode, follow them in any case.
    pictures: images that the request names and that are still to be downloaded. album: the
    messages that have arrived so far; the request gets their images once the album is complete.
    notices: what else its user should know. by_words: the models that are on have to know
    something of the words even if the request begins with an image. anyway: paint it even if they
    know nothing of it.

    Raises Refused if a limit or a pause forbids the job, RequestError if the prompt is on the stop
    list or has nothing that can be painted; nothing is written then.
    """
    async with db.write() as connection:
        runtime = await current_limits(connection, limits or QueueLimits())
        limits = runtime.limits
        # First, since it locks the user's row: the user's other requests wait for this one.
        own = await credits.open_account(connection, requester.user_id, limits)
        if own.blocked:
            raise Refused("blocked")
        if update_id is not None:
            await mark_processed(connection, update_id)
        job_id = (await connection.execute(_KNOWN, {"key": request_key})).scalar()
        if job_id is not None:
            return Accepted(job_id, duplicate=True)
        if runtime.pause is not None:
            raise _pause_refusal(runtime.pause)
        chosen = await preferences.effective(connection, requester.user_id, requester.chat_id)
        alive = await engines.read_alive(connection)
        awaiting = bool(pictures) or album is not None
        film = _sends_film(request, chosen, requester)
        if apply_preferences:
            request = preferences.with_finer(request, chosen)
            request = _with_preferences(request, chosen, alive)
            request = await _in_chosen_style(connection, request, chosen, alive)
        request, drafting = with_drafter(
            request,
            chosen.model if apply_preferences and not awaiting else None,
            engines.offered_drafters(alive),
        )
        await stop_list.check(connection, request)
        has_images = not by_words and (awaiting or bool(request.sources))
        before = notices_before(
            request, alive, requester.language, has_images=has_images, anyway=anyway
        )
        await take_turns(connection, QUEUE_LOCK)  # else two could take the last place
        await _check_room(connection, requester.user_id, limits)
        cost = await _price(connection, request, alive)
        account = await credits.payer(connection, own, requester, cost, limits)
        rank = await next_rank(connection, requester.user_id)
        row = _row(request, requester) | {"request_key": request_key, "rank": rank}
        row["animation"] = film
        row["safety"] = safety.effective(chosen.safety)
        row["notices"] = notices_json([*before, *drafting, *notices])
        size = {"price": cost, "pixels": requirements.pixels(request)}
        job_id = await _insert(connection, row | size | {"awaiting": awaiting})
        await requirements.record_requirements(connection, job_id, request)
        await inputs.add_pending(connection, job_id, pictures)
        if album is not None:
            await albums.attach_to_job(connection, album[1], job_id, album[0])
        await credits.charge(connection, account, cost, job_id)
        await enqueue_message(connection, job_id, requester.chat_id, "ack")
        return Accepted(job_id, duplicate=False)


def _sends_film(request: DrawRequest, chosen: Preferences, requester: Requester) -> bool:
    """Return whether the animation comes with the picture.

    To a group, for whose members each message is one more, it comes if somebody wants it.
    """
    if request.film is not None:
        return request.film
    if request.fps is not None or request.every is not None:
        return True
    return requester.chat_id > 0 if chosen.animation is None else chosen.animation


async def _in_chosen_style(
    connection: AsyncConnection,
    request: DrawRequest,
    chosen: Preferences,
    alive: Sequence[EngineState],
) -> DrawRequest:
    """Return the request in the style of the preferences, if an engine that is on knows styles."""
    if chosen.style is None or not alive or not request.prompt:
        return request
    styles = await read_styles(connection)
    style = next((one for one in styles if str(one.id) == chosen.style), None)
    return (
        in_style(request, style, open_scripts(repertoires_of(alive, request))) if style else request
    )


def _with_preferences(
    request: DrawRequest, chosen: Preferences, alive: Sequence[EngineState]
) -> DrawRequest:
    """Return the request with its open fields filled in from the preferences."""
    model = request.vqgan
    wanted = chosen.model
    # A model that no alive engine offers would only fail; while none is alive, one may come.
    offered = not alive or wanted in engines.offered_vqgans(alive)
    if model is None and wanted and offered and not wanted.startswith(CHOICE):
        model = wanted
    guide, own = request.guide, (request.guide, request.clip, request.ruclip)
    if not any(own) and chosen.guide in engines.offered_guides(alive):
        guide = chosen.guide
    return replace(
        request,
        guide=guide,
        shape=request.shape or (chosen.shape if request.size is None else None),
        quality=request.quality or chosen.quality,
        vqgan=model,
        at_once=request.at_once or (int(chosen.at_once) if chosen.at_once else None),
    )


async def _price(
    connection: AsyncConnection, request: DrawRequest, alive: Sequence[EngineState]
) -> int:
    """Return the price; drafts, and a sheet of them, have that of the time they take here."""
    sheet = request.count > 1 and not request.sources and len(request.scenes) == 1
    if not sheet and request.draft is None:
        return price(request)
    usual = next(iter(engines.offered_vqgans(alive)), "")
    paces = await engines.read_paces(connection, alive)
    pace = paces.get(request.draft or request.vqgan or usual, engines.Pace())
    once = paces.get(usual, engines.Pace())
    drafted = pace.times(once) if request.draft is not None else 1
    return drafted * (price(request, pace.share) if sheet else price(request))


def _pause_refusal(reason: str) -> Refused:
    return Refused("paused-because", reason=reason) if reason else Refused("paused")


async def _check_room(connection: AsyncConnection, user_id: int, limits: QueueLimits) -> None:
    """Raise Refused if the user has too many unfinished jobs or the queue is full."""
    parameters = {"user_id": user_id, "limit": limits.queue}
    unfinished, waiting = (await connection.execute(_COUNTS, parameters)).one()
    if unfinished >= limits.per_user_waiting:
        raise Refused("too-many-jobs", count=unfinished)
    if waiting >= limits.queue:
        raise Refused("queue-full", count=waiting, minutes=await minutes_to_next(connection))


async def _insert(connection: AsyncConnection, row: dict[str, Any]) -> int:
    return int((await connection.execute(_NEW, row)).scalar_one())


def _row(request: DrawRequest, requester: Requester) -> dict[str, Any]:
    request = request.with_seed()  # every attempt paints the same picture
    return {"request": request.to_json(), "prompt": request.prompt, **asdict(requester)}
