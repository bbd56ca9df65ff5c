"""A conversation as lines of text: who says what, and a bar for what is being painted."""

import re
import time

from sandbox.demo.terminal import Terminal
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.media import SandboxMedia, picture_size
from sandbox.state.world import WorldEvent

_BAR = 20
_WHO = 22
_SHARE = re.compile(r"(\d{1,3})(?:[.,]\d+)?\s?%")
_OF = re.compile(r"(\d+)\s?(?:/|из|of)\s?(\d+)")
_QUOTES = "«»“”\"'…. "
_OWN_BAR = re.compile("[\u2581-\u2588\u2591-\u2593\u25a0-\u25a3\u25ac-\u25b1]{3}")


class ConversationLog:
    """A watcher of the sandbox: new messages become lines, edits of a status the progress line."""

    def __init__(self, terminal: Terminal, bot: SandboxUser) -> None:
        self._terminal = terminal
        self._bot = bot
        self._started = time.monotonic()

    def see(self, event: WorldEvent) -> None:
        message, query = event.message, event.query
        if event.kind == "edit" and _only_text_changed(message):
            self._terminal.progress(f"  {progress_line(message)}")
        elif event.kind in ("message", "edit"):
            self._say(message.sender, message.chat, described(message))
        elif event.kind == "delete":
            self._say(message.sender, message.chat, "(takes a message back)")
        elif event.kind == "tap" and query:
            labels = [one.text for one in message.buttons if one.data == query.data]
            self._say(query.user, message.chat, f"taps [ {labels[0] if labels else query.data} ]")
        elif query and query.answer and query.answer.text:
            self._say(self._bot, message.chat, query.answer.text)

    def _say(self, who: SandboxUser, chat: SandboxChat, text: str) -> None:
        listener = self._bot.first_name if chat.person == who else chat.title
        head = self._terminal.column(f"{who.first_name} → {listener}", _WHO)
        seconds = time.monotonic() - self._started
        self._terminal.entry(f"{seconds:6.1f} s  {head}  ", text)


def described(message: SandboxMessage) -> str:
    """What a person sees of a message: the picture, the words, the buttons."""
    parts = [f"({describe_media(message.media)})"] if message.media else []
    parts += [line for line in message.text.splitlines() if line.strip()]
    if message.buttons:
        parts.append("  ".join(f"[ {button.text} ]" for button in message.buttons))
    return "\n".join(parts)


def describe_media(media: SandboxMedia) -> str:
    size = len(media.data)
    bulk = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1000))} kB"
    shape = (media.width, media.height) if media.width else picture_size(media.data)
    names = {"photo": "picture", "animation": "animation", "document": f"file {media.name}"}
    parts = [names[media.kind]]
    if shape:
        parts.append(f"{shape[0]}×{shape[1]}")
    if media.duration:
        parts.append(f"{media.duration:.1f} s")
    return ", ".join([*parts, bulk])


def progress_line(message: SandboxMessage) -> str:
    """The bot's status text in one line, with a bar where it names a share of the work.

    Lines that only repeat what the person asked for are left out.
    """
    asked = message.reply_to.text if message.reply_to else ""
    lines = [line.strip() for line in message.text.splitlines() if line.strip()]
    news = [line for line in lines if line.strip(_QUOTES) not in asked]
    text = " · ".join(news or lines)
    share = None if _OWN_BAR.search(text) else share_of(text)
    who = message.chat.title
    if share is None:
        return f"{who}: {text}"
    filled = round(share * _BAR)
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {who}: {text}"


def share_of(text: str) -> float | None:
    """0..1 from "40 %", "48/120", "48 of 120" or "48 из 120"; None where nothing is counted."""
    if match := _OF.search(text):
        done, whole = int(match[1]), int(match[2])
        if 0 < whole >= done:
            return done / whole
    if match := _SHARE.search(text):
        return min(1.0, int(match[1]) / 100)
    return None


def _only_text_changed(message: SandboxMessage) -> bool:
    before, after = message.versions[-2][1].media, message.media
    return (before and before.kind) == (after and after.kind)
