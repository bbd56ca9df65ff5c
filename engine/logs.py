"""Logging: every line that belongs to a job has its id."""

import logging
from contextvars import ContextVar

from engine.errors import EngineError
from store.errors import LocalisedError
from store.faults import Owner, outage
from store.system.json_log import JsonFormatter

JOB: ContextVar[int | None] = ContextVar("job", default=None)

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(job)s%(message)s"


class JobFilter(logging.Filter):
    """Add the job's id to a record of any library; for a handler, not a logger."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the id; never drop the record."""
        job = JOB.get()
        record.job = "" if job is None else f"job {job}: "
        return True


def to_stderr(level: int, *, as_json: bool = False) -> None:
    """Log to stderr: our own loggers from `level` on, libraries from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if as_json else logging.Formatter(FORMAT))
    handler.addFilter(JobFilter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in ("engine", "store"):
        logging.getLogger(name).setLevel(level)


def log_error(log: logging.Logger, level: int, what: str, error: Exception) -> None:
    """Log an expected error in one line and any other with its traceback; never log a prompt."""
    reason = _reason(error)
    if reason is None:
        log.log(level, "%s", what, exc_info=error)
    else:
        log.log(level, "%s: %s", what, " ".join(reason.split()))


def _reason(error: Exception) -> str | None:
    if isinstance(error, LocalisedError) and error.owner is Owner.PERSON:
        return error.key  # its message may quote a prompt
    if isinstance(error, EngineError | LocalisedError | OSError):
        return str(error)
    return outage(error)
