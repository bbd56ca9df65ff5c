"""Download one published file: try its mirrors, resume, verify."""

import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from engine.downloads import hub
from engine.downloads.http import ConnectionSettings, HttpAnswer, MirrorError, host_of, open_url
from engine.downloads.partial_file import (
    PartialFile,
    check_room,
    partial_file,
    sha256_of,
    write_whole,
)
from engine.downloads.sources import Source
from engine.errors import DownloadError

log = logging.getLogger(__name__)

# Bytes downloaded so far, and bytes of the whole file.
ProgressCallback = Callable[[int, int | None], None]

PROGRESS_INTERVAL_S = 0.1
# How an error page, a login page or a pointer of Git LFS begins.
PAGES = (b"<!doctype html", b"<html", b"<?xml", b"version https://git-lfs")


@dataclass(frozen=True)
class ExpectedFile:
    """Size and hash that the file must have.

    If no hash is published, that of the first download is recorded and enforced afterwards.
    """

    size: int | None
    sha256: str | None
    record: Path
    recorded: bool  # the hash is the recorded one

    @classmethod
    def of(cls, sources: Sequence[Source], target: Path) -> "ExpectedFile":
        """Combine sources and the record beside the file; raise ValueError if they disagree."""
        sizes = {source.size_bytes for source in sources} - {None}
        hashes = {source.sha256.lower() for source in sources if source.sha256}
        if len(sizes) > 1 or len(hashes) > 1:
            raise ValueError(f"{target.name}: its mirrors are of different files")
        record = target.with_name(f"{target.name}.sha256")
        recorded = None if hashes else _read_record(record)
        return cls(
            next(iter(sizes), None), next(iter(hashes), recorded), record, recorded is not None
        )

    def write_record(self, sha256: str, name: str) -> None:
        """Record the hash in the format of `sha256sum --check`."""
        write_whole(self.record, f"{sha256}  {name}\n")

    def mismatch(self, url: str) -> MirrorError:
        """Return the error for a mirror whose file has another hash."""
        if self.recorded:
            return MirrorError("mirror-hash-recorded", url, record=str(self.record))
        return MirrorError("mirror-hash", url)


def fetch(
    sources: Sequence[Source],
    target: Path,
    *,
    progress: ProgressCallback = lambda done, total: None,
    waiting: Callable[[], None] = lambda: None,
    connection: ConnectionSettings | None = None,
) -> Path:
    """Download the file to `target` and verify it, unless it is there already; return `target`.

    sources: mirrors of one and the same file: the size and hash of one are those of all.
    waiting: called once where another process is downloading the file, which this one waits for.

    Raises DownloadError; what was downloaded by then, or by an interruption, is resumed next time.
    """
    if is_complete(sources, target):
        return target
    with partial_file(target.with_name(f"{target.name}.part"), waiting) as part:
        if is_complete(sources, target):  # another process has downloaded it
            return target
        expected = ExpectedFile.of(sources, target)
        cached = _Download(
            part, expected, RateLimitedProgress(progress), connection or ConnectionSettings()
        ).run(sources, target)
        if expected.sha256 is None:
            # First the record: the file must not exist without it.
            expected.write_record(sha256_of(cached) if cached else part.sha256(), target.name)
        if cached is None:
            part.finalise(target)
        else:
            part.empty()
            hub.place(cached, target)
    return target


def is_complete(sources: Sequence[Source], target: Path) -> bool:
    """Return whether the file is on disk and correct; record its hash if none is published."""
    expected = ExpectedFile.of(sources, target)
    if not target.is_file() or target.stat().st_size != (expected.size or target.stat().st_size):
        return False
    if expected.sha256 is not None:
        return sha256_of(target) == expected.sha256
    with target.open("rb") as file:
        if not (head := file.read(64)) or _is_page(head):
            return False
    with suppress(DownloadError):  # the folder may be read-only
        expected.write_record(sha256_of(target), target.name)
    return True


def record_hash(target: Path) -> None:
    """Record the hash of a file that was made here, so that damage can be detected later."""
    ExpectedFile.of((), target).write_record(sha256_of(target), target.name)


def discard(target: Path) -> None:
    """Delete a file that turned out to be wrong, and its recorded hash."""
    target.unlink(missing_ok=True)
    ExpectedFile.of((), target).record.unlink(missing_ok=True)


