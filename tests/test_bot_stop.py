"""The stop list in the chat: no way in for what is on it, and administrators change it at once."""

import json
from typing import Any

import pytest
from aiogram.methods import AnswerCallbackQuery, EditMessageText, SendMessage

from store import jobs, recipes, stops
from store.audit import Order
from store.errors import RequestError
from store.jobs import Asker
from store.request import DrawRequest
from tests.bot_fixtures import ADMIN, ANNA, BORIS, GROUP, Room, buttons
from tests.recorder_fixtures import ME
from tests.store_fixtures import credits, found, sql


async def _audit(room: Room) -> list[dict[str, Any]]:
    rows = await sql(room.db, "SELECT action, details FROM audit ORDER BY id")
    assert all(action == "stop" for action, _ in rows)
    return [json.loads(details) for _, details in rows]


async def _painted(room: Room, prompt: str) -> int:
    await room.say(prompt)
    job = (await room.jobs())[-1]
    await room.deliver()
    await room.finish(await room.painting())
    await room.deliver()
    return job.id


async def test_a_prompt_on_the_list_is_refused_kindly_and_costs_nothing(room: Room) -> None:
    before = await credits(room.db, ANNA)
    await room.say("порно")
    await room.say("/draw p o r n", user=BORIS, chat=GROUP)
    said = [room.desk.texts(language, "request-stopped") for language in ("ru", "en")]
    assert room.answers() == said
    assert "порн" not in said[0] and "porn" not in said[1]
    assert await room.jobs() == [] and await credits(room.db, ANNA) == before


async def test_no_way_in_leads_past_the_list(room: Room) -> None:
    job_id = await _painted(room, "бублик")
    token = await recipes.share(room.db, job_id)
    await room.say("/stop add бублик", user=ADMIN)
    refusal = room.desk.texts("ru", "request-stopped")
    for action in ("again", "vary", "steps"):
        await room.tap(f"do:{action}:{job_id}:0")
        assert room.toasts()[-1] == refusal
    await room.tap(f"paint:{token}:0")
    assert room.toasts()[-1] == refusal
    assert room.telegram.of(AnswerCallbackQuery)[-1].show_alert
    for text in ("кот | бублик", "кот ^ бублики", "/draw бублик"):
        await room.say(text)
        assert room.answers()[-1] == refusal
    await room.say("/draw", reply_to_message=_said(BORIS, "бублик"))
    assert room.answers()[-1] == refusal
    link = {"type": "text_link", "offset": 0, "length": 1}
    url = f"https://t.me/mazok_bot?start=edit-{job_id}"
    question = _said(0, "?", **{"from": ME}, entities=[{**link, "url": url}])
    await room.say("новый бублик", reply_to_message=question)
    assert room.answers()[-1] == refusal
    assert len(await room.jobs()) == 1


def _said(user: int, text: str, **more: Any) -> dict[str, Any]:
    chat = {"id": ANNA, "type": "private"}
    author = {"id": user or 1, "is_bot": False, "first_name": "?"}
    return {"message_id": 5, "date": 1, "chat": chat, "from": author, "text": text, **more}


async def test_what_is_pushed_away_may_be_named(room: Room) -> None:
    await room.say("рыцарь | труп:-1")
    assert [job.prompt for job in await room.jobs()] == ["рыцарь | труп:-1"]
    await room.say("рыцарь | труп:0.1")
    assert len(await room.jobs()) == 1


async def test_a_change_holds_at_once_and_is_written_down_once(room: Room) -> None:
    update = await room.say("/stop add Бублик, *крендел\n=вафля", user=ADMIN)
    await room.feed(update)
    codes = "<code>бублик</code>, <code>*крендел</code>, <code>=вафля</code>"
    assert room.answers() == [f"Больше не рисую: {codes}"]
    await room.say("/stop add бублик", user=ADMIN)
    assert room.answers()[-1] == "Уже есть: <code>бублик</code>"
    for prompt in ("б у б л и к", "сверхкрендели", "вафля"):
        await room.say(prompt)
    assert await room.jobs() == []
    await room.say("/stop allow бубликовый рай", user=ADMIN)
    await room.say("бубликовый рай")
    await room.say("/stop drop крендель, *крендел", user=ADMIN)
    assert room.answers()[-1] == (
        "Убрано: <code>*крендел</code>\nТакого в списке нет: <code>крендель</code>"
    )
    await room.say("крендель")
    assert [job.prompt for job in await room.jobs()] == ["бубликовый рай", "крендель"]
    assert await _audit(room) == [
        {"add": ["бублик", "*крендел", "=вафля"]},
        {"allow": ["бубликовый рай"]},
        {"drop": ["*крендел"]},
    ]


