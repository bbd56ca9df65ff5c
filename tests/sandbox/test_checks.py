"""Texts, keyboards, pictures and floods that the sandbox refuses because Telegram does."""

import subprocess
from pathlib import Path
from typing import Any

import aiohttp
import imageio_ffmpeg
import pytest

from sandbox import RateLimits, Refusal, Sandbox
from sandbox.clock import Clock
from sandbox.state.entities import parse_html, strip_text, utf16_length
from sandbox.state.rate_limits import RateLimiter
from tests.fixtures.image import png
from tests.fixtures.telegram.sandbox import call


async def _refusal(telegram: Sandbox, method: str, **fields: Any) -> str:
    answer = await call(telegram, method, **fields)
    assert not answer["ok"], answer
    return f"{answer['error_code']} {answer['description']}"


def _film(folder: Path, *arguments: str) -> bytes:
    path = folder / "film.mp4"
    source = ("-f", "lavfi", "-i", "testsrc=s=32x32:d=1:r=4", "-pix_fmt", "yuv420p")
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    command = (ffmpeg, "-y", "-v", "error", *source[:4], *arguments, *source[4:], str(path))
    subprocess.run(command, check=True)
    return path.read_bytes()


async def test_unknown_methods_and_places_are_not_found(telegram: Sandbox) -> None:
    assert await _refusal(telegram, "sendTelepathy") == "404 Not Found: method not found"
    async with aiohttp.ClientSession() as session, session.get(f"{telegram.url}/no") as response:
        assert response.status == 404


