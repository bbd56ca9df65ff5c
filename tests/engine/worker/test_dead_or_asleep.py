"""Engine processes that sleep past their lease, or that a job kills: others lose nothing by it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.demo.processes import ManagedProcess, ProgramCommand, start_process
from store import jobs
from store.database.database import Database
from store.files.files import Files
from store.model import MAX_ATTEMPTS, Job
from store.request.request import DrawRequest
from tests.fixtures.store import ask, credits, deliver_all, found, opened, sql, url

pytestmark = pytest.mark.thorough

TIMEOUT_S = 120.0  # generous, for busy machines
LAST = 12  # step
POISON = "a picture that ends the process"
ENGINE = f"""
import os, signal, sys, time
from pathlib import Path
from engine.__main__ import main
from tests.fixtures.engine import TinyPipeline

class Engine(TinyPipeline):
    def load(self, request):
        if request.prompt == {POISON!r}:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().load(request)

held = int(sys.argv[1])  # the step before which the first painting waits; -1 for none
here = Path(sys.argv[2])

def before(number):
    if number == held and not here.exists():
        here.touch()
        time.sleep(5)  # in which the process is stopped

sys.exit(main(["serve"], Engine(steps={LAST}, before=before).pipeline()))
"""


@asynccontextmanager
async def _engine(folder: Path, name: str, held: int = -1) -> AsyncIterator[ManagedProcess]:
    command = (sys.executable, "-c", ENGINE, str(held), str(folder / f"{name}-holds"))
    environment = {
        "MAZOK_DATABASE": url(folder / "mazok.db"),
        "MAZOK_FILES": str(folder / "files"),
        "MAZOK_LEASE_SECONDS": "2",
    }
    log = folder / f"{name}.log"
    process = await start_process(ProgramCommand(name, command), {**os.environ, **environment}, log)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def _settled(db: Database, job_id: int, states: tuple[str, ...] = ("done", "failed")) -> Job:
    """Return a job once it is in one of the states; notice dead engines, as every bot does."""
    async with asyncio.timeout(TIMEOUT_S):
        while (job := await found(db, job_id)).state not in states:
            await jobs.reap(db)
            await asyncio.sleep(0.1)
    return job


@pytest.mark.parametrize("step", [3, LAST])
async def test_14_an_engine_that_wakes_after_its_lease_changes_nothing(
    step: int, tmp_path: Path
) -> None:
    async with opened(tmp_path) as db:
        files = Files(str(tmp_path / "files"))
        job_id = await ask(db)
        async with _engine(tmp_path, "sleeper", step) as sleeper:
            async with asyncio.timeout(TIMEOUT_S):
                while not (tmp_path / "sleeper-holds").exists():
                    await asyncio.sleep(0.1)
            sleeper.process.send_signal(signal.SIGSTOP)
            before = await found(db, job_id)
            assert before.state == "running"
            async with _engine(tmp_path, "other"):
                done = await _settled(db, job_id)
            assert done.state == "done" and done.result is not None
            assert (done.attempt, done.token == before.token) == (2, False)
            rows = await sql(db, "SELECT * FROM outbox ORDER BY id")
            next_id = await ask(db)
            sleeper.process.send_signal(signal.SIGCONT)
            # That it paints the next one shows that it is awake and has given up the first.
            assert (await _settled(db, next_id)).state == "done"
        assert await found(db, job_id) == done
        others = "SELECT * FROM outbox WHERE job_id = :id ORDER BY id"
        assert await sql(db, others, id=job_id) == rows
        assert files.read(done.result.picture)[:4] == b"\x89PNG"
        kinds = await deliver_all(db)
        assert all(kinds.count(kind) == 2 for kind in ("ack", "animation", "picture"))
        charges = "SELECT reason, SUM(delta) FROM ledger GROUP BY reason"
        assert await sql(db, charges) == [("charge", -2)]


async def test_a_job_that_kills_every_engine_is_given_up_and_the_others_are_painted(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as db:
        poison = await ask(db, 1, request=DrawRequest(POISON))
        other = await ask(db, 2)
        for number in range(MAX_ATTEMPTS):
            async with _engine(tmp_path, f"engine-{number}") as engine:
                assert await asyncio.wait_for(engine.wait(), TIMEOUT_S) == -signal.SIGKILL
            await _settled(db, poison, ("queued", "failed"))
        async with _engine(tmp_path, "last") as engine:
            assert (await _settled(db, other)).state == "done"
            assert engine.process.returncode is None
        job = await found(db, poison)
        assert (job.state, job.attempt) == ("failed", MAX_ATTEMPTS)
        assert await credits(db, 1) == 50 and await credits(db, 2) == 49
        assert (await deliver_all(db)).count("sorry") == 1
