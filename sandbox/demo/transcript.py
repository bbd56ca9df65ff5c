"""Record a real run of bot and engine as its users see it, for docs/transcript.md."""

from pathlib import Path

from sandbox.demo.conversation_log import ConversationLog
from sandbox.demo.demo import DemoOptions
from sandbox.demo.terminal import Terminal
from sandbox.demo.transcript_markdown import TranscriptMarkdown
from sandbox.demo.transcript_session import TranscriptSession
from sandbox.page.people import ADMIN_ID
from sandbox.server import Sandbox
from sandbox.state.chats import SandboxChat, SandboxUser

# What the two people say of the same: a prompt with parameters in words, an answer that changes its
# picture, one that needs many steps, and what to look for.
RUSSIAN = (
    "подсолнух на чёрном фоне, 3:2, зерно 42, быстро, без анимации",
    "подсолнух ночью, быстро",
    "большой красный дом, 300 шагов",
    "цветок",
)
ENGLISH = (
    "a penguin on a white background, 3:2, seed 42, quick, no animation",
    "+ a blue sky",
    "a big red house, 300 steps",
    "bird",
)

INTRODUCTION = """# A transcript

What two people and an administrator see, written down by `make transcript`: the real bot and the
real engine with the pocket models, and a local stand-in for Telegram. A message that the bot edits
several times in a row is shown once, with its last content.
"""


def transcript_options(out: Path) -> DemoOptions:
    """Return the options of a demonstration that writes the transcript to `out`."""
    settings = {"MAZOK_ADMINS": str(ADMIN_ID)}
    return DemoOptions(
        out, scenario=_scenario, timeout=1500.0, settings=settings, log_folder=Path("out")
    )


async def _scenario(options: DemoOptions, telegram: Sandbox, terminal: Terminal) -> list[Path]:
    transcript = TranscriptMarkdown(telegram.bot)
    telegram.world.observers += [ConversationLog(terminal, telegram.bot).record, transcript.record]
    anna = telegram.person("Аня", language="ru", username="anya")
    ben = telegram.person("Ben", language="en", username="ben")
    oleg = telegram.person("Олег", language="ru", username="oleg", id=ADMIN_ID)
    club = telegram.group("Art club", [anna, ben])
    session = TranscriptSession(telegram, transcript)
    await _in_private(session, anna)
    await session.paint_sheet(ben, telegram.chat(ben), "/draw a red apple, x4")
    await _with_pictures(session, ben, ENGLISH)
    await _in_a_group(session, ben, anna, club)
    for text in ("/queue", "/quota @anya 7", "/stats"):
        await session.send(oleg, telegram.chat(oleg), text)
    return transcript.write(options.out, INTRODUCTION)


async def _in_private(session: TranscriptSession, anna: SandboxUser) -> None:
    chat = session.telegram.chat(anna)
    await session.send(anna, chat, "/start")
    await session.paint(anna, chat, "нарисуй панду на розовом фоне")
    await session.paint_sheet(anna, chat, "/draw 4 рыжий кот на пляже")
    await session.paint_sheet(anna, chat, "≈2", tap=True)
    await session.alone(anna, chat, "3")
    await session.send(anna, chat, "синхрофазотрон на закате")
    await session.tap(anna, chat, "cancel")
    await _with_pictures(session, anna, RUSSIAN)
    await session.send(anna, chat, "/me")


async def _with_pictures(
    session: TranscriptSession, user: SandboxUser, words: tuple[str, ...]
) -> None:
    """Say parameters in words; change a picture, name it, find it, make it a sticker; stop one."""
    chat = session.telegram.chat(user)
    with_parameters, change, long, wanted = words
    first = await session.picture(user, chat, with_parameters)
    await session.picture(user, chat, change, reply_to=first)
    await session.send(user, chat, "/words", reply_to=first)
    await session.send(user, chat, f"/gallery {wanted}")
    await session.send(user, chat, "/sticker", reply_to=first)
    await session.picture(user, chat, long, enough=True)
    await session.tap(user, chat, "more")
    await session.tap(user, chat, "edit")


async def _in_a_group(
    session: TranscriptSession, ben: SandboxUser, anna: SandboxUser, club: SandboxChat
) -> None:
    await session.send(ben, club, "/draw")
    await session.picture(ben, club, "/draw a red heart on a white background")
    await session.tap(anna, club, "vary")
    await session.send(ben, club, "/draw " + "a very long prompt " * 40)
    await session.send(ben, club, "/me")
