"""The log: every line that belongs to a job carries its id."""

import logging
from contextvars import ContextVar

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
