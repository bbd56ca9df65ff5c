"""Fetches one published file: from mirror to mirror, from where it stopped, and verified."""

import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from engine.downloads.http import HttpAnswer, MirrorError, Timeouts, host_of, open_url
from engine.downloads.partial_file import PartialFile, check_room, locked, sha256_of, write_whole
from engine.downloads.sources import Source
from engine.errors import DownloadError

log = logging.getLogger(__name__)

ProgressCallback = Callable[
    [int, int | None], None
]  # bytes that are there, bytes of the whole file

EVERY_S = 0.1  # progress is told no oftener
# What a portal, an error page or a repository without its large files sends in a file's place.
PAGES = (b"<!doctype html", b"<html", b"<?xml", b"version https://git-lfs")


@dataclass(frozen=True)
class ExpectedFile:
    """What the whole file has to be; a hash that nobody published is noted when it first comes."""

    size: int | None
    sha256: str | None
    record: Path
    recorded: bool  # the hash is the noted one

    @classmethod
    def of(cls, sources: Sequence[Source], target: Path) -> "ExpectedFile":
        """What the mirrors and the note beside the file tell; ValueError if they disagree."""
        sizes = {source.size_bytes for source in sources} - {None}
        hashes = {source.sha256.lower() for source in sources if source.sha256}
        if len(sizes) > 1 or len(hashes) > 1:
            raise ValueError(f"{target.name}: its mirrors are of different files")
        record = target.with_name(f"{target.name}.sha256")
        noted = None if hashes else _noted(record)
        return cls(next(iter(sizes), None), next(iter(hashes), noted), record, noted is not None)

    def note(self, sha256: str, name: str) -> None:
        """As `sha256sum --check` reads it."""
        write_whole(self.record, f"{sha256}  {name}\n")

    def mismatch(self, url: str) -> MirrorError:
        """What to say of a mirror whose file has another hash."""
        if self.recorded:
            return MirrorError("mirror-hash-recorded", url, record=str(self.record))
        return MirrorError("mirror-hash", url)


def fetch(
    sources: Sequence[Source],
    target: Path,
    *,
    progress: ProgressCallback = lambda done, total: None,
    waiting: Callable[[], None] = lambda: None,
    timeouts: Timeouts | None = None,
) -> Path:
    """The file at `target`, whole and verified; without any network if it is there already.

    The sources are mirrors of one and the same file: what one of them tells of it holds for all.
    Where another process is fetching it, says so by `waiting`, once, and waits. Raises
    DownloadError; what came by then, or by an interruption, is kept for the next time.
    """
    if is_there(sources, target):
        return target
    with locked(target.with_name(f"{target.name}.part"), waiting) as part:
        if is_there(sources, target):  # the other process has brought it
            return target
        expected = ExpectedFile.of(sources, target)
        _Download(part, expected, RateLimitedProgress(progress), timeouts or Timeouts()).run(
            sources, target
        )
        if expected.sha256 is None:
            expected.note(part.sha256(), target.name)  # first, for what follows cannot fail halfway
        part.become(target)
    return target


def is_there(sources: Sequence[Source], target: Path) -> bool:
    """Whether the file is on disk and right; notes its hash where nobody has published one."""
    expected = ExpectedFile.of(sources, target)
    if not target.is_file() or target.stat().st_size != (expected.size or target.stat().st_size):
        return False
    if expected.sha256 is not None:
        return sha256_of(target) == expected.sha256
    with target.open("rb") as file:
        if not (head := file.read(64)) or _is_page(head):
            return False
    with suppress(DownloadError):  # a folder that can only be read
        expected.note(sha256_of(target), target.name)
    return True


def note_hash(target: Path) -> None:
    """Notes what a file is like that was made here, so that damage can be told later."""
    ExpectedFile.of((), target).note(sha256_of(target), target.name)


def forget(target: Path) -> None:
    """Takes away a file that turned out to be wrong, and the hash that was noted of it."""
    target.unlink(missing_ok=True)
    ExpectedFile.of((), target).record.unlink(missing_ok=True)


