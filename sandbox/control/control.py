"""The hands of tests and players: simulated people, what they say and tap, and trouble."""

import itertools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sandbox.clock import Clock
from sandbox.errors import Misuse
from sandbox.state import media as media_checks
from sandbox.state.chats import (
    ANONYMOUS_ADMIN_ID,
    Button,
    MemberStatus,
    MessageContent,
    SandboxChat,
    SandboxMessage,
    SandboxUser,
)
from sandbox.state.entities import commands_in
from sandbox.state.faults import Call, Fault
from sandbox.state.inline import InlineQuestion
from sandbox.state.world import CallbackQueryState, World

T = TypeVar("T")

_ANONYMOUS = SandboxUser(ANONYMOUS_ADMIN_ID, "Group", username="GroupAnonymousBot", is_bot=True)


class Control:
    """Everything happens at once and in this event loop; `until` waits for the bot."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.users[ANONYMOUS_ADMIN_ID] = _ANONYMOUS
        self._user_ids = itertools.count(700_000_001)
        self._group_ids = itertools.count(4_000_000_001)

    @property
    def bot(self) -> SandboxUser:
        return self.world.bot

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def calls(self) -> list[Call]:
        return self.world.calls

    # People and chats

    def person(
        self,
        first_name: str,
        *,
        language: str | None = "en",
        username: str | None = None,
        last_name: str | None = None,
        id: int | None = None,
    ) -> SandboxUser:
        user = SandboxUser(id or next(self._user_ids), first_name, last_name, username, language)
        self.world.users[user.id] = user
        return user

    def private(self, user: SandboxUser) -> SandboxChat:
        """The chat of a person with the bot; it opens at the first use."""
        if user.id not in self.world.chats:
            members: dict[int, MemberStatus] = {user.id: "member", self.bot.id: "member"}
            chat = SandboxChat(user.id, "private", user.name, person=user, members=members)
            self.world.chats[chat.id] = chat
        return self.world.chats[user.id]

    def group(
        self,
        title: str,
        members: Iterable[SandboxUser] = (),
        *,
        admins: Iterable[SandboxUser] = (),
        supergroup: bool = False,
        forum: bool = False,
        bot: MemberStatus = "member",
        id: int | None = None,
    ) -> SandboxChat:
        """A group with the bot in it; `forum` makes a supergroup with topics."""
        number = next(self._group_ids)
        supergroup = supergroup or forum
        number = -1_000_000_000_000 - number % 10**10 if supergroup else -number
        chat = SandboxChat(
            id or number, "supergroup" if supergroup else "group", title, is_forum=forum
        )
        chat.members |= {user.id: "member" for user in members}
        chat.members |= {user.id: "administrator" for user in admins}
        chat.members[self.bot.id] = bot
        self.world.chats[chat.id] = chat
        return chat

    def topic(self, chat: SandboxChat, name: str, by: SandboxUser) -> int:
        """A new topic of a forum; its number is that of the service message that opens it."""
        if not chat.is_forum:
            raise Misuse(f"{chat.title!r} has no topics")
        service = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        message = self._message(by, chat, MessageContent(), service=service)
        message.thread_id, message.in_topic = message.id, True
        chat.topics[message.id] = name
        self.world.receive("message", self.world.add(message))
        return message.id

    def chat(self, chat: int | SandboxUser | SandboxChat) -> SandboxChat:
        if isinstance(chat, SandboxUser):
            return self.private(chat)
        return chat if isinstance(chat, SandboxChat) else self.world.chat(chat)

    # What people do

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
    ) -> SandboxMessage:
        """A person writes; with `photo` or `document` (name, bytes) the text is its caption.

        album: its id, the same for all messages of one; each reaches the bot by itself.
        """
        user, chat = self._user(user), self.chat(chat)
        self._must_be_in(user, chat)
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
        self._place(message, replied, topic)
        if anonymous:
            message.sender, message.sender_chat = _ANONYMOUS, chat
        self.world.add(message)
        self.world.receive("message", message)
        return message

    def change(self, message: SandboxMessage, text: str) -> None:
        """A person edits what they wrote."""
        content = MessageContent(text, tuple(commands_in(text)), message.media)
        self.world.edit(message, content)
        self.world.receive("edited_message", message)

    def erase(self, message: SandboxMessage) -> None:
        """A person deletes a message; bots are not told."""
        self.world.delete(message)

    def tap(self, button: Button, by: SandboxUser | int | None = None) -> CallbackQueryState:
        """A person taps a button, even one that is no longer there; bots answer the query."""
        chat = self.world.chat(button.chat_id)
        if button.data is None:
            raise Misuse(f"the button {button.text!r} tells the bot nothing")
        user = self._user(by) if by is not None else chat.person
        if user is None:
            raise Misuse("in a group somebody has to tap: give `by`")
        self._must_be_in(user, chat)
        message = next((one for one in chat.messages if one.id == button.message_id), None)
        if message is None:
            raise Misuse(f"there was never a message {button.message_id} in {chat.title!r}")
        return self.world.new_query(user, message, button.data)

    def inquire(
        self, user: SandboxUser | int, text: str = "", *, offset: str = ""
    ) -> InlineQuestion:
        """A person writes the bot's name and some letters into whatever chat."""
        return self.world.ask_inline(self._user(user), text, offset)

    def send_inline(
        self, question: InlineQuestion, result_id: str, chat: SandboxChat | SandboxUser
    ) -> SandboxMessage:
        """The person taps one of the results, and so sends it themselves."""
        chat = self.chat(chat)
        self._must_be_in(question.user, chat)
        message = self._message(question.user, chat, question.result(result_id).content)
        message.via = self.bot
        self.world.add(message)
        self.world.receive("message", message)
        return message

    def block(self, user: SandboxUser) -> None:
        """A person stops the bot in their private chat."""
        self._set_status(self.private(user), user, "kicked")

    def unblock(self, user: SandboxUser) -> None:
        self._set_status(self.private(user), user, "member")

    def kick_bot(self, chat: SandboxChat, by: SandboxUser) -> None:
        self._set_status(chat, by, "kicked")

    def add_bot(self, chat: SandboxChat, by: SandboxUser, *, admin: bool = False) -> None:
        self._set_status(chat, by, "administrator" if admin else "member")
        joined = {"new_chat_members": [self.bot.to_json()]}
        message = self.world.add(self._message(by, chat, MessageContent(), service=joined))
        self.world.receive("message", message)

    def migrate(self, chat: SandboxChat, by: SandboxUser) -> SandboxChat:
        """A group becomes a supergroup, with a new number; the old one only points there."""
        if chat.kind != "group":
            raise Misuse(f"{chat.title!r} is not a basic group")
        new = self.group(chat.title, supergroup=True)
        new.members = dict(chat.members)
        for place, service in (
            (chat, {"migrate_to_chat_id": new.id}),
            (new, {"migrate_from_chat_id": chat.id}),
        ):
            message = self.world.add(self._message(by, place, MessageContent(), service=service))
            self.world.receive("message", message)
        chat.migrated_to = new.id
        return new

    # What tests do

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
        """The next calls fail: with an HTTP code, with the connection dropped before or after
        the call takes effect ("drop-before", "drop-after"), or without any answer ("hang").
        "*" is any method."""
        chat_id = self.chat(chat).id if chat is not None else None
        self.world.faults.plan(Fault(method, kind, times, retry_after, chat_id, description))

    def calls_of(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]

    def redeliver(self, update_id: int | None = None) -> None:
        """Give the bot an update again, though it confirmed it: the newest by default."""
        self.world.updates.repeat(update_id)

    async def until(self, look: Callable[[], T], seconds: float = 5.0) -> T:
        return await self.world.until(look, seconds)

    def _user(self, user: SandboxUser | int) -> SandboxUser:
        return self.world.user(user) if isinstance(user, int) else user

    def _must_be_in(self, user: SandboxUser, chat: SandboxChat) -> None:
        if chat.migrated_to is not None:
            raise Misuse(f"{chat.title!r} moved to {chat.migrated_to}")
        if chat.members.get(user.id, "left") in ("left", "kicked"):
            raise Misuse(f"{user.name} is not in {chat.title!r}")
        if not chat.is_group and chat.members[self.bot.id] == "kicked":
            raise Misuse(f"{user.name} has blocked the bot")

    def _message(
        self,
        user: SandboxUser,
        chat: SandboxChat,
        content: MessageContent,
        service: dict[str, Any] | None = None,
    ) -> SandboxMessage:
        number, date = self.world.new_id(chat), self.world.clock.date()
        return SandboxMessage(chat, number, user, date, content, service=service or {})

    def _place(
        self, message: SandboxMessage, reply_to: SandboxMessage | None, topic: int | None
    ) -> None:
        chat = message.chat
        if topic is not None and topic not in chat.topics:
            raise Misuse(f"{chat.title!r} has no topic {topic}")
        if topic is None and reply_to is not None and reply_to.in_topic:
            topic = reply_to.thread_id
        message.reply_to = reply_to
        if topic is not None:
            # In a topic even a plain message "replies" to the one that opened the topic.
            message.thread_id, message.in_topic = topic, True
            message.reply_to = reply_to or chat.message(topic)
        elif reply_to is not None and chat.kind == "supergroup":
            # Outside topics a reply carries a thread's number too, which no send accepts.
            message.thread_id = reply_to.thread_id or reply_to.id

    def _set_status(self, chat: SandboxChat, by: SandboxUser, status: MemberStatus) -> None:
        before = self.world.member_json(chat, self.bot)
        chat.members[self.bot.id] = status
        self.world.updates.put(
            "my_chat_member",
            {
                "chat": chat.to_json(),
                "from": by.to_json(),
                "date": self.world.clock.date(),
                "old_chat_member": before,
                "new_chat_member": self.world.member_json(chat, self.bot),
            },
        )
        self.world.happened()
