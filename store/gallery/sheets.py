"""Pictures of a sheet, each as a result of its own."""

from dataclasses import asdict, replace

from sqlalchemy import insert, select

from store.audit import mark_processed
from store.database.database import Database, now_ms
from store.errors import Refused
from store.messages.outbox import enqueue_message
from store.messages.results import result_messages
from store.model import Accepted, Job, QueueLimits, Requester, Result
from store.request.request import DrawRequest
from store.tables import jobs
from store.users import credits


async def send_alone(
    db: Database,
    sheet: Job,
    number: int,
    requester: Requester,
    *,
    request_key: str,
    picture: str,
    update_id: int,
) -> Accepted:
    """Create a finished job of one picture of a sheet and its messages, in one transaction.

    It costs nothing, as it is painted already. request_key: the same one again makes no second job.
    picture: the key of a copy of its own, which is written before.

    Raises Refused for a user who is banned.
    """
    async with db.write() as connection:
        account = await credits.open_account(connection, requester.user_id, QueueLimits())
        if account.blocked:
            raise Refused("blocked")
        await mark_processed(connection, update_id)
        known = select(jobs.c.id).where(jobs.c.request_key == request_key)
        job_id = (await connection.execute(known)).scalar()
        if job_id is not None:
            return Accepted(job_id, duplicate=True)
        request, result = request_of(sheet, number), result_of(sheet, number, picture)
        row = {
            **asdict(requester),
            "request_key": request_key,
            "request": request.to_json(),
            "prompt": request.prompt,
            "state": "done",
            "rank": sheet.rank,
            "animation": False,
            "safety": sheet.safety,
            "risk": sheet.risk,
            "unsafe": sheet.unsafe,
            "step": result.steps,
            "steps": result.steps,
            "result": result.to_json(),
            "price": 0,
            "pixels": sheet.pixels,
            **dict.fromkeys(("created_ms", "started_ms", "finished_ms", "updated_ms"), now_ms()),
        }
        job_id = (await connection.execute(insert(jobs).values(row).returning(jobs.c.id))).scalar()
        assert job_id is not None
        for kind in result_messages(requester.chat_id, film=False, waited_ms=0):
            if kind != "tidy":  # there is no status message
                await enqueue_message(connection, job_id, requester.chat_id, kind)
    return Accepted(job_id, duplicate=False)


def request_of(sheet: Job, number: int) -> DrawRequest:
    """Return the request that would paint one picture of a sheet alone."""
    assert sheet.result is not None
    one = replace(sheet.request, at_once=None, seed=sheet.result.seed_of(number))
    if sheet.result.drafted:
        return replace(one, drafts=1, steps=0)
    return one if one.steps is not None else replace(one, quality="quick")


def result_of(sheet: Job, number: int, picture: str) -> Result:
    """Return the result of one picture of a sheet, whose file is kept under the key `picture`."""
    whole = sheet.result
    assert whole is not None
    return replace(
        whole,
        picture=picture,
        parts=(),
        seed=whole.seed_of(number),
        steps=0 if whole.drafted else whole.steps // len(whole.parts),
        seconds=whole.seconds / len(whole.parts),
    )
