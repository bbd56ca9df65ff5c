"""Find the chat, topic and message that a call refers to, and check the bot's rights."""

from typing import Any

from sandbox.api.arguments import CallArguments
from sandbox.errors import bad_request, forbidden
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.world import World


def chat_of(world: World, arguments: CallArguments) -> SandboxChat:
    """Return the chat by number or @name; raise a refusal if it is unknown or migrated."""
    identifier = arguments.text("chat_id")
    if not identifier:
        raise bad_request("chat_id is empty")
    chat: SandboxChat | None = None
    if identifier.startswith("@"):
        private_chats = (known for known in world.chats.values() if known.person)
        username = identifier[1:].lower()
        chat = next((known for known in private_chats if _username_of(known) == username), None)
    elif identifier.lstrip("-").isdigit():
        chat = world.chats.get(int(identifier))
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        raise bad_request(
            "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to
        )
    return chat


def writable_chat(world: World, arguments: CallArguments) -> SandboxChat:
    """Return the chat; raise a refusal if the bot is blocked, kicked or not a member."""
    chat = chat_of(world, arguments)
    status = chat.members.get(world.bot.id, "left")
    if chat.is_private and status == "kicked":
        raise forbidden("bot was blocked by the user")
    if not chat.is_private and status == "kicked":
        raise forbidden(f"bot was kicked from the {chat.kind} chat")
    if not chat.is_private and status == "left":
        raise forbidden(f"bot is not a member of the {chat.kind} chat")
    return chat


def topic_of(chat: SandboxChat, arguments: CallArguments) -> int | None:
    """Return the topic number; raise a refusal if the chat has no such topic.

    Replies outside topics carry a thread number too, which is not a topic.
    """
    topic = arguments.integer("message_thread_id")
    if topic and topic not in chat.topics:
        raise bad_request("message thread not found")
    return topic or None


def replied_to(world: World, chat: SandboxChat, arguments: CallArguments) -> SandboxMessage | None:
    """Return the message to reply to, or None."""
    parameters: Any = arguments.json("reply_parameters")
    if parameters is None:
        message_id = arguments.integer("reply_to_message_id")
        optional = arguments.flag("allow_sending_without_reply")
    elif isinstance(parameters, dict) and "message_id" in parameters:
        message_id = int(parameters["message_id"])
        optional = bool(parameters.get("allow_sending_without_reply"))
        other_chat = parameters.get("chat_id")
        if other_chat is not None:
            chat = chat_of(world, CallArguments({"chat_id": other_chat}))
    else:
        raise bad_request("can't parse reply parameters JSON object")
    if not message_id:
        return None
    message = chat.find(message_id)
    if message is None and not optional:
        raise bad_request("message to be replied not found")
    return message


def receiver_of(world: World, chat: SandboxChat, arguments: CallArguments) -> SandboxUser | None:
    """Return the receiver of an ephemeral message, or None for ordinary messages."""
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
    """Return the message of the call; raise a refusal with `missing` if there is none."""
    message_id = arguments.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.find(message_id)
    if message is None:
        raise bad_request(missing)
    return message


def _username_of(chat: SandboxChat) -> str:
    return ((chat.person and chat.person.username) or "").lower()
