"""Ctrl-C while a picture is painted: the first one finishes it as it is, the second drops it."""

import signal
from types import FrameType, TracebackType
from typing import Self, TextIO

from engine.errors import say


class FinishOnInterrupt:
    """Say, once Ctrl-C was pressed, that the picture is good enough.

    Before there is a picture, Ctrl-C ends the command as usual.
    """

    def __init__(self, stream: TextIO, language: str) -> None:
        self.asked = False
        self.has_picture = False
        self._stream, self._language = stream, language
        self._before = signal.getsignal(signal.SIGINT)

    def __call__(self) -> bool:
        """Return whether the picture is to be finished as it is."""
        return self.asked

    def __enter__(self) -> Self:
        """Handle Ctrl-C from here on."""
        self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Handle Ctrl-C as before."""
        signal.signal(signal.SIGINT, self._before)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked or not self.has_picture:
            raise KeyboardInterrupt
        self.asked = True
        print(say("finishing", self._language), file=self._stream)
