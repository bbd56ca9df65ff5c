"""Any terminal can show what the program prints, and a reader may stop reading."""

import os
import subprocess
import sys

import pytest

PRINTS = """
import sys
from store.system import terminal
def command():
    for _ in range({lines}):
        print("«кот» — 16×16 “ё” ✓ 🐱")
    return 3
sys.exit(terminal.run(command))
"""


def _printed(encoding: str) -> tuple[int, bytes]:
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    code = PRINTS.format(lines=1)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=False
    )
    assert done.stderr == b""
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "«кот» — 16×16 “ё” ✓ 🐱"),
        ("cp1251", "«кот» — 16x16 “ё” + ?"),
        ("koi8-r", '"кот" - 16x16 "ё" + ?'),
        ("cp866", '"кот" - 16x16 "ё" + ?'),
        ("ascii", '"???" - 16x16 "?" + ?'),
    ],
)
def test_what_an_encoding_lacks_is_shown_by_something_near(encoding: str, shown: str) -> None:
    code, out = _printed(encoding)
    assert code == 3 and out.decode(encoding).strip() == shown


def test_a_reader_that_closes_the_pipe_ends_the_program_well() -> None:
    code = PRINTS.format(lines=100_000)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b"" and process.wait(30) == 0


def test_the_list_of_models_may_be_cut_off() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m engine models | head -1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0 and done.stderr == b"" and done.stdout.count(b"\n") == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_stream_that_is_closed_from_the_beginning_ends_nothing(closed: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m engine models {closed}"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0 and done.stderr == b""
