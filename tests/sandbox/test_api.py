"""The sandbox answers aiogram as Telegram does: sends, edits, files and refusals."""

import asyncio
import io

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    ChatMemberAdministrator,
    InputMediaAnimation,
    InputMediaPhoto,
    Message,
    ReactionTypeEmoji,
)
from PIL import Image

from sandbox import Sandbox
from tests.fixtures.image import png
from tests.fixtures.telegram.aiogram import keyboard, upload


def _gif() -> bytes:
    target = io.BytesIO()
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=200)
    return target.getvalue()


async def test_the_bot_learns_its_own_name_and_that_privacy_is_on(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.username, me.is_bot, me.can_read_all_group_messages) == ("mazok_bot", True, False)


async def test_a_persons_text_reaches_a_polling_bot_which_answers(
    telegram: Sandbox, bot: Bot
) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def answer(message: Message) -> None:
        assert message.from_user is not None
        await message.reply(f"<b>{message.text}</b>, {message.from_user.language_code}")

    anna = telegram.person("Аня", language="ru")
    polling = asyncio.create_task(
        dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)
    )
    asked = telegram.say(anna, anna, "красный круг")
    (reply,) = await telegram.until(lambda: telegram.chat(anna).from_bot)
    await dispatcher.stop_polling()
    await polling
    assert (reply.text, reply.reply_to) == ("красный круг, ru", asked)
    assert reply.content.entities == ({"type": "bold", "offset": 0, "length": 12},)


async def test_two_pollers_conflict_and_the_older_one_is_told(telegram: Sandbox, bot: Bot) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=20))
    await telegram.until(lambda: telegram.world.updates.polls == 1)
    newer = asyncio.create_task(bot.get_updates(timeout=20))
    with pytest.raises(TelegramConflictError):
        await older
    anna = telegram.person("Anna")
    telegram.say(anna, anna, "hello")
    assert len(await newer) == 1


async def test_updates_come_again_until_an_offset_confirms_them(
    telegram: Sandbox, bot: Bot
) -> None:
    anna = telegram.person("Anna")
    for text in ("one", "two"):
        telegram.say(anna, anna, text)
    first, second = await bot.get_updates()
    assert await bot.get_updates() == [first, second]
    assert await bot.get_updates(offset=second.update_id) == [second]
    assert await bot.get_updates(offset=second.update_id + 1) == []
    telegram.redeliver(first.update_id)
    assert [one.update_id for one in await bot.get_updates()] == [first.update_id]


async def test_only_the_allowed_kinds_of_updates_are_kept(telegram: Sandbox, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    anna = telegram.person("Anna")
    telegram.say(anna, anna, "unheard")
    assert await bot.get_updates() == []


async def test_a_photo_an_animation_and_a_document_arrive_as_what_they_are(
    telegram: Sandbox, bot: Bot
) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    photo = await bot.send_photo(anna.id, upload(png(size=(640, 400)), "p.png"), caption="<i>p</i>")
    animation = await bot.send_animation(anna.id, upload(_gif(), "a.gif"))
    converted = await bot.send_document(anna.id, upload(_gif(), "a.gif"))
    kept = await bot.send_document(
        anna.id, upload(_gif(), "b.gif"), disable_content_type_detection=True
    )
    assert photo.photo and [size.width for size in photo.photo] == [320, 640]
    assert animation.animation and animation.animation.mime_type == "video/mp4"
    assert converted.animation and converted.document
    assert kept.document and kept.document.mime_type == "image/gif" and not kept.animation
    kinds = [message.kind for message in telegram.chat(anna).from_bot]
    assert kinds == ["photo", "animation", "animation", "document"]


async def test_a_sent_file_is_sent_again_by_its_id_and_downloaded(
    telegram: Sandbox, bot: Bot
) -> None:
    anna = telegram.person("Anna")
    telegram.say(anna, anna, "for you", photo=png("blue", (64, 48)))
    (update,) = await bot.get_updates()
    assert update.message and update.message.photo and update.message.caption == "for you"
    file_id = update.message.photo[-1].file_id
    again = await bot.send_photo(anna.id, file_id)
    assert again.photo and again.photo[-1].file_id == file_id
    target = await bot.download(file_id)
    assert target is not None
    with Image.open(target) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 48))
    link = (await bot.get_file(file_id)).file_path
    assert link
    telegram.clock.advance(3700)
    with pytest.raises(Exception, match="404"):
        await bot.download_file(link)


async def test_a_status_message_becomes_an_animation_and_a_slot_a_picture(
    telegram: Sandbox, bot: Bot
) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    status = await bot.send_message(anna.id, "painting", reply_markup=keyboard("Stop"))
    media = InputMediaAnimation(media=upload(_gif(), "a.gif"), caption="done")
    await status.edit_media(media, reply_markup=keyboard("Again"))
    slot = await bot.send_message(anna.id, "finished")
    await slot.edit_media(InputMediaPhoto(media=upload(png(), "p.png"), caption="<b>cat</b>"))
    first, second = telegram.chat(anna).from_bot
    assert (first.kind, first.text, first.buttons[0].text, first.edits) == (
        "animation",
        "done",
        "Again",
        1,
    )
    assert (second.kind, second.text, second.media and second.media.data) == (
        "photo",
        "cat",
        png(),
    )
    assert [content.text for _, content in second.versions] == ["finished", "cat"]


async def test_a_tap_is_a_query_that_the_bot_answers_once(telegram: Sandbox, bot: Bot) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    await bot.send_message(anna.id, "done", reply_markup=keyboard("Again"))
    button = telegram.chat(anna).from_bot[0].button("again")
    query = telegram.tap(button)
    (update,) = await bot.get_updates()
    assert update.callback_query and update.callback_query.data == "again"
    await update.callback_query.answer("On its way", show_alert=True)
    assert query.answer and (query.answer.text, query.answer.alert) == ("On its way", True)
    late = telegram.tap(button)
    telegram.clock.advance(3600)
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(late.id)


async def test_commands_names_reactions_and_members_are_kept(telegram: Sandbox, bot: Bot) -> None:
    anna, ben = telegram.person("Anna"), telegram.person("Ben")
    group = telegram.group("Art club", [anna], admins=[ben])
    commands = [BotCommand(command="draw", description="Нарисовать")]
    scope = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands(commands, scope=scope, language_code="ru")
    (known,) = await bot.get_my_commands(scope=scope, language_code="ru")
    assert (known.command, known.description) == ("draw", "Нарисовать")
    assert await bot.get_my_commands() == []
    with pytest.raises(TelegramBadRequest, match="BOT_COMMAND_INVALID"):
        await bot.set_my_commands([BotCommand(command="рисуй", description="x")])
    await bot.set_my_short_description("Paints", language_code="en")
    assert (await bot.get_my_short_description("en")).short_description == "Paints"
    said = telegram.say(anna, group, "/draw a cat")
    await bot.set_message_reaction(group.id, said.id, [ReactionTypeEmoji(emoji="👀")])
    assert said.reactions == ["👀"]
    (admin,) = await bot.get_chat_administrators(group.id)
    assert isinstance(admin, ChatMemberAdministrator) and admin.user.id == ben.id
    assert (await bot.get_chat_member(group.id, anna.id)).status == "member"
    assert (await bot.get_chat(group.id)).title == "Art club"
    assert await bot.send_chat_action(group.id, "upload_photo")
    await bot.set_webhook("https://example.org/hook")
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    assert (await bot.get_webhook_info()).url and await bot.delete_webhook()
