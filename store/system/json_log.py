"""Lines of the log as JSON objects, for programs that collect them (`MAZOK_LOG=json`)."""

import json
import logging
import re
from datetime import UTC, datetime

_JOB = re.compile(r"^job (\d+): ")


class JsonFormatter(logging.Formatter):
    """Write a record as one line: time, level, logger, message, and the job that it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; the job's id is taken from the beginning of the message."""
        # A traceback belongs into the same line.
        message = getattr(record, "job", "") + super().format(record)
        values: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        if match := _JOB.match(message):
            values["job"] = int(match[1])
        return json.dumps({**values, "message": _JOB.sub("", message, count=1)}, ensure_ascii=False)
