"""State behind the Bot API: the bot, users, chats, updates, and the delivery of messages."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from sandbox.clock import Clock
from sandbox.errors import Misuse
from sandbox.state.chats import (
    ANONYMOUS_ADMIN_ID,
    MessageContent,
    SandboxChat,
    SandboxMessage,
    SandboxUser,
)
from sandbox.state.entities import leading_command
from sandbox.state.faults import Call, Faults
from sandbox.state.files import SandboxFiles
from sandbox.state.inline import InlineQueryState
from sandbox.state.rate_limits import RateLimiter, RateLimits
from sandbox.state.updates import Updates

T = TypeVar("T")

EventKind = Literal["message", "edit", "delete", "tap", "answer", "reaction"]


@dataclass(frozen=True)
class CallbackAnswer:
    """What a user sees after tapping a button."""

    text: str = ""
    alert: bool = False
    url: str | None = None


@dataclass
class CallbackQueryState:
    """A tapped button and the bot's answer to it."""

    id: str
    user: SandboxUser
    message: SandboxMessage
    data: str
    at: float
    answer: CallbackAnswer | None = None
    answer_count: int = 0


@dataclass(frozen=True)
class WorldEvent:
    """A change that users can see."""

    kind: EventKind
    message: SandboxMessage
    query: CallbackQueryState | None = None


@dataclass
class BotProfile:
    """The bot's names and descriptions by language, and its commands by scope."""

    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)


