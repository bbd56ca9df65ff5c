"""Methods that send messages: texts, photos, animations, documents, stickers and albums."""

from typing import Any

from sandbox.api.arguments import CallArguments
from sandbox.api.content import caption_content, media_of, text_content
from sandbox.api.lookup import receiver_of, replied_to, topic_of, writable_chat
from sandbox.errors import bad_request
from sandbox.state.chats import MessageContent, SandboxChat, SandboxMessage
from sandbox.state.media import MediaKind
from sandbox.state.permissions import check_permission
from sandbox.state.world import World

_MAX_IN_ALBUM = 10
_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


async def send_message(world: World, arguments: CallArguments) -> Any:
    """Send a text message."""
    return _send(world, arguments, text_content(arguments))


async def send_photo(world: World, arguments: CallArguments) -> Any:
    """Send a photo."""
    return await _send_media(world, arguments, "photo")


async def send_animation(world: World, arguments: CallArguments) -> Any:
    """Send an animation."""
    return await _send_media(world, arguments, "animation")


async def send_document(world: World, arguments: CallArguments) -> Any:
    """Send a document."""
    return await _send_media(world, arguments, "document")


async def send_sticker(world: World, arguments: CallArguments) -> Any:
    """Send a sticker, which has no caption."""
    return await _send_media(world, arguments, "sticker")


async def send_media_group(world: World, arguments: CallArguments) -> Any:
    """Send an album: all of its files or none, without a keyboard."""
    if arguments.json("reply_markup") is not None:
        raise bad_request("reply markup isn't allowed in albums")
    items = arguments.json("media")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request("can't parse media JSON object")
    if not 2 <= len(items) <= _MAX_IN_ALBUM:
        raise bad_request("wrong number of messages to send, must be 2-10")
    kinds = {str(item.get("type")) for item in items}
    if kinds not in ({"photo"}, {"document"}):
        raise bad_request(f"an album can't be made of {', '.join(sorted(kinds))}")
    contents = [await _album_content(world, item, arguments) for item in items]
    chat, topic, reply_to = _destination(world, arguments)
    check_permission(chat, world.bot, kinds.pop())
    for _ in contents:
        world.rate_limiter.acquire(chat.id, group=not chat.is_private)
    album = f"{chat.id}:{next(world.album_numbers)}"
    messages = [world.send_as_bot(chat, item, reply_to=reply_to, topic=topic) for item in contents]
    for message in messages:
        message.album = album
    return [message.to_json(world.files) for message in messages]


async def _album_content(world: World, item: Any, arguments: CallArguments) -> MessageContent:
    item_arguments = CallArguments(item, arguments.uploads)
    source = arguments.attached(str(item.get("media", "")))
    media = await media_of(world, source, item["type"], item_arguments)
    return caption_content(item_arguments, media, None)


async def send_chat_action(world: World, arguments: CallArguments) -> Any:
    """Show that the bot is typing, uploading and so on."""
    chat = writable_chat(world, arguments)
    topic_of(chat, arguments)
    action = arguments.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.actions.append((world.clock.now(), action))
    world.chat_changed(chat)
    return True


async def _send_media(world: World, arguments: CallArguments, kind: MediaKind) -> Any:
    media = await media_of(world, arguments.file(kind), kind, arguments)
    content = caption_content(arguments, media, arguments.json("reply_markup"))
    return _send(world, arguments, content)


def _send(world: World, arguments: CallArguments, content: MessageContent) -> Any:
    chat, topic, reply_to = _destination(world, arguments)
    receiver = receiver_of(world, chat, arguments)
    check_permission(chat, world.bot, content.media.kind if content.media else "text")
    world.rate_limiter.acquire(chat.id, group=not chat.is_private)
    silent = arguments.flag("disable_notification")
    message = world.send_as_bot(
        chat, content, reply_to=reply_to, topic=topic, silent=silent, receiver=receiver
    )
    return message.to_json(world.files)


def _destination(
    world: World, arguments: CallArguments
) -> tuple[SandboxChat, int | None, SandboxMessage | None]:
    """Return the chat, the topic, and the message to reply to."""
    chat = writable_chat(world, arguments)
    return chat, topic_of(chat, arguments), replied_to(world, chat, arguments)


METHODS = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendAnimation": send_animation,
    "sendDocument": send_document,
    "sendSticker": send_sticker,
    "sendMediaGroup": send_media_group,
    "sendChatAction": send_chat_action,
}
