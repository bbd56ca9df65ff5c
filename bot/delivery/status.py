"""The status message of a job: what it should say now, and what it says already."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from weakref import WeakValueDictionary

from bot.views.captions import painting_caption
from bot.views.formatting import format_duration, truncate_prompt
from store import jobs
from store.database.database import Database
from store.errors import RequestError
from store.jobs import engines, requirements
from store.jobs.engines import EngineState
from store.jobs.queue import Forecast
from store.model import UNFINISHED, Job
from store.texts import Texts

MAX_REMEMBERED = 1000
OLD_S = 0.8  # a look ahead
BETWEEN_S = 0.2  # two of them, however many people ask at once
POSITION_STATES = 0.02  # of all steps: from so many on the pace is more than chance


@dataclass(frozen=True)
class StatusMessage:
    """`preview` is the key of the frame that goes with the text, where there is one."""

    text: str
    preview: str | None = None


@dataclass(frozen=True)
class ProgressMark:
    """Where a painting was when this program first saw it."""

    token: str | None
    step: int
    at_ms: int


class StatusBoard:
    """What is shown in which chat, as far as this program knows."""

    def __init__(self) -> None:
        self.shown: dict[int, StatusMessage] = {}  # by job
        self.in_flight = 0  # messages that the courier is delivering just now
        # Status messages sent anew: (chat, message) by job.
        self.replaced: dict[int, tuple[int, int]] = {}
        self._photos: dict[int, bool] = {}
        self._marks: dict[int, ProgressMark] = {}
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def lock(self, chat_id: int) -> asyncio.Lock:
        """One call at a time in a chat: a late preview cannot pass a result."""
        lock = self._locks.get(chat_id)
        if lock is None:
            lock = self._locks[chat_id] = asyncio.Lock()
        return lock

    def message_of(self, job: Job) -> int | None:
        """The newest, also where the job was read before it was sent anew."""
        chat_id, message_id = self.replaced.get(job.id, (None, None))
        return message_id if chat_id == job.chat_id else job.status_message_id

    def show(self, job: Job, status: StatusMessage, *, is_photo: bool) -> None:
        """Notes what the status message of a job shows now."""
        self.shown[job.id] = status
        self._photos[job.id] = is_photo

    def is_photo(self, job: Job) -> bool:
        """The best guess; after a restart only the job's own preview hints at it."""
        return self._photos.get(job.id, job.preview is not None)

    def left(self, job: Job) -> float | None:
        """Seconds to go by the pace since the first step seen; None until that says something.

        Not since the start: the first sketch takes as long as many steps.
        """
        mark = self._marks.get(job.id)
        if mark is None or mark.token != job.token:
            mark = self._marks[job.id] = ProgressMark(job.token, job.step, job.updated_ms)
        done = job.step - mark.step
        if done < max(1, job.steps * POSITION_STATES):
            return None
        return (job.steps - job.step) * (job.updated_ms - mark.at_ms) / 1000 / done

    def forget(self, job_id: int) -> None:
        """The job's last message has arrived."""
        for by_job in (self.shown, self.replaced, self._photos, self._marks):
            by_job.pop(job_id, None)

    def tidy(self, active: set[int]) -> None:
        """Jobs can also end unseen, in a chat that is gone: their leftovers must not pile up."""
        if len(self.shown) > MAX_REMEMBERED:
            for job_id in self.shown.keys() - active:
                self.forget(job_id)


@dataclass(frozen=True)
class QueueSnapshot:
    """The engines that are there, and what they promise to each unfinished job."""

    engines: Sequence[EngineState]
    forecasts: Mapping[int, Forecast]


class ForecastCache:
    """Looks ahead for everybody, since one look at the queue is a look at the whole of it."""

    def __init__(self, db: Database, between_s: float = BETWEEN_S) -> None:
        self._db, self._between_s = db, between_s
        self._seen = QueueSnapshot((), {})
        self._at = -OLD_S
        self._taking_turns = asyncio.Lock()

    async def look(self) -> QueueSnapshot:
        """As things stand now."""
        self._seen = QueueSnapshot(
            await engines.alive_engines(self._db), await jobs.forecasts(self._db)
        )
        self._at = monotonic()
        return self._seen

    async def knowing(self, job: Job) -> QueueSnapshot:
        """As things stood a moment ago, with this job among them."""
        if not unfinished_text(job):  # nobody asks how long it will take
            return self._seen
        async with self._taking_turns:
            age = monotonic() - self._at
            if age < OLD_S and job.id in self._seen.forecasts:
                return self._seen
            await asyncio.sleep(max(0.0, self._between_s - age))
            return await self.look()


def status_text(
    texts: Texts, status_board: StatusBoard, job: Job, now: QueueSnapshot
) -> StatusMessage:
    """What the status message should say."""
    if job.erased:
        return StatusMessage(texts(job.language, "erased"))
    if job.state == "running" and job.steps > 0:
        return StatusMessage(painting_caption(texts, job, status_board.left(job)), job.preview)
    if job.awaiting:
        forecast = now.forecasts.get(job.id)
        place, prompt = forecast.place if forecast else 1, truncate_prompt(job.prompt)
        return StatusMessage(texts(job.language, "status-fetching", prompt=prompt, place=place))
    return StatusMessage(_before_painting(texts, job, now), job.preview)


def _before_painting(texts: Texts, job: Job, now: QueueSnapshot) -> str:
    language, prompt = job.language, truncate_prompt(job.prompt)
    forecast = now.forecasts.get(job.id)
    if job.state != "queued" or forecast is None:
        return texts(language, "status-starting", prompt=prompt)
    place, wait = forecast.place, forecast.wait
    if nobody := _nobody(texts, job, now.engines, place):
        return nobody
    if job.started_ms is not None:
        return texts(language, "status-resuming", prompt=prompt)
    if wait == 0:
        return texts(language, "status-starting", prompt=prompt)
    values = {"prompt": prompt, "place": place, "ahead": place - 1}
    if wait is None:
        return texts(language, "status-queued", **values)
    roughly = format_duration(texts, language, wait, roughly=True)
    return texts(language, "status-queued-wait", **values, wait=roughly)


def _nobody(texts: Texts, job: Job, alive: Sequence[EngineState], place: int) -> str | None:
    """Why no engine can paint it now, where that is so."""
    values = {"prompt": truncate_prompt(job.prompt), "place": place}
    if not alive:
        return texts(job.language, "status-offline", **values)
    try:
        missing = requirements.missing_models(requirements.models_of(job.request), alive)
    except RequestError:  # nobody can read it: an engine will say so
        return None
    if not missing:
        return None
    names = {"count": len(missing), "models": truncate_prompt(", ".join(missing))}
    return texts(job.language, "status-no-model", **values, **names)


def unfinished_text(job: Job | None) -> bool:
    """Whether it waits or is being painted."""
    return job is not None and job.state in UNFINISHED
