"""Terminals that cannot show every letter, and readers that stop reading."""

import codecs
import os
import select
import sys
from collections.abc import Callable

# How a sign is written where the terminal's encoding (CP1251, KOI8-R, CP866, ASCII) lacks it.
NEAR = {
    "“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "’": "'", "‘": "'", "—": "-", "–": "-",
    "…": "...", "×": "x", "→": "->", "✓": "+", "✗": "!", "·": "*", "•": "*", "№": "No.",
    "²": "2", "³": "3", "ё": "е", "Ё": "Е", "\u00a0": " ", "█": "#", "░": ".",
}  # fmt: skip
HANDLER = "mazok-near"


def run(command: Callable[[], int]) -> int:
    """Run a command whose output any terminal can show; return its exit code.

    A reader that closes the pipe, such as `head`, ends it well. Where a stream is closed from the
    beginning nothing is printed there.
    """
    codecs.register_error(HANDLER, _near)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors=HANDLER)
    try:
        code = command()
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        return 0
    return code


def reader_is_gone() -> bool:
    """Return whether nobody reads what is printed any more."""
    if not hasattr(select, "poll"):  # Windows
        return True
    poll = select.poll()
    for stream in (sys.stdout, sys.stderr):
        poll.register(stream.fileno(), 0)  # errors are reported without being asked for
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _near(error: UnicodeError) -> tuple[str, int]:
    """Replace what cannot be encoded by something near, or by a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    out = []
    for letter in error.object[error.start : error.end]:
        near = NEAR.get(letter, "?")
        try:
            near.encode(error.encoding)
        except UnicodeEncodeError:
            near = "?"
        out.append(near)
    return "".join(out), error.end


def _discard_output() -> None:
    """Lead what is still buffered nowhere: the interpreter would complain when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(nowhere, stream.fileno())
