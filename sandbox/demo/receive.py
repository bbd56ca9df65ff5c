"""What a person gets for a request: the picture and the animation, found and saved."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError
from sandbox.server import Sandbox
from sandbox.state.chats import Button, SandboxMessage, SandboxUser
from sandbox.state.keyboards import inline_rows
from sandbox.state.media import SandboxMedia, picture_size

_PATIENCE = 3600.0  # the demonstration's own limit is shorter
_TAP_SECONDS = 25.0


@dataclass(frozen=True)
class DemoRequest:
    name: str  # of the files to save
    person: SandboxUser
    message: SandboxMessage


class GivenUp(SandboxError):
    """The bot says that no picture will come."""


async def await_result(telegram: Sandbox, request: DemoRequest) -> dict[str, SandboxMedia]:
    """Wait for the picture and the animation; fetch the true PNG and GIF behind buttons.

    Keys are the suffixes of files: "png" (or "jpg"), "mp4", "gif". GivenUp where none will come.
    """
    await telegram.until(lambda: _arrived(request) or _last_words(request), _PATIENCE)
    if not _arrived(request):
        raise GivenUp(f"the bot says: {_last_words(request)}")
    found = {_suffix(media): media for media in _arrived(request)}
    for suffix in ("png", "gif"):
        if suffix not in found and (media := await _fetch(telegram, request, suffix)):
            found[suffix] = media
    return found


def save(folder: Path, request: DemoRequest, found: dict[str, SandboxMedia]) -> list[Path]:
    saved = []
    for suffix, media in found.items():
        path = folder / f"{request.name}.{suffix}"
        path.write_bytes(media.data)
        saved.append(path)
    return saved


def _arrived(request: DemoRequest) -> list[SandboxMedia]:
    """The picture and the animation once both are there; before that nothing.

    A preview that is still being painted may be a picture too: only when the animation stands
    in one message and a picture in another is the work done.
    """
    shown = [media for one in _replies(request) if (media := one.media)]
    animations = [one for one in shown if one.kind == "animation"]
    pictures = [one for one in shown if one.kind != "animation" and picture_size(one.data)]
    return [pictures[-1], animations[-1]] if pictures and animations else []


def _last_words(request: DemoRequest) -> str:
    """What the bot says once there is nothing left to stop: its buttons went, no animation came."""
    for one in _replies(request):
        had_buttons = any(inline_rows(content.markup) for _, content in one.versions)
        if had_buttons and not one.buttons and one.kind != "animation":
            return " ".join(one.text.split())
    return ""


def _replies(request: DemoRequest) -> list[SandboxMessage]:
    chat = request.message.chat
    return [one for one in chat.from_bot if one.id > request.message.id]


async def _fetch(telegram: Sandbox, request: DemoRequest, suffix: str) -> SandboxMedia | None:
    """Tap the button that offers such a file, if there is one, and wait for the file."""
    button = _offer(request, suffix) or await _unfold(telegram, request, suffix)
    if button is None:
        return None

    def delivered() -> SandboxMedia | None:
        return next(filter(_is(suffix), (one.media for one in reversed(_replies(request)))), None)

    telegram.tap(button, by=request.person)
    try:
        return await telegram.until(delivered, _TAP_SECONDS)
    except TimeoutError:
        return None


async def _unfold(telegram: Sandbox, request: DemoRequest, suffix: str) -> Button | None:
    """The button may stand among those that another one unfolds."""
    more = _offer(request, "more")
    if more is None:
        return None
    telegram.tap(more, by=request.person)
    try:
        return await telegram.until(lambda: _offer(request, suffix), _TAP_SECONDS)
    except TimeoutError:
        return None


def _offer(request: DemoRequest, suffix: str) -> Button | None:
    for message in reversed(_replies(request)):
        for button in message.buttons:
            if button.data and suffix in f"{button.text} {button.data}".lower():
                return button
    return None


def _is(suffix: str) -> Callable[[SandboxMedia | None], bool]:
    return lambda media: media is not None and _suffix(media) == suffix


def _suffix(media: SandboxMedia) -> str:
    for suffix, start in (("png", b"\x89PNG"), ("gif", b"GIF8"), ("jpg", b"\xff\xd8")):
        if media.data.startswith(start):
            return suffix
    return "mp4" if media.kind == "animation" else "bin"
