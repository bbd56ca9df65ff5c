"""What an engine logs of errors: a line where they have to be expected, and nobody's prompt."""

import logging

from engine.errors import EngineError
from store.database import outage
from store.errors import SpokenError


def report(log: logging.Logger, level: int, what: str, error: Exception) -> None:
    """One line about an error that was foreseen; any other brings its traceback."""
    reason = _reason(error)
    if reason is None:
        log.log(level, "%s", what, exc_info=error)
    else:
        log.log(level, "%s: %s", what, " ".join(reason.split()))


def _reason(error: Exception) -> str | None:
    if isinstance(error, SpokenError):  # its sentence may quote a prompt
        return error.key
    if isinstance(error, EngineError | OSError):
        return str(error)
    return outage(error)