class _Download:
    """One file on its way."""

    def __init__(
        self,
        part: PartialFile,
        expected: ExpectedFile,
        progress: "RateLimitedProgress",
        timeouts: Timeouts,
    ) -> None:
        self.part, self.expected = part, expected
        self.progress, self.timeouts = progress, timeouts

    def run(self, sources: Sequence[Source], target: Path) -> None:
        """Fills the part; raises DownloadError if no mirror does."""
        if self._is_whole():
            return
        if self.expected.size is not None:
            check_room(self.part.path.parent, self.expected.size - self.part.size)
        faults: list[MirrorError] = []
        # Only the mirror that it came from can go on with a file of which no hash is known.
        for source in sorted(sources, key=lambda one: self.part.validator(one.url) is None):
            try:
                return self._from(source.url)
            except MirrorError as fault:
                log.info("%s: %s", target.name, fault)
                faults.append(fault)
        key = "download-broken" if self.part.size else "download-failed"
        raise DownloadError(key, name=target.name, reasons=faults)

    def _is_whole(self) -> bool:
        size, sha256 = self.expected.size, self.expected.sha256
        if size is not None and self.part.size < size:
            return False
        if sha256 is not None and self.part.size and self.part.sha256() == sha256:
            return True
        if size is not None:
            self.part.empty()
        return False

    def _from(self, url: str) -> None:
        """The rest of the file from one mirror, however often it breaks off as long as it gives."""
        tries, afresh = 0, False
        while True:
            before = self.part.size
            try:
                resumed = self._stream(url)
                if self.expected.sha256 in (None, self.part.sha256()):
                    return
                self.part.empty()
                if not resumed or afresh:
                    raise self.expected.mismatch(url)
                afresh = True  # perhaps its beginning was at fault, which came from elsewhere
            except MirrorError as fault:
                if fault.key == "mirror-range" and self.part.size and not afresh:
                    if self.expected.sha256 is not None:
                        raise  # another mirror may have the end of what we hold
                    self.part.empty()
                    afresh = True
                    continue
                tries = 1 if self.part.size - before >= self.timeouts.gain else tries + 1
                if not fault.again or tries >= self.timeouts.tries:
                    raise
                log.info("%s breaks off at byte %d", host_of(url), self.part.size)
                sleep(self.timeouts.pause_s * tries)

    def _stream(self, url: str) -> bool:
        """One answer, to its end; whether it went on with what was there before."""
        part, validator = self.part, self.part.validator(url)
        alike = bool(validator) or self.expected.sha256 is not None
        with open_url(url, part.size if alike else 0, validator or "", self.timeouts) as answer:
            total = self._check(answer)
            begun = answer.start > 0
            for chunk in answer.chunks():
                if not begun:  # only now: a mirror with nothing to give must not cost what we hold
                    if _is_page(chunk):
                        raise MirrorError("mirror-page", url)
                    part.begin(url, answer.validator)
                    begun = True
                if total is not None and part.size + len(chunk) > total:
                    part.empty()
                    raise MirrorError("mirror-size", url)
                part.write(chunk)
                self.progress(part.size, total)
            if not begun or (total is not None and part.size < total):
                raise MirrorError("mirror-broke-off", url, again=True)
            self.progress.last(part.size, total)
            return answer.start > 0

    def _check(self, answer: HttpAnswer) -> int | None:
        """The size of the whole file, if anybody tells; before anything is thrown away."""
        size, told = self.expected.size, answer.total
        if None not in (size, told) and size != told:
            raise MirrorError("mirror-size", answer.url)
        total = size if told is None else told
        if not answer.ends and total is None and self.expected.sha256 is None:
            raise MirrorError("mirror-no-length", answer.url)
        if total is not None:
            check_room(self.part.path.parent, total - self.part.size)
        return total


class RateLimitedProgress:
    """Tells progress, though not after each of a thousand chunks a second."""

    def __init__(self, tell: ProgressCallback) -> None:
        self._tell = tell
        self._told = 0.0

    def __call__(self, done: int, total: int | None) -> None:
        if monotonic() - self._told >= EVERY_S:
            self.last(done, total)

    def last(self, done: int, total: int | None) -> None:
        self._told = monotonic()
        self._tell(done, total)


def _is_page(head: bytes) -> bool:
    return head.lstrip()[:32].lower().startswith(PAGES)


def _noted(record: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        found = re.match(r"[0-9a-f]{64}\b", record.read_text("utf-8"))
        return found[0] if found else None
    return None
