"""Simulated users, chats and topics: the setting in which users act."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sandbox.clock import Clock
from sandbox.errors import Misuse
from sandbox.state.chats import (
    ANONYMOUS_ADMIN_ID,
    MemberStatus,
    MessageContent,
    SandboxChat,
    SandboxMessage,
    SandboxUser,
)
from sandbox.state.faults import Call
from sandbox.state.world import World

ANONYMOUS = SandboxUser(ANONYMOUS_ADMIN_ID, "Group", username="GroupAnonymousBot", is_bot=True)


class SetupControl:
    """Creates users, chats and topics, and gives access to the bot and its calls."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.users[ANONYMOUS_ADMIN_ID] = ANONYMOUS
        self._user_ids = itertools.count(700_000_001)
        self._group_ids = itertools.count(4_000_000_001)

    @property
    def bot(self) -> SandboxUser:
        """Return the bot's user."""
        return self.world.bot

    @property
    def clock(self) -> Clock:
        """Return the sandbox's clock."""
        return self.world.clock

    @property
    def calls(self) -> list[Call]:
        """Return the log of the bot's calls."""
        return self.world.calls

    def person(
        self,
        first_name: str,
        *,
        language: str | None = "en",
        username: str | None = None,
        last_name: str | None = None,
        id: int | None = None,
    ) -> SandboxUser:
        """Create a user."""
        user = SandboxUser(id or next(self._user_ids), first_name, last_name, username, language)
        self.world.users[user.id] = user
        return user

    def private(self, user: SandboxUser) -> SandboxChat:
        """Return the private chat of a user with the bot; the first use opens it."""
        if user.id not in self.world.chats:
            members: dict[int, MemberStatus] = {user.id: "member", self.bot.id: "member"}
            chat = SandboxChat(user.id, "private", user.name, person=user, members=members)
            self._add(chat)
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
        """Create a group with the bot in it; `forum` makes a supergroup with topics."""
        number = next(self._group_ids)
        supergroup = supergroup or forum
        number = -1_000_000_000_000 - number % 10**10 if supergroup else -number
        chat = SandboxChat(
            id or number, "supergroup" if supergroup else "group", title, is_forum=forum
        )
        chat.members |= {user.id: "member" for user in members}
        chat.members |= {user.id: "administrator" for user in admins}
        chat.members[self.bot.id] = bot
        return self._add(chat)

    def channel(self, title: str, admins: Iterable[SandboxUser]) -> SandboxChat:
        """Create a channel in which these users and the bot may post."""
        chat = SandboxChat(-1_000_000_000_000 - next(self._group_ids) % 10**10, "channel", title)
        chat.members |= {user.id: "administrator" for user in (*admins, self.bot)}
        return self._add(chat)

    def set_language(self, user: SandboxUser, code: str) -> SandboxUser:
        """Change the language of a user's app; updates carry it from now on."""
        changed = replace(user, language_code=code)
        self.world.users[user.id] = changed
        if (chat := self.world.chats.get(user.id)) is not None:
            chat.person = changed
            self.world.chat_changed(chat)
        return changed

    def topic(self, chat: SandboxChat, name: str, by: SandboxUser) -> int:
        """Create a topic of a forum; return its number, which is the id of its first message."""
        if not chat.is_forum:
            raise Misuse(f"{chat.title!r} has no topics")
        service = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        message = self._message(by, chat, MessageContent(), service=service)
        message.thread_id, message.in_topic = message.id, True
        chat.topics[message.id] = name
        self.world.chat_changed(chat)
        self.world.deliver("message", self.world.add(message))
        return message.id

    def chat(self, chat: int | SandboxUser | SandboxChat) -> SandboxChat:
        """Return a chat by its number, by itself, or by the user of a private chat."""
        if isinstance(chat, SandboxUser):
            return self.private(chat)
        return chat if isinstance(chat, SandboxChat) else self.world.chat(chat)

    def _add(self, chat: SandboxChat) -> SandboxChat:
        self.world.chats[chat.id] = chat
        self.world.chat_changed(chat)
        return chat

    def _user(self, user: SandboxUser | int) -> SandboxUser:
        return self.world.user(user) if isinstance(user, int) else user

    def _message(
        self,
        user: SandboxUser,
        chat: SandboxChat,
        content: MessageContent,
        service: dict[str, Any] | None = None,
    ) -> SandboxMessage:
        number, date = self.world.new_id(chat), self.world.clock.date()
        return SandboxMessage(chat, number, user, date, content, service=service or {})
