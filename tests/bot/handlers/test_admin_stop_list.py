"""The stop list in the chat: no way in for what is on it, and administrators change it at once."""

import json
from typing import Any

import pytest
from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendMessage

from store import jobs
from store.audit import AdminCommand
from store.errors import RequestError
from store.gallery import shared_links
from store.model import Requester
from store.moderation import stop_list
from store.request.request import DrawRequest
from tests.fixtures.bot import ADMIN, ANNA, BORIS, GROUP, BotHarness, buttons
from tests.fixtures.store import credits, found, sql
from tests.fixtures.telegram.fake_telegram import ME


async def _audit(harness: BotHarness) -> list[dict[str, Any]]:
    rows = await sql(harness.db, "SELECT action, details FROM audit ORDER BY id")
    assert all(action == "stop" for action, _ in rows)
    return [json.loads(details) for _, details in rows]


async def _painted(harness: BotHarness, prompt: str) -> int:
    await harness.say(prompt)
    job = (await harness.jobs())[-1]
    await harness.deliver()
    await harness.finish(await harness.painting())
    await harness.deliver()
    return job.id


async def test_a_prompt_on_the_list_is_refused_kindly_and_costs_nothing(
    harness: BotHarness,
) -> None:
    before = await credits(harness.db, ANNA)
    await harness.say("порно")
    await harness.say("/draw p o r n", user=BORIS, chat=GROUP)
    said = [harness.context.texts(language, "request-stopped") for language in ("ru", "en")]
    assert harness.answers() == said
    assert "порн" not in said[0] and "porn" not in said[1]
    assert await harness.jobs() == [] and await credits(harness.db, ANNA) == before


async def test_no_way_in_leads_past_the_list(harness: BotHarness) -> None:
    job_id = await _painted(harness, "бублик")
    token = await shared_links.create_link(harness.db, job_id)
    await harness.say("/stop add бублик", user=ADMIN)
    refusal = harness.context.texts("ru", "request-stopped")
    for action in ("again", "vary", "steps"):
        await harness.tap(f"do:{action}:{job_id}:0")
        assert harness.toasts()[-1] == refusal
    await harness.tap(f"paint:{token}:0")
    assert harness.toasts()[-1] == refusal
    assert harness.telegram.of(AnswerCallbackQuery)[-1].show_alert
    for text in ("кот | бублик", "кот ^ бублики", "/draw бублик"):
        await harness.say(text)
        assert harness.answers()[-1] == refusal
    await harness.say("/draw", reply_to_message=_said(BORIS, "бублик"))
    assert harness.answers()[-1] == refusal
    link = {"type": "text_link", "offset": 0, "length": 1}
    url = f"https://t.me/mazok_bot?start=edit-{job_id}"
    question = _said(0, "?", **{"from": ME}, entities=[{**link, "url": url}])
    await harness.say("новый бублик", reply_to_message=question)
    assert harness.answers()[-1] == refusal
    assert len(await harness.jobs()) == 1


def _said(user: int, text: str, **more: Any) -> dict[str, Any]:
    chat = {"id": ANNA, "type": "private"}
    author = {"id": user or 1, "is_bot": False, "first_name": "?"}
    return {"message_id": 5, "date": 1, "chat": chat, "from": author, "text": text, **more}


async def test_what_is_pushed_away_may_be_named(harness: BotHarness) -> None:
    await harness.say("рыцарь | труп:-1")
    assert [job.prompt for job in await harness.jobs()] == ["рыцарь | труп:-1"]
    await harness.say("рыцарь | труп:0.1")
    assert len(await harness.jobs()) == 1


async def test_a_change_holds_at_once_and_is_written_down_once(harness: BotHarness) -> None:
    update = await harness.say("/stop add Бублик, *крендел\n=вафля", user=ADMIN)
    await harness.feed(update)
    codes = "<code>бублик</code>, <code>*крендел</code>, <code>=вафля</code>"
    assert harness.answers() == [f"Больше не рисую: {codes}"]
    await harness.say("/stop add бублик", user=ADMIN)
    assert harness.answers()[-1] == "Уже есть: <code>бублик</code>"
    for prompt in ("б у б л и к", "сверхкрендели", "вафля"):
        await harness.say(prompt)
    assert await harness.jobs() == []
    await harness.say("/stop allow бубликовый рай", user=ADMIN)
    await harness.say("бубликовый рай")
    await harness.say("/stop drop крендель, *крендел", user=ADMIN)
    assert harness.answers()[-1] == (
        "Убрано: <code>*крендел</code>\nТакого в списке нет: <code>крендель</code>"
    )
    await harness.say("крендель")
    assert [job.prompt for job in await harness.jobs()] == ["бубликовый рай", "крендель"]
    assert await _audit(harness) == [
        {"add": ["бублик", "*крендел", "=вафля"]},
        {"allow": ["бубликовый рай"]},
        {"drop": ["*крендел"]},
    ]


