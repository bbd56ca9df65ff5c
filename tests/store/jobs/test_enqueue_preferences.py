"""What a new job takes from the preferences of its user and group, in its own transaction."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from store import jobs
from store.database.database import Database
from store.errors import Refused, RequestError
from store.jobs import engines
from store.jobs.engines import EngineState
from store.model import Job, QueueLimits, Requester
from store.moderation.safety_modes import SafetyRule
from store.reader.drafters import OfferedDrafter
from store.reader.scripts import CYRILLIC, LATIN
from store.request.image_refs import ImageTarget
from store.request.request import DrawRequest
from store.users import preferences
from store.users.preferences import Preferences
from tests.fixtures.store import found

ANNA, GROUP = 7, -100
IN_GROUP = Requester(ANNA, GROUP, "supergroup", message_id=3)
ENGINE = EngineState("e", ("pocket",), "cpu", ((64, 64),), 1, vqgans=("pocket",))

RUDOLPH = OfferedDrafter("rudolph", "RUDOLPH", (CYRILLIC,))
MINI = OfferedDrafter("dalle_mini", "DALL·E mini", (LATIN,))


async def chosen(db: Database) -> None:
    for owner, name, value in (
        (ANNA, "shape", "square"),
        (ANNA, "model", "other"),
        (GROUP, "shape", "wide"),
        (GROUP, "quality", "quick"),
        (GROUP, "animation", False),
        (GROUP, "safety", "hard"),
    ):
        await preferences.set_preference(db, owner, name, value)


async def enqueued(
    db: Database,
    key: str,
    request: DrawRequest,
    *,
    safety: SafetyRule | None = None,
    apply_preferences: bool = False,
) -> Job:
    accepted = await jobs.enqueue(
        db,
        request,
        IN_GROUP,
        request_key=key,
        safety=safety or SafetyRule(),
        apply_preferences=apply_preferences,
    )
    return await found(db, accepted.job_id)


async def test_what_a_request_leaves_open_is_filled_in(db: Database) -> None:
    await chosen(db)
    job = await enqueued(db, "a", DrawRequest("кот"), apply_preferences=True)
    request = job.request
    assert (request.shape, request.quality, request.vqgan) == ("square", "quick", "other")
    said = DrawRequest("кот", shape="portrait", quality="fine", vqgan="pocket", seed=1)
    assert (await enqueued(db, "b", said, apply_preferences=True)).request == said
    sized = await enqueued(db, "c", DrawRequest("кот", size=(64, 64)), apply_preferences=True)
    assert (sized.request.shape, sized.request.size) == (None, (64, 64))


async def test_a_repeated_request_stays_as_it_was(db: Database) -> None:
    await chosen(db)
    job = await enqueued(db, "a", DrawRequest("кот"))
    assert replace(job.request, seed=None) == DrawRequest("кот")
    assert (job.animation, job.safety) == (False, "hard")  # these follow the chat in any case


async def test_a_model_that_no_alive_engine_offers_is_left_out(db: Database) -> None:
    await chosen(db)
    await engines.record_heartbeat(db, ENGINE)
    job = await enqueued(db, "a", DrawRequest("кот"), apply_preferences=True)
    assert job.request.vqgan is None
    await engines.record_heartbeat(db, replace(ENGINE, vqgans=("pocket", "other")))
    job = await enqueued(db, "b", DrawRequest("кот"), apply_preferences=True)
    assert job.request.vqgan == "other"


async def test_a_guide_is_chosen_among_those_of_the_alive_engines(db: Database) -> None:
    await preferences.set_preference(db, GROUP, "guide", "ViT")
    await engines.record_heartbeat(db, replace(ENGINE, guides=("pocket", "ViT")))
    for key, ruclip, expected in (("a", None, "ViT"), ("b", "pocket", None)):
        job = await enqueued(db, key, DrawRequest("кот", ruclip=ruclip), apply_preferences=True)
        assert job.request.guide == expected  # what the request says comes first
    await engines.record_heartbeat(db, ENGINE)
    job = await enqueued(db, "c", DrawRequest("кот"), apply_preferences=True)
    assert job.request.guide is None


async def test_the_owners_rule_limits_the_chats_safety_mode(db: Database) -> None:
    await preferences.set_preference(db, GROUP, "safety", "off")
    assert (await enqueued(db, "a", DrawRequest("кот"))).safety == "soft"
    job = await enqueued(db, "b", DrawRequest("кот"), safety=SafetyRule(least="off"))
    assert job.safety == "off"


async def test_preferences_are_read_in_the_transaction_that_makes_the_job(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    effective, reads = preferences.effective, []

    async def read(connection: AsyncConnection, *ids: int) -> Preferences:
        reads.append(connection)
        await connection.execute(text("UPDATE users SET quality = 'fine'"))
        return await effective(connection, *ids)

    await chosen(db)
    monkeypatch.setattr(preferences, "effective", read)
    full = QueueLimits(queue=0)
    with pytest.raises(Refused):
        await jobs.enqueue(db, DrawRequest("кот"), IN_GROUP, request_key="a", limits=full)
    assert (await preferences.get(db, ANNA)).quality is None  # rolled back with the rest
    job = await enqueued(db, "a", DrawRequest("кот"), apply_preferences=True)
    assert (len(reads), job.request.quality) == (2, "fine")


@pytest.mark.parametrize(
    ("offered", "prompt", "draft", "told"),
    [
        ((RUDOLPH, MINI), "кот", "rudolph", []),
        ((RUDOLPH, MINI), "a cat", "dalle_mini", ["notice-draft-other"]),
        ((RUDOLPH,), "a cat", None, ["notice-draft-language"]),
        ((RUDOLPH,), "кот | a cat", "rudolph", []),
        ((MINI,), "кот", None, []),  # the chosen one is away
    ],
)
async def test_78_the_chosen_drafter_draws_or_another_that_reads_the_words(
    db: Database,
    offered: tuple[OfferedDrafter, ...],
    prompt: str,
    draft: str | None,
    told: list[str],
) -> None:
    await preferences.set_preference(db, ANNA, "model", RUDOLPH.choice)
    await engines.record_heartbeat(db, replace(ENGINE, drafters=offered))
    job = await enqueued(db, "a", DrawRequest(prompt), apply_preferences=True)
    assert (job.request.draft, job.request.vqgan) == (draft, None)
    assert job.request.steps == (None if draft is None else 0)  # the draft is the picture
    keys = [notice.key for notice in job.notices]
    assert [key for key in keys if key.startswith("notice-draft")] == told
    fine = await enqueued(db, "b", DrawRequest(prompt, quality="fine"), apply_preferences=True)
    assert (fine.request.draft, fine.request.steps) == (draft, None)


async def test_a_drafter_leaves_alone_what_has_another_beginning(db: Database) -> None:
    await preferences.set_preference(db, ANNA, "model", RUDOLPH.choice)
    no_one_there = await enqueued(db, "a", DrawRequest("кот"), apply_preferences=True)
    assert (no_one_there.request.draft, no_one_there.request.vqgan) == (None, None)
    await engines.record_heartbeat(db, replace(ENGINE, drafters=(RUDOLPH,)))
    for number, request in enumerate(
        (
            DrawRequest("кот", init="inputs/a.png"),
            DrawRequest("кот", targets=(ImageTarget("inputs/a.png"),)),
            DrawRequest("кот", vqgan="pocket"),
            DrawRequest("кот ^ пёс"),
        )
    ):
        job = await enqueued(db, str(number), request, apply_preferences=True)
        assert job.request.draft is None


async def test_a_drafter_that_is_named_and_does_not_read_the_words_is_refused(
    db: Database,
) -> None:
    await engines.record_heartbeat(db, replace(ENGINE, drafters=(RUDOLPH,)))
    with pytest.raises(RequestError) as refusal:
        await enqueued(db, "a", DrawRequest("a cat", draft="rudolph"))
    assert refusal.value.key == "request-draft-language"


async def test_78_a_draft_costs_as_often_more_as_it_takes_longer(db: Database) -> None:
    await engines.record_heartbeat(db, replace(ENGINE, drafters=(RUDOLPH,)))
    assert (await enqueued(db, "a", DrawRequest("кот", draft="rudolph", steps=0))).price == 1
    for number, (request, seconds) in enumerate(
        ((DrawRequest("кот"), 20), (DrawRequest("кот", draft="rudolph", steps=0), 70))
    ):
        job = await enqueued(db, f"done-{number}", request)
        result = json.dumps({"models": ["pocket"], "steps": 0, "seconds": seconds, "parts": []})
        async with db.write() as connection:
            done = (
                "UPDATE jobs SET state = 'done', finished_ms = 1, result = :result WHERE id = :id"
            )
            await connection.execute(text(done), {"result": result, "id": job.id})
    drafted = DrawRequest("кот", draft="rudolph", steps=0)
    assert (await enqueued(db, "b", drafted)).price == 4
    assert (await enqueued(db, "c", DrawRequest("кот"))).price == 1
    assert (await enqueued(db, "d", replace(drafted, at_once=4))).price == 4  # a quarter each
