"""S3, or a service that speaks like it, behind the few calls that `Files` makes."""

import errno
import os
from collections.abc import Callable, Mapping
from functools import wraps
from importlib.util import find_spec
from typing import Any, ParamSpec, TypeVar

import fsspec

from store.errors import StoreError
from store.faults import Owner
from store.system.invocation import pip

P = ParamSpec("P")
T = TypeVar("T")

SCHEMES = ("s3", "s3a")
# Seconds. botocore waits a minute by default, and more than once.
_CONNECTION = {
    "connect_timeout": 5,
    "read_timeout": 30,
    "retries": {"max_attempts": 2},
    # Checksums that only Amazon's own service is sure to understand.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


class FilesAway(StoreError, OSError):
    """The file store cannot be used now; one English sentence."""

    owner = Owner.STORE


def _translated(call: Callable[P, T]) -> Callable[P, T]:
    """Raise FileNotFoundError and FileExistsError, and FilesAway for whatever else goes wrong.

    Errors come from four libraries here; none of them is the fault of what was asked for.
    """

    @wraps(call)
    def translated(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except Exception as error:
            code = _code(error)
            if isinstance(error, FileExistsError):
                raise
            if isinstance(error, FileNotFoundError) and code != "NoSuchBucket":
                raise
            reason = " ".join(str(error).split()) or type(error).__name__
            sentence = f"The file store answers with an error: {reason.rstrip('.')}."
            if code == "NoSuchBucket":
                sentence = "The bucket of MAZOK_FILES does not exist: create it."
            raise FilesAway(errno.EIO, sentence) from error

    return translated


class ObjectStore:
    """The objects of a bucket under their keys, as fsspec's file systems offer files.

    Key, secret, region and address of another service than Amazon's are those of the environment
    that every program for S3 reads (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` and so on). Listings
    are not cached: other machines write, too.
    """

    def __init__(self) -> None:
        """Raise FilesAway where the library is missing."""
        if find_spec("s3fs") is None:
            hint = f'S3 needs one more library: {pip()} install ".[cluster]".'
            raise FilesAway(errno.ENOSYS, hint)
        # A service of one's own has rarely a host name for each bucket.
        own = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        style = {"s3": {"addressing_style": "path"}} if own else {}
        self._fs: Any = fsspec.filesystem(
            "s3",
            endpoint_url=own,
            use_listings_cache=False,
            skip_instance_cache=True,
            config_kwargs=_CONNECTION | style,
        )

    @_translated
    def pipe_file(self, path: str, data: bytes, mode: str = "overwrite") -> None:
        """Write an object, all of it or nothing; with the mode "create" only if there is none."""
        self._fs.pipe_file(path, data, mode=mode)

    @_translated
    def cat_file(self, path: str) -> bytes:
        """Return the bytes of an object."""
        return bytes(self._fs.cat_file(path))

    @_translated
    def info(self, path: str) -> Mapping[str, Any]:
        """Return what is known of an object."""
        found: Mapping[str, Any] = self._fs.info(path)
        return found

    @_translated
    def ls(self, path: str, detail: bool = True) -> list[Mapping[str, Any]]:
        """Return what stands directly below a path."""
        return list(self._fs.ls(path, detail=detail))

    @_translated
    def find(self, path: str, detail: bool = True) -> dict[str, Mapping[str, Any]]:
        """Return all objects below a path, by their paths."""
        return dict(self._fs.find(path, detail=detail))

    @_translated
    def rm(self, path: str, recursive: bool = False) -> None:
        """Delete an object, or everything below a path."""
        self._fs.rm(path, recursive=recursive)

    @_translated
    def rm_file(self, path: str) -> None:
        """Delete one object."""
        self._fs.rm_file(path)


def _code(error: BaseException) -> str | None:
    """Return S3's name of an error, which s3fs keeps only in the error's cause."""
    for one in (error, error.__cause__):
        response = getattr(one, "response", None)
        if isinstance(response, dict):
            return str(response.get("Error", {}).get("Code"))
    return None
