"""What is done beside a painting: in order, never too much of it, and no fault is lost."""

from functools import partial
from threading import Event, Thread, get_ident

import pytest

from engine.worker.files.background import Background


def opened(gate: Event) -> None:
    assert gate.wait(20)


def test_things_are_done_in_order_in_another_thread() -> None:
    background = Background()
    done: list[int] = []
    threads: set[int] = set()
    for number in range(20):
        background.do(partial(done.append, number))
        background.do(lambda: threads.add(get_ident()))
    background.wait()
    assert done == list(range(20)) and get_ident() not in threads


def test_who_asks_for_too_much_waits() -> None:
    background, gate, asked = Background(waiting=2), Event(), []

    def ask() -> None:
        for number in range(4):
            background.do(partial(opened, gate))
            asked.append(number)

    asking = Thread(target=ask)
    asking.start()
    asking.join(0.2)
    assert asking.is_alive() and len(asked) == 3  # one is done, two wait
    gate.set()
    asking.join(20)
    background.wait()
    assert len(asked) == 4


def test_a_fault_is_told_once_and_drops_what_was_asked_behind_it() -> None:
    background, gate, done = Background(), Event(), []

    def fail() -> None:
        assert gate.wait(20)
        raise OSError("full")

    background.do(fail)
    background.do(lambda: done.append(1))
    gate.set()
    with pytest.raises(OSError, match="full"):
        background.wait()
    background.wait()
    background.do(lambda: done.append(2))
    background.wait()
    assert done == [2]


def test_what_is_dropped_is_not_done() -> None:
    background, gate, done = Background(), Event(), []
    background.do(partial(opened, gate))
    background.do(lambda: done.append(1))
    background.drop()
    gate.set()
    background.wait()
    assert done == []
