"""Users, chats and messages, and their JSON in the Bot API."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from sandbox.state.entities import Entity, utf16_length
from sandbox.state.files import SandboxFiles
from sandbox.state.json_object import JsonObject
from sandbox.state.keyboards import Markup, inline_rows
from sandbox.state.media import SandboxMedia

ChatKind = Literal["private", "group", "supergroup", "channel"]
MemberStatus = Literal["creator", "administrator", "member", "left", "kicked"]

ANONYMOUS_ADMIN_ID = 1087968824  # Telegram's account for anonymous group administrators


@dataclass(frozen=True)
class SandboxUser:
    """A user or a bot."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    # Two users who differ by their language alone are one, who has changed it.
    language_code: str | None = field(default=None, compare=False)
    is_bot: bool = False

    @property
    def name(self) -> str:
        """Return first and last name."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name

    def to_json(self) -> JsonObject:
        """Return a User object of the Bot API."""
        return _without_none(vars(self))


@dataclass(frozen=True)
class MessageContent:
    """The editable part of a message; equal contents are "not modified" to Telegram."""

    text: str = ""
    entities: tuple[Entity, ...] = ()
    media: SandboxMedia | None = None
    markup: Markup | None = None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Button:
    """A button as a user saw it; it can be tapped even after the message has changed."""

    chat_id: int
    message_id: int
    text: str
    data: str | None = None
    url: str | None = None


@dataclass(eq=False)
class SandboxMessage:
    """A message with all versions of its content."""

    chat: "SandboxChat" = field(repr=False)
    id: int
    sender: SandboxUser
    date: int
    content: MessageContent
    reply_to: "SandboxMessage | None" = field(default=None, repr=False)
    quote: str | None = None  # the part of `reply_to` that is quoted
    thread_id: int | None = None
    in_topic: bool = False
    silent: bool = False
    service: JsonObject = field(default_factory=dict)
    sender_chat: "SandboxChat | None" = None
    via_bot: SandboxUser | None = None  # the bot whose inline result it is
    album: str | None = None
    receiver: SandboxUser | None = None  # of an ephemeral message; nobody else sees it
    ephemeral_id: int | None = None
    deleted: bool = False
    edit_date: int | None = None
    reactions: list[str] = field(default_factory=list)  # the bot's
    people_reactions: dict[int, str] = field(default_factory=dict)  # by user
    versions: list[tuple[float, MessageContent]] = field(default_factory=list, repr=False)
    """All contents of this message, oldest first, with the sandbox time of each."""

    @property
    def text(self) -> str:
        """Return the text, or the caption of a media message."""
        return self.content.text

    @property
    def media(self) -> SandboxMedia | None:
        """Return the current media, if any."""
        return self.content.media

    @property
    def kind(self) -> str:
        """Return service, text, or the kind of the media."""
        if self.service:
            return "service"
        return self.content.media.kind if self.content.media else "text"

    @property
    def edits(self) -> int:
        """Return the number of edits."""
        return len(self.versions) - 1

    @property
    def buttons(self) -> list[Button]:
        """Return the buttons that are shown now."""
        return list(self._buttons())

    def button(self, label: str) -> Button:
        """Return the button of exactly this text or data, or else the first that contains it.

        Upper and lower case are the same.
        """
        for button in self._buttons():
            if label in (button.text, button.data):
                return button
        for button in self._buttons():
            if label.casefold() in f"{button.text}\n{button.data or ''}".casefold():
                return button
        raise LookupError(f"no button {label!r} under message {self.id}: {self.buttons}")

    def _buttons(self) -> Iterator[Button]:
        for row in inline_rows(self.content.markup):
            for message in row:
                data, url = message.get("callback_data"), message.get("url")
                yield Button(self.chat.id, self.id, message["text"], data, url)

    def replace_content(self, content: MessageContent, now: float, date: int) -> None:
        """Set new content at the sandbox time `now` and the Unix time `date`."""
        self.content = content
        self.edit_date = date
        self.versions.append((now, content))

    def to_json(self, files: SandboxFiles, *, nested: bool = False) -> JsonObject:
        """Return a Message object of the Bot API; `nested` omits what it replies to."""
        content = self.content
        body: JsonObject = {
            "message_id": self.id,
            "date": self.date,
            "chat": self.chat.to_json(),
            # In a channel nobody is named: it is the channel that speaks.
            "from": None if self.chat.kind == "channel" else self.sender.to_json(),
            "sender_chat": self.sender_chat.to_json() if self.sender_chat else None,
            "via_bot": self.via_bot.to_json() if self.via_bot else None,
            "message_thread_id": self.thread_id,
            "is_topic_message": True if self.in_topic else None,
            "edit_date": self.edit_date,
            "media_group_id": self.album,
            "ephemeral_message_id": self.ephemeral_id,
            "receiver_user": self.receiver.to_json() if self.receiver else None,
            **self.service,
        }
        if content.media:
            body |= files.media_json(content.media)
        if content.text:
            body["caption" if content.media else "text"] = content.text
        if content.entities:
            body["caption_entities" if content.media else "entities"] = list(content.entities)
        if content.media and "has_spoiler" in content.flags:
            body["has_media_spoiler"] = True
        if content.media and "show_caption_above_media" in content.flags:
            body["show_caption_above_media"] = True
        if inline_rows(content.markup):
            body["reply_markup"] = content.markup
        if self.reply_to and not nested and not self.reply_to.deleted:
            body["reply_to_message"] = self.reply_to.to_json(files, nested=True)
            if self.quote:
                position = utf16_length(self.reply_to.text.partition(self.quote)[0])
                body["quote"] = {"text": self.quote, "position": position, "is_manual": True}
        return _without_none(body)


@dataclass(eq=False)
class SandboxChat:
    """A private chat, a group, a supergroup or a channel."""

    id: int
    kind: ChatKind
    title: str
    person: SandboxUser | None = None  # in a private chat
    is_forum: bool = False
    members: dict[int, MemberStatus] = field(default_factory=dict)
    messages: list[SandboxMessage] = field(
        default_factory=list, repr=False
    )  # including deleted ones
    topics: dict[int, str] = field(default_factory=dict)
    migrated_to: int | None = None
    denied: set[str] = field(default_factory=set)  # what members, the bot too, may not send
    actions: list[tuple[float, str]] = field(default_factory=list)  # time and chat action
    next_id: int = 1

    @property
    def is_group(self) -> bool:
        """Return whether it is a group or supergroup."""
        return self.kind in ("group", "supergroup")

    @property
    def is_private(self) -> bool:
        """Return whether it is the chat of one person with the bot."""
        return self.kind == "private"

    def find(self, message_id: int) -> SandboxMessage | None:
        """Return the message, or None if it is unknown or deleted."""
        for message in self.messages:
            if message.id == message_id and not message.deleted:
                return message
        return None

    def message(self, message_id: int) -> SandboxMessage:
        """Return the message; raise LookupError if it is unknown or deleted."""
        result = self.find(message_id)
        if result is None:
            raise LookupError(f"no message {message_id} in {self.title!r}")
        return result

    @property
    def visible(self) -> list[SandboxMessage]:
        """Return the messages that are not deleted."""
        return [message for message in self.messages if not message.deleted]

    @property
    def from_bot(self) -> list[SandboxMessage]:
        """Return the bot's visible messages for everybody."""
        sent = [
            message
            for message in self.visible
            if message.sender.is_bot and message.sender.id != ANONYMOUS_ADMIN_ID
        ]
        return [message for message in sent if message.receiver is None]

    def ephemeral_for(self, user: SandboxUser) -> list[SandboxMessage]:
        """Return the bot's messages that only this user sees."""
        return [message for message in self.visible if message.receiver == user]

    def to_json(self) -> JsonObject:
        """Return a Chat object of the Bot API."""
        if self.person:
            person = self.person
            return _without_none(
                {
                    "id": self.id,
                    "type": "private",
                    "first_name": person.first_name,
                    "last_name": person.last_name,
                    "username": person.username,
                }
            )
        body: JsonObject = {"id": self.id, "type": self.kind, "title": self.title}
        return {**body, "is_forum": True} if self.is_forum else body


def _without_none(fields: JsonObject) -> JsonObject:
    return {name: value for name, value in fields.items() if value is not None}
