"""Everything that the store can refuse or fail with."""

from collections.abc import Mapping

from store.texts import sentence


class StoreError(Exception):
    """The family of the store's errors."""


class DatabaseError(StoreError):
    """The database cannot be used: unreadable, or made by a newer version. One English sentence."""


class SettingsFileError(StoreError):
    """A file of settings cannot be read. One English sentence, which names the file."""


class LocalisedError(StoreError):
    """An error that a person reads; `str()` of it is the English sentence."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values: Mapping[str, object] = values

    def __str__(self) -> str:
        return sentence(self, "en")


class RequestError(LocalisedError):
    """The request itself is wrong, whoever asks."""


class Refused(LocalisedError):
    """The request is right, but cannot be taken now: `no-credits`, `queue-full` and so on."""
