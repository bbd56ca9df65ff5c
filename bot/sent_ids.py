"""Tell which ids a message may have whose answer was lost.

Telegram counts ids upwards: in each supergroup by itself, and in all private chats and basic
groups of a bot together. A message that arrived unseen thus has one of the next ids behind the
newest that was seen before it was sent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.methods import TelegramMethod
from aiogram.types import Message

SUPERGROUPS = -1_000_000_000_000  # ids of supergroups and channels lie below
MAX_CANDIDATES = 6  # each costs a call
MAX_KEPT = 2000  # ids of each count


class SentIds:
    """A middleware of aiogram's session; one for a process."""

    def __init__(self, may_have_arrived: Callable[[Exception], bool]) -> None:
        """Take whether a call may have been executed that has raised an error."""
        self._may_have_arrived = may_have_arrived
        self._seen: dict[int, set[int]] = defaultdict(set)  # by count
        self._first: dict[int, int] = {}  # ids seen in this process, by count
        self._lost: dict[int, list[int]] = {}  # newest ids seen before each lost send, by chat

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[Any],
        bot: Bot,
        method: TelegramMethod[Any],
    ) -> Any:
        """Make a call; remember the ids in its answer, or that it had none."""
        chat_id = getattr(method, "chat_id", None)
        before = self.newest(chat_id) if isinstance(chat_id, int) else 0
        try:
            answer = await make_request(bot, method)
        except Exception as error:
            if isinstance(chat_id, int) and method.__api_method__.startswith("send"):
                self._note_failure(chat_id, before, error)
            raise
        if not method.__api_method__.startswith("edit"):  # whose message may be the one looked for
            for message in answer if isinstance(answer, list) else [answer]:
                if isinstance(message, Message):
                    self._note_seen(message)
        return answer

    def candidates(self, chat_id: int, behind: int) -> Sequence[int]:
        """Return the ids that the one lost message of a chat may have; none if there are several.

        behind: the id of an earlier message of the chat.
        """
        lost = self._lost.get(chat_id, [])
        if len(lost) != 1:
            return ()
        seen, first = self._seen[_count_of(chat_id)], max(lost[0], behind) + 1
        return _first_unseen(range(first, max([*seen, first]) + MAX_CANDIDATES), seen)

    def first(self, chat_id: int) -> int | None:
        """Return the first id that this process has seen of those that a chat counts, if any."""
        return self._first.get(_count_of(chat_id))

    def is_seen(self, chat_id: int, message_id: int) -> bool:
        """Return whether a message has this id that was sent here."""
        return message_id in self._seen[_count_of(chat_id)]

    def found(self, chat_id: int, message_id: int) -> None:
        """Remember the id of the message that was lost."""
        self._lost.pop(chat_id, None)
        self._seen[_count_of(chat_id)].add(message_id)

    def _note_failure(self, chat_id: int, before: int, error: Exception) -> None:
        if self._may_have_arrived(error):
            # Of an earlier one the id lies below what has been seen since.
            later = [newest for newest in self._lost.get(chat_id, []) if newest >= before]
            self._lost[chat_id] = [*later, before]

    def _note_seen(self, message: Message) -> None:
        self._first.setdefault(_count_of(message.chat.id), message.message_id)
        seen = self._seen[_count_of(message.chat.id)]
        seen.add(message.message_id)
        if len(seen) > MAX_KEPT:
            seen.difference_update(sorted(seen)[: MAX_KEPT // 2])

    def newest(self, chat_id: int) -> int:
        """Return the newest id that is known of those that a chat counts; 0 if none is."""
        return max(self._seen[_count_of(chat_id)], default=0)


def _count_of(chat_id: int) -> int:
    """Return the chat that counts its messages by itself; 0 for those that are counted together."""
    return chat_id if chat_id < SUPERGROUPS else 0


def _first_unseen(ids: Iterable[int], seen: set[int]) -> Sequence[int]:
    return [one for one in ids if one not in seen][:MAX_CANDIDATES]
