"""The store's family of errors."""

from collections.abc import Mapping

from store.faults import Owner, outage
from store.texts import sentence


class StoreError(Exception):
    """The base class of the store's errors."""


class LocalisedError(StoreError):
    """An error that a user reads, as the key of a text; `str()` is the English sentence."""

    owner = Owner.PERSON

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values: Mapping[str, object] = values

    def __str__(self) -> str:
        return sentence(self, "en")


class DatabaseError(LocalisedError):
    """The database cannot be used: unreadable, or of a newer version."""

    owner = Owner.STORE


class DatabaseAway(DatabaseError):
    """The database cannot be used now, but may be later."""


class WrongSetting(LocalisedError, ValueError):
    """A value that a setting cannot have."""


class SettingsFileError(LocalisedError):
    """A file of settings cannot be read; the text names the file."""


class RequestError(LocalisedError):
    """The request itself is invalid, whoever sends it."""


class Refused(LocalisedError):
    """The request is valid but cannot be accepted now: `no-credits`, `queue-full` and so on."""


def shown_reason(error: BaseException) -> object:
    """Return what a text says of an error: the error itself if that has a text in each language."""
    if isinstance(error, LocalisedError) or (isinstance(error, OSError) and error.strerror):
        return error
    return outage(error) or type(error).__name__
