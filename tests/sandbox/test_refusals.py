"""Calls of an aiogram bot that the sandbox refuses, as Telegram does."""

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import InputMediaPhoto, ReplyParameters

from sandbox import RateLimits, Sandbox
from tests.fixtures.image import png
from tests.fixtures.telegram.aiogram import bot_of, keyboard, upload


async def test_a_wrong_token_is_unauthorized(telegram: Sandbox) -> None:
    async with bot_of(telegram, "1:wrong") as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()


async def test_an_identical_edit_is_not_modified(telegram: Sandbox, bot: Bot) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    status = await bot.send_message(anna.id, "<b>1</b>", reply_markup=keyboard("Stop"))
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await status.edit_text("<b>1</b>", reply_markup=keyboard("Stop"))
    await status.edit_text("1", reply_markup=keyboard("Stop"))  # the bold is gone
    await status.edit_text("1")  # the button is gone
    picture = InputMediaPhoto(media=upload(png(), "p.png"), caption="one")
    await status.edit_media(picture)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await status.edit_media(picture)
    await status.edit_media(InputMediaPhoto(media=upload(png("blue"), "p.png"), caption="one"))
    await status.edit_caption(caption="two")
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await status.edit_reply_markup(reply_markup=None)
    assert telegram.chat(anna).from_bot[0].edits == 5


async def test_edits_of_what_is_not_there_are_refused(telegram: Sandbox, bot: Bot) -> None:
    anna = telegram.person("Anna")
    said = telegram.say(anna, anna, "mine")
    text = await bot.send_message(anna.id, "text")
    photo = await bot.send_photo(anna.id, upload(png(), "p.png"))
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("x", chat_id=anna.id, message_id=999)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await bot.edit_message_text("x", chat_id=anna.id, message_id=said.id)
    with pytest.raises(TelegramBadRequest, match="no text in the message"):
        await photo.edit_text("x")
    with pytest.raises(TelegramBadRequest, match="no caption in the message"):
        await text.edit_caption(caption="x")
    await text.delete()
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await text.delete()


async def test_a_reply_to_a_missing_message_needs_permission(telegram: Sandbox, bot: Bot) -> None:
    anna = telegram.person("Anna")
    said = telegram.say(anna, anna, "a cat")
    telegram.delete(said)
    with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
        await bot.send_message(anna.id, "x", reply_parameters=ReplyParameters(message_id=said.id))
    lenient = ReplyParameters(message_id=said.id, allow_sending_without_reply=True)
    sent = await bot.send_message(anna.id, "x", reply_parameters=lenient)
    assert sent.reply_to_message is None


async def test_blocked_kicked_migrated_and_unknown_chats_refuse(
    telegram: Sandbox, bot: Bot
) -> None:
    anna = telegram.person("Anna")
    group = telegram.group("Art club", [anna])
    telegram.block(anna)
    with pytest.raises(TelegramForbiddenError, match="blocked by the user"):
        await bot.send_message(anna.id, "x")
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(31337, "x")
    new = telegram.migrate(group, anna)
    with pytest.raises(TelegramMigrateToChat) as caught:
        await bot.send_message(group.id, "x")
    assert caught.value.migrate_to_chat_id == new.id
    await bot.send_message(new.id, "x")
    telegram.kick_bot(new, anna)
    with pytest.raises(TelegramForbiddenError, match="kicked from the supergroup"):
        await bot.send_message(new.id, "x")
    kinds = [update.event_type for update in await bot.get_updates()]
    assert kinds == ["my_chat_member", "message", "message", "my_chat_member"]


async def test_a_flood_is_refused_with_the_seconds_to_wait() -> None:
    limits = RateLimits(chat_burst=2)
    async with Sandbox(limits=limits) as telegram, bot_of(telegram) as bot:
        anna = telegram.person("Anna")
        telegram.private(anna)
        message = await bot.send_message(anna.id, "1")
        await message.edit_text("2")
        with pytest.raises(TelegramRetryAfter) as caught:
            await message.edit_text("3")
        assert caught.value.retry_after == 1
        telegram.clock.advance(1)
        await message.edit_text("3")


async def test_faults_come_when_asked_for(telegram: Sandbox, bot: Bot) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    telegram.fault("sendMessage", 429, retry_after=7)
    with pytest.raises(TelegramRetryAfter) as caught:
        await bot.send_message(anna.id, "x")
    assert caught.value.retry_after == 7
    telegram.fault("sendMessage", 500)
    with pytest.raises(TelegramServerError):
        await bot.send_message(anna.id, "x")
    telegram.fault("*", 403, chat=anna)
    with pytest.raises(TelegramForbiddenError):
        await bot.send_message(anna.id, "x")
    telegram.fault("sendMessage", "drop-before")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(anna.id, "never said")
    telegram.fault("sendMessage", "drop-after")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(anna.id, "said, though nobody knows")
    await bot.send_message(anna.id, "said")
    texts = [message.text for message in telegram.chat(anna).from_bot]
    assert texts == ["said, though nobody knows", "said"]
    assert [call.status for call in telegram.calls_of("sendMessage")] == [429, 500, 403, 0, 0, 200]
