"""Stickers of pictures, over real HTTP, and one's own set of them."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from tests.fixtures.bot import GROUP, BotHarness
from tests.fixtures.telegram.http import HttpHarness


def _photo() -> bytes:
    picture = Image.new("RGB", (300, 200), (40, 60, 200))
    ImageDraw.Draw(picture).ellipse((100, 40, 220, 160), (250, 200, 30))
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


@pytest.mark.thorough
async def test_82_a_picture_becomes_a_sticker_and_part_of_ones_own_set(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    telegram.say(anna, anna, "/sticker", photo=_photo())
    chat = telegram.chat(anna)
    await telegram.until(lambda: len(chat.from_bot) == 1, 20)
    (sticker,) = chat.from_bot
    assert sticker.kind == "sticker"
    for number in (1, 2):
        query = telegram.tap(sticker.button("mine"), by=anna)
        await telegram.until(lambda: query.answer, 10)  # noqa: B023 (it is awaited here)
        assert query.answer is not None and "в вашем наборе" in query.answer.text
        ((name, kept),) = telegram.world.sticker_sets.items()
        assert len(kept) == number and name.startswith(f"u{anna.id}_by_")
    await telegram.until(lambda: len(chat.from_bot) == 3, 10)
    assert f"addstickers/{name}" in chat.from_bot[-1].text


@pytest.mark.thorough
async def test_82_without_the_right_to_send_stickers_one_sentence_says_so(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    telegram.say(anna, anna, "/help")
    chat = telegram.chat(anna)
    await telegram.until(lambda: len(chat.from_bot) == 1, 10)
    club = telegram.group("Club", [anna])
    telegram.chat(club).denied = {"animations"}
    telegram.say(anna, club, "/sticker", photo=_photo())
    await telegram.until(lambda: len(chat.from_bot) == 2, 20)
    assert "нельзя присылать стикеры" in chat.from_bot[-1].text


async def test_82_what_is_no_picture_makes_no_sticker(harness: BotHarness) -> None:
    await harness.say("/sticker")
    assert "Ответьте командой /sticker" in harness.answers()[-1]
    await harness.say("/sticker", chat=GROUP, reply_to_message=_with_voice())
    assert "Нужна картинка: ответьте /sticker" in harness.answers()[-1]


def _with_voice() -> dict[str, object]:
    voice = {"file_id": "f", "file_unique_id": "u", "duration": 1}
    chat = {"id": GROUP, "type": "supergroup"}
    return {"message_id": 5, "date": 1, "chat": chat, "voice": voice}
