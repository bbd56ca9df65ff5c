"""The texts that the sandbox prints, in the language of the terminal."""

from functools import cache
from pathlib import Path

from sandbox.errors import SandboxError
from store.texts import FOLDER, Texts


@cache
def sandbox_texts() -> Texts:
    """Return the texts of the sandbox and of all command lines, which are read once."""
    return Texts(FOLDER, Path(__file__).with_name("texts"))


class DemoError(SandboxError):
    """Raised when the demonstration cannot continue, as the key of a text that says why."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key, self.values = key, values

    def __str__(self) -> str:
        return sandbox_texts()("en", self.key, **self.values)
