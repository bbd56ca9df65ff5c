"""Messages, chats and callback queries as JSON, with what only the sandbox knows of them."""

from sandbox.state.chats import SandboxChat, SandboxMessage
from sandbox.state.json_object import JsonObject
from sandbox.state.media import SandboxMedia
from sandbox.state.world import CallbackQueryState, World


def describe(world: World, message: SandboxMessage) -> JsonObject:
    """Return a message with all its versions."""
    versions = []
    for at, content in message.versions:
        media = world.files.store(content.media).id if content.media else None
        versions.append({"at": round(at, 3), "text": content.text, "media": media})
    return {**describe_now(world, message), "versions": versions}


def describe_now(world: World, message: SandboxMessage) -> JsonObject:
    """Return a message as the Bot API shows it, plus keyboards of every kind, files and reactions.

    Of a deleted message only its place is told.
    """
    if message.deleted:
        chat = message.chat.to_json()
        return {"message_id": message.id, "chat": chat, **_ephemeral(message), "deleted": True}
    return {
        **message.to_json(world.files),
        "kind": message.kind,
        "deleted": False,
        "silent": message.silent,
        "by_bot": message.sender.is_bot,
        "reactions": message.reactions,
        "people_reactions": message.people_reactions,
        "markup": message.content.markup,
        "media": message.media and media_address(world, message.media),
        "file": _file(message.media),
        "edits": message.edits,
    }


def describe_chat(chat: SandboxChat) -> JsonObject:
    """Return a chat with its members, topics and what may not be sent there."""
    members = {str(user_id): status for user_id, status in chat.members.items()}
    return {
        **chat.to_json(),
        "members": members,
        "topics": chat.topics,
        "denied": sorted(chat.denied),
        "migrated_to": chat.migrated_to,
    }


def describe_query(query: CallbackQueryState) -> JsonObject:
    """Return a callback query with the bot's answer."""
    answer = query.answer and {"text": query.answer.text, "alert": query.answer.alert}
    return {"id": query.id, "data": query.data, "answer": answer, "answers": query.answer_count}


def media_address(world: World, media: SandboxMedia) -> str:
    """Return where the server has a file."""
    return f"/sandbox/media/{world.files.store(media).id}"


def _ephemeral(message: SandboxMessage) -> JsonObject:
    return {"ephemeral_message_id": message.ephemeral_id} if message.ephemeral_id else {}


def _file(media: SandboxMedia | None) -> JsonObject | None:
    if media is None:
        return None
    size = {"width": media.width, "height": media.height, "bytes": len(media.data)}
    return {"name": media.name, "mime": media.mime, "seconds": media.duration, **size}
