"""The file store for a painting, which waits while the store is away."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import TypeVar

from engine.worker.files.background import Background
from store.faults import outage
from store.files.files import Files

T = TypeVar("T")

RETRY_S = 2.0


class WaitingFiles:
    """Read and write files as soon as that is possible; `give_up` ends all waiting.

    Then the error of the outage is raised. `waited_s` is the time that was spent waiting. What is
    written later is written in order; who reads or writes first waits until that is done, and is
    told what has failed of it.
    """

    def __init__(self, files: Files, retry_s: float = RETRY_S) -> None:
        self._files, self._retry_s = files, retry_s
        self._given_up = Event()
        self._background = Background()
        self._waited_s = 0.0
        self._waiting_since: float | None = None

    @property
    def waited_s(self) -> float:
        """Return the seconds spent waiting so far, with the current wait."""
        since = self._waiting_since
        return self._waited_s + (0.0 if since is None else monotonic() - since)

    def give_up(self, *, drop: bool = False) -> None:
        """Wait no longer, for nothing; any thread may call it.

        drop: write nothing that was to be written later.
        """
        self._given_up.set()
        if drop:
            self._background.drop()

    def write(self, key: str, data: bytes) -> None:
        """Write a file atomically."""
        self.finish()
        self._when_available(lambda: self._files.write(key, data))

    def write_later(
        self, key: str, data: Callable[[], bytes], then: Callable[[], None] = lambda: None
    ) -> None:
        """Make and write a file in another thread, then call `then` there."""

        def write() -> None:
            made = data()
            self._when_available(lambda: self._files.write(key, made))
            then()

        self._background.do(write)

    def finish(self) -> None:
        """Return when all is written that was to be written later."""
        self._background.wait()

    def read(self, key: str) -> bytes:
        """Return the bytes of a file."""
        self.finish()
        return self._when_available(lambda: self._files.read(key))

    def exists(self, key: str) -> bool:
        """Return whether there is a file under the key."""
        self.finish()
        return self._when_available(lambda: self._files.exists(key))

    def delete(self, prefix: str) -> None:
        """Delete a file or a folder; where the store is away it is left to the cleanup."""
        try:
            self._files.delete(prefix)
        except Exception as error:
            if outage(error) is None:
                raise

    def _when_available(self, act: Callable[[], T]) -> T:
        try:
            while True:
                try:
                    return act()
                except Exception as error:
                    if outage(error) is None or self._given_up.is_set():
                        raise
                if self._waiting_since is None:
                    self._waiting_since = monotonic()
                self._given_up.wait(self._retry_s)
        finally:
            self._waited_s, self._waiting_since = self.waited_s, None
