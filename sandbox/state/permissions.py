"""What a chat forbids its members to send, and Telegram's words for it."""

from sandbox.errors import bad_request
from sandbox.state.chats import SandboxChat, SandboxUser
from sandbox.state.json_object import JsonObject

# The words for each kind, as Telegram writes them after "Bad Request: ".
DENIABLE = {
    "text": "not enough rights to send text messages to the chat",
    "photos": "not enough rights to send photos to the chat",
    "animations": "not enough rights to send animations to the chat",
    "documents": "not enough rights to send documents to the chat",
}
_OF_MEDIA = {"photo": "photos", "animation": "animations", "document": "documents", "text": "text"}
_OF_MEDIA |= {"sticker": "animations"}  # one right for both
_FIELDS = {
    "can_send_messages": "text",
    "can_send_photos": "photos",
    "can_send_documents": "documents",
    "can_send_other_messages": "animations",
}


def check_permission(chat: SandboxChat, bot: SandboxUser, kind: str) -> None:
    """Raise a refusal if the bot may not send a message of this kind."""
    status = chat.members.get(bot.id, "left")
    if chat.kind == "channel" and status == "member":
        raise bad_request("need administrator rights in the channel chat")
    if status in ("administrator", "creator"):
        return
    if chat.denied == DENIABLE.keys():
        raise bad_request("have no rights to send a message")
    if (denied := _OF_MEDIA[kind]) in chat.denied:
        raise bad_request(DENIABLE[denied])


def permissions_json(chat: SandboxChat) -> JsonObject:
    """Return the ChatPermissions of a group."""
    return {name: kind not in chat.denied for name, kind in _FIELDS.items()}
