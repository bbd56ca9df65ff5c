"""Lines and one progress line on any terminal, in any encoding."""

import shutil
import textwrap
import time
import unicodedata
from typing import TextIO

from sandbox.demo.localisation import sandbox_texts

_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_LATIN_LETTERS = "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch ' y ' e yu ya"
_LATIN = dict(zip(_CYRILLIC, _LATIN_LETTERS.split(" "), strict=True))
_ASCII = {"×": "x", "→": "->", "…": "...", "—": "-", "–": "-", "·": "|", "«": '"', "»": '"'} | {
    "’": "'",
    "“": '"',
    "”": '"',
    "№": "No.",
    "\u00a0": " ",
    "\u202f": " ",
}
_MAX_WIDTH = 110


def encodable(text: str, encoding: str) -> str:
    """Replace letters that the encoding lacks: Cyrillic by Latin ones, the rest by "?"."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_transliterated(letter, encoding) for letter in text)
    return text


def _transliterated(letter: str, encoding: str) -> str:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        latin = _LATIN.get(letter.lower(), "")
        replacement = latin.capitalize() if letter.isupper() else latin
        return replacement or _ASCII.get(letter, "?")
    return letter


def display_width(text: str) -> int:
    """Return the number of terminal columns of the text."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    combining = sum(unicodedata.combining(letter) > 0 for letter in text)
    return len(text) + wide - combining


def truncate(text: str, width: int) -> str:
    """Cut the text to a width in columns, with an ellipsis."""
    if display_width(text) <= width:
        return text
    while text and display_width(text) > width - 3:
        text = text[:-1]
    return f"{text.rstrip()}..."


class Terminal:
    """Writes lines; a progress line is rewritten in place, or repeated at intervals in a log."""

    def __init__(
        self,
        stream: TextIO,
        language: str = "en",
        *,
        rewrites: bool | None = None,
        interval: float = 4.0,
    ) -> None:
        self._stream, self._language = stream, language
        self._rewrites = stream.isatty() if rewrites is None else rewrites
        self._interval = interval
        self._encoding = stream.encoding or "utf-8"
        self._last = ("", float("-inf"))
        self._progress_shown = False  # whether the last row shows a progress line
        self._closed = False

    @property
    def width(self) -> int:
        """Return the usable width in columns."""
        return min(_MAX_WIDTH, shutil.get_terminal_size((100, 24)).columns) - 1

    def say(self, key: str, **values: object) -> str:
        """Return a text in the language of the terminal."""
        return sandbox_texts()(self._language, key, **values)

    def line(self, text: str = "") -> None:
        """Write a line."""
        self._write(f"{self._erase()}{text}\n")

    def column(self, text: str, width: int) -> str:
        """Return the text cut or padded to a width in columns."""
        text = truncate(encodable(text, self._encoding), width)
        return text + " " * (width - display_width(text))

    def entry(self, head: str, text: str) -> None:
        """Write a line with a head, wrapped so that further lines align with the text."""
        indent = " " * display_width(head)
        text_width = max(20, self.width - display_width(head))
        lines = [
            part for line in text.splitlines() for part in textwrap.wrap(line, text_width)
        ] or [""]
        self._write(self._erase())
        for number, line in enumerate(lines):
            self._write(f"{indent if number else head}{line}".rstrip() + "\n")

    def progress(self, text: str) -> None:
        """Show the progress line."""
        text = truncate(encodable(text, self._encoding), self.width)
        if self._rewrites:
            self._write(f"{self._erase()}{text}")
            self._progress_shown = True
            return
        previous, written_at = self._last
        if text != previous and time.monotonic() - written_at >= self._interval:
            self._last = (text, time.monotonic())
            self._write(f"{text}\n")

    def _erase(self) -> str:
        shown, self._progress_shown = self._progress_shown, False
        return "\r\x1b[2K" if shown else ""

    def _write(self, text: str) -> None:
        if self._closed or not text:
            return
        try:
            self._stream.write(encodable(text, self._encoding))
            self._stream.flush()
        except OSError:  # the reader has closed the output; the demonstration continues
            self._closed = True
