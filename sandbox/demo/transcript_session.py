"""Act as the users of a transcript, and wait for what the bot answers."""

import asyncio
from dataclasses import dataclass

from sandbox.demo.receive import DemoRequest, await_result
from sandbox.demo.transcript_markdown import TranscriptMarkdown
from sandbox.server import Sandbox
from sandbox.state.chats import Button, SandboxChat, SandboxMessage, SandboxUser

ANSWER_SECONDS = 120.0  # limit on the wait for an answer of the bot
LOOK_SECONDS = 12.0  # in which a picture grows before somebody has enough


@dataclass(frozen=True)
class TranscriptSession:
    """Act as the users: send, then wait for the answer."""

    telegram: Sandbox
    transcript: TranscriptMarkdown

    async def send(
        self,
        user: SandboxUser,
        chat: SandboxChat,
        text: str,
        reply_to: SandboxMessage | None = None,
    ) -> None:
        """Send a text and wait for an answer."""
        before = self.transcript.count_answers(chat)
        self.telegram.say(user, chat, text, reply_to=reply_to)
        await self.telegram.until(
            lambda: self.transcript.count_answers(chat) > before, ANSWER_SECONDS
        )
        await asyncio.sleep(0.5)  # messages that follow the answer

    async def paint(self, user: SandboxUser, chat: SandboxChat, text: str) -> None:
        """Send a request and wait for its result."""
        request = self.telegram.say(user, chat, text)
        await await_result(self.telegram, DemoRequest("picture", user, request))

    async def picture(
        self,
        user: SandboxUser,
        chat: SandboxChat,
        text: str,
        reply_to: SandboxMessage | None = None,
        *,
        enough: bool = False,
    ) -> SandboxMessage:
        """Send a request and return its picture.

        enough: end it with the button that keeps what is painted so far, once it can be seen.
        """
        request = self.telegram.say(user, chat, text, reply_to=reply_to)

        def shown(action: str) -> SandboxMessage | None:
            later = (item for item in chat.from_bot if item.id > request.id and item.media)
            offers = (item for item in later if any(_does(b, action) for b in item.buttons))
            return next(offers, None)

        if enough:
            await self.telegram.until(lambda: shown("keep"), ANSWER_SECONDS)
            await asyncio.sleep(LOOK_SECONDS)
            await self.tap(user, chat, "keep")
        picture = await self.telegram.until(lambda: shown("do:again"), 3 * ANSWER_SECONDS)
        assert picture is not None
        await asyncio.sleep(0.5)
        return picture

    async def paint_sheet(
        self, user: SandboxUser, chat: SandboxChat, words: str, *, tap: bool = False
    ) -> None:
        """Ask for several pictures at once, by a text or a button, and wait for their sheet."""
        before = len(_sheets(chat))
        if tap:
            await self.tap(user, chat, words)
        else:
            self.telegram.say(user, chat, words)
        await self.telegram.until(lambda: len(_sheets(chat)) > before, 3 * ANSWER_SECONDS)
        await asyncio.sleep(0.5)

    async def alone(self, user: SandboxUser, chat: SandboxChat, number: str) -> None:
        """Tap the number of a picture on the newest sheet, and wait for it."""
        last = chat.from_bot[-1].id
        self.telegram.tap(_sheets(chat)[-1].button(number), by=user)
        await self.telegram.until(
            lambda: chat.from_bot[-1].id > last and chat.from_bot[-1].kind == "photo",
            ANSWER_SECONDS,
        )
        await asyncio.sleep(0.5)

    async def tap(self, user: SandboxUser, chat: SandboxChat, label: str) -> None:
        """Tap a button and wait for the answer."""
        query = self.telegram.tap(_last_with_button(chat, label).button(label), by=user)
        await self.telegram.until(lambda: query.answer, ANSWER_SECONDS)
        await asyncio.sleep(1.0)  # edits that follow the answer


def _does(button: Button, action: str) -> bool:
    return (button.data or "").startswith(action)


def _sheets(chat: SandboxChat) -> list[SandboxMessage]:
    """Return the messages with a sheet, which alone have buttons with numbers."""
    return [item for item in chat.from_bot if any(button.text == "1" for button in item.buttons)]


def _last_with_button(chat: SandboxChat, label: str) -> SandboxMessage:
    """Return the newest message with such a button."""
    for message in reversed(chat.from_bot):
        if any(label in f"{item.text} {item.data}" for item in message.buttons):
            return message
    raise LookupError(f"no message has a button {label!r} in {chat.title!r}")
