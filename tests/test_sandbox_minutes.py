"""The minutes: what the people of a chat see, as Markdown."""

from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from sandbox import Sandbox
from sandbox.minutes import LONGEST, Minutes


async def _call(telegram: Sandbox, method: str, **fields: Any) -> Any:
    url = f"{telegram.url}/bot{telegram.token}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, data=fields) as response:
        return (await response.json())["result"]


def _png(colour: str) -> bytes:
    data = BytesIO()
    Image.new("RGB", (300, 200), colour).save(data, "PNG")
    return data.getvalue()


async def test_edits_in_a_row_stand_once_and_pictures_lie_beside(
    telegram: Sandbox, tmp_path: Path
) -> None:
    minutes = Minutes(telegram.bot)
    telegram.world.watchers.append(minutes.see)
    anna = telegram.person("Аня")
    telegram.say(anna, anna, "кот *большой* " + "очень " * 90)
    stop = '{"inline_keyboard": [[{"text": "Отменить", "callback_data": "stop:1"}]]}'
    status = await _call(telegram, "sendMessage", chat_id=anna.id, text="0 %", reply_markup=stop)
    where = {"chat_id": str(anna.id), "message_id": str(status["message_id"])}
    for share in ("10 %", "20 %", "30 %"):
        await _call(telegram, "editMessageText", **where, text=share, reply_markup=stop)
    telegram.tap(telegram.chat(anna).from_bot[0].button("Отменить"))
    await _call(
        telegram, "sendPhoto", chat_id=str(anna.id), photo=BytesIO(_png("red")), caption="готово"
    )

    (tmp_path / "transcript").mkdir()
    (tmp_path / "transcript" / "old.jpg").touch()
    page, *pictures = minutes.write(tmp_path, "# Начало\n")
    told = page.read_text("utf-8")
    assert told.startswith("# Начало\n\n## Аня, in private\n\n**Аня**\n> кот \\*большой\\*")
    assert "…\n" in told and max(map(len, told.splitlines())) < LONGEST + 10
    assert "> 0 %  \n> `Отменить`" in told
    assert told.count("*edits its message*") == 1
    assert "30 %" in told and "10 %" not in told and "20 %" not in told
    assert "**Аня** *taps `Отменить`*" in told
    (picture,) = pictures
    with Image.open(picture) as seen:
        assert seen.size == (128, 85)
    assert f"](transcript/{picture.name})  \n> готово" in told
