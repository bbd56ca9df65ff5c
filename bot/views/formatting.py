"""Format text for captions: UTF-16 lengths, truncation, progress bars, durations."""

from html import escape

from store.texts import Texts

PROMPT_PREVIEW_LENGTH = 120  # units of a prompt in a line that is read in passing


BAR_LENGTH = 12  # cells


def utf16(text: str) -> int:
    """Length as Telegram counts it: what lies outside the basic plane counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def truncate_utf16(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units of plain text, never half a character, with an ellipsis."""
    if utf16(text) <= limit:
        return text
    units, end = 0, 0
    for end, announcement in enumerate(text):  # noqa: B007 (the place where it stopped is the answer)
        units += utf16(announcement)
        if units > limit - 1:  # one for the ellipsis
            break
    # A joiner or a variation selector at the cut would bind to the ellipsis.
    return text[:end].rstrip(" \u200d\ufe0f") + "…"


def truncate_prompt(prompt: str) -> str:
    """A prompt on one line of a status, ready for HTML."""
    return escape(truncate_utf16(" ".join(prompt.split()), PROMPT_PREVIEW_LENGTH), quote=False)


def progress_bar(step: int, steps: int) -> str:
    """How far it is, in signs."""
    full = BAR_LENGTH * step // max(steps, 1)
    return "▓" * full + "░" * (BAR_LENGTH - full)


def format_duration(texts: Texts, language: str, seconds: float, *, roughly: bool = False) -> str:
    """A time in words; `roughly` is for guesses, which must not pretend to know the second."""
    whole = max(1, round(seconds))
    if roughly:
        whole = _rounded_duration(whole)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return texts(language, "time-hours", hours=hours, minutes=minutes)
    if minutes and whole % 60:
        return texts(language, "time-minutes-seconds", minutes=minutes, seconds=whole % 60)
    if minutes:
        return texts(language, "time-minutes", minutes=minutes)
    return texts(language, "time-seconds", seconds=whole)


def _rounded_duration(seconds: int) -> int:
    """Up to five seconds, ten seconds, a minute or five: so that a guess also changes rarely."""
    for below, grain in ((30, 5), (120, 10), (1800, 60)):
        if seconds < below:
            return -(-seconds // grain) * grain
    return -(-seconds // 300) * 300
