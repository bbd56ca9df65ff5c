"""A miniature studio, whose painter needs no models, and a house with a store to paint in."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor

from engine.album import Pictures, no_pictures
from engine.animation import Film, film
from engine.cutting import Cutting
from engine.pace import Pace
from engine.painter import Step
from engine.settings import EngineSettings
from engine.studio import Studio
from engine.worker import serve
from store.database import Database
from store.files import Files
from store.jobs import Job, Notice
from store.request import DrawRequest
from tests.store_fixtures import found, opened

if TYPE_CHECKING:
    from engine.models import Models


@dataclass(frozen=True)
class TinyPlan:
    width: int
    height: int
    steps: int
    cutouts: int = 4
    init_noise: str = "flat"
    optimizer: str = "adam"
    learning_rate: float = 0.1
    cutting: Cutting = field(default_factory=Cutting)
    cell: int = 1
    every: int | None = None

    @property
    def film(self) -> Film:
        return film(self.steps, every=self.every)


@dataclass
class TinyStudio:
    """Grey pictures of 16 x 16 that brighten with each step; the counters say what was painted."""

    steps: int = 12
    seconds: float = 0.0  # for each step
    before: Callable[[int], None] = lambda number: None  # called before each step; may raise
    notes: tuple[Notice, ...] = ()
    painted: list[int] = field(default_factory=list)
    loaded: list[DrawRequest] = field(default_factory=list)
    seen: list[Tensor] = field(default_factory=list)  # the pictures that a request named
    at_once: int = 0
    most_at_once: int = 0

    def studio(self) -> Studio:
        return Studio("cpu", self.load, self.paint)

    def load(self, request: DrawRequest) -> "Models":
        self.loaded.append(request)
        return cast("Models", self)

    def plan(self, request: DrawRequest) -> TinyPlan:
        width, height = request.size or (16, 16)
        return TinyPlan(width, height, request.steps or self.steps, every=request.every)

    def notices(self, request: DrawRequest) -> tuple[Notice, ...]:
        return self.notes

    def paint(
        self,
        request: DrawRequest,
        models: Any,
        resume: Mapping[str, Tensor] | None = None,
        pictures: Pictures = no_pictures,
    ) -> Iterator[Step]:
        plan = self.plan(request)
        self.seen += [pictures(source) for source in request.sources]
        first = int(resume["number"]) if resume else 0
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            for number in range(first, plan.steps + 1):
                self.before(number)
                time.sleep(self.seconds)
                self.painted.append(number)
                image = torch.full((3, plan.height, plan.width), number / plan.steps)
                yield Step(number, plan.steps, 1.0 - number / plan.steps, image, _state(number))
        finally:
            self.at_once -= 1


def _state(number: int) -> Callable[[], dict[str, Tensor]]:
    return lambda: {"number": torch.tensor(number)}


@dataclass
class Gate:
    """Lets a painting run up to a step and holds it there until it is opened."""

    step: int
    reached: Event = field(default_factory=Event)
    opened: Event = field(default_factory=Event)

    def __call__(self, number: int) -> None:
        if number == self.step:
            self.reached.set()
            assert self.opened.wait(20), "nobody opened the gate"


QUICK = Pace(poll=0.02, beat=0.02, heartbeat=0.05, reap=0.05, look=0.05, patience=5.0, grace=5.0)


@dataclass
class House:
    """A store in a folder, and an engine that can be started in it."""

    db: Database
    files: Files
    folder: Path
    settings: EngineSettings

    @asynccontextmanager
    async def engine(self, tiny: TinyStudio, pace: Pace = QUICK) -> AsyncIterator[asyncio.Event]:
        stop = asyncio.Event()
        running = asyncio.create_task(
            serve(self.db, self.files, self.settings, stop, studio=tiny.studio(), pace=pace)
        )
        try:
            yield stop
        finally:
            stop.set()
            await running

    async def until(self, job_id: int, arrived: Callable[[Job], object]) -> Job:
        async with asyncio.timeout(60):
            while not arrived(job := await found(self.db, job_id)):
                await asyncio.sleep(0.02)
        return job

    async def ended(self, job_id: int) -> Job:
        return await self.until(job_id, lambda job: job.state in ("done", "failed", "cancelled"))

    def kept(self, job_id: int) -> list[str]:
        """The files of a job, without its tokens."""
        folder = self.folder / "files" / "jobs" / str(job_id)
        return sorted(path.name for path in folder.rglob("*") if path.is_file())


@asynccontextmanager
async def opened_house(folder: Path) -> AsyncIterator[House]:
    async with opened(folder) as db:
        settings = EngineSettings(_env_file=None, vqgan="pocket", clip="pocket", ruclip="pocket")
        yield House(db, Files(str(folder / "files")), folder, settings)


async def reached(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.reached.wait, 20)
