"""An engine that is painting, and the frames that it has made."""

from typing import Any

from store import jobs
from store.records import Job
from tests.bot_fixtures import Room, engine_is_here

FRAMES = ("jobs/1/frames/0001.png", "jobs/1/frames/0002.png")


async def with_frames(room: Room) -> Room:
    await engine_is_here(room.db)
    for name in FRAMES:
        room.files.write(name, name.encode())
    return room


async def started(room: Room, **beat: Any) -> Job:
    await room.say("кот")
    await room.deliver()
    return await room.painting(**beat)


async def on(room: Room, job: Job, **beat: Any) -> None:
    assert job.token is not None
    await jobs.beat(room.db, job.id, job.token, **{"steps": 10, **beat})
