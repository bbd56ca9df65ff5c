"""What administrators read in Telegram: the queue, a user, statistics."""

import io
from typing import Any

import pytest
from aiogram.exceptions import TelegramForbiddenError
from aiogram.methods import EditMessageText, SendMessage, SendPhoto
from PIL import Image

from sandbox.state.entities import parse_html, utf16_length
from tests.fixtures.bot import ADMIN, BORIS, GROUP, BotHarness, buttons, person
from tests.fixtures.store import sql


@pytest.fixture
def limits() -> dict[str, int]:
    return {"daily_credits": 2, "group_credits": 1}


async def test_the_queue_shows_who_waits_and_how_far_the_running_ones_are(
    harness: BotHarness,
) -> None:
    await harness.say("/queue", user=ADMIN)
    assert harness.answers() == [harness.context.texts("ru", "queue-empty")]
    await harness.say("a <cat>", user=BORIS)
    await harness.say("кот")
    await harness.painting(step=5, steps=10)
    await sql(harness.db, "UPDATE jobs SET created_ms = created_ms - 125000")
    await harness.say("/queue", user=ADMIN)
    head, running, waiting = harness.answers()[-1].splitlines()
    assert "рисуется 1, ждёт 1" in head
    assert running.startswith("<code>1</code> рисуется, 50 % · 200 @Boris_B (<code>200</code>)")
    assert "2 мин" in running
    assert "a &lt;cat&gt;" in running
    assert waiting.startswith("<code>2</code> ждёт")


async def test_a_long_queue_still_fits_into_a_message(harness: BotHarness) -> None:
    await harness.say("/quota default 99", user=ADMIN)
    for user in range(1000, 1020):
        names = {"first_name": "И" * 64, "last_name": "Ф" * 64, "username": f"u{user}" + "n" * 27}
        await harness.say("<&>" * 160, user=user, sender={**person(user), **names})
    await harness.say("/queue", user=ADMIN)
    text, _ = parse_html(harness.answers()[-1])
    assert text.endswith("…и ещё 5")
    assert utf16_length(text) <= 4096


async def test_a_person_can_be_looked_up(harness: BotHarness) -> None:
    await harness.say("a cat", user=BORIS)
    await harness.say(f"/grant {BORIS} 3", user=ADMIN)
    await harness.say(f"/quota {BORIS} 7", user=ADMIN)
    await harness.say(f"/ban {BORIS} spam", user=ADMIN)
    await harness.say("/user @boris_b", user=ADMIN)
    text = harness.answers()[-1]
    for part in (
        "<b>200 @Boris_B (<code>200</code>)</b>",
        "отменено 1, в работе 0",
        "сегодня 0 из 7, подарено 3, осталось 10",
        "Своё число: 7 баллов в день",
        "причина: spam",
        "/ban (300) reason: spam",
        "/grant (300) amount: 3",
    ):
        assert part in text


async def test_stats_are_a_chart_with_the_sums_under_it(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.finish(await harness.painting())
    await harness.say("пёс")
    await harness.say("/cancel")
    await harness.say("/stats", user=ADMIN)
    (call,) = harness.telegram.of(SendPhoto)
    caption = call.caption or ""
    assert caption.startswith("<b>За 14 дней</b>: 2 картины\nготово 1, не получилось 0, отменено 1")
    assert "сегодня рисует 1 человек" in caption
    photo: Any = call.photo
    with Image.open(io.BytesIO(photo.data)) as image:
        assert image.format == "PNG"
        assert image.width <= 1280


@pytest.mark.parametrize("command", ["/queue", "/user 200", "/user 999", "/stats"])
async def test_60_in_a_group_a_report_is_the_administrators_alone(
    harness: BotHarness, command: str
) -> None:
    await harness.say("a secret wish", user=BORIS)
    before = len(harness.telegram.calls)
    await harness.say(command, user=ADMIN, chat=GROUP)
    [report] = harness.telegram.calls[before:]
    assert getattr(report, "chat_id", None) == ADMIN


async def test_the_group_learns_where_a_report_would_be_shown(harness: BotHarness) -> None:
    refusal = "Forbidden: bot can't initiate conversation with a user"
    harness.telegram.fail(SendMessage, lambda method: TelegramForbiddenError(method, refusal))
    await harness.say("/queue", user=ADMIN, chat=GROUP)
    [hint] = [call for call in harness.telegram.of(SendMessage) if call.chat_id == GROUP]
    assert hint.text == harness.context.texts("ru", "report-private")


async def test_the_card_has_buttons_for_what_is_done_most(harness: BotHarness) -> None:
    await harness.say("a cat", user=BORIS)
    await harness.say("/user @boris_b", user=ADMIN)
    (card,) = [call for call in harness.telegram.of(SendMessage) if call.chat_id == ADMIN]
    shown = buttons(card)
    assert {f"card:grant:{BORIS}:5", f"card:quota:{BORIS}:10", f"card:ban:{BORIS}:0"} <= set(
        shown.values()
    )
    for data in (f"card:grant:{BORIS}:5", f"card:quota:{BORIS}:10", f"card:ban:{BORIS}:0"):
        await harness.tap(data, user=ADMIN)
    edited = harness.telegram.of(EditMessageText)[-1]
    assert "из 10, подарено 5" in str(edited.text)
    assert f"card:unban:{BORIS}:0" in buttons(edited).values()
    assert [job.state for job in await harness.jobs()] == ["cancelled"]
    await harness.tap(f"card:unban:{BORIS}:0", user=ADMIN)
    assert f"card:ban:{BORIS}:0" in buttons(harness.telegram.of(EditMessageText)[-1]).values()


@pytest.mark.parametrize("data", [f"card:ban:{ADMIN}:0", f"card:grant:{BORIS}:7", "card:x:1:0"])
async def test_a_forged_button_of_the_card_changes_nothing(harness: BotHarness, data: str) -> None:
    await harness.tap(data, user=ADMIN)
    await harness.tap(f"card:grant:{BORIS}:5", user=BORIS)
    assert await sql(harness.db, "SELECT id FROM audit") == []
