"""People, chats and messages, and how the Bot API writes them down as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from sandbox.state.entities import Entity
from sandbox.state.files import SandboxFiles
from sandbox.state.json_object import JsonObject
from sandbox.state.keyboards import Markup, inline_rows
from sandbox.state.media import SandboxMedia

ChatKind = Literal["private", "group", "supergroup"]
MemberStatus = Literal["creator", "administrator", "member", "left", "kicked"]

ANONYMOUS_ADMIN_ID = 1087968824  # the account that stands for "some administrator of this group"


@dataclass(frozen=True)
class SandboxUser:
    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name

    def to_json(self) -> JsonObject:
        return _without_none(vars(self))


@dataclass(frozen=True)
class MessageContent:
    """What can be edited in a message: two equal contents are "not modified" to Telegram."""

    text: str = ""
    entities: tuple[Entity, ...] = ()
    media: SandboxMedia | None = None
    markup: Markup | None = None
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Button:
    """A button as a person saw it: it can be tapped even after the message has changed."""

    chat_id: int
    message_id: int
    text: str
    data: str | None = None
    url: str | None = None


@dataclass(eq=False)
class SandboxMessage:
    chat: "SandboxChat" = field(repr=False)
    id: int
    sender: SandboxUser
    date: int
    content: MessageContent
    reply_to: "SandboxMessage | None" = field(default=None, repr=False)
    thread_id: int | None = None
    in_topic: bool = False
    silent: bool = False
    service: JsonObject = field(default_factory=dict)
    sender_chat: "SandboxChat | None" = None
    via: SandboxUser | None = None  # the bot that offered it
    album: str | None = None
    only_for: SandboxUser | None = None  # an ephemeral message: nobody else sees it
    ephemeral_id: int | None = None
    deleted: bool = False
    edit_date: int | None = None
    reactions: list[str] = field(default_factory=list)
    versions: list[tuple[float, MessageContent]] = field(default_factory=list, repr=False)
    """Everything this message ever showed, oldest first, with the sandbox's seconds."""

    @property
    def text(self) -> str:
        """The text, or the caption under a picture."""
        return self.content.text

    @property
    def media(self) -> SandboxMedia | None:
        return self.content.media

    @property
    def kind(self) -> str:
        if self.service:
            return "service"
        return self.content.media.kind if self.content.media else "text"

    @property
    def edits(self) -> int:
        return len(self.versions) - 1

    @property
    def buttons(self) -> list[Button]:
        return list(self._buttons())

    def button(self, label: str) -> Button:
        """The first button whose text or data holds `label`, case aside."""
        for button in self._buttons():
            if label.casefold() in f"{button.text}\n{button.data or ''}".casefold():
                return button
        raise LookupError(f"no button {label!r} under message {self.id}: {self.buttons}")

    def _buttons(self) -> Iterator[Button]:
        for row in inline_rows(self.content.markup):
            for one in row:
                data, url = one.get("callback_data"), one.get("url")
                yield Button(self.chat.id, self.id, one["text"], data, url)

    def change(self, content: MessageContent, now: float, date: int) -> None:
        self.content = content
        self.edit_date = date
        self.versions.append((now, content))

    def to_json(self, files: SandboxFiles, *, nested: bool = False) -> JsonObject:
        content = self.content
        body: JsonObject = {
            "message_id": self.id,
            "date": self.date,
            "chat": self.chat.to_json(),
            "from": self.sender.to_json(),
            "sender_chat": self.sender_chat.to_json() if self.sender_chat else None,
            "via_bot": self.via.to_json() if self.via else None,
            "message_thread_id": self.thread_id,
            "is_topic_message": True if self.in_topic else None,
            "edit_date": self.edit_date,
            "media_group_id": self.album,
            "ephemeral_message_id": self.ephemeral_id,
            "receiver_user": self.only_for.to_json() if self.only_for else None,
            **self.service,
        }
        if content.media:
            body |= files.media_json(content.media)
        if content.text:
            body["caption" if content.media else "text"] = content.text
        if content.entities:
            body["caption_entities" if content.media else "entities"] = list(content.entities)
        if inline_rows(content.markup):
            body["reply_markup"] = content.markup
        if self.reply_to and not nested and not self.reply_to.deleted:
            body["reply_to_message"] = self.reply_to.to_json(files, nested=True)
        return _without_none(body)


@dataclass(eq=False)
class SandboxChat:
    id: int
    kind: ChatKind
    title: str
    person: SandboxUser | None = None  # of a private chat
    is_forum: bool = False
    members: dict[int, MemberStatus] = field(default_factory=dict)
    messages: list[SandboxMessage] = field(
        default_factory=list, repr=False
    )  # with the deleted ones
    topics: dict[int, str] = field(default_factory=dict)
    migrated_to: int | None = None
    actions: list[tuple[float, str]] = field(default_factory=list)  # "typing…" and the like
    next_id: int = 1

    @property
    def is_group(self) -> bool:
        return self.kind != "private"

    def find(self, message_id: int) -> SandboxMessage | None:
        for message in self.messages:
            if message.id == message_id and not message.deleted:
                return message
        return None

    def message(self, message_id: int) -> SandboxMessage:
        found = self.find(message_id)
        if found is None:
            raise LookupError(f"no message {message_id} in {self.title!r}")
        return found

    @property
    def visible(self) -> list[SandboxMessage]:
        return [message for message in self.messages if not message.deleted]

    @property
    def from_bot(self) -> list[SandboxMessage]:
        """What the bot said here to all, and what is still to be seen."""
        said = [one for one in self.visible if one.sender.is_bot and not one.sender_chat]
        return [one for one in said if one.only_for is None]

    def aside(self, user: SandboxUser) -> list[SandboxMessage]:
        """What the bot said here to this person alone."""
        return [one for one in self.visible if one.only_for == user]

    def to_json(self) -> JsonObject:
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