async def test_arguments_come_as_json_as_a_form_and_in_the_address(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    await call(telegram, "SENDmessage", chat_id=anna.id, text="json")
    url = f"{telegram.url}/bot{telegram.token}/sendMessage"
    async with aiohttp.ClientSession() as session:
        await session.post(url, data={"chat_id": str(anna.id), "text": "form"})
        await session.get(url, params={"chat_id": str(anna.id), "text": "address"})
    assert [one.text for one in telegram.chat(anna).from_bot] == ["json", "form", "address"]


async def test_texts_are_counted_in_utf16_after_the_tags_are_gone(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    fits = {"chat_id": anna.id, "text": f"<b>{'я' * 4094}</b>🎨", "parse_mode": "HTML"}
    assert (await call(telegram, "sendMessage", **fits))["ok"]
    over = await _refusal(telegram, "sendMessage", chat_id=anna.id, text="я" * 4095 + "🎨")
    assert over == "400 Bad Request: message is too long"
    for empty in ("", " \n ", "<b> </b>"):
        fields = {"chat_id": anna.id, "text": empty, "parse_mode": "HTML"}
        assert await _refusal(telegram, "sendMessage", **fields) == (
            "400 Bad Request: message text is empty"
        )
    caption = await _refusal(
        telegram, "sendPhoto", chat_id=anna.id, photo=png(size=(8, 8)), caption="я" * 1025
    )
    assert caption == "400 Bad Request: message caption is too long"


def test_html_becomes_text_and_entities() -> None:
    text, entities = parse_html('🎨 <b>a &lt; b &nbsp;</b> <a href="https://e.org">x</a>')
    assert text == "🎨 a < b &nbsp; x"
    assert entities == [
        {"type": "bold", "offset": 3, "length": 12},
        {"type": "text_link", "offset": 16, "length": 1, "url": "https://e.org"},
    ]
    assert strip_text("  bold ", [{"type": "bold", "offset": 0, "length": 7}]) == (
        "bold",
        [{"type": "bold", "offset": 0, "length": 4}],
    )
    assert utf16_length("я🎨") == 3
    text, entities = parse_html('<pre><code class="language-python">x = 1</code></pre>')
    assert entities == [{"type": "pre", "offset": 0, "length": 5, "language": "python"}]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a < b", "Unclosed start tag at byte offset 2"),
        ("<h1>a</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("я</b>", "Unexpected end tag at byte offset 2"),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_html_that_telegram_cannot_parse_is_refused(source: str, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_html(source)
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"text": "x", "callback_data": "я" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x"}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": "x", "copy_text": {"text": "y" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
    ],
)
async def test_buttons_that_telegram_does_not_take_are_refused(
    telegram: Sandbox, button: dict[str, Any], reason: str
) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    fields = {"chat_id": anna.id, "text": "x", "reply_markup": {"inline_keyboard": [[button]]}}
    assert await _refusal(telegram, "sendMessage", **fields) == f"400 Bad Request: {reason}"


async def test_a_photo_must_be_a_picture_of_a_decent_shape(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    refusals = {
        "noise": (b"not a picture", "IMAGE_PROCESS_FAILED"),
        "torn": (png(size=(64, 64))[:60], "IMAGE_PROCESS_FAILED"),
        "wide": (png(size=(210, 10)), "PHOTO_INVALID_DIMENSIONS"),
        "huge": (png(size=(8000, 2001)), "PHOTO_INVALID_DIMENSIONS"),
        "heavy": (bytes(10 * 1024 * 1024 + 1), "too big for a photo"),
        "empty": (b"", "file must be non-empty"),
    }
    for data, reason in refusals.values():
        assert reason in await _refusal(telegram, "sendPhoto", chat_id=anna.id, photo=data)
    for good in (png(size=(200, 10)), png(size=(30, 40), kind="JPEG")):
        assert (await call(telegram, "sendPhoto", chat_id=anna.id, photo=good))["ok"]


async def test_an_animation_must_be_a_gif_or_a_silent_h264_mp4(
    telegram: Sandbox, tmp_path: Path
) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    silent = _film(tmp_path, "-c:v", "libx264")
    answer = await call(telegram, "sendAnimation", chat_id=anna.id, animation=silent)
    shown = answer["result"]["animation"]
    assert (shown["width"], shown["height"], shown["duration"]) == (32, 32, 1)
    loud = _film(tmp_path, "-f", "lavfi", "-i", "sine=d=1", "-c:v", "libx264")
    old = _film(tmp_path, "-c:v", "mpeg4")
    for data, kind in ((loud, "Video"), (old, "Video"), (b"noise", "Document")):
        reason = await _refusal(telegram, "sendAnimation", chat_id=anna.id, animation=data)
        assert reason == f"400 Bad Request: can't use file of type {kind} as Animation"


async def test_an_attached_part_must_be_there(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    fields = {"chat_id": anna.id, "photo": "attach://picture"}
    assert (await call(telegram, "sendPhoto", **fields, picture=png(size=(8, 8))))["ok"]
    assert 'no part "picture"' in await _refusal(telegram, "sendPhoto", **fields)


def test_a_private_chat_takes_one_message_a_second_after_a_burst() -> None:
    clock = Clock()
    rate_limiter = RateLimiter(RateLimits(chat_burst=3), clock)
    for _ in range(3):
        rate_limiter.acquire(1, group=False)
    with pytest.raises(Refusal):
        rate_limiter.acquire(1, group=False)
    rate_limiter.acquire(2, group=False)
    clock.advance(1)
    rate_limiter.acquire(1, group=False)


def test_a_group_takes_twenty_messages_a_minute() -> None:
    clock = Clock()
    rate_limiter = RateLimiter(RateLimits(), clock)
    for _ in range(20):
        rate_limiter.acquire(-1, group=True)
        clock.advance(1)
    with pytest.raises(Refusal) as caught:
        rate_limiter.acquire(-1, group=True)
    assert 38 <= caught.value.parameters["retry_after"] <= 40
    clock.advance(40)
    rate_limiter.acquire(-1, group=True)


def test_a_faster_clock_makes_the_wait_shorter_in_real_seconds() -> None:
    rate_limiter = RateLimiter(RateLimits(), Clock(factor=10))
    with pytest.raises(Refusal) as caught:
        for _ in range(21):
            rate_limiter._clock.advance(1)
            rate_limiter.acquire(-1, group=True)
    assert caught.value.parameters["retry_after"] == 4


async def test_edits_and_sends_of_a_chat_are_counted_together() -> None:
    limits = RateLimits(chat_burst=3)
    async with Sandbox(limits=limits) as telegram:
        anna = telegram.person("Anna")
        telegram.private(anna)
        place = {"chat_id": anna.id, "message_id": 1}
        assert (await call(telegram, "sendMessage", chat_id=anna.id, text="1"))["ok"]
        assert (await call(telegram, "editMessageText", **place, text="2"))["ok"]
        # An edit that changes nothing is refused, and counted all the same.
        assert "not modified" in await _refusal(telegram, "editMessageText", **place, text="2")
        for method, fields in (("editMessageText", place), ("sendMessage", {"chat_id": anna.id})):
            assert (await _refusal(telegram, method, **fields, text="3")).startswith("429")


async def test_an_album_has_two_to_ten_pictures_of_one_kind_and_no_buttons(
    telegram: Sandbox,
) -> None:
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    photos = [{"type": "photo", "media": f"attach://p{number}"} for number in range(11)]
    files = {f"p{number}": png(size=(8 + number, 8)) for number in range(11)}
    buttons = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}

    async def refusal(media: list[dict[str, str]], **more: Any) -> str:
        return await _refusal(
            telegram, "sendMediaGroup", chat_id=anna.id, media=media, **files, **more
        )

    for count in (1, 11):
        assert "must be 2-10" in await refusal(photos[:count])
    assert "animation" in await refusal([*photos[:1], {"type": "animation", "media": "x"}])
    assert "albums" in await refusal(photos[:2], reply_markup=buttons)
    assert chat.from_bot == []
    fields = {"chat_id": anna.id, "media": photos[:3], **files}
    assert (await call(telegram, "sendMediaGroup", **fields))["ok"]
    assert [one.kind for one in chat.from_bot] == ["photo"] * 3
    assert len({one.album for one in chat.from_bot}) == 1
    late = {"chat_id": anna.id, "message_id": chat.from_bot[0].id, "reply_markup": buttons}
    assert "albums" in await _refusal(telegram, "editMessageReplyMarkup", **late)


async def test_an_ephemeral_message_is_seen_by_one_member_of_a_group(telegram: Sandbox) -> None:
    anna, ben = telegram.person("Anna"), telegram.person("Ben")
    club = telegram.group("Art club", [anna])
    telegram.private(anna)

    def to(chat: int, user: int) -> dict[str, Any]:
        alone = {"receiver_user_id": user}
        return {"chat_id": chat, "text": "psst", "ephemeral_message_parameters": alone}

    assert "only in groups" in await _refusal(telegram, "sendMessage", **to(anna.id, anna.id))
    assert "not found" in await _refusal(telegram, "sendMessage", **to(club.id, ben.id))
    sent = (await call(telegram, "sendMessage", **to(club.id, anna.id)))["result"]
    assert (sent["message_id"], sent["ephemeral_message_id"]) == (0, 1)
    assert [one.text for one in club.ephemeral_for(anna)] == ["psst"]
    assert (club.ephemeral_for(ben), club.from_bot) == ([], [])
