"""A logging filter: one line for each event, without tokens, paths and stack traces."""

import logging
import re
import traceback
from collections.abc import Iterable
from types import TracebackType

# How a bot token looks; the colon may stand percent-encoded in an address.
TOKEN = re.compile(r"\d+(?::|%3A)[\w-]{30,}", re.IGNORECASE)
REDACTED = "[token]"
# The folders before a file's name, on any system; an address on the network keeps its own.
FOLDERS = re.compile(
    r"(?:(?<![\w./:])|(?<=:///)|(?<=file://))(?:[A-Za-z]:)?(?:[/\\][\w.@+~-]+)+[/\\](?=[\w.@+~-])"
)
TRACE = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t].*\n?)*")
OUR_PACKAGES = ("bot", "store")
PLACES = 6  # of our calls that led to an error, the innermost


class RedactingFilter(logging.Filter):
    """Rewrites a record before its handler formats it."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if secret)

    def clean(self, text: str) -> str:
        """The text without secrets, traces, and the folders that lead to a file; in one line."""
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        text = FOLDERS.sub("…/", TOKEN.sub(REDACTED, TRACE.sub("", text)))
        # What came from outside cannot pretend to be a line of its own.
        return " ".join(text.split("\n")).replace("\r", " ")

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, clean."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text = f"{text}: {short_traceback(record.exc_info[1])}"
        record.msg, record.args = self.clean(text), None
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def short_traceback(error: BaseException) -> str:
    """An error in one line: what it says, where it happened, and what caused it."""
    places = " < ".join(reversed(_places(error.__traceback__)))
    line = f"{type(error).__name__}: {error}" + (f" (in {places})" if places else "")
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if isinstance(error, BaseExceptionGroup):
        line += "".join(f"; {short_traceback(one)}" for one in error.exceptions)
    return f"{line}; because of {short_traceback(cause)}" if cause is not None else line


def _places(trace: TracebackType | None) -> list[str]:
    """`module:line` of our calls and of the one that raised, the outermost first."""
    calls = [
        (str(frame.f_globals.get("__name__", "?")), line)
        for frame, line in traceback.walk_tb(trace)
    ]
    ours = [call for call in calls[:-1] if call[0].partition(".")[0] in OUR_PACKAGES]
    return [f"{module}:{line}" for module, line in [*ours[-PLACES:], *calls[-1:]]]


def log_to_stderr(secrets: Iterable[str]) -> None:
    """Set up the program's only log handler, with the filter in it."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(RedactingFilter(secrets))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # A line for every update and every step of a start tells nobody anything.
    for name in ("aiogram.event", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
