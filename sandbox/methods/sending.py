"""sendMessage, sendPhoto, sendAnimation, sendDocument, sendChatAction."""

from typing import Any

from sandbox.arguments import Arguments
from sandbox.chats import Content
from sandbox.errors import bad_request
from sandbox.media import Kind
from sandbox.methods.contents import caption_content, media_of, text_content
from sandbox.methods.places import replied_to, topic_of, writable_chat
from sandbox.world import World

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


async def send_message(world: World, arguments: Arguments) -> Any:
    return _send(world, arguments, text_content(arguments))


async def send_photo(world: World, arguments: Arguments) -> Any:
    return await _send_media(world, arguments, "photo")


async def send_animation(world: World, arguments: Arguments) -> Any:
    return await _send_media(world, arguments, "animation")


async def send_document(world: World, arguments: Arguments) -> Any:
    return await _send_media(world, arguments, "document")


async def send_chat_action(world: World, arguments: Arguments) -> Any:
    chat = writable_chat(world, arguments)
    topic_of(chat, arguments)
    action = arguments.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.actions.append((world.clock.now(), action))
    return True


async def _send_media(world: World, arguments: Arguments, kind: Kind) -> Any:
    media = await media_of(world, arguments.file(kind), kind, arguments)
    content = caption_content(arguments, media, arguments.json("reply_markup"))
    return _send(world, arguments, content)


def _send(world: World, arguments: Arguments, content: Content) -> Any:
    chat = writable_chat(world, arguments)
    topic = topic_of(chat, arguments)
    reply_to = replied_to(world, chat, arguments)
    world.meter.take(chat.id, group=chat.is_group)
    silent = arguments.flag("disable_notification")
    message = world.post(chat, content, reply_to=reply_to, topic=topic, silent=silent)
    return message.to_json(world.files)


METHODS = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendAnimation": send_animation,
    "sendDocument": send_document,
    "sendChatAction": send_chat_action,
}
