"""A logging filter that lets no bot token reach a log."""

import logging
import re
from collections.abc import Iterable

# How a bot token looks; the colon may stand percent-encoded in an address.
TOKEN = re.compile(r"\d+(?::|%3A)[\w-]{30,}", re.IGNORECASE)
HIDDEN = "[token]"


class Redact(logging.Filter):
    """Rewrites a record before its handler formats it: message, exception and stack."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if secret)

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return TOKEN.sub(HIDDEN, text)

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self.clean(record.getMessage()), None
        if record.exc_info:
            # A traceback is formatted here, because the formatter would print it as it is.
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self.clean(record.exc_text)
        if record.stack_info:
            record.stack_info = self.clean(record.stack_info)
        return True


def log_to_stderr(secrets: Iterable[str]) -> None:
    """Set up the program's only log handler, with the filter in it."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(Redact(secrets))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # A line for every update and every step of a start tells nobody anything.
    for name in ("aiogram.event", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
