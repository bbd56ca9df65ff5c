"""A real run of bot and engine, written down as its people see it, for docs/transcript.md."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.conversation_log import ConversationLog
from sandbox.demo.demo import DemoPlan
from sandbox.demo.receive import DemoRequest, await_result
from sandbox.demo.terminal import Terminal
from sandbox.demo.transcript_markdown import TranscriptMarkdown
from sandbox.server import Sandbox
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser

ADMIN = 700_000_900
PATIENCE = 120.0  # seconds for one picture

INTRODUCTION = """# A transcript

What two people and an administrator see, written down by `make transcript`: the real bot and the
real engine with the pocket models, and a local stand-in for Telegram. A message that the bot edits
several times in a row stands here once, as it looked last.
"""


def transcript_plan(out: Path) -> DemoPlan:
    settings = {"MAZOK_ADMINS": str(ADMIN)}
    return DemoPlan(out, tell=_tell, timeout=500.0, settings=settings, apart=Path("out"))


async def _tell(plan: DemoPlan, telegram: Sandbox, terminal: Terminal) -> list[Path]:
    minutes = TranscriptMarkdown(telegram.bot)
    telegram.world.watchers += [ConversationLog(terminal, telegram.bot).see, minutes.see]
    anna = telegram.person("Аня", language="ru", username="anya")
    ben = telegram.person("Ben", language="en", username="ben")
    oleg = telegram.person("Олег", language="ru", username="oleg", id=ADMIN)
    club = telegram.group("Art club", [anna, ben])
    scene = TranscriptScene(telegram, minutes)
    await _in_private(scene, anna)
    await _in_a_group(scene, ben, anna, club)
    for words in ("/queue", "/quota @anya 7", "/stats"):
        await scene.answered(oleg, telegram.chat(oleg), words)
    return minutes.write(plan.out, INTRODUCTION)


async def _in_private(scene: "TranscriptScene", anna: SandboxUser) -> None:
    chat = scene.telegram.chat(anna)
    await scene.answered(anna, chat, "/start")
    await scene.painted(anna, chat, "нарисуй панду на розовом фоне")
    photo = next(one.media for one in reversed(chat.from_bot) if one.kind == "photo")
    await scene.answered(anna, chat, "синхрофазотрон на закате")
    await scene.tapped(anna, chat, "cancel")
    assert photo is not None
    await scene.painted(anna, chat, "/draw лягушка на жёлтом фоне", photo=photo.data)
    await scene.answered(anna, chat, "/me")


async def _in_a_group(
    scene: "TranscriptScene", ben: SandboxUser, anna: SandboxUser, club: SandboxChat
) -> None:
    await scene.answered(ben, club, "/draw")
    await scene.painted(ben, club, "/draw a red heart on a white background")
    await scene.tapped(anna, club, "vary")
    await scene.answered(ben, club, "/draw " + "a very long prompt " * 40)
    await scene.answered(ben, club, "/me")


@dataclass(frozen=True)
class TranscriptScene:
    """People who wait for the bot's answer before they go on."""

    telegram: Sandbox
    minutes: TranscriptMarkdown

    async def answered(self, who: SandboxUser, chat: SandboxChat, words: str) -> None:
        before = self.minutes.answers(chat)
        self.telegram.say(who, chat, words)
        await self.telegram.until(lambda: self.minutes.answers(chat) > before, PATIENCE)
        await asyncio.sleep(0.5)  # what comes with it

    async def painted(
        self, who: SandboxUser, chat: SandboxChat, words: str, photo: bytes | None = None
    ) -> None:
        asked = self.telegram.say(who, chat, words, photo=photo)
        await await_result(self.telegram, DemoRequest("picture", who, asked))

    async def tapped(self, who: SandboxUser, chat: SandboxChat, label: str) -> None:
        query = self.telegram.tap(_last(chat, label).button(label), by=who)
        await self.telegram.until(lambda: query.answer, PATIENCE)
        await asyncio.sleep(1.0)  # what it changes


def _last(chat: SandboxChat, label: str) -> SandboxMessage:
    """The newest message with such a button."""
    for message in reversed(chat.from_bot):
        if any(label in f"{one.text} {one.data}" for one in message.buttons):
            return message
    raise LookupError(f"nobody offers {label!r} in {chat.title!r}")
