"""Configure logging: one line per event, without tokens, paths and stack traces."""

import logging
import re
import traceback
from collections.abc import Iterable
from types import TracebackType

from store.system.json_log import JsonFormatter

# A bot token; in a URL its colon may be percent-encoded.
TOKEN = re.compile(r"\d+(?::|%3A)[\w-]{30,}", re.IGNORECASE)
REDACTED = "[token]"
# The folders before a file name, on any system; URLs with a host are left as they are.
FOLDERS = re.compile(
    r"(?:(?<![\w./:])|(?<=:///)|(?<=file://))(?:[A-Za-z]:)?(?:[/\\][\w.@+~-]+)+[/\\](?=[\w.@+~-])"
)
TRACE = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t].*\n?)*")
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
OUR_PACKAGES = ("bot", "store")
MAX_FRAMES = 6  # innermost calls of our packages that led to an error


class RedactingFilter(logging.Filter):
    """Rewrite each record before its handler formats it."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if secret)

    def clean(self, text: str) -> str:
        """Return the text in one line, without secrets, stack traces and folders of files."""
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        text = FOLDERS.sub("…/", TOKEN.sub(REDACTED, TRACE.sub("", text)))
        # Text from outside cannot forge a line of the log.
        return " ".join(text.split("\n")).replace("\r", " ")

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record in place; never drop it."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text = f"{text}: {short_traceback(record.exc_info[1])}"
        record.msg, record.args = self.clean(text), None
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def short_traceback(error: BaseException) -> str:
    """Return an error in one line: its message, where it was raised, and its cause."""
    frames = " < ".join(reversed(_frames(error.__traceback__)))
    line = f"{type(error).__name__}: {error}" + (f" (in {frames})" if frames else "")
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if isinstance(error, BaseExceptionGroup):
        line += "".join(f"; {short_traceback(part)}" for part in error.exceptions)
    return f"{line}; because of {short_traceback(cause)}" if cause is not None else line


def _frames(trace: TracebackType | None) -> list[str]:
    """Return `module:line` of our calls and of the one that raised, outermost first."""
    calls = [
        (str(frame.f_globals.get("__name__", "?")), line)
        for frame, line in traceback.walk_tb(trace)
    ]
    ours = [call for call in calls[:-1] if call[0].partition(".")[0] in OUR_PACKAGES]
    return [f"{module}:{line}" for module, line in [*ours[-MAX_FRAMES:], *calls[-1:]]]


def log_to_stderr(secrets: Iterable[str], *, as_json: bool = False) -> None:
    """Set up the only log handler of the process, with the filter."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if as_json else logging.Formatter(FORMAT))
    handler.addFilter(RedactingFilter(secrets))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # Their lines about each update and each migration say nothing useful.
    for name in ("aiogram.event", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
