"""Format text for captions: UTF-16 lengths, truncation, progress bars, durations."""

from html import escape

from store.texts import Texts

PROMPT_PREVIEW_LENGTH = 120  # UTF-16 units of a prompt that is quoted in one line
BAR_LENGTH = 12  # cells
SHORT_BAR = 6


def utf16(text: str) -> int:
    """Return the length in UTF-16 units, as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def truncate_utf16(text: str, limit: int) -> str:
    """Cut plain text to at most `limit` UTF-16 units, between characters, with an ellipsis."""
    if utf16(text) <= limit:
        return text
    units, end = 0, 0
    for end, character in enumerate(text):  # noqa: B007 (the index of the cut is used below)
        units += utf16(character)
        if units > limit - 1:  # one for the ellipsis
            break
    # A joiner or a variation selector at the cut would bind to the ellipsis.
    return text[:end].rstrip(" \u200d\ufe0f") + "…"


def truncate_prompt(prompt: str) -> str:
    """Return a prompt in one line, cut and escaped for HTML."""
    return escape(truncate_utf16(" ".join(prompt.split()), PROMPT_PREVIEW_LENGTH), quote=False)


def progress_bar(step: int, steps: int) -> str:
    """Return a bar of block characters."""
    filled = BAR_LENGTH * step // max(steps, 1)
    return "▓" * filled + "░" * (BAR_LENGTH - filled)


def bar(share: float) -> str:
    """Return a short bar for a share in 0..1."""
    filled = max(1, round(SHORT_BAR * min(share, 1.0)))
    return "▰" * filled + "▱" * (SHORT_BAR - filled)


def format_duration(texts: Texts, language: str, seconds: float, *, roughly: bool = False) -> str:
    """Return a duration in words; `roughly` rounds it up, for estimates."""
    rounded = max(1, round(seconds))
    if roughly:
        rounded = _rounded_duration(rounded)
    hours, minutes = rounded // 3600, rounded % 3600 // 60
    if hours:
        return texts(language, "time-hours", hours=hours, minutes=minutes)
    if minutes and rounded % 60:
        return texts(language, "time-minutes-seconds", minutes=minutes, seconds=rounded % 60)
    if minutes:
        return texts(language, "time-minutes", minutes=minutes)
    return texts(language, "time-seconds", seconds=rounded)


def _rounded_duration(seconds: int) -> int:
    """Round up to a multiple that grows with the duration, so that estimates change rarely."""
    for below, multiple in ((30, 5), (120, 10), (1800, 60)):
        if seconds < below:
            return -(-seconds // multiple) * multiple
    return -(-seconds // 300) * 300
