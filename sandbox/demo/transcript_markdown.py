"""Write a conversation as Markdown, with its pictures beside it."""

import hashlib
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import imageio.v3 as imageio
from PIL import Image

from sandbox.demo.conversation_log import describe_media
from sandbox.demo.localisation import sandbox_texts
from sandbox.state.chats import MessageContent, SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.keyboards import inline_rows
from sandbox.state.media import SandboxMedia
from sandbox.state.world import WorldEvent

SIDE = 128  # pixels
MAX_FRAMES = 12  # of an animation, approximately
MAX_LINE = 300  # characters
FOLDER = "transcript"
_ENGLISH = partial(sandbox_texts(), "en")


@dataclass
class TranscriptEntry:
    """A visible event: a message, an edit, a tap or an alert."""

    speaker: SandboxUser
    action: str
    content: MessageContent
    message: SandboxMessage


class TranscriptMarkdown:
    """An observer of the sandbox; consecutive edits of a message become one entry."""

    def __init__(self, bot: SandboxUser) -> None:
        self._bot = bot
        self._chats: dict[int, tuple[SandboxChat, list[TranscriptEntry]]] = {}

    def record(self, event: WorldEvent) -> None:
        """Append one event."""
        message, query = event.message, event.query
        if event.kind == "message" and not message.service:
            self._append(
                message.sender, _told(message) or _replies(message), message.content, message
            )
        elif event.kind == "edit":
            self._append_edit(message)
        elif event.kind == "delete":
            self._append(message.sender, "takes a message back", MessageContent(), message)
        elif event.kind == "tap" and query:
            label = next((b.text for b in message.buttons if b.data == query.data), "a button")
            self._append(query.user, f"taps `{label}`", MessageContent(), message)
        elif query and query.answer and query.answer.text:
            action = f"shows {query.user.first_name} alone"
            self._append(self._bot, action, MessageContent(query.answer.text), message)

    def _append(
        self, speaker: SandboxUser, action: str, content: MessageContent, message: SandboxMessage
    ) -> None:
        chat = message.chat
        self._chats.setdefault(chat.id, (chat, []))[1].append(
            TranscriptEntry(speaker, action, content, message)
        )

    def _append_edit(self, message: SandboxMessage) -> None:
        _, entries = self._chats[message.chat.id]
        last = entries[-1]
        edit_action = "edits its message"
        same_kind = _kind(last.content) == _kind(message.content)
        if last.message is message and last.action == edit_action and same_kind:
            last.content = message.content
        else:
            self._append(message.sender, edit_action, message.content, message)

    def count_answers(self, chat: SandboxChat) -> int:
        """Return how many messages the bot has sent to a chat, or to one person in it."""
        _, entries = self._chats.get(chat.id, (chat, []))
        sent = (entry for entry in entries if entry.action in ("", _told(entry.message)))
        return sum(entry.speaker == self._bot for entry in sent)

    def write(self, out: Path, introduction: str) -> list[Path]:
        """Write transcript.md and its pictures, replacing older pictures."""
        pictures = out / FOLDER
        pictures.mkdir(parents=True, exist_ok=True)
        for old_file in pictures.iterdir():
            old_file.unlink()
        parts = [introduction]
        for chat, entries in self._chats.values():
            name = chat.person.first_name if chat.person else ""
            parts.append(f"## {f'{name}, in private' if name else chat.title}\n")
            parts += [_entry_markdown(entry, pictures) for entry in entries]
        path = out / "transcript.md"
        path.write_text("\n".join(parts), "utf-8")
        return [path, *sorted(pictures.iterdir())]


def _told(message: SandboxMessage) -> str:
    return f"tells {message.receiver.first_name} alone" if message.receiver else ""


def _replies(message: SandboxMessage) -> str:
    """Return to what a person replies; of the bot, which always does so, it goes without saying."""
    answered = message.reply_to
    if answered is None or message.sender.is_bot:
        return ""
    what = "a picture" if answered.media else "a message"
    return f"replies to {what} of {answered.sender.first_name}"


def _kind(content: MessageContent) -> str:
    return content.media.kind if content.media else ""


def _entry_markdown(entry: TranscriptEntry, pictures: Path) -> str:
    lines = []
    if entry.content.media:
        lines.append(_write_picture(entry.content.media, pictures))
    lines += entry.content.text.splitlines()
    for row in inline_rows(entry.content.markup):
        lines.append(" ".join(f"`{button['text']}`" for button in row))
    head = f"**{entry.speaker.first_name}**" + (f" *{entry.action}*" if entry.action else "")
    quoted = "  \n".join(f"> {_escape(line)}".rstrip() for line in lines)
    return f"{head}\n{quoted}\n" if quoted else f"{head}\n"


def _escape(line: str) -> str:
    """Escape Markdown characters and shorten long lines."""
    if line.startswith(("![", "`")):
        return line
    line = line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}…"
    return line.replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")


def _write_picture(media: SandboxMedia, pictures: Path) -> str:
    """Write a small copy of the media and return the line that shows it; for documents the name."""
    if media.kind == "document":
        return f"({describe_media(media, _ENGLISH)})"
    name = hashlib.sha256(media.data).hexdigest()[:8]
    if media.kind == "animation":
        path = pictures / f"{name}.gif"
        frames = [
            Image.fromarray(frame_array)
            for frame_array in imageio.imread(media.data, extension=".mp4")
        ]
        selected = frames[:: max(1, len(frames) // MAX_FRAMES)]
        for frame in selected:
            frame.thumbnail((SIDE, SIDE))
        selected[0].save(path, save_all=True, append_images=selected[1:], duration=300, loop=0)
    else:
        path = pictures / f"{name}.jpg"
        picture = Image.open(BytesIO(media.data)).convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        picture = picture.convert("RGB")
        picture.thumbnail((SIDE, SIDE))
        picture.save(path, quality=85)
    return f"![{describe_media(media, _ENGLISH)}]({FOLDER}/{path.name})"
