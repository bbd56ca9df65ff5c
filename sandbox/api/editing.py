"""Methods editMessageText, -Caption, -Media, -ReplyMarkup, deleteMessage and deleteMessages."""

from dataclasses import replace
from typing import Any, cast, get_args

from sandbox.api.arguments import CallArguments
from sandbox.api.content import caption_content, media_of, text_content
from sandbox.api.lookup import message_of, writable_chat
from sandbox.errors import bad_request
from sandbox.state.chats import MessageContent, SandboxChat, SandboxMessage
from sandbox.state.keyboards import check_markup
from sandbox.state.media import MediaKind
from sandbox.state.world import World

_DELETABLE_SECONDS = 48 * 3600
_DELETED_AT_ONCE = 100


async def edit_message_text(world: World, arguments: CallArguments) -> Any:
    """Replace the text of a message."""
    content = text_content(arguments)
    message = _editable(world, arguments)
    if message.media:
        raise bad_request("there is no text in the message to edit")
    return _edit(world, message, content)


async def edit_message_caption(world: World, arguments: CallArguments) -> Any:
    """Replace the caption of a media message."""
    message = _editable(world, arguments)
    if message.media is None:
        raise bad_request("there is no caption in the message to edit")
    markup = arguments.json("reply_markup")
    content = caption_content(arguments, message.media, markup)
    return _edit(world, message, replace(content, flags=message.content.flags))


async def edit_message_media(world: World, arguments: CallArguments) -> Any:
    """Replace media and caption of a message."""
    description = arguments.json("media")
    if not isinstance(description, dict) or not description.get("media"):
        raise bad_request("can't parse input media JSON object")
    if description.get("type") not in get_args(MediaKind):
        raise bad_request(f"the sandbox has no media of type {description.get('type')!r}")
    media_arguments = CallArguments(description, arguments.uploads)
    source = arguments.attached(str(description["media"]))
    media = await media_of(world, source, cast(MediaKind, description["type"]), media_arguments)
    content = caption_content(media_arguments, media, arguments.json("reply_markup"))
    return _edit(world, _editable(world, arguments), content)


async def edit_message_reply_markup(world: World, arguments: CallArguments) -> Any:
    """Replace the keyboard of a message."""
    message = _editable(world, arguments)
    markup = check_markup(arguments.json("reply_markup"))
    return _edit(world, message, replace(message.content, markup=markup))


async def delete_message(world: World, arguments: CallArguments) -> Any:
    """Delete a message; others' messages only as an administrator."""
    chat = writable_chat(world, arguments)
    message = message_of(chat, arguments, "message to delete not found")
    _check_deletable(world, chat, message)
    world.delete(message)
    return True


async def delete_messages(world: World, arguments: CallArguments) -> Any:
    """Delete up to a hundred messages; those that are not there are passed over."""
    chat, ids = writable_chat(world, arguments), arguments.json("message_ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= _DELETED_AT_ONCE:
        raise bad_request("wrong parameter message_ids in request")
    there = [message for one in ids if (message := chat.find(one)) is not None]
    for message in there:
        _check_deletable(world, chat, message)
    for message in there:
        world.delete(message)
    return True


def _check_deletable(world: World, chat: SandboxChat, message: SandboxMessage) -> None:
    foreign = message.sender != world.bot and not chat.is_private
    is_admin = chat.members.get(world.bot.id) in ("administrator", "creator")
    too_old = world.clock.date() - message.date > _DELETABLE_SECONDS
    if too_old or (foreign and not is_admin):
        raise bad_request("message can't be deleted")


def _editable(world: World, arguments: CallArguments) -> SandboxMessage:
    if "inline_message_id" in arguments.fields:
        raise bad_request("the sandbox has no inline messages")
    chat = writable_chat(world, arguments)
    message = message_of(chat, arguments, "message to edit not found")
    if message.album is not None and arguments.json("reply_markup") is not None:
        raise bad_request("reply markup isn't allowed in albums")
    markup = message.content.markup or {}
    # A message with a reply keyboard cannot be edited.
    if message.sender != world.bot or (markup and "inline_keyboard" not in markup):
        raise bad_request("message can't be edited")
    return message


def _edit(world: World, message: SandboxMessage, content: MessageContent) -> Any:
    world.rate_limiter.acquire(message.chat.id, group=not message.chat.is_private)
    if content == message.content:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message"
        )
    world.edit(message, content)
    return message.to_json(world.files)


METHODS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
