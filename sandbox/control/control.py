"""Controls for tests and demonstrations: simulated users, their actions, and faults."""

from collections.abc import Callable
from typing import TypeVar

from sandbox.control.setup import ANONYMOUS
from sandbox.control.trouble import TroubleControl
from sandbox.errors import Misuse
from sandbox.state import media as media_checks
from sandbox.state.chats import (
    Button,
    MemberStatus,
    MessageContent,
    SandboxChat,
    SandboxMessage,
    SandboxUser,
)
from sandbox.state.entities import commands_in
from sandbox.state.faults import Call, Fault
from sandbox.state.inline import InlineQueryState
from sandbox.state.json_object import JsonObject
from sandbox.state.world import CallbackQueryState, WorldEvent

T = TypeVar("T")


class Control(TroubleControl):
    """Actions take effect at once and in this event loop; `until` waits for the bot."""

    # Actions of users

    def say(
        self,
        user: SandboxUser | int,
        chat: SandboxChat | SandboxUser | int,
        text: str = "",
        *,
        reply_to: SandboxMessage | int | None = None,
        topic: int | None = None,
        photo: bytes | None = None,
        document: tuple[str, bytes] | None = None,
        anonymous: bool = False,
        album: str | None = None,
        quote: str | None = None,
    ) -> SandboxMessage:
        """Send a message as a user; `text` is the caption of `photo` or `document` (name, bytes).

        `album` is an id that all messages of an album share; each reaches the bot by itself.
        """
        user, chat = self._user(user), self.chat(chat)
        self._must_be_in(user, chat)
        if chat.kind == "channel" and chat.members[user.id] not in ("administrator", "creator"):
            raise Misuse(f"only administrators post in {chat.title!r}")
        media = None
        if photo is not None:
            media = media_checks.photo(photo, "photo.jpg")
        elif document is not None:
            media = media_checks.document(document[1], document[0], detect=True)
        if not text and media is None:
            raise Misuse("a message needs a text or a file")
        if album is not None and media is None:
            raise Misuse("an album is made of files")
        content = MessageContent(text, tuple(commands_in(text)), media)
        message = self._message(user, chat, content)
        message.album = album
        replied = chat.message(reply_to) if isinstance(reply_to, int) else reply_to
        self._set_thread(message, replied, topic)
        if quote and (replied is None or quote not in replied.text):
            raise Misuse("a quote is a part of the message that is replied to")
        message.quote = quote
        if anonymous:
            message.sender, message.sender_chat = ANONYMOUS, chat
        if chat.kind == "channel":
            message.sender_chat = chat
        self.world.add(message)
        self.world.deliver("channel_post" if chat.kind == "channel" else "message", message)
        return message

    def edit(self, message: SandboxMessage, text: str) -> None:
        """Edit a message as its user."""
        content = MessageContent(text, tuple(commands_in(text)), message.media)
        self.world.edit(message, content)
        channel = message.chat.kind == "channel"
        self.world.deliver("edited_channel_post" if channel else "edited_message", message)

    def delete(self, message: SandboxMessage) -> None:
        """Delete a message as its user; bots get no update."""
        self.world.delete(message)

    def react(self, user: SandboxUser | int, message: SandboxMessage, emoji: str = "") -> None:
        """Set a user's reaction to a message, or take it back.

        A bot that subscribed to reactions hears of those in groups that it administers.
        """
        user, chat = self._user(user), message.chat
        self._must_be_in(user, chat)
        before = message.people_reactions.pop(user.id, "")
        if emoji:
            message.people_reactions[user.id] = emoji
        self.world.notify(WorldEvent("reaction", message))
        if chat.is_private or chat.members.get(self.bot.id) == "administrator":
            change = {
                "chat": chat.to_json(),
                "message_id": message.id,
                "user": user.to_json(),
                "date": self.clock.date(),
                "old_reaction": _reaction(before),
                "new_reaction": _reaction(emoji),
            }
            self.world.updates.add("message_reaction", change)

    def tap(self, button: Button, by: SandboxUser | int | None = None) -> CallbackQueryState:
        """Tap a button, even one that is no longer shown; the bot answers the query."""
        chat = self.world.chat(button.chat_id)
        if button.data is None:
            raise Misuse(f"the button {button.text!r} tells the bot nothing")
        user = self._user(by) if by is not None else chat.person
        if user is None:
            raise Misuse("in a group somebody has to tap: give `by`")
        self._must_be_in(user, chat)
        message = next((sent for sent in chat.messages if sent.id == button.message_id), None)
        if message is None:
            raise Misuse(f"there was never a message {button.message_id} in {chat.title!r}")
        return self.world.create_callback_query(user, message, button.data)

    def inline_query(
        self, user: SandboxUser | int, text: str = "", *, offset: str = ""
    ) -> InlineQueryState:
        """Type the bot's name and a text in any chat."""
        return self.world.create_inline_query(self._user(user), text, offset)

    def send_inline(
        self, query: InlineQueryState, result_id: str, chat: SandboxChat | SandboxUser
    ) -> SandboxMessage:
        """Send one of the offered results as the user."""
        chat = self.chat(chat)
        self._must_be_in(query.user, chat)
        message = self._message(query.user, chat, query.result(result_id).content)
        message.via_bot = self.bot
        self.world.add(message)
        self.world.deliver("message", message)
        return message

    def block(self, user: SandboxUser) -> None:
        """Stop the bot in the user's private chat."""
        self._set_status(self.private(user), user, "kicked")

    def unblock(self, user: SandboxUser) -> None:
        """Restart the bot in the user's private chat."""
        self._set_status(self.private(user), user, "member")

    def kick_bot(self, chat: SandboxChat, by: SandboxUser) -> None:
        """Remove the bot from a group."""
        self._set_status(chat, by, "kicked")

    def add_bot(self, chat: SandboxChat, by: SandboxUser, *, admin: bool = False) -> None:
        """Add the bot to a group."""
        self._set_status(chat, by, "administrator" if admin else "member")
        service = {"new_chat_members": [self.bot.to_json()]}
        message = self.world.add(self._message(by, chat, MessageContent(), service=service))
        self.world.deliver("message", message)

    def migrate(self, chat: SandboxChat, by: SandboxUser) -> SandboxChat:
        """Turn a group into a supergroup with a new number; the old one refers to it."""
        if chat.kind != "group":
            raise Misuse(f"{chat.title!r} is not a basic group")
        new = self.group(chat.title, supergroup=True)
        new.members = dict(chat.members)
        self.world.chat_changed(new)
        for group, service in (
            (chat, {"migrate_to_chat_id": new.id}),
            (new, {"migrate_from_chat_id": chat.id}),
        ):
            message = self.world.add(self._message(by, group, MessageContent(), service=service))
            self.world.deliver("message", message)
        chat.migrated_to = new.id
        self.world.chat_changed(chat)
        return new

    # Faults and waiting

    def fault(
        self,
        method: str,
        kind: int | str,
        times: int = 1,
        *,
        retry_after: int = 1,
        chat: SandboxChat | SandboxUser | int | None = None,
        description: str | None = None,
    ) -> None:
        """Make the next calls fail.

        `kind` is an HTTP code, "drop-before" or "drop-after" (the connection breaks before or after
        the call takes effect), "hang" (no answer), "cut" (it takes effect, half of the answer
        arrives) or "page" (502 with a web page). The method "*" stands for any.
        """
        chat_id = self.chat(chat).id if chat is not None else None
        self.world.faults.add(Fault(method, kind, times, retry_after, chat_id, description))

    def calls_of(self, *methods: str) -> list[Call]:
        """Return the calls of these methods."""
        return [call for call in self.calls if call.method in methods]

    def redeliver(self, update_id: int | None = None) -> None:
        """Deliver an update again though it was confirmed; by default the newest."""
        self.world.updates.redeliver(update_id)

    async def until(self, condition: Callable[[], T], seconds: float = 5.0) -> T:
        """Wait until `condition` is true and return its value."""
        return await self.world.until(condition, seconds)

    def _must_be_in(self, user: SandboxUser, chat: SandboxChat) -> None:
        if chat.migrated_to is not None:
            raise Misuse(f"{chat.title!r} moved to {chat.migrated_to}")
        if chat.members.get(user.id, "left") in ("left", "kicked"):
            raise Misuse(f"{user.name} is not in {chat.title!r}")
        if chat.is_private and chat.members[self.bot.id] == "kicked":
            raise Misuse(f"{user.name} has blocked the bot")

    def _set_thread(
        self, message: SandboxMessage, reply_to: SandboxMessage | None, topic: int | None
    ) -> None:
        chat = message.chat
        if topic is not None and topic not in chat.topics:
            raise Misuse(f"{chat.title!r} has no topic {topic}")
        if topic is None and reply_to is not None and reply_to.in_topic:
            topic = reply_to.thread_id
        message.reply_to = reply_to
        if topic is not None:
            # In a topic even a plain message replies to the one that opened the topic.
            message.thread_id, message.in_topic = topic, True
            message.reply_to = reply_to or chat.message(topic)
        elif reply_to is not None and chat.kind == "supergroup":
            # Outside topics a reply carries a thread number too, which no send accepts.
            message.thread_id = reply_to.thread_id or reply_to.id

    def _set_status(self, chat: SandboxChat, by: SandboxUser, status: MemberStatus) -> None:
        before = self.world.member_json(chat, self.bot)
        chat.members[self.bot.id] = status
        self.world.updates.add(
            "my_chat_member",
            {
                "chat": chat.to_json(),
                "from": by.to_json(),
                "date": self.world.clock.date(),
                "old_chat_member": before,
                "new_chat_member": self.world.member_json(chat, self.bot),
            },
        )
        self.world.chat_changed(chat)


def _reaction(emoji: str) -> list[JsonObject]:
    return [{"type": "emoji", "emoji": emoji}] if emoji else []
