"""Files of the Hugging Face hub, fetched by its own library.

The library knows the cache (HF_HOME), the mirror (HF_ENDPOINT) and the token (HF_TOKEN), and
resumes.
"""

import errno
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

from engine.downloads.http import MirrorError, unreachable
from engine.downloads.partial_file import write_errors
from engine.errors import DownloadError, EngineError
from store.proxy import proxy_for, wants_login
from store.system.operating_system import sync

HOME = "https://huggingface.co"
_FILE = re.compile(rf"{HOME}/([\w.-]+/[\w.-]+)/resolve/([\w.-]+)/(.+)")
_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
KEPT = 3  # connections of one pool that may have been closed meanwhile
_CLOSED = {"RemoteProtocolError", "RemoteDisconnected"}  # of httpx and of requests, by version
_THIS_MACHINE = "localhost,127.0.0.1,::1"


@dataclass(frozen=True)
class HubFile:
    """A file in a repository of the hub."""

    repository: str
    revision: str
    name: str


def hub_file(url: str) -> HubFile | None:
    """Return the file of the hub that a URL names; None for other URLs."""
    found = _FILE.fullmatch(url)
    return HubFile(found[1], found[2], found[3]) if found else None


def fetch_from_hub(
    file: HubFile,
    progress: Callable[[int, int | None], None],
    *,
    proxy: str | None = None,
    anew: bool = False,
) -> Path:
    """Return the path of the file in the hub's cache, where it is downloaded unless it is there.

    proxy: wins over the environment's. anew: download it although it is there.
    Raises MirrorError where the hub does not give it, DownloadError where it cannot be written.
    """
    endpoint = os.environ.get("HF_ENDPOINT") or HOME
    with _through(proxy):
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        try:
            from huggingface_hub import hf_hub_download
        except ImportError:
            raise MirrorError("mirror-hub-library", HOME) from None
        # It warns that no token is set, and repeats errors that are raised.
        logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)
        options: dict[str, Any] = {"endpoint": endpoint, "force_download": anew}
        if "tqdm_class" in signature(hf_hub_download).parameters:  # since 1.2
            options["tqdm_class"] = _progress_bar(progress)
        download = partial(
            hf_hub_download, file.repository, file.name, revision=file.revision, **options
        )
        try:
            path = Path(_again_if_closed(download)).resolve()
        except Exception as error:  # those of its HTTP library have no base that is public
            raise _fault(endpoint, proxy_for(endpoint, proxy), error) from None
        if "tqdm_class" not in options:
            progress(path.stat().st_size, path.stat().st_size)
        return path


def place(cached: Path, target: Path) -> None:
    """Put a file of the cache at `target`, without another copy where the file system can."""
    temporary = target.with_name(f".{target.name}.hub")
    with write_errors(target):
        temporary.unlink(missing_ok=True)
        try:
            os.link(cached, temporary)
        except OSError:  # another disk, or a file system without links
            shutil.copyfile(cached, temporary)
            sync(temporary)
        os.replace(temporary, target)
        sync(target.parent)


@contextmanager
def _through(proxy: str | None) -> Iterator[None]:
    """Set the environment's proxy: the library's parts in Python and in Rust both read it."""
    if proxy is None:
        yield
        return
    ours = dict.fromkeys(_VARIABLES, proxy) | {"NO_PROXY": _THIS_MACHINE}
    names = [spelling for name in ours for spelling in (name, name.lower())]
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: ours[name.upper()] for name in names})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _progress_bar(progress: Callable[[int, int | None], None]) -> type:
    from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]

    class Bar(tqdm):
        """Shows nothing and reports the bytes."""

        def __init__(self, *arguments: object, **options: Any) -> None:
            self.done, self.whole = options.get("initial") or 0, options.get("total")
            hidden = {**options, "disable": True}
            super().__init__(*arguments, **hidden)  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> bool | None:
            self.done += int(n or 0)
            progress(self.done, self.whole)
            return None

    return Bar


def _again_if_closed(download: Callable[[], str]) -> str:
    """Download again where connections that were kept from earlier files had been closed."""
    for _ in range(KEPT):
        try:
            return download()
        except Exception as error:
            if _CLOSED.isdisjoint(type(cause).__name__ for cause in _causes(error)):
                raise
    return download()


def _fault(endpoint: str, proxy: str | None, error: Exception) -> EngineError:
    """Return our error for one of the library, whose own texts contain URLs."""
    causes = list(_causes(error))
    if any(isinstance(cause, ImportError) and "socks" in str(cause) for cause in causes):
        return EngineError("proxy-library")
    if proxy and any(map(wants_login, causes)):
        return unreachable(endpoint, proxy, next(filter(wants_login, causes)))
    statuses = [getattr(getattr(cause, "response", None), "status_code", None) for cause in causes]
    if status := next(filter(None, statuses), None):
        key = "mirror-token" if status in (401, 403) else "mirror-status"
        return MirrorError(key, endpoint, status=status)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EACCES):
        return _write_error(error)
    if any(type(cause).__name__ == "OfflineModeIsEnabled" for cause in causes):
        return MirrorError("mirror-offline", endpoint)
    return unreachable(endpoint, proxy, type(causes[-1]).__name__)


def _write_error(error: OSError) -> DownloadError:
    folder = str(Path(error.filename).parent) if error.filename else "HF_HOME"
    if error.errno == errno.EACCES:
        return DownloadError("download-unwritable", path=folder, reason=error)
    return DownloadError("download-disk-full", folder=folder)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
