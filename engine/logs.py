"""The log: every line that belongs to a job carries its id."""

import logging
from contextvars import ContextVar

from engine.errors import EngineError
from store.errors import LocalisedError

JOB: ContextVar[int | None] = ContextVar("job", default=None)

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(job)s%(message)s"


class JobFilter(logging.Filter):
    """Puts the job's id into a record, whichever library wrote it; for a handler, not a logger."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes."""
        job = JOB.get()
        record.job = "" if job is None else f"job {job}: "
        return True


def to_stderr(level: int) -> None:
    """Sends the log to the standard error stream: ours from the level on, libraries' warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    handler.addFilter(JobFilter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in ("engine", "store"):
        logging.getLogger(name).setLevel(level)


def log_error(log: logging.Logger, level: int, what: str, error: Exception) -> None:
    """One line about an error that was foreseen; any other brings its traceback."""
    reason = _reason(error)
    if reason is None:
        log.log(level, "%s", what, exc_info=error)
    else:
        log.log(level, "%s: %s", what, " ".join(reason.split()))


def _reason(error: Exception) -> str | None:
    if isinstance(error, LocalisedError):  # its sentence may quote a prompt
        return error.key
    if isinstance(error, EngineError | OSError):
        return str(error)
    from store.database.database import outage  # late: SQLAlchemy is slow to import

    return outage(error)
