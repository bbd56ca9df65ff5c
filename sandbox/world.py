"""Everything behind the Bot API: the bot, people, chats, updates, and how messages travel."""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from sandbox.chats import Chat, Content, Message, User
from sandbox.clock import Clock
from sandbox.entities import leading_command
from sandbox.errors import Misuse
from sandbox.faults import Call, Faults
from sandbox.files import Files
from sandbox.inline import InlineQuestion
from sandbox.limits import Limits, Meter
from sandbox.updates import Updates

T = TypeVar("T")

EventKind = Literal["message", "edit", "delete", "tap", "answer"]


@dataclass(frozen=True)
class Answer:
    """What a person sees after tapping a button."""

    text: str = ""
    alert: bool = False
    url: str | None = None


@dataclass
class Query:
    """A tapped button that waits for the bot's answer."""

    id: str
    user: User
    message: Message
    data: str
    at: float
    answer: Answer | None = None
    answers: int = 0


@dataclass(frozen=True)
class Event:
    """Something that a person would see happen."""

    kind: EventKind
    message: Message
    query: Query | None = None


@dataclass
class Profile:
    """What the bot says of itself: names and descriptions by language, commands by scope."""

    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)


class World:
    def __init__(self, bot: User, limits: Limits | None, clock: Clock, *, privacy: bool) -> None:
        self.bot = bot
        self.clock = clock
        self.privacy = privacy
        self.meter = Meter(limits, clock)
        self.files = Files(clock)
        self.updates = Updates()
        self.faults = Faults()
        self.profile = Profile()
        self.calls: list[Call] = []
        self.users: dict[int, User] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.inline: dict[str, InlineQuestion] = {}
        self.watchers: list[Callable[[Event], None]] = []
        self.albums = itertools.count(1)
        self._message_ids = itertools.count(1)
        self._ephemeral_ids = itertools.count(1)
        self._query_ids = itertools.count(4_382_000_001)
        self._waiting: list[asyncio.Future[None]] = []

    def chat(self, chat_id: int) -> Chat:
        if chat_id not in self.chats:
            raise Misuse(f"no chat {chat_id}")
        return self.chats[chat_id]

    def user(self, user_id: int) -> User:
        if user_id not in self.users:
            raise Misuse(f"no person {user_id}")
        return self.users[user_id]

    def add(self, message: Message) -> Message:
        """Put a new message into its chat; its id must come from `new_id`."""
        message.versions.append((self.clock.now(), message.content))
        message.chat.messages.append(message)
        self.happened(Event("message", message))
        return message

    def new_id(self, chat: Chat) -> int:
        """Supergroups count their own messages; all other chats share the bot's counter."""
        if chat.kind != "supergroup":
            return next(self._message_ids)
        chat.next_id += 1
        return chat.next_id - 1

    def post(
        self,
        chat: Chat,
        content: Content,
        *,
        reply_to: Message | None = None,
        topic: int | None = None,
        silent: bool = False,
        only_for: User | None = None,
    ) -> Message:
        """A message of the bot; an ephemeral one has a number of its own, and 0 as its id."""
        if topic is None and reply_to is not None and reply_to.in_topic:
            topic = reply_to.thread_id
        thread_id = topic
        if topic is None and reply_to is not None and chat.kind == "supergroup":
            thread_id = reply_to.thread_id or reply_to.id
        return self.add(
            Message(
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

    def edit(self, message: Message, content: Content) -> None:
        message.change(content, self.clock.now(), self.clock.date())
        self.happened(Event("edit", message))

    def delete(self, message: Message) -> None:
        message.deleted = True
        self.happened(Event("delete", message))

    def receive(self, kind: str, message: Message) -> None:
        """Tell the bot of a person's message, unless privacy mode hides it."""
        if self._bot_sees(message):
            self.updates.put(kind, message.to_json(self.files))

    def _bot_sees(self, message: Message) -> bool:
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

    def new_query(self, user: User, message: Message, data: str) -> Query:
        query = Query(str(next(self._query_ids)), user, message, data, self.clock.now())
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
        self.happened(Event("tap", message, query))
        return query

    def ask_inline(self, user: User, text: str, offset: str) -> InlineQuestion:
        number = str(next(self._query_ids))
        question = InlineQuestion(number, user, text, offset, self.clock.now())
        self.inline[number] = question
        update = {"id": number, "from": user.to_json(), "query": text, "offset": offset}
        self.updates.put("inline_query", update)
        return question

    def happened(self, event: Event | None = None) -> None:
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

    def member_json(self, chat: Chat, user: User) -> dict[str, Any]:
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