class World:
    """The whole state of one simulated Telegram with one bot."""

    def __init__(
        self, bot: SandboxUser, limits: RateLimits | None, clock: Clock, *, privacy: bool
    ) -> None:
        self.bot = bot
        self.clock = clock
        self.privacy = privacy
        self.rate_limiter = RateLimiter(limits, clock)
        self.files = SandboxFiles(clock)
        self.updates = Updates()
        self.faults = Faults()
        self.profile = BotProfile()
        self.calls: list[Call] = []
        self.users: dict[int, SandboxUser] = {bot.id: bot}
        self.chats: dict[int, SandboxChat] = {}
        self.queries: dict[str, CallbackQueryState] = {}
        self.inline: dict[str, InlineQueryState] = {}
        self.sticker_sets: dict[str, list[str]] = {}  # file ids, by the name of the set
        self.observers: list[Callable[[WorldEvent], None]] = []
        self.chat_observers: list[Callable[[SandboxChat], None]] = []
        self.profile_observers: list[Callable[[], None]] = []
        self.album_numbers = itertools.count(1)
        self._message_ids = itertools.count(1)
        self._ephemeral_ids = itertools.count(1)
        self._query_ids = itertools.count(4_382_000_001)
        self._waiters: list[asyncio.Future[None]] = []

    def chat(self, chat_id: int) -> SandboxChat:
        """Return the chat; raise Misuse if there is none."""
        if chat_id not in self.chats:
            raise Misuse(f"no chat {chat_id}")
        return self.chats[chat_id]

    def user(self, user_id: int) -> SandboxUser:
        """Return the user; raise Misuse if there is none."""
        if user_id not in self.users:
            raise Misuse(f"no person {user_id}")
        return self.users[user_id]

    def add(self, message: SandboxMessage) -> SandboxMessage:
        """Append a new message to its chat; its id must come from `new_id`."""
        message.versions.append((self.clock.now(), message.content))
        message.chat.messages.append(message)
        self.notify(WorldEvent("message", message))
        return message

    def new_id(self, chat: SandboxChat) -> int:
        """Return the next message id.

        Supergroups and channels have their own counters; all other chats share the bot's.
        """
        if chat.kind not in ("supergroup", "channel"):
            return next(self._message_ids)
        chat.next_id += 1
        return chat.next_id - 1

    def send_as_bot(
        self,
        chat: SandboxChat,
        content: MessageContent,
        *,
        reply_to: SandboxMessage | None = None,
        topic: int | None = None,
        silent: bool = False,
        receiver: SandboxUser | None = None,
    ) -> SandboxMessage:
        """Send a message of the bot.

        An ephemeral message (visible to `receiver` only) has id 0 and an `ephemeral_id`.
        """
        if topic is None and reply_to is not None and reply_to.in_topic:
            topic = reply_to.thread_id
        thread_id = topic
        if topic is None and reply_to is not None and chat.kind == "supergroup":
            thread_id = reply_to.thread_id or reply_to.id
        return self.add(
            SandboxMessage(
                chat,
                0 if receiver else self.new_id(chat),
                self.bot,
                self.clock.date(),
                content,
                reply_to=reply_to,
                thread_id=thread_id,
                in_topic=topic is not None,
                silent=silent,
                sender_chat=chat if chat.kind == "channel" else None,
                receiver=receiver,
                ephemeral_id=next(self._ephemeral_ids) if receiver else None,
            )
        )

    def edit(self, message: SandboxMessage, content: MessageContent) -> None:
        """Replace what a message shows."""
        message.replace_content(content, self.clock.now(), self.clock.date())
        self.notify(WorldEvent("edit", message))

    def delete(self, message: SandboxMessage) -> None:
        """Mark a message as deleted."""
        message.deleted = True
        self.notify(WorldEvent("delete", message))

    def deliver(self, kind: str, message: SandboxMessage) -> None:
        """Queue an update about a user's message, unless privacy mode hides it from the bot."""
        if self._bot_sees(message):
            self.updates.add(kind, message.to_json(self.files))

    def _bot_sees(self, message: SandboxMessage) -> bool:
        chat = message.chat
        if chat.is_private:
            return True
        status = chat.members.get(self.bot.id, "left")
        if status in ("left", "kicked"):
            return False
        if not self.privacy or status in ("administrator", "creator") or message.service:
            return True
        if self.bot in (message.via_bot, message.reply_to and message.reply_to.sender):
            return True
        command = leading_command(message.text)
        return command is not None and self._is_addressed(chat, command[1])

    def _is_addressed(self, chat: SandboxChat, bot_name: str | None) -> bool:
        """Return whether a command with this name is for the bot; a bare one is for the last."""
        if bot_name is not None:
            return bot_name.lower() == (self.bot.username or "").lower()
        bots = [one.sender.id for one in chat.messages if one.sender.is_bot]
        return not bots or bots[-1] in (self.bot.id, ANONYMOUS_ADMIN_ID)

    def create_callback_query(
        self, user: SandboxUser, message: SandboxMessage, data: str
    ) -> CallbackQueryState:
        """Create a callback query and queue its update."""
        query = CallbackQueryState(
            str(next(self._query_ids)), user, message, data, self.clock.now()
        )
        self.queries[query.id] = query
        inaccessible = {"message_id": message.id, "date": 0, "chat": message.chat.to_json()}
        self.updates.add(
            "callback_query",
            {
                "id": query.id,
                "from": user.to_json(),
                "message": inaccessible if message.deleted else message.to_json(self.files),
                "chat_instance": str(-message.chat.id),
                "data": data,
            },
        )
        self.notify(WorldEvent("tap", message, query))
        return query

    def create_inline_query(self, user: SandboxUser, text: str, offset: str) -> InlineQueryState:
        """Create an inline query and queue its update."""
        number = str(next(self._query_ids))
        query = InlineQueryState(number, user, text, offset, self.clock.now())
        self.inline[number] = query
        update = {"id": number, "from": user.to_json(), "query": text, "offset": offset}
        self.updates.add("inline_query", update)
        return query

    def notify(self, event: WorldEvent | None = None) -> None:
        """Wake all waiters; pass a visible event to the observers."""
        waiters, self._waiters = self._waiters, []
        for future in waiters:
            if not future.done():
                future.set_result(None)
        if event:
            for observer in self.observers:
                observer(event)

    def chat_changed(self, chat: SandboxChat) -> None:
        """Tell the observers of chats that one was made, or that its members or actions changed."""
        for observer in self.chat_observers:
            observer(chat)
        self.notify()

    def profile_changed(self) -> None:
        """Tell the observers that the bot's descriptions or commands changed."""
        for observer in self.profile_observers:
            observer()
        self.notify()

    async def until(self, condition: Callable[[], T], seconds: float) -> T:
        """Wait until `condition` is true and return its value; `seconds` are real time.

        TimeoutError if it is not true by then.
        """
        async with asyncio.timeout(seconds):
            while not (result := condition()):
                future = asyncio.get_running_loop().create_future()
                self._waiters.append(future)
                await future
        return result

    def member_json(self, chat: SandboxChat, user: SandboxUser) -> dict[str, Any]:
        """Return a ChatMember object of the Bot API."""
        status = chat.members.get(user.id, "left")
        body: dict[str, Any] = {"status": status, "user": user.to_json()}
        if status == "administrator":
            rights = dict.fromkeys(_RIGHTS, False)
            return {**body, **rights, "can_manage_chat": True, "can_delete_messages": True}
        if status == "creator":
            return {**body, "is_anonymous": False}
        return {**body, "until_date": 0} if status == "kicked" else body


_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
)