class _Download:
    """The download of one file."""

    def __init__(
        self,
        part: PartialFile,
        expected: ExpectedFile,
        progress: "RateLimitedProgress",
        connection: ConnectionSettings,
    ) -> None:
        self.part, self.expected = part, expected
        self.progress, self.connection = progress, connection

    def run(self, sources: Sequence[Source], target: Path) -> Path | None:
        """Complete the partial file, or return the whole file where the hub's cache has it.

        Raises DownloadError if no mirror can.
        """
        if self._is_whole():
            return None
        if self.expected.size is not None:
            check_room(self.part.path.parent, self.expected.size - self.part.size)
        faults: list[MirrorError] = []
        # First the mirror that the part is from: without a hash only that one can continue it.
        for source in sorted(sources, key=lambda source: self.part.validator(source.url) is None):
            try:
                if file := hub.hub_file(source.url):
                    return self._from_hub(file, source.url)
                self._download(source.url)
                return None
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

    def _from_hub(self, file: hub.HubFile, url: str) -> Path:
        """Return the file in the hub's cache; a wrong one is downloaded anew once."""
        for anew in (False, True):
            cached = hub.fetch_from_hub(file, self.progress, proxy=self.connection.proxy, anew=anew)
            if self.expected.size not in (None, cached.stat().st_size):
                fault = MirrorError("mirror-size", url)
            elif self.expected.sha256 not in (None, sha256_of(cached)):
                fault = self.expected.mismatch(url)
            else:
                return cached
        raise fault

    def _download(self, url: str) -> None:
        """Download the rest from one mirror; retry as long as each try brings some of it."""
        tries, restarted = 0, False
        while True:
            before = self.part.size
            try:
                resumed = self._stream(url)
                if self.expected.sha256 in (None, self.part.sha256()):
                    return
                self.part.empty()
                if not resumed or restarted:
                    raise self.expected.mismatch(url)
                restarted = True  # the wrong bytes may be those of another mirror
            except MirrorError as fault:
                if fault.key == "mirror-range" and self.part.size and not restarted:
                    if self.expected.sha256 is not None:
                        raise  # another mirror may have the rest
                    self.part.empty()
                    restarted = True
                    continue
                tries = 1 if self.part.size - before >= self.connection.gain else tries + 1
                if not fault.again or tries >= self.connection.tries:
                    raise
                log.info("%s breaks off at byte %d", host_of(url), self.part.size)
                sleep(self.connection.pause_s * tries)

    def _stream(self, url: str) -> bool:
        """Read one response to its end; return whether it continued the part."""
        part, validator = self.part, self.part.validator(url)
        resumable = bool(validator) or self.expected.sha256 is not None
        with open_url(
            url, part.size if resumable else 0, validator or "", self.connection
        ) as answer:
            total = self._check(answer)
            writing = answer.start > 0
            for chunk in answer.chunks():
                if not writing:  # only now: an empty response must not replace the part
                    if _is_page(chunk):
                        raise MirrorError("mirror-page", url)
                    part.begin(url, answer.validator)
                    writing = True
                if total is not None and part.size + len(chunk) > total:
                    part.empty()
                    raise MirrorError("mirror-size", url)
                part.write(chunk)
                self.progress(part.size, total)
            if not writing or (total is not None and part.size < total):
                raise MirrorError("mirror-broke-off", url, again=True)
            self.progress.last(part.size, total)
            return answer.start > 0

    def _check(self, answer: HttpAnswer) -> int | None:
        """Return the size of the whole file, if known; raise MirrorError if it is wrong."""
        size, announced = self.expected.size, answer.total
        if None not in (size, announced) and size != announced:
            raise MirrorError("mirror-size", answer.url)
        total = size if announced is None else announced
        if not answer.ends and total is None and self.expected.sha256 is None:
            raise MirrorError("mirror-no-length", answer.url)
        if total is not None:
            check_room(self.part.path.parent, total - self.part.size)
        return total


class RateLimitedProgress:
    """Call back with the progress, at most once in `PROGRESS_INTERVAL_S`."""

    def __init__(self, callback: ProgressCallback) -> None:
        self._callback = callback
        self._called = 0.0

    def __call__(self, done: int, total: int | None) -> None:
        """Report bytes done and in total."""
        if monotonic() - self._called >= PROGRESS_INTERVAL_S:
            self.last(done, total)

    def last(self, done: int, total: int | None) -> None:
        """Call back in any case."""
        self._called = monotonic()
        self._callback(done, total)


def _is_page(head: bytes) -> bool:
    return head.lstrip()[:32].lower().startswith(PAGES)


def _read_record(record: Path) -> str | None:
    with suppress(OSError, UnicodeDecodeError):
        match = re.match(r"[0-9a-f]{64}\b", record.read_text("utf-8"))
        return match[0] if match else None
    return None
