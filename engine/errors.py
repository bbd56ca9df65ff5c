"""The engine's errors with their messages in the user's language, and exit codes."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from store.faults import Owner

if TYPE_CHECKING:
    from store import texts
    from store.model import Notice


# By the beginning of an error's key; the job is at fault for all others.
OWNERS = (
    ("device-", Owner.ENGINE),
    ("model-", Owner.ENGINE),
    ("checkpoint-", Owner.ENGINE),
    ("config-", Owner.ENGINE),
    ("prior-", Owner.ENGINE),
    ("weights-", Owner.ENGINE),
    ("clip-", Owner.ENGINE),
    ("folder-unknown", Owner.ENGINE),
    ("memory-out", Owner.ENGINE),
    ("picture-", Owner.PERSON),
)


class EngineError(Exception):
    """An error with a localised message; `str()` returns the English one."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values: Mapping[str, object] = values

    @property
    def owner(self) -> Owner:
        """Return who is at fault: the engine for its models and its device, a person's picture."""
        return next((owner for start, owner in OWNERS if self.key.startswith(start)), Owner.JOB)

    @property
    def notice(self) -> "Notice":
        """Return the error as a notice of a job."""
        from store.model import Notice

        plain = {k: v if isinstance(v, int | float) else _plain(v) for k, v in self.values.items()}
        return Notice(self.key, plain)

    def renamed(self, names: Mapping[str, str]) -> "EngineError":
        """Return the error with a file's name as people know it, by the name that it has here."""
        name = self.values.get("name")
        known = {"name": names.get(str(name), name)} if name is not None else {}
        return EngineError(self.key, **{**self.values, **known})

    def __str__(self) -> str:
        return sentence(self, "en")


class DownloadError(EngineError):
    """A download that failed, though the request and the settings are right."""

    def __init__(self, key: str, *, reasons: Sequence[EngineError] = (), **values: object) -> None:
        super().__init__(key, **values)
        self.reasons = tuple(reasons)  # one for each mirror


def sentence(message: "texts.LocalisedText", language: str | None) -> str:
    """Return the text of an error or a notice of the store or the engine."""
    values = dict(message.values)
    if isinstance(message, DownloadError):
        values["reasons"] = "; ".join(sentence(reason, language) for reason in message.reasons)
    return engine_texts()(language, message.key, **values)


def _plain(value: object) -> str:
    """Return a value as a row of the store holds it."""
    return (value.strerror or type(value).__name__) if isinstance(value, OSError) else str(value)


def say(key: str, language: str | None, **values: object) -> str:
    """Return a message of the store or the engine by its key."""
    return engine_texts()(language, key, **values)


@cache
def engine_texts() -> "texts.Texts":
    """Return the texts of the store and the engine, which are read once."""
    from store import texts  # late: its library is slow to import

    return texts.Texts(texts.FOLDER, Path(__file__).with_name("texts"))


DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130  # exit codes


def one_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its class."""
    return f"{error}".strip().partition("\n")[0][:200] or type(error).__name__
