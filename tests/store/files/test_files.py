"""The store of files: whole or not at all, private, and closed to keys that lead out of it."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store.files.files import Files, InvalidKey
from tests.fixtures.cluster.s3 import BUCKET


@pytest.fixture(params=["folder", "memory", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    if request.param == "folder":
        return Files(str(tmp_path / "deep" / "files"))
    if request.param == "memory":
        return Files(f"memory://{tmp_path}")
    request.getfixturevalue("s3")
    return Files(f"s3://{BUCKET}/{tmp_path.name}")


def test_what_is_written_can_be_read(files: Files) -> None:
    files.write("jobs/7/frames/0001.png", b"one")
    files.write("jobs/7/frames/0001.png", b"another")
    assert files.read("jobs/7/frames/0001.png") == b"another"
    assert files.exists("jobs/7/frames/0001.png")
    assert not files.exists("jobs/7/frames")


def test_of_several_that_create_a_file_one_does(files: Files) -> None:
    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(lambda _: files.create("told/100", b"one"), range(8)))
    assert sorted(created) == [False] * 7 + [True]
    assert files.read("told/100") == b"one" and not files.availability.is_away
    files.delete("told/100")
    assert files.create("told/100") and files.read("told/100") == b""


def test_a_missing_file_is_missing(files: Files) -> None:
    assert not files.exists("jobs/8/picture.png")
    with pytest.raises(FileNotFoundError):
        files.read("jobs/8/picture.png")


def test_deleting_takes_a_file_or_all_below_and_minds_nothing_missing(files: Files) -> None:
    for key in ("jobs/7/a.png", "jobs/7/frames/b.png", "jobs/71/c.png"):
        files.write(key, b"data")
    files.delete("jobs/7/a.png")
    files.delete("jobs/7")
    files.delete("jobs/7")
    assert not files.exists("jobs/7/frames/b.png")
    assert files.exists("jobs/71/c.png")


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", ".", "a/.hidden", "a\\b", "a\0b", "a\n",
     "кот.png", "http://x/y", "C:x", "a" * 501],
)  # fmt: skip
def test_keys_cannot_lead_out_of_the_store(files: Files, key: str) -> None:
    for attempt in (files.read, files.exists, files.delete):
        with pytest.raises(InvalidKey):
            attempt(key)
    with pytest.raises(InvalidKey):
        files.write(key, b"")


def test_only_the_owner_can_read(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        Files(str(tmp_path / "files")).write("jobs/1/a.png", b"data")
    finally:
        os.umask(mask)
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "files/jobs/1/a.png").stat().st_mode & 0o777 == 0o600


def test_a_broken_write_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(f"file://{tmp_path}")
    files.write("a.png", b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write("a.png", b"new")
    assert files.read("a.png") == b"old"
    assert os.listdir(tmp_path) == ["a.png"]
