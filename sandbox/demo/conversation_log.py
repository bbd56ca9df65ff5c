"""Write a conversation to the terminal as lines of text, with a progress bar."""

import re
import time
from collections.abc import Callable

from sandbox.demo.terminal import Terminal
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.media import SandboxMedia, picture_size
from sandbox.state.world import WorldEvent

Localise = Callable[..., str]  # the text of a key with its values

_BAR_LENGTH = 20
_HEAD_WIDTH = 22
_PERCENT = re.compile(r"(\d{1,3})(?:[.,]\d+)?\s?%")
_COUNT = re.compile(r"(\d+)\s?(?:/|из|of)\s?(\d+)")
_QUOTES = "«»“”\"'…. "
_BAR_CHARACTERS = re.compile("[\u2581-\u2588\u2591-\u2593\u25a0-\u25a3\u25ac-\u25b1]{3}")


class ConversationLog:
    """An observer of the sandbox that writes messages and taps as lines, and progress in place."""

    def __init__(self, terminal: Terminal, bot: SandboxUser) -> None:
        self._terminal = terminal
        self._bot = bot
        self._started = time.monotonic()

    def record(self, event: WorldEvent) -> None:
        """Write one event."""
        message, query = event.message, event.query
        if event.kind == "edit" and _only_text_changed(message):
            self._terminal.progress(f"  {progress_line(message)}")
        elif event.kind in ("message", "edit"):
            self._write(message.sender, message.chat, describe_message(message, self._terminal.say))
        elif event.kind == "delete":
            self._write(message.sender, message.chat, self._terminal.say("demo-taken-back"))
        elif event.kind == "tap" and query:
            labels = [button.text for button in message.buttons if button.data == query.data]
            label = labels[0] if labels else query.data
            self._write(query.user, message.chat, self._terminal.say("demo-taps", label=label))
        elif query and query.answer and query.answer.text:
            self._write(self._bot, message.chat, query.answer.text)

    def _write(self, speaker: SandboxUser, chat: SandboxChat, text: str) -> None:
        listener = self._bot.first_name if chat.person == speaker else chat.title
        head = self._terminal.column(f"{speaker.first_name} → {listener}", _HEAD_WIDTH)
        seconds = time.monotonic() - self._started
        self._terminal.entry(f"{seconds:6.1f} s  {head}  ", text)


def describe_message(message: SandboxMessage, say: Localise) -> str:
    """Return what a user sees of a message: media, text and buttons."""
    parts = [f"({describe_media(message.media, say)})"] if message.media else []
    parts += [line for line in message.text.splitlines() if line.strip()]
    if message.buttons:
        parts.append("  ".join(f"[ {button.text} ]" for button in message.buttons))
    return "\n".join(parts)


def describe_media(media: SandboxMedia, say: Localise) -> str:
    """Return kind, dimensions, duration and size of a file."""
    byte_count = len(media.data)
    size_text = (
        say("media-megabytes", size=f"{byte_count / 1e6:.1f}")
        if byte_count >= 1e6
        else say("media-kilobytes", size=max(1, round(byte_count / 1000)))
    )
    dimensions = (media.width, media.height) if media.width else picture_size(media.data)
    parts = [say(f"media-{media.kind}", name=media.name)]
    if dimensions:
        parts.append(f"{dimensions[0]}×{dimensions[1]}")
    if media.duration:
        parts.append(say("media-seconds", seconds=f"{media.duration:.1f}"))
    return ", ".join([*parts, size_text])


def progress_line(message: SandboxMessage) -> str:
    """Return the bot's status text in one line, with a bar if it contains a share.

    Lines that only repeat the request are left out.
    """
    request_text = message.reply_to.text if message.reply_to else ""
    lines = [line.strip() for line in message.text.splitlines() if line.strip()]
    new_lines = [line for line in lines if line.strip(_QUOTES) not in request_text]
    text = " · ".join(new_lines or lines)
    share = None if _BAR_CHARACTERS.search(text) else parse_share(text)
    speaker = message.chat.title
    if share is None:
        return f"{speaker}: {text}"
    filled = round(share * _BAR_LENGTH)
    return f"[{'#' * filled}{'.' * (_BAR_LENGTH - filled)}] {speaker}: {text}"


def parse_share(text: str) -> float | None:
    """Parse 0..1 from "40 %", "48/120", "48 of 120" or "48 из 120"; None if there is no count."""
    if match := _COUNT.search(text):
        done, total = int(match[1]), int(match[2])
        if 0 < total >= done:
            return done / total
    if match := _PERCENT.search(text):
        return min(1.0, int(match[1]) / 100)
    return None


def _only_text_changed(message: SandboxMessage) -> bool:
    before, after = message.versions[-2][1].media, message.media
    return (before and before.kind) == (after and after.kind)
