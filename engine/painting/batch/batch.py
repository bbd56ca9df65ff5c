"""Paintings in threads of their own meet here, and their steps are computed together."""

import logging
from collections.abc import Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Condition
from typing import TypeVar

from engine.errors import one_line
from engine.painting import memory_budget
from engine.painting.batch.evaluation import Evaluation, StepInput, alone, evaluate
from store.faults import is_out_of_memory

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE_S = 1.0  # for a member that comes late, as it waits for the file store


class Batch:
    """Paintings that grow at the same time, each in its own thread.

    Whoever comes to a step waits until all members have; one of them then computes the steps of
    all. What fails together is computed once more for each alone, so that an error is only told to
    the painting whose it is. One thread computes at a time, whatever it computes.
    """

    def __init__(self, most: int = 1, patience_s: float = PATIENCE_S) -> None:
        self.most = most  # paintings whose steps are computed at once
        self._patience_s = patience_s
        self._turn = Condition()  # by default with a lock that its holder may take again
        self._members = 0
        self._waiting: list[_Order] = []

    @property
    def turn(self) -> AbstractContextManager[bool]:
        """Return the right to compute; all other threads wait for it."""
        return self._turn

    def in_turn(self, items: Iterator[T]) -> Iterator[T]:
        """Yield the items of a generator, which computes each of them in its turn."""
        nothing = object()
        while True:
            with self._turn:
                item = next(items, nothing)
            if item is nothing:
                return
            yield item  # type: ignore[misc]

    @contextmanager
    def member(self) -> Iterator[None]:
        """Let the others wait for this thread's steps until the end of the block."""
        with self._turn:
            self._members += 1
        try:
            yield
        finally:
            with self._turn:
                self._members -= 1
                self._turn.notify_all()

    def compute(self, one: StepInput) -> Evaluation:
        """Return what a step computes of one painting, together with those of the other members."""
        order = _Order(one)
        with self._turn:
            self._waiting.append(order)
            self._turn.wait_for(
                lambda: order.done or len(self._waiting) >= self._members, self._patience_s
            )
            if not order.done:
                self._compute_all()
        return order.taken()

    def _compute_all(self) -> None:
        waiting, self._waiting, most = self._waiting, [], self.most
        kinds: dict[Hashable, list[_Order]] = {}
        for order in waiting:
            kinds.setdefault(order.input.kind, []).append(order)
        for alike in kinds.values():
            for first in range(0, len(alike), most):
                some = alike[first : first + most]
                if len(some) == 1 or not self._compute_together(some):
                    for order in some:
                        order.compute_alone()
        self._turn.notify_all()

    def _compute_together(self, orders: "Sequence[_Order]") -> bool:
        try:
            found = evaluate([order.input for order in orders])
        except Exception as error:
            log.warning("%s steps failed together: %s", len(orders), one_line(error))
            if is_out_of_memory(error):
                self.most = max(1, len(orders) // 2)
        else:
            for order, evaluation in zip(orders, found, strict=True):
                order.evaluation = evaluation
            return True
        memory_budget.empty_cache()  # only now, with the exception gone, are its tensors free
        return False


class _Order:
    """A step that a thread waits for."""

    def __init__(self, one: StepInput) -> None:
        self.input = one
        self.evaluation: Evaluation | None = None
        self._error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.evaluation is not None or self._error is not None

    def compute_alone(self) -> None:
        try:
            self.evaluation = alone(self.input)
        except Exception as error:
            self._error = error

    def taken(self) -> Evaluation:
        """Return the result, or raise the error, which is kept nowhere else."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        assert self.evaluation is not None, "it is computed"
        return self.evaluation
