"""Work out what the status message of a job says, and remember what it shows already."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from weakref import WeakValueDictionary

from bot.views.captions import notice_texts, painting_caption
from bot.views.formatting import format_duration, truncate_prompt
from store import jobs
from store.database.database import Database
from store.errors import RequestError
from store.jobs import engines, requirements
from store.jobs.engines import EngineState
from store.jobs.queue import Forecast
from store.model import UNFINISHED, Job
from store.texts import Texts

MAX_REMEMBERED = 1000  # jobs
FORECAST_AGE_S = 0.8  # after which a forecast is made again
FORECAST_SPACING_S = 0.2  # between two of them, however many jobs ask at once
MIN_PROGRESS = 0.02  # of all steps, done before their speed is used for an estimate


@dataclass(frozen=True)
class StatusMessage:
    """The content of a status message."""

    text: str
    preview: str | None = None  # key of the frame shown with the text


@dataclass(frozen=True)
class ProgressMark:
    """Where an attempt was when this process first saw it."""

    token: str | None
    drafting: bool
    step: int
    at_ms: int


class StatusBoard:
    """What this process knows of the messages that are shown in each chat."""

    def __init__(self) -> None:
        self.shown: dict[int, StatusMessage] = {}  # by job
        self.in_flight = 0  # messages that the courier is delivering
        # Status messages that were sent again: (chat, message) by job.
        self.replaced: dict[int, tuple[int, int]] = {}
        self.without_previews: set[int] = set()  # chats that take no photos from the bot
        self._photos: dict[int, bool] = {}
        self._marks: dict[int, ProgressMark] = {}
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def lock(self, chat_id: int) -> asyncio.Lock:
        """Return the lock to hold during a call in a chat, so that no preview passes a result."""
        lock = self._locks.get(chat_id)
        if lock is None:
            lock = self._locks[chat_id] = asyncio.Lock()
        return lock

    def status_message_id(self, job: Job) -> int | None:
        """Return the newest one, even if the job was read before it was sent again."""
        chat_id, message_id = self.replaced.get(job.id, (None, None))
        return message_id if chat_id == job.chat_id else job.status_message_id

    def record_shown(self, job: Job, status: StatusMessage, *, is_photo: bool) -> None:
        """Remember what the status message of a job shows now."""
        self.shown[job.id] = status
        self._photos[job.id] = is_photo

    def is_photo(self, job: Job) -> bool:
        """Return whether the status message is a photo.

        After a restart this is inferred from the job's preview.
        """
        return self._photos.get(job.id, job.preview is not None)

    def seconds_left(self, job: Job) -> float | None:
        """Estimate the rest of a running job from its speed; None while too few steps are done.

        While a draft is drawn, it is the rest of that.

        The speed is measured from the first step that was seen: the time before it, in which the
        initial latent is made, is as long as many steps.
        """
        step, steps = (job.step, job.steps) if job.drawn is None else (job.drawn, 100)
        phase = job.token, job.drawn is not None
        mark = self._marks.get(job.id)
        if mark is None or (mark.token, mark.drafting) != phase:
            mark = self._marks[job.id] = ProgressMark(*phase, step, job.updated_ms)
        done = step - mark.step
        if done < max(1, steps * MIN_PROGRESS):
            return None
        return (steps - step) * (job.updated_ms - mark.at_ms) / 1000 / done

    def forget(self, job_id: int) -> None:
        """Drop everything about a job whose last message has arrived."""
        for by_job in (self.shown, self.replaced, self._photos, self._marks):
            by_job.pop(job_id, None)

    def prune(self, active: set[int]) -> None:
        """Drop jobs that ended without a last message, once there are many."""
        if len(self.shown) > MAX_REMEMBERED:
            for job_id in self.shown.keys() - active:
                self.forget(job_id)


@dataclass(frozen=True)
class QueueSnapshot:
    """The alive engines, and the forecast of each unfinished job by its id."""

    engines: Sequence[EngineState]
    forecasts: Mapping[int, Forecast]


class ForecastCache:
    """Share one reading of the whole queue among all jobs that are acknowledged at once."""

    def __init__(
        self,
        db: Database,
        spacing_s: float = FORECAST_SPACING_S,
        max_age_s: float = FORECAST_AGE_S,
    ) -> None:
        self._db, self._spacing_s, self._max_age_s = db, spacing_s, max_age_s
        self._snapshot = QueueSnapshot((), {})
        self._read_at = -max_age_s
        self._refreshing = asyncio.Lock()

    async def refresh(self) -> QueueSnapshot:
        """Read the queue as it is now."""
        self._snapshot = QueueSnapshot(
            await engines.alive_engines(self._db), await jobs.forecasts(self._db)
        )
        self._read_at = monotonic()
        return self._snapshot

    async def snapshot_with(self, job: Job) -> QueueSnapshot:
        """Return a recent snapshot that includes this job, if it is unfinished."""
        if not is_unfinished(job):  # its forecast is not shown
            return self._snapshot
        async with self._refreshing:
            age = monotonic() - self._read_at
            if age < self._max_age_s and job.id in self._snapshot.forecasts:
                return self._snapshot
            await asyncio.sleep(max(0.0, self._spacing_s - age))
            snapshot = await self.refresh()
            if job.id in snapshot.forecasts:
                return snapshot
        return await self._with_distant(snapshot, job)

    async def _with_distant(self, snapshot: QueueSnapshot, job: Job) -> QueueSnapshot:
        """Return the snapshot with a job that waits behind those that it lists."""
        fresh = await jobs.find(self._db, job.id)
        if fresh is None or fresh.state != "queued":
            return snapshot
        forecast = await jobs.distant_forecast(self._db, fresh)
        return QueueSnapshot(snapshot.engines, {**snapshot.forecasts, job.id: forecast})


def status_text(
    texts: Texts, status_board: StatusBoard, job: Job, queue: QueueSnapshot
) -> StatusMessage:
    """Return what the status message of an unfinished job says, with its notices."""
    if job.erased:
        return StatusMessage(texts(job.language, "erased"))
    status = _status(texts, status_board, job, queue)
    told = [text for notice in job.notices if (text := notice_texts(texts, job.language, notice))]
    return replace(status, text="\n".join([status.text, *told]))


def _status(
    texts: Texts, status_board: StatusBoard, job: Job, queue: QueueSnapshot
) -> StatusMessage:
    if job.state == "running" and job.steps > 0:
        caption = painting_caption(texts, job, status_board.seconds_left(job))
        return StatusMessage(caption, job.preview)
    if job.awaiting:
        forecast = queue.forecasts.get(job.id)
        place, prompt = forecast.place if forecast else 1, truncate_prompt(job.prompt)
        return StatusMessage(texts(job.language, "status-fetching", prompt=prompt, place=place))
    return StatusMessage(_text_before_painting(texts, job, queue), job.preview)


def _text_before_painting(texts: Texts, job: Job, queue: QueueSnapshot) -> str:
    language, prompt = job.language, truncate_prompt(job.prompt)
    forecast = queue.forecasts.get(job.id)
    if job.state != "queued" or forecast is None:
        return texts(language, "status-starting", prompt=prompt)
    place, wait = forecast.place, forecast.wait
    if reason := _text_if_unservable(texts, job, queue.engines, place):
        return reason
    if job.started_ms is not None:
        return texts(language, "status-resuming", prompt=prompt)
    if wait == 0:
        return texts(language, "status-starting", prompt=prompt)
    values = {"prompt": prompt, "place": place, "ahead": place - 1}
    if wait is None:
        return texts(language, "status-queued", **values)
    roughly = format_duration(texts, language, wait, roughly=True)
    return texts(language, "status-queued-wait", **values, wait=roughly)


def _text_if_unservable(
    texts: Texts, job: Job, alive: Sequence[EngineState], place: int
) -> str | None:
    """Return why no engine can paint the job now; None if one can."""
    values = {"prompt": truncate_prompt(job.prompt), "place": place}
    if not alive:
        return texts(job.language, "status-offline", **values)
    try:
        missing = requirements.missing_models(requirements.models_of(job.request), alive)
    except RequestError:  # a request that this version cannot read: the engine says so
        return None
    if not missing:
        return None
    names = {"count": len(missing), "models": truncate_prompt(", ".join(missing))}
    return texts(job.language, "status-no-model", **values, **names)


def is_unfinished(job: Job | None) -> bool:
    """Return whether a job is queued or running."""
    return job is not None and job.state in UNFINISHED
