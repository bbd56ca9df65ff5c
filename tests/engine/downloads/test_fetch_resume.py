"""Downloads that go on: over broken connections, in spite of every interruption, two at once."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from engine.downloads import partial_file
from engine.downloads.fetch import fetch
from engine.downloads.sources import Source
from engine.errors import DownloadError
from tests.fixtures.models.mirror import (
    DATA,
    KNOWN,
    LONG_TIMEOUT,
    OTHER,
    Behaviour,
    Mirrors,
    answers,
    breaks_off,
    chunked,
    get,
    known,
    left,
    serves,
)

HALF = len(DATA) // 2

FETCH = """
import sys
from pathlib import Path
from typing import Any
from engine.downloads.fetch import fetch
from engine.downloads.sources import Source
fetch([Source(sys.argv[1])], Path(sys.argv[2]))
"""


@pytest.mark.parametrize("source", [{}, KNOWN])
def test_a_mirror_that_breaks_off_goes_on(
    mirrors: Mirrors, target: Path, source: dict[str, object]
) -> None:
    url = mirrors.at("/model", breaks_off(after=HALF))
    assert get(target, Source(url, **source)) == DATA  # type: ignore[arg-type]
    assert [span for _, span in mirrors.seen] == ["", f"bytes={HALF}-"]


def test_what_came_is_kept_for_the_next_time(mirrors: Mirrors, target: Path) -> None:
    url = mirrors.at("/model", breaks_off(after=1000))
    with pytest.raises(DownloadError, match=r"to its end.*goes on from there"):
        get(target, Source(url))
    assert left(target) == ["model.ckpt.part", "model.ckpt.part.json"]
    kept = target.with_name("model.ckpt.part").stat().st_size
    assert kept == 1000 * LONG_TIMEOUT.tries
    mirrors.at("/model", serves())
    assert get(target, Source(url)) == DATA
    assert mirrors.seen[-1] == ("/model", f"bytes={kept}-")


def test_another_mirror_goes_on_where_the_hash_is_known(mirrors: Mirrors, target: Path) -> None:
    first = mirrors.at("/first", breaks_off(after=1000))
    second = mirrors.at("/second", serves(tag='"another"'))
    assert get(target, known(first), known(second)) == DATA
    assert mirrors.seen[-1] == ("/second", "bytes=3000-")


def test_another_mirror_begins_anew_where_it_is_not(mirrors: Mirrors, target: Path) -> None:
    first = mirrors.at("/first", breaks_off(after=1000))
    second = mirrors.at("/second", serves(OTHER[:-1]))
    assert get(target, Source(first), Source(second)) == OTHER[:-1]
    assert mirrors.seen[-1] == ("/second", "")


def test_the_mirror_that_began_is_asked_first(mirrors: Mirrors, target: Path) -> None:
    first, second = mirrors.at("/first", answers(404)), mirrors.at("/second", breaks_off(after=9))
    with pytest.raises(DownloadError):
        get(target, Source(first), Source(second))
    mirrors.seen.clear()
    mirrors.at("/second", serves())
    assert get(target, Source(first), Source(second)) == DATA
    assert mirrors.seen == [("/second", "bytes=27-")]


@pytest.mark.parametrize(
    "now",
    [
        serves(OTHER, tag='"2"'),
        serves(OTHER, tag='"2"', heeds_if_range=False),
        serves(OTHER, ranges=False),
        serves(OTHER[:9], tag='"2"', heeds_if_range=False),
    ],
)
def test_a_file_that_changed_is_fetched_from_its_start(
    mirrors: Mirrors, target: Path, now: Behaviour
) -> None:
    url = mirrors.at("/model", breaks_off(after=1000))
    with pytest.raises(DownloadError):
        get(target, Source(url))
    mirrors.at("/model", now)
    assert set(get(target, Source(url))) == {ord("x")}


def test_a_wrong_beginning_is_thrown_away_and_the_mirror_asked_again(
    mirrors: Mirrors, target: Path
) -> None:
    wrong = mirrors.at("/wrong", breaks_off(OTHER, after=1000))
    right = mirrors.at("/right", serves())
    assert get(target, known(wrong), known(right)) == DATA
    assert mirrors.seen[-2:] == [("/right", "bytes=3000-"), ("/right", "")]


def test_a_mirror_without_a_file_does_not_cost_what_came(mirrors: Mirrors, target: Path) -> None:
    first = mirrors.at("/first", breaks_off(after=HALF // 4))
    page = chunked(b"1d\r\n<!DOCTYPE html><title>Sign in\r\n0\r\n\r\n")
    faults = [page, answers(416), serves(DATA[:9], tag="")]
    urls = [mirrors.at(f"/{number}", fault) for number, fault in enumerate(faults)]
    last = mirrors.at("/last", serves())
    assert get(target, *map(known, (first, *urls, last))) == DATA
    assert mirrors.seen[-1] == ("/last", f"bytes={HALF // 4 * 3}-")


def test_a_disk_that_fills_up_keeps_what_came(
    mirrors: Mirrors, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullDisk(FileIO):
        def write(self, data: Any) -> int:
            if not (room := HALF - self.tell()):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(memoryview(data)[:room])

    url = mirrors.at("/model", serves())
    with monkeypatch.context() as patch:
        patch.setattr(partial_file, "FileIO", FullDisk)
        with pytest.raises(DownloadError, match="full; what came is kept"):
            get(target, Source(url), Source(url))
    assert len(mirrors.seen) == 1  # no mirror would help
    assert get(target, Source(url)) == DATA
    assert mirrors.seen[-1] == ("/model", f"bytes={HALF}-")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_process_leaves_what_the_next_one_goes_on_from(
    mirrors: Mirrors, target: Path, number: signal.Signals
) -> None:
    url = mirrors.at("/model", mirrors.waits(until=HALF))
    command = [sys.executable, "-c", FETCH, url, str(target)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        await_size(target.with_name("model.ckpt.part"), HALF)
        process.send_signal(number)
    assert process.returncode != 0 and not target.exists()
    mirrors.at("/model", serves())
    assert get(target, Source(url)) == DATA
    assert mirrors.seen[-1] == ("/model", f"bytes={HALF}-")
    assert left(target) == ["model.ckpt", "model.ckpt.sha256"]


def test_a_process_that_died_before_the_last_rename_had_it_all(
    mirrors: Mirrors, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(mirrors.at("/model", serves()))
    with monkeypatch.context() as patch:
        patch.setattr(partial_file.PartialFile, "finalise", lambda *_: sys.exit())
        with pytest.raises(SystemExit):
            get(target, source)
    assert not target.exists()
    assert get(target, source) == DATA and len(mirrors.seen) == 1


def test_two_at_once_fetch_it_once(mirrors: Mirrors, target: Path) -> None:
    url = mirrors.at("/model", mirrors.waits(until=HALF))
    with subprocess.Popen([sys.executable, "-c", FETCH, url, str(target)]) as first:
        await_size(target.with_name("model.ckpt.part"), HALF)
        waited = threading.Event()

        def waiting() -> None:
            waited.set()
            mirrors.gate.set()

        fetch([Source(url)], target, waiting=waiting, connection=LONG_TIMEOUT)
        assert first.wait(10) == 0 and waited.is_set()
    assert target.read_bytes() == DATA and len(mirrors.seen) == 1


def test_the_second_takes_over_from_one_that_dies(mirrors: Mirrors, target: Path) -> None:
    url = mirrors.at("/model", mirrors.waits(until=HALF))
    with subprocess.Popen([sys.executable, "-c", FETCH, url, str(target)]) as first:
        await_size(target.with_name("model.ckpt.part"), HALF)
        mirrors.at("/model", serves())
        fetch([Source(url)], target, waiting=first.kill, connection=LONG_TIMEOUT)
    assert target.read_bytes() == DATA
    assert mirrors.seen[1:] == [("/model", f"bytes={HALF}-")]


def await_size(path: Path, size: int) -> None:
    for _ in range(1000):
        if path.exists() and path.stat().st_size >= size:
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} has not grown to {size} bytes")
