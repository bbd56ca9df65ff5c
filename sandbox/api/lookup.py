"""Which chat, topic and message a call is about, and whether the bot may write there."""

from typing import Any

from sandbox.api.arguments import CallArguments
from sandbox.errors import bad_request, forbidden
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.world import World


def chat_of(world: World, arguments: CallArguments) -> SandboxChat:
    """The chat by its number or by @name; refuses unknown and migrated ones."""
    wanted = arguments.text("chat_id")
    if not wanted:
        raise bad_request("chat_id is empty")
    chat: SandboxChat | None = None
    if wanted.startswith("@"):
        named = (one for one in world.chats.values() if one.person)
        chat = next((one for one in named if f"@{_username(one)}" == wanted.lower()), None)
    elif wanted.lstrip("-").isdigit():
        chat = world.chats.get(int(wanted))
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise bad_request(
            "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to
        )
    return chat


def writable_chat(world: World, arguments: CallArguments) -> SandboxChat:
    chat = chat_of(world, arguments)
    status = chat.members.get(world.bot.id, "left")
    if chat.kind == "private" and status == "kicked":
        raise forbidden("bot was blocked by the user")
    if chat.is_group and status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    if chat.is_group and status == "left":
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    return chat


def topic_of(chat: SandboxChat, arguments: CallArguments) -> int | None:
    """A topic by its number. The number that replies outside topics carry is not one."""
    topic = arguments.integer("message_thread_id")
    if topic and topic not in chat.topics:
        raise bad_request("message thread not found")
    return topic or None


def replied_to(world: World, chat: SandboxChat, arguments: CallArguments) -> SandboxMessage | None:
    parameters: Any = arguments.json("reply_parameters")
    if parameters is None:
        message_id = arguments.integer("reply_to_message_id")
        lenient = arguments.flag("allow_sending_without_reply")
    elif isinstance(parameters, dict) and "message_id" in parameters:
        message_id = int(parameters["message_id"])
        lenient = bool(parameters.get("allow_sending_without_reply"))
        elsewhere = parameters.get("chat_id")
        if elsewhere is not None:
            chat = chat_of(world, CallArguments({"chat_id": elsewhere}))
    else:
        raise bad_request("can't parse reply parameters JSON object")
    if not message_id:
        return None
    message = chat.find(message_id)
    if message is None and not lenient:
        raise bad_request("message to be replied not found")
    return message


def receiver_of(world: World, chat: SandboxChat, arguments: CallArguments) -> SandboxUser | None:
    """For whom alone an ephemeral message is; None where it is for all."""
    parameters: Any = arguments.json("ephemeral_message_parameters")
    if parameters is None:
        return None
    if not isinstance(parameters, dict) or "receiver_user_id" not in parameters:
        raise bad_request("can't parse ephemeral message parameters JSON object")
    if not chat.is_group:
        raise bad_request("ephemeral messages can be sent only in groups")
    user = world.users.get(int(parameters["receiver_user_id"]))
    if user is None or user.is_bot or chat.members.get(user.id, "left") in ("left", "kicked"):
        raise bad_request("the receiver of the ephemeral message was not found in the chat")
    return user


def message_of(chat: SandboxChat, arguments: CallArguments, missing: str) -> SandboxMessage:
    message_id = arguments.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.find(message_id)
    if message is None:
        raise bad_request(missing)
    return message


def _username(chat: SandboxChat) -> str:
    return ((chat.person and chat.person.username) or "").lower()
