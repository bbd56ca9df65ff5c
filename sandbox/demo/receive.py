"""Wait for the result of a request and save its files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.localisation import DemoError
from sandbox.server import Sandbox
from sandbox.state.chats import Button, SandboxMessage, SandboxUser
from sandbox.state.keyboards import inline_rows
from sandbox.state.media import SandboxMedia, picture_size

_WAIT_SECONDS = 3600.0  # the demonstration has a shorter time limit
_TAP_SECONDS = 25.0


@dataclass(frozen=True)
class DemoRequest:
    """A request that a simulated user has sent."""

    name: str  # base name of the saved files
    user: SandboxUser
    message: SandboxMessage


async def await_result(telegram: Sandbox, request: DemoRequest) -> dict[str, SandboxMedia]:
    """Wait for picture and animation; fetch the original PNG and GIF through buttons.

    Keys are file suffixes: "png" (or "jpg"), "mp4", "gif". Raises DemoError if none will come.
    """
    await telegram.until(lambda: _result_media(request) or _final_text(request), _WAIT_SECONDS)
    if not _result_media(request):
        raise DemoError("demo-said", text=_final_text(request))
    results = {_suffix(media): media for media in _result_media(request)}
    for suffix in ("png", "gif"):
        if suffix not in results and (media := await _fetch_file(telegram, request, suffix)):
            results[suffix] = media
    return results


def save(folder: Path, request: DemoRequest, results: dict[str, SandboxMedia]) -> list[Path]:
    """Write the files of a request; return their paths."""
    saved = []
    for suffix, media in results.items():
        path = folder / f"{request.name}.{suffix}"
        path.write_bytes(media.data)
        saved.append(path)
    return saved


def _result_media(request: DemoRequest) -> list[SandboxMedia]:
    """Return picture and animation once both are there, otherwise nothing.

    A preview of an unfinished painting may be a picture too, so the animation must be in one
    message and a picture in another.
    """
    media_shown = [media for message in _replies(request) if (media := message.media)]
    animations = [item for item in media_shown if item.kind == "animation"]
    pictures = [
        item for item in media_shown if item.kind != "animation" and picture_size(item.data)
    ]
    return [pictures[-1], animations[-1]] if pictures and animations else []


def _final_text(request: DemoRequest) -> str:
    """Return the final text of a request without a result, or an empty string.

    It is the text of a message whose buttons are gone and that is no animation.
    """
    for message in _replies(request):
        had_buttons = any(inline_rows(content.markup) for _, content in message.versions)
        if had_buttons and not message.buttons and message.kind != "animation":
            return " ".join(message.text.split())
    return ""


def _replies(request: DemoRequest) -> list[SandboxMessage]:
    chat = request.message.chat
    return [message for message in chat.from_bot if message.id > request.message.id]


async def _fetch_file(telegram: Sandbox, request: DemoRequest, suffix: str) -> SandboxMedia | None:
    """Tap the button that offers such a file, if there is one, and wait for the file."""
    button = _find_button(request, suffix) or await _expand_and_find(telegram, request, suffix)
    if button is None:
        return None

    def delivered() -> SandboxMedia | None:
        shown = (message.media for message in reversed(_replies(request)))
        return next(filter(_has_suffix(suffix), shown), None)

    telegram.tap(button, by=request.user)
    try:
        return await telegram.until(delivered, _TAP_SECONDS)
    except TimeoutError:
        return None


async def _expand_and_find(telegram: Sandbox, request: DemoRequest, suffix: str) -> Button | None:
    """Expand the keyboard and return the button, which may be among the others."""
    more_button = _find_button(request, "more")
    if more_button is None:
        return None
    telegram.tap(more_button, by=request.user)
    try:
        return await telegram.until(lambda: _find_button(request, suffix), _TAP_SECONDS)
    except TimeoutError:
        return None


def _find_button(request: DemoRequest, suffix: str) -> Button | None:
    for message in reversed(_replies(request)):
        for button in message.buttons:
            if button.data and suffix in f"{button.text} {button.data}".lower():
                return button
    return None


def _has_suffix(suffix: str) -> Callable[[SandboxMedia | None], bool]:
    return lambda media: media is not None and _suffix(media) == suffix


def _suffix(media: SandboxMedia) -> str:
    for suffix, start in (("png", b"\x89PNG"), ("gif", b"GIF8"), ("jpg", b"\xff\xd8")):
        if media.data.startswith(start):
            return suffix
    return "mp4" if media.kind == "animation" else "bin"
