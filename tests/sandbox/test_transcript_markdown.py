"""The transcript: what the users of a chat see, as Markdown."""

from functools import partial
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image

from sandbox import Sandbox
from sandbox.demo.conversation_log import describe_media
from sandbox.demo.localisation import sandbox_texts
from sandbox.demo.transcript_markdown import MAX_LINE, TranscriptMarkdown
from sandbox.state.media import MediaKind, SandboxMedia
from tests.fixtures.image import png
from tests.fixtures.telegram.sandbox import call

SIZE = (300, 200)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", get_args(MediaKind))
def test_each_kind_of_file_has_a_word_in_both_languages(kind: MediaKind, language: str) -> None:
    media = SandboxMedia(kind, "digest", png("red", SIZE), "one.png", "image/png")
    assert "300×200" in describe_media(media, partial(sandbox_texts(), language))


async def test_edits_in_a_row_stand_once_and_pictures_lie_beside(
    telegram: Sandbox, tmp_path: Path
) -> None:
    transcript = TranscriptMarkdown(telegram.bot)
    telegram.world.observers.append(transcript.record)
    anna = telegram.person("Аня")
    telegram.say(anna, anna, "кот *большой* " + "очень " * 90)
    stop = '{"inline_keyboard": [[{"text": "Отменить", "callback_data": "stop:1"}]]}'
    status = await call(telegram, "sendMessage", chat_id=anna.id, text="0 %", reply_markup=stop)
    where = {"chat_id": str(anna.id), "message_id": str(status["result"]["message_id"])}
    for share in ("10 %", "20 %", "30 %"):
        await call(telegram, "editMessageText", **where, text=share, reply_markup=stop)
    telegram.tap(telegram.chat(anna).from_bot[0].button("Отменить"))
    await call(
        telegram, "sendPhoto", chat_id=str(anna.id), photo=png("red", SIZE), caption="готово"
    )

    answered = telegram.chat(anna).from_bot[-1]
    telegram.say(anna, anna, "+ снег", reply_to=answered)

    (tmp_path / "transcript").mkdir()
    (tmp_path / "transcript" / "old.jpg").touch()
    page, *pictures = transcript.write(tmp_path, "# Начало\n")
    told = page.read_text("utf-8")
    assert told.startswith("# Начало\n\n## Аня, in private\n\n**Аня**\n> кот \\*большой\\*")
    assert "…\n" in told and max(map(len, told.splitlines())) < MAX_LINE + 10
    assert "> 0 %  \n> `Отменить`" in told
    assert told.count("*edits its message*") == 1
    assert "30 %" in told and "10 %" not in told and "20 %" not in told
    assert "**Аня** *taps `Отменить`*" in told
    assert f"**Аня** *replies to a picture of {telegram.bot.first_name}*\n> + снег" in told
    (picture,) = pictures
    with Image.open(picture) as seen:
        assert seen.size == (128, 85)
    assert f"](transcript/{picture.name})  \n> готово" in told