async def test_what_comes_with_the_program_can_be_taken_out_and_put_back(
    harness: BotHarness,
) -> None:
    await harness.say("/stop drop труп", user=ADMIN)
    await harness.say("труп невесты")
    assert len(await harness.jobs()) == 1
    await harness.say("/stop add труп", user=ADMIN)
    await harness.say("труп невесты")
    assert len(await harness.jobs()) == 1
    assert await sql(harness.db, "SELECT * FROM stops") == []


async def test_the_list_turns_over_in_one_message(harness: BotHarness) -> None:
    await harness.say("/stop add ёжик", user=ADMIN)
    await harness.say("/stop", user=ADMIN)
    first = harness.telegram.of(SendMessage)[-1]
    assert "Чего не рисовать" in first.text and "/stop add" in first.text
    assert list(buttons(first)) == ["→", "Исключения"]
    texts, shown = [first.text], buttons(first)
    while "→" in shown:
        await harness.tap(shown["→"], user=ADMIN)
        edited = harness.telegram.of(EditMessageText)[-1]
        texts, shown = [*texts, edited.text or ""], buttons(edited)
    assert all(len(text) < 4096 for text in texts) and len(set(texts)) == len(texts) > 2
    everything = "\n".join(texts)
    assert "\n+ <code>ежик</code>\n" in everything
    assert all(f"<code>{text}</code>\n" in everything for text in stop_list.packaged("stop"))
    await harness.tap(buttons(first)["Исключения"], user=ADMIN)
    assert "<code>*cocktail</code>" in (harness.telegram.of(EditMessageText)[-1].text or "")
    await harness.tap("stop:stop:999", user=ADMIN)
    assert harness.telegram.of(EditMessageText)[-1].text == texts[-1]


async def test_a_prompt_can_be_tried_before_anybody_falls_for_it(harness: BotHarness) -> None:
    await harness.say("/stop try голые деревья", user=ADMIN)
    await harness.say("/stop try п0рно <b>", user=ADMIN)
    assert harness.answers() == ["Такое я нарисую.", "Отказ из-за записи <code>порн</code>."]


@pytest.mark.parametrize(
    "words", ["add", "add ,", "allow", "drop", "paint кот", "add " + "к," * 99]
)
async def test_an_order_that_cannot_be_understood_is_explained(
    harness: BotHarness, words: str
) -> None:
    await harness.say(f"/stop {words}", user=ADMIN)
    assert harness.answers() == [harness.context.texts("ru", "usage-stop")]


async def test_an_entry_that_would_catch_too_much_changes_nothing(harness: BotHarness) -> None:
    await harness.say("/stop add бублик, ко", user=ADMIN)
    await harness.say("/stop allow а + бублик", user=ADMIN)
    assert harness.answers()[0].startswith("Запись «ко» слишком короткая")
    assert await sql(harness.db, "SELECT * FROM stops") == [] and await _audit(harness) == []


async def test_nobody_else_knows_the_command_or_its_buttons(harness: BotHarness) -> None:
    await harness.say("/stop")
    assert harness.answers() == [harness.context.texts("ru", "command-unknown")]
    await harness.tap("stop:stop:0")
    assert harness.telegram.of(EditMessageText) == []
    await harness.say("/stop", user=ADMIN, chat=GROUP)
    assert harness.answers()[-1] == harness.context.texts("ru", "stop-private")


async def test_a_list_that_another_version_has_written_stops_nobody(harness: BotHarness) -> None:
    await sql(harness.db, "INSERT INTO stops VALUES ('stop', '~~', true), ('stop', 'бублик', true)")
    await harness.say("кот")
    await harness.say("бублик")
    assert [job.prompt for job in await harness.jobs()] == ["кот"]


async def test_a_job_taken_before_the_change_is_still_the_same_job(harness: BotHarness) -> None:
    """A redelivered update is answered as it was the first time."""
    requester, request = Requester(ANNA, ANNA, "private", 5), DrawRequest("бублик")
    first = await jobs.enqueue(harness.db, request, requester, request_key="k")
    await stop_list.add(harness.db, AdminCommand(ADMIN, 900), "stop", ["бублик"])
    again = await jobs.enqueue(harness.db, request, requester, request_key="k")
    assert again.duplicate and again.job_id == first.job_id
    with pytest.raises(RequestError):
        await jobs.enqueue(harness.db, request, requester, request_key="another")
    assert (await found(harness.db, first.job_id)).state == "queued"
