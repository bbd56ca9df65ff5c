"""Plain lines and one progress line, for any terminal, for none, and for any encoding."""

import shutil
import textwrap
import time
import unicodedata
from typing import TextIO

_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_IN_LATIN = "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch ' y ' e yu ya"
_LATIN = dict(zip(_CYRILLIC, _IN_LATIN.split(" "), strict=True))
_PLAIN = {"×": "x", "→": "->", "…": "...", "—": "-", "–": "-", "·": "|", "«": '"', "»": '"'} | {
    "’": "'",
    "“": '"',
    "”": '"',
    "№": "No.",
    "\u00a0": " ",
    "\u202f": " ",
}
_WIDEST = 110


def encodable(text: str, encoding: str) -> str:
    """The text in letters that the encoding has: Russian in Latin ones, at the worst "?"."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_letter(one, encoding) for one in text)
    return text


def _letter(letter: str, encoding: str) -> str:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        latin = _LATIN.get(letter.lower(), "")
        plain = latin.capitalize() if letter.isupper() else latin
        return plain or _PLAIN.get(letter, "?")
    return letter


def columns(text: str) -> int:
    """How wide a terminal shows the text."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    marks = sum(unicodedata.combining(letter) > 0 for letter in text)
    return len(text) + wide - marks


def shortened(text: str, width: int) -> str:
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 3:
        text = text[:-1]
    return f"{text.rstrip()}..."


class Terminal:
    """On a terminal the progress line is rewritten in place; elsewhere it comes now and then."""

    def __init__(self, stream: TextIO, *, rewrites: bool | None = None, every: float = 4.0) -> None:
        self._stream = stream
        self._rewrites = stream.isatty() if rewrites is None else rewrites
        self._every = every
        self._encoding = stream.encoding or "utf-8"
        self._last = ("", float("-inf"))
        self._open = False  # an unfinished progress line stands in the terminal's last row
        self._gone = False

    @property
    def width(self) -> int:
        return min(_WIDEST, shutil.get_terminal_size((100, 24)).columns) - 1

    def line(self, text: str = "") -> None:
        self._write(f"{self._erase()}{text}\n")

    def column(self, text: str, width: int) -> str:
        """The text cut or filled up to a width, counted in what this terminal will show."""
        text = shortened(encodable(text, self._encoding), width)
        return text + " " * (width - columns(text))

    def entry(self, head: str, text: str) -> None:
        """A line with a head; what does not fit goes on under the text, not under the head."""
        indent = " " * columns(head)
        room = max(20, self.width - columns(head))
        lines = [part for line in text.splitlines() for part in textwrap.wrap(line, room)] or [""]
        self._write(self._erase())
        for number, line in enumerate(lines):
            self._write(f"{indent if number else head}{line}".rstrip() + "\n")

    def progress(self, text: str) -> None:
        text = shortened(encodable(text, self._encoding), self.width)
        if self._rewrites:
            self._write(f"{self._erase()}{text}")
            self._open = True
            return
        said, at = self._last
        if text != said and time.monotonic() - at >= self._every:
            self._last = (text, time.monotonic())
            self._write(f"{text}\n")

    def _erase(self) -> str:
        opened, self._open = self._open, False
        return "\r\x1b[2K" if opened else ""

    def _write(self, text: str) -> None:
        if self._gone or not text:
            return
        try:
            self._stream.write(encodable(text, self._encoding))
            self._stream.flush()
        except OSError:  # whoever read the output has left; the demonstration goes on
            self._gone = True
