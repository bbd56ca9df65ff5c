"""Everything behind the Bot API: the bot, people, chats, updates, and how messages travel."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from sandbox.clock import Clock
from sandbox.errors import Misuse
from sandbox.state.chats import MessageContent, SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.entities import leading_command
from sandbox.state.faults import Call, Faults
from sandbox.state.files import SandboxFiles
from sandbox.state.inline import InlineQuestion
from sandbox.state.rate_limits import RateLimiter, RateLimits
from sandbox.state.updates import Updates

T = TypeVar("T")

EventKind = Literal["message", "edit", "delete", "tap", "answer"]


@dataclass(frozen=True)
class CallbackAnswer:
    """What a person sees after tapping a button."""

    text: str = ""
    alert: bool = False
    url: str | None = None


@dataclass
class CallbackQueryState:
    """A tapped button that waits for the bot's answer."""

    id: str
    user: SandboxUser
    message: SandboxMessage
    data: str
    at: float
    answer: CallbackAnswer | None = None
    answers: int = 0


@dataclass(frozen=True)
class WorldEvent:
    """Something that a person would see happen."""

    kind: EventKind
    message: SandboxMessage
    query: CallbackQueryState | None = None


@dataclass
class BotProfile:
    """What the bot says of itself: names and descriptions by language, commands by scope."""

    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)


class World:
    def __init__(
        self, bot: SandboxUser, limits: RateLimits | None, clock: Clock, *, privacy: bool
    ) -> None:
        self.bot = bot
        self.clock = clock
        self.privacy = privacy
        self.meter = RateLimiter(limits, clock)
        self.files = SandboxFiles(clock)
        self.updates = Updates()
        self.faults = Faults()
        self.profile = BotProfile()
        self.calls: list[Call] = []
        self.users: dict[int, SandboxUser] = {bot.id: bot}
        self.chats: dict[int, SandboxChat] = {}
        self.queries: dict[str, CallbackQueryState] = {}
        self.inline: dict[str, InlineQuestion] = {}
        self.watchers: list[Callable[[WorldEvent], None]] = []
        self.albums = itertools.count(1)
        self._message_ids = itertools.count(1)
        self._ephemeral_ids = itertools.count(1)
        self._query_ids = itertools.count(4_382_000_001)
        self._waiting: list[asyncio.Future[None]] = []

    def chat(self, chat_id: int) -> SandboxChat:
        if chat_id not in self.chats:
            raise Misuse(f"no chat {chat_id}")
        return self.chats[chat_id]

    def user(self, user_id: int) -> SandboxUser:
        if user_id not in self.users:
            raise Misuse(f"no person {user_id}")
        return self.users[user_id]

    def add(self, message: SandboxMessage) -> SandboxMessage:
        """Put a new message into its chat; its id must come from `new_id`."""
        message.versions.append((self.clock.now(), message.content))
        message.chat.messages.append(message)
        self.happened(WorldEvent("message", message))
        return message

    def new_id(self, chat: SandboxChat) -> int:
        """Supergroups count their own messages; all other chats share the bot's counter."""
        if chat.kind != "supergroup":
            return next(self._message_ids)
        chat.next_id += 1
        return chat.next_id - 1

    def post(
        self,
        chat: SandboxChat,
        content: MessageContent,
        *,
        reply_to: SandboxMessage | None = None,
        topic: int | None = None,
        silent: bool = False,
        only_for: SandboxUser | None = None,
    ) -> SandboxMessage:
        """A message of the bot; an ephemeral one has a number of its own, and 0 as its id."""
        if topic is None and reply_to is not None and reply_to.in_topic:
            topic = reply_to.thread_id
        thread_id = topic
        if topic is None and reply_to is not None and chat.kind == "supergroup":
            thread_id = reply_to.thread_id or reply_to.id
        return self.add(
            SandboxMessage(
                chat,
                0 if only_for else self.new_id(chat),
                self.bot,
                self.clock.date(),
                content,
                reply_to=reply_to,
                thread_id=thread_id,
                in_topic=topic is not None,
                silent=silent,
                only_for=only_for,
                ephemeral_id=next(self._ephemeral_ids) if only_for else None,
            )
        )

    def edit(self, message: SandboxMessage, content: MessageContent) -> None:
        message.change(content, self.clock.now(), self.clock.date())
        self.happened(WorldEvent("edit", message))

    def delete(self, message: SandboxMessage) -> None:
        message.deleted = True
        self.happened(WorldEvent("delete", message))

    def receive(self, kind: str, message: SandboxMessage) -> None:
        """Tell the bot of a person's message, unless privacy mode hides it."""
        if self._bot_sees(message):
            self.updates.put(kind, message.to_json(self.files))

    def _bot_sees(self, message: SandboxMessage) -> bool:
        chat = message.chat
        if not chat.is_group:
            return True
        status = chat.members.get(self.bot.id, "left")
        if status in ("left", "kicked"):
            return False
        if not self.privacy or status in ("administrator", "creator") or message.service:
            return True
        if self.bot in (message.via, message.reply_to and message.reply_to.sender):
            return True
        command = leading_command(message.text)
        if command is None:
            return False
        addressee = command[1]
        return addressee is None or addressee.lower() == (self.bot.username or "").lower()

    def new_query(
        self, user: SandboxUser, message: SandboxMessage, data: str
    ) -> CallbackQueryState:
        query = CallbackQueryState(
            str(next(self._query_ids)), user, message, data, self.clock.now()
        )
        self.queries[query.id] = query
        stale = {"message_id": message.id, "date": 0, "chat": message.chat.to_json()}
        self.updates.put(
            "callback_query",
            {
                "id": query.id,
                "from": user.to_json(),
                "message": stale if message.deleted else message.to_json(self.files),
                "chat_instance": str(-message.chat.id),
                "data": data,
            },
        )
        self.happened(WorldEvent("tap", message, query))
        return query

    def ask_inline(self, user: SandboxUser, text: str, offset: str) -> InlineQuestion:
        number = str(next(self._query_ids))
        question = InlineQuestion(number, user, text, offset, self.clock.now())
        self.inline[number] = question
        update = {"id": number, "from": user.to_json(), "query": text, "offset": offset}
        self.updates.put("inline_query", update)
        return question

    def happened(self, event: WorldEvent | None = None) -> None:
        """Wake whoever waits for a change, and tell the watchers what a person would see."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
        if event:
            for watcher in self.watchers:
                watcher(event)

    async def until(self, look: Callable[[], T], seconds: float) -> T:
        """What `look` gives once it is true; TimeoutError after so many real seconds."""
        async with asyncio.timeout(seconds):
            while not (found := look()):
                future = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future
        return found

    def member_json(self, chat: SandboxChat, user: SandboxUser) -> dict[str, Any]:
        """A ChatMember object."""
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
