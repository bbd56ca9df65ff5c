"""Writes down who says what in which chat, as Markdown with the pictures beside it."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import imageio.v3 as imageio
from PIL import Image

from sandbox.demo.conversation_log import describe_media
from sandbox.state.chats import MessageContent, SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.keyboards import inline_rows
from sandbox.state.media import SandboxMedia
from sandbox.state.world import WorldEvent

SIDE = 128  # pixels: pictures in a transcript are small
FRAMES = 12  # of an animation, about
LONGEST = 300  # signs of a line
FOLDER = "transcript"


@dataclass
class TranscriptEntry:
    """Something that is seen: a message, an edit of it, a tap, an alert."""

    who: SandboxUser
    what: str
    content: MessageContent
    message: SandboxMessage


class TranscriptMarkdown:
    """A watcher of the sandbox; edits that follow each other become one."""

    def __init__(self, bot: SandboxUser) -> None:
        self._bot = bot
        self._chats: dict[int, tuple[SandboxChat, list[TranscriptEntry]]] = {}

    def see(self, event: WorldEvent) -> None:
        message, query = event.message, event.query
        if event.kind == "message" and not message.service:
            alone = f"tells {message.only_for.first_name} alone" if message.only_for else ""
            self._note(message.sender, alone, message.content, message)
        elif event.kind == "edit":
            self._edited(message)
        elif event.kind == "delete":
            self._note(message.sender, "takes a message back", MessageContent(), message)
        elif event.kind == "tap" and query:
            label = next((b.text for b in message.buttons if b.data == query.data), "a button")
            self._note(query.user, f"taps `{label}`", MessageContent(), message)
        elif query and query.answer and query.answer.text:
            what = f"shows {query.user.first_name} alone"
            self._note(self._bot, what, MessageContent(query.answer.text), message)

    def _note(
        self, who: SandboxUser, what: str, content: MessageContent, message: SandboxMessage
    ) -> None:
        chat = message.chat
        self._chats.setdefault(chat.id, (chat, []))[1].append(
            TranscriptEntry(who, what, content, message)
        )

    def _edited(self, message: SandboxMessage) -> None:
        _, entries = self._chats[message.chat.id]
        last = entries[-1]
        edited = "edits its message"
        same = _kind(last.content) == _kind(message.content)
        if last.message is message and last.what == edited and same:
            last.content = message.content
        else:
            self._note(message.sender, edited, message.content, message)

    def answers(self, chat: SandboxChat) -> int:
        """How often the bot has spoken there so far."""
        _, entries = self._chats.get(chat.id, (chat, []))
        return sum(entry.who == self._bot for entry in entries)

    def write(self, out: Path, introduction: str) -> list[Path]:
        """transcript.md and its pictures; what was there before of them goes."""
        pictures = out / FOLDER
        pictures.mkdir(parents=True, exist_ok=True)
        for old in pictures.iterdir():
            old.unlink()
        parts = [introduction]
        for chat, entries in self._chats.values():
            name = chat.person.first_name if chat.person else ""
            parts.append(f"## {f'{name}, in private' if name else chat.title}\n")
            parts += [_shown(entry, pictures) for entry in entries]
        path = out / "transcript.md"
        path.write_text("\n".join(parts), "utf-8")
        return [path, *sorted(pictures.iterdir())]


def _kind(content: MessageContent) -> str:
    return content.media.kind if content.media else ""


def _shown(entry: TranscriptEntry, pictures: Path) -> str:
    lines = []
    if entry.content.media:
        lines.append(_picture(entry.content.media, pictures))
    lines += entry.content.text.splitlines()
    for row in inline_rows(entry.content.markup):
        lines.append(" ".join(f"`{button['text']}`" for button in row))
    head = f"**{entry.who.first_name}**" + (f" *{entry.what}*" if entry.what else "")
    said = "  \n".join(f"> {_plain(line)}".rstrip() for line in lines)
    return f"{head}\n{said}\n" if said else f"{head}\n"


def _plain(line: str) -> str:
    """Signs of Markdown that stand in a message are only signs."""
    if line.startswith(("![", "`")):
        return line
    line = line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
    return line.replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")


def _picture(media: SandboxMedia, pictures: Path) -> str:
    """A small copy of what is seen, and a line that shows it; of other files the name alone."""
    if media.kind == "document":
        return f"({describe_media(media)})"
    name = hashlib.sha256(media.data).hexdigest()[:8]
    if media.kind == "animation":
        path = pictures / f"{name}.gif"
        frames = [Image.fromarray(one) for one in imageio.imread(media.data, extension=".mp4")]
        kept = frames[:: max(1, len(frames) // FRAMES)]
        for frame in kept:
            frame.thumbnail((SIDE, SIDE))
        kept[0].save(path, save_all=True, append_images=kept[1:], duration=300, loop=0)
    else:
        path = pictures / f"{name}.jpg"
        picture = Image.open(BytesIO(media.data)).convert("RGB")
        picture.thumbnail((SIDE, SIDE))
        picture.save(path, quality=85)
    return f"![{describe_media(media)}]({FOLDER}/{path.name})"
