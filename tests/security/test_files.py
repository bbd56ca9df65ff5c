"""Nothing leads out of the folder of files, and nobody else reads what is secret."""

import os
from pathlib import Path

import pytest

from store.environment import open_to_others
from store.files.files import Files, InvalidKey

DAY_S = 86_400.0


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Return a folder of somebody else, with a file that is old enough to be swept."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "letter").write_bytes(b"private")
    os.utime(folder / "letter", (0, 0))
    return folder


@pytest.fixture
def files(tmp_path: Path, outside: Path) -> Files:
    """Return a store in whose folder somebody has put links that lead out of it."""
    files = Files(str(tmp_path / "files"))
    files.write("jobs/1/picture.png", b"picture")
    (tmp_path / "files" / "jobs" / "2").symlink_to(outside)
    (tmp_path / "files" / "jobs" / "1" / "linked").symlink_to(outside / "letter")
    (tmp_path / "files" / "jobs" / "1" / "loop").symlink_to(tmp_path / "files")
    return files


@pytest.mark.parametrize("key", ["jobs/2/letter", "jobs/1/linked", "jobs/1/loop/jobs/1/x"])
def test_a_link_is_neither_read_nor_written_nor_deleted(
    files: Files, outside: Path, key: str
) -> None:
    for attempt in (files.read, files.exists, files.delete, lambda key: files.write(key, b"x")):
        with pytest.raises(InvalidKey):
            attempt(key)
    assert [path.name for path in outside.iterdir()] == ["letter"]


def test_sweeping_does_not_follow_a_link(files: Files, outside: Path) -> None:
    assert files.keys("jobs") == ["jobs/1/picture.png"]
    assert files.older_than("jobs", DAY_S) == []
    files.delete("jobs/1")
    assert (outside / "letter").read_bytes() == b"private"
    assert files.keys("jobs") == []


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "files").symlink_to(tmp_path / "disk")
    files = Files(str(tmp_path / "files"))
    files.write("jobs/1/p.png", b"x")
    assert files.keys("jobs") == ["jobs/1/p.png"] and files.read("jobs/1/p.png") == b"x"


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        ("MAZOK_TOKEN=1:a\n", 0o644, True),
        ("MAZOK_TOKEN=1:a\n", 0o640, True),
        ("MAZOK_TOKEN=1:a\n", 0o600, False),
        ("MAZOK_DATABASE=postgresql://me:secret@host/mazok\n", 0o644, True),
        ("MAZOK_TOKEN=\nMAZOK_STEPS=9\nMAZOK_BOT_API=http://host:8081\n", 0o644, False),
    ],
)
def test_a_file_of_secrets_that_others_can_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, mode: int, told: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(text)
    Path(".env").chmod(mode)
    assert (open_to_others(Path(".env")) is not None) is told


def test_no_file_is_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAZOK_HOME", str(tmp_path))
    assert open_to_others(Path(".env")) is None and open_to_others(None) is None