async def test_what_comes_with_the_program_can_be_taken_out_and_put_back(room: Room) -> None:
    await room.say("/stop drop труп", user=ADMIN)
    await room.say("труп невесты")
    assert len(await room.jobs()) == 1
    await room.say("/stop add труп", user=ADMIN)
    await room.say("труп невесты")
    assert len(await room.jobs()) == 1
    assert await sql(room.db, "SELECT * FROM stops") == []


async def test_the_list_turns_over_in_one_message(room: Room) -> None:
    await room.say("/stop add ёжик", user=ADMIN)
    await room.say("/stop", user=ADMIN)
    first = room.telegram.of(SendMessage)[-1]
    assert "Чего не рисовать" in first.text and "/stop add" in first.text
    assert list(buttons(first)) == ["→", "Исключения"]
    texts, shown = [first.text], buttons(first)
    while "→" in shown:
        await room.tap(shown["→"], user=ADMIN)
        edited = room.telegram.of(EditMessageText)[-1]
        texts, shown = [*texts, edited.text or ""], buttons(edited)
    assert all(len(text) < 4096 for text in texts) and len(set(texts)) == len(texts) > 2
    everything = "\n".join(texts)
    assert "\n+ <code>ежик</code>\n" in everything
    assert all(f"<code>{text}</code>\n" in everything for text in stops.packaged("stop"))
    await room.tap(buttons(first)["Исключения"], user=ADMIN)
    assert "<code>*cocktail</code>" in (room.telegram.of(EditMessageText)[-1].text or "")
    await room.tap("stop:stop:999", user=ADMIN)
    assert room.telegram.of(EditMessageText)[-1].text == texts[-1]


async def test_a_prompt_can_be_tried_before_anybody_falls_for_it(room: Room) -> None:
    await room.say("/stop try голые деревья", user=ADMIN)
    await room.say("/stop try п0рно <b>", user=ADMIN)
    assert room.answers() == ["Такое я нарисую.", "Отказ из-за записи <code>порн</code>."]


@pytest.mark.parametrize(
    "words", ["add", "add ,", "allow", "drop", "paint кот", "add " + "к," * 99]
)
async def test_an_order_that_cannot_be_understood_is_explained(room: Room, words: str) -> None:
    await room.say(f"/stop {words}", user=ADMIN)
    assert room.answers() == [room.desk.texts("ru", "usage-stop")]


async def test_an_entry_that_would_catch_too_much_changes_nothing(room: Room) -> None:
    await room.say("/stop add бублик, ко", user=ADMIN)
    await room.say("/stop allow а + бублик", user=ADMIN)
    assert room.answers()[0].startswith("Запись «ко» слишком короткая")
    assert await sql(room.db, "SELECT * FROM stops") == [] and await _audit(room) == []


async def test_nobody_else_knows_the_command_or_its_buttons(room: Room) -> None:
    await room.say("/stop")
    assert room.answers() == [room.desk.texts("ru", "command-unknown")]
    await room.tap("stop:stop:0")
    assert room.telegram.of(EditMessageText) == []
    await room.say("/stop", user=ADMIN, chat=GROUP)
    assert room.answers()[-1] == room.desk.texts("ru", "stop-private")


async def test_a_list_that_another_version_has_written_stops_nobody(room: Room) -> None:
    await sql(room.db, "INSERT INTO stops VALUES ('stop', '~~', true), ('stop', 'бублик', true)")
    await room.say("кот")
    await room.say("бублик")
    assert [job.prompt for job in await room.jobs()] == ["кот"]


async def test_a_job_taken_before_the_change_is_still_the_same_job(room: Room) -> None:
    """A redelivered update is answered as it was the first time."""
    asker, request = Asker(ANNA, ANNA, "private", 5), DrawRequest("бублик")
    first = await jobs.accept(room.db, request, asker, request_key="k")
    await stops.add(room.db, Order(ADMIN, 900), "stop", ["бублик"])
    again = await jobs.accept(room.db, request, asker, request_key="k")
    assert again.duplicate and again.job_id == first.job_id
    with pytest.raises(RequestError):
        await jobs.accept(room.db, request, asker, request_key="another")
    assert (await found(room.db, first.job_id)).state == "queued"
