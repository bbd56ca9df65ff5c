"""A real run of bot and engine, written down as its people see it, for docs/transcript.md."""

import asyncio
from pathlib import Path

from sandbox.chats import Chat, Message, User
from sandbox.conversation import Conversation
from sandbox.demo import Plan
from sandbox.minutes import Minutes
from sandbox.server import Sandbox
from sandbox.story import Request, receive
from sandbox.terminal import Terminal

ADMIN = 700_000_900
PATIENCE = 120.0  # seconds for one picture

INTRODUCTION = """# A transcript

What two people and an administrator see, written down by `make transcript`: the real bot and the
real engine with the pocket models, and a local stand-in for Telegram. A message that the bot edits
several times in a row stands here once, as it looked last.
"""


def transcript_plan(out: Path) -> Plan:
    return Plan(out, tell=_tell, timeout=500.0, settings={"MAZOK_ADMINS": str(ADMIN)})


async def _tell(plan: Plan, telegram: Sandbox, terminal: Terminal) -> list[Path]:
    minutes = Minutes(telegram.bot)
    telegram.world.watchers += [Conversation(terminal, telegram.bot).see, minutes.see]
    anna = telegram.person("Аня", language="ru", username="anya")
    ben = telegram.person("Ben", language="en", username="ben")
    oleg = telegram.person("Олег", language="ru", username="oleg", id=ADMIN)
    club = telegram.group("Art club", [anna, ben])
    for tell in (_in_private(telegram, anna), _in_a_group(telegram, ben, anna, club)):
        await tell
    for words in ("/queue", "/quota @anya 7", "/stats"):
        await _answered(telegram, oleg, telegram.chat(oleg), words)
    return minutes.write(plan.out, INTRODUCTION)


async def _in_private(telegram: Sandbox, anna: User) -> None:
    chat = telegram.chat(anna)
    await _answered(telegram, anna, chat, "/start")
    cat = await _painted(telegram, anna, chat, "нарисуй кота на жёлтом фоне")
    again = telegram.tap(_last(chat, "again").button("again"))
    await telegram.until(lambda: again.answer, PATIENCE)
    await receive(telegram, Request("again", anna, chat.visible[-1]))
    await _answered(telegram, anna, chat, "синхрофазотрон на закате")
    await _tapped(telegram, anna, chat, "cancel")
    photo = next(one.media for one in reversed(cat.chat.from_bot) if one.kind == "photo")
    assert photo is not None
    sent = telegram.say(anna, chat, "/draw кот на синем фоне", photo=photo.data)
    await receive(telegram, Request("photo", anna, sent))
    await _answered(telegram, anna, chat, "/me")


async def _in_a_group(telegram: Sandbox, ben: User, anna: User, club: Chat) -> None:
    await _answered(telegram, ben, club, "/draw")
    await _painted(telegram, ben, club, "/draw a yellow star on a black background")
    await _tapped(telegram, anna, club, "vary")
    await _answered(telegram, ben, club, "/draw " + "a very long prompt " * 40)
    await _answered(telegram, ben, club, "/me")


async def _answered(telegram: Sandbox, who: User, chat: Chat, words: str) -> Message:
    asked = telegram.say(who, chat, words)
    await telegram.until(lambda: chat.from_bot and chat.from_bot[-1].id > asked.id, PATIENCE)
    await asyncio.sleep(0.5)  # what comes with it
    return asked


async def _painted(telegram: Sandbox, who: User, chat: Chat, words: str) -> Message:
    asked = telegram.say(who, chat, words)
    await receive(telegram, Request("picture", who, asked))
    return asked


async def _tapped(telegram: Sandbox, who: User, chat: Chat, label: str) -> None:
    query = telegram.tap(_last(chat, label).button(label), by=who)
    await telegram.until(lambda: query.answer, PATIENCE)
    await asyncio.sleep(1.0)  # what it changes


def _last(chat: Chat, label: str) -> Message:
    """The newest message with such a button."""
    for message in reversed(chat.from_bot):
        if any(label in f"{one.text} {one.data}" for one in message.buttons):
            return message
    raise LookupError(f"nobody offers {label!r} in {chat.title!r}")
