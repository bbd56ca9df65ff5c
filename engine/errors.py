"""What the engine can refuse or fail with, and how it says so to a person."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store import texts
    from store.model import Notice


class EngineError(Exception):
    """A refusal with a sentence of its own; `str()` of it is the English one."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values: Mapping[str, object] = values

    @property
    def notice(self) -> "Notice":
        """Itself as a job carries it to the person who asked."""
        from store.model import Notice

        plain = {k: v if isinstance(v, int | float) else str(v) for k, v in self.values.items()}
        return Notice(self.key, plain)

    def __str__(self) -> str:
        return sentence(self, "en")


class DownloadError(EngineError):
    """A download that came to nothing, though the request and the settings are right."""

    def __init__(self, key: str, *, reasons: Sequence[EngineError] = (), **values: object) -> None:
        super().__init__(key, **values)
        self.reasons = tuple(reasons)  # one for each mirror that was asked


def sentence(spoken: "texts.LocalisedText", language: str | None) -> str:
    """What a refusal or a notice of the store or the engine says."""
    values = dict(spoken.values)
    if isinstance(spoken, DownloadError):
        values["reasons"] = "; ".join(sentence(reason, language) for reason in spoken.reasons)
    return _texts()(language, spoken.key, **values)


def say(key: str, language: str | None, **values: object) -> str:
    """One message of the store's or the engine's own."""
    return _texts()(language, key, **values)


@cache
def _texts() -> "texts.Texts":
    from store import texts  # only who has something to say needs the library that says it

    return texts.Texts(texts.FOLDER, Path(__file__).with_name("texts"))


DONE = 0


FAILED, WRONG, INTERRUPTED = 1, 2, 130  # exit codes
