"""Whose fault an error is: the owner decides who pays, what is retried and who is told.

Errors of libraries are recognised by their public names, so that none of them has to be imported,
or installed, for that.
"""

import errno
from enum import Enum
from socket import gaierror


class Owner(Enum):
    """Who is at fault."""

    JOB = "job"  # what was being worked on; also every error that nobody foresaw
    ENGINE = "engine"  # its device, its memory, its models, its encoder
    STORE = "store"  # database or files: away, full, read-only or refusing
    TELEGRAM = "Telegram"  # or the network on the way to it
    PERSON = "person"  # a request or a picture that cannot be used


# What a disk or a file system answers that cannot be used now, whatever is asked of it.
_REFUSING_STORE = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG),  # full, or read-only
        *(errno.EACCES, errno.EPERM),
        *(errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE, errno.ENOTCONN),  # failing, gone
        *(errno.EMFILE, errno.ENFILE, errno.EBUSY, errno.ETIMEDOUT),
        *(errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH),
    }
)
# Of a driver's error: the server is away, out of resources, read-only, or ended the transaction
# (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_DENIED = ("28", "3D000")  # a wrong password, or no such database
_POOLED = ("26000", "42P05")  # a prepared statement that is gone, or there already: a pooler's mode
_REFUSING_SERVER = (*_DENIED, *_POOLED, "08", "40", "53", "55P03", "57", "58", "25006", "XX")
_SERVER_ERRORS = ("asyncpg", "psycopg", "sqlalchemy")
_FILE_SERVICES = ("botocore", "aiobotocore", "boto3", "gcsfs", "adlfs", "azure")
_TELEGRAM = ("aiogram", "aiohttp", "aiohttp_socks")
_MISSING_FILE = frozenset({"NoSuchKey", "404"})  # codes of S3
_MEMORY = ("can't allocate memory", "std::bad_alloc", "ALLOC_FAILED", "out of memory")
_DEVICE = ("CUDA error", "CUDA driver", "CUDNN_STATUS", "CUBLAS_STATUS", "HIP error", "NVML")


def owner_of(error: BaseException) -> Owner:
    """Return who is at fault for an error; its attribute `owner` decides where it has one."""
    declared = getattr(error, "owner", None)
    if isinstance(declared, Owner):
        return declared
    libraries = {_library(cls) for cls in type(error).__mro__}
    if libraries.intersection(_TELEGRAM):
        return Owner.TELEGRAM
    if is_device_error(error) or is_out_of_memory(error):
        return Owner.ENGINE
    return Owner.JOB if _outage(error, libraries) is None else Owner.STORE


def outage(error: BaseException) -> str | None:
    """Return one line about a store that is away, full or refusing; None for other errors."""
    declared = getattr(error, "owner", None)
    if isinstance(declared, Owner):
        return _one_line(error) if declared is Owner.STORE else None
    return _outage(error, {_library(cls) for cls in type(error).__mro__})


def is_denied(error: BaseException) -> bool:
    """Return whether an outage is a lack of rights, which does not pass by waiting."""
    cause = getattr(error, "orig", None) or error
    state = str(getattr(cause, "sqlstate", None) or "")
    return isinstance(error, PermissionError) or state.startswith(_DENIED)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether the memory of the process or of its device has run out."""
    if isinstance(error, MemoryError) or _is_a(error, "torch", "OutOfMemoryError"):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _MEMORY)


def is_device_error(error: BaseException) -> bool:
    """Return whether the device failed, after which the process may not be able to use it again."""
    if _is_a(error, "torch", "AcceleratorError"):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _DEVICE)


def _outage(error: BaseException, libraries: set[str]) -> str | None:
    if _is_a(error, "sqlalchemy", "TimeoutError"):
        return "every connection is in use"
    if libraries.intersection(_FILE_SERVICES):
        response = getattr(error, "response", None)
        code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
        return None if code in _MISSING_FILE else _one_line(error)
    if libraries.intersection(_SERVER_ERRORS):
        return _database_outage(error)
    if isinstance(error, OSError):
        return _one_line(error) if _is_refusing(error) else None
    return None


def _database_outage(error: BaseException) -> str | None:
    cause = getattr(error, "orig", None) or error  # the driver's
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    if getattr(error, "connection_invalidated", False):
        away = True
    elif isinstance(state, str):
        away = state.startswith(_REFUSING_SERVER)
    elif _is_a(error, "asyncpg", "InterfaceError"):
        away = not isinstance(error, ValueError)  # which is a value of ours that does not fit
    elif getattr(cause, "sqlite_errorname", None) == "SQLITE_ERROR":
        away = "no such table" in str(cause)  # in a new file; else the statement is wrong
    else:
        # DatabaseError itself is SQLite's for a damaged file, DBAPIError that of some drivers for
        # a server's failure; the other classes mean a wrong statement or value.
        away = type(error).__name__ in ("OperationalError", "DatabaseError", "DBAPIError")
    return _one_line(cause) if away else None


def _is_refusing(error: OSError) -> bool:
    if isinstance(error, ConnectionError | TimeoutError | gaierror):
        return True
    # asyncio joins the errors of several addresses in one without a number.
    return error.errno in _REFUSING_STORE or str(error).startswith("Multiple exceptions: ")


def _is_a(error: BaseException, library: str, name: str) -> bool:
    """Return whether an error is of a library's class, or of one derived from it."""
    return any(cls.__name__ == name and _library(cls) == library for cls in type(error).__mro__)


def _library(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
