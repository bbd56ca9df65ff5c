"""Things that are done beside a painting, so that it does not wait for them."""

from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from threading import Condition, Thread

WAITING = 4  # things to do; who asks for more waits


class Background:
    """Do one thing after the other in a thread of its own, in the order in which they are asked.

    What one of them raises is raised to whoever asks next or waits for the end, once; what was
    asked behind it is dropped. The thread lives as long as there is something to do.
    """

    def __init__(self, waiting: int = WAITING) -> None:
        self._waiting = waiting
        self._changed = Condition()
        self._acts: deque[tuple[Context, Callable[[], None]]] = deque()
        self._running = False
        self._fault: Exception | None = None

    def do(self, act: Callable[[], None]) -> None:
        """Ask for something; return before it is done."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._acts) < self._waiting)
            self._tell_fault()
            self._acts.append((copy_context(), act))
            if not self._running:
                self._running = True
                Thread(target=self._run, name="background", daemon=True).start()

    def wait(self) -> None:
        """Return when all is done that was asked for."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running)
            self._tell_fault()

    def drop(self) -> None:
        """Do nothing that has not begun, and forget what was raised."""
        with self._changed:
            self._acts.clear()
            self._fault = None
            self._changed.notify_all()

    def _tell_fault(self) -> None:
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._acts:
                    self._running = False
                    self._changed.notify_all()
                    return
                context, act = self._acts.popleft()
                self._changed.notify_all()
            try:
                context.run(act)
            except Exception as error:
                with self._changed:
                    self._fault = error
                    self._acts.clear()
