"""Record a real run of bot and engine as its users see it, for docs/transcript.md."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.conversation_log import ConversationLog
from sandbox.demo.demo import DemoOptions
from sandbox.demo.receive import DemoRequest, await_result
from sandbox.demo.terminal import Terminal
from sandbox.demo.transcript_markdown import TranscriptMarkdown
from sandbox.server import Sandbox
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser

ADMIN = 700_000_900
ANSWER_SECONDS = 120.0  # limit on the wait for an answer of the bot

INTRODUCTION = """# A transcript

What two people and an administrator see, written down by `make transcript`: the real bot and the
real engine with the pocket models, and a local stand-in for Telegram. A message that the bot edits
several times in a row is shown once, with its last content.
"""


def transcript_options(out: Path) -> DemoOptions:
    """Return the options of a demonstration that writes the transcript to `out`."""
    settings = {"MAZOK_ADMINS": str(ADMIN)}
    return DemoOptions(
        out, scenario=_scenario, timeout=900.0, settings=settings, log_folder=Path("out")
    )


async def _scenario(options: DemoOptions, telegram: Sandbox, terminal: Terminal) -> list[Path]:
    transcript = TranscriptMarkdown(telegram.bot)
    telegram.world.observers += [ConversationLog(terminal, telegram.bot).record, transcript.record]
    anna = telegram.person("Аня", language="ru", username="anya")
    ben = telegram.person("Ben", language="en", username="ben")
    oleg = telegram.person("Олег", language="ru", username="oleg", id=ADMIN)
    club = telegram.group("Art club", [anna, ben])
    session = TranscriptSession(telegram, transcript)
    await _in_private(session, anna)
    await _in_a_group(session, ben, anna, club)
    for text in ("/queue", "/quota @anya 7", "/stats"):
        await session.send(oleg, telegram.chat(oleg), text)
    return transcript.write(options.out, INTRODUCTION)


async def _in_private(session: "TranscriptSession", anna: SandboxUser) -> None:
    chat = session.telegram.chat(anna)
    await session.send(anna, chat, "/start")
    await session.paint(anna, chat, "нарисуй панду на розовом фоне")
    await session.paint_sheet(anna, chat, "/draw 4 рыжий кот на пляже")
    await session.paint_sheet(anna, chat, "≈2", tap=True)
    await session.alone(anna, chat, "3")
    photo = next(item.media for item in reversed(chat.from_bot) if item.kind == "photo")
    await session.send(anna, chat, "синхрофазотрон на закате")
    await session.send(anna, chat, "космонавт верхом на лошади")
    await session.tap(anna, chat, "cancel")
    assert photo is not None
    await session.paint(anna, chat, "/draw лягушка на жёлтом фоне", photo=photo.data)
    await session.send(anna, chat, "/me")


async def _in_a_group(
    session: "TranscriptSession", ben: SandboxUser, anna: SandboxUser, club: SandboxChat
) -> None:
    await session.send(ben, club, "/draw")
    await session.paint(ben, club, "/draw a red heart on a white background")
    await session.tap(anna, club, "vary")
    await session.send(ben, club, "/draw " + "a very long prompt " * 40)
    await session.send(ben, club, "/me")


@dataclass(frozen=True)
class TranscriptSession:
    """Act as the users: send, then wait for the answer."""

    telegram: Sandbox
    transcript: TranscriptMarkdown

    async def send(self, user: SandboxUser, chat: SandboxChat, text: str) -> None:
        """Send a text and wait for an answer."""
        before = self.transcript.count_answers(chat)
        self.telegram.say(user, chat, text)
        await self.telegram.until(
            lambda: self.transcript.count_answers(chat) > before, ANSWER_SECONDS
        )
        await asyncio.sleep(0.5)  # messages that follow the answer

    async def paint(
        self, user: SandboxUser, chat: SandboxChat, text: str, photo: bytes | None = None
    ) -> None:
        """Send a request and wait for its result."""
        request = self.telegram.say(user, chat, text, photo=photo)
        await await_result(self.telegram, DemoRequest("picture", user, request))

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


def _sheets(chat: SandboxChat) -> list[SandboxMessage]:
    """Return the messages with a sheet, which alone have buttons with numbers."""
    return [item for item in chat.from_bot if any(button.text == "1" for button in item.buttons)]


def _last_with_button(chat: SandboxChat, label: str) -> SandboxMessage:
    """Return the newest message with such a button."""
    for message in reversed(chat.from_bot):
        if any(label in f"{item.text} {item.data}" for item in message.buttons):
            return message
    raise LookupError(f"no message has a button {label!r} in {chat.title!r}")
