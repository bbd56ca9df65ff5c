"""Scheduled faults, and the log of the bot's calls."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import Misuse, Refusal, flood, forbidden

DROP_BEFORE = "drop-before"  # the connection breaks and the call has no effect
DROP_AFTER = "drop-after"  # the call takes effect and its answer is lost
HANG = "hang"  # the call has no effect and is never answered
CUT = "cut"  # the call takes effect; of the answer half arrives, which is no JSON
PAGE = "page"  # the call has no effect; a proxy answers with a web page, code 502
ANY_METHOD = "*"

_BROKEN = (DROP_BEFORE, DROP_AFTER, HANG, CUT, PAGE)
_SERVER_ERRORS = {500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}


@dataclass
class Fault:
    """A failure of the next `times` calls of a method, optionally in one chat."""

    method: str
    kind: int | str
    times: int = 1
    retry_after: int = 1
    chat_id: int | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in _BROKEN and not isinstance(self.kind, int):
            raise Misuse(f"no such fault: {self.kind}")

    def refusal(self) -> Refusal | None:
        """Return the error for the bot; None for a broken connection."""
        if not isinstance(self.kind, int):
            return None
        if self.kind == 429:
            return flood(self.retry_after)
        if self.kind == 403 and self.description is None:
            return forbidden("bot was blocked by the user")
        default = _SERVER_ERRORS.get(self.kind, "Bad Request: a fault was requested")
        return Refusal(self.kind, self.description or default)


class Faults:
    """The faults that are scheduled."""

    def __init__(self) -> None:
        self._scheduled: list[Fault] = []
        self.delay = 0.0  # real seconds before every call but getUpdates is carried out

    @property
    def scheduled(self) -> list[Fault]:
        """Return the faults that are still to come."""
        return list(self._scheduled)

    def add(self, fault: Fault) -> None:
        """Schedule a fault."""
        self._scheduled.append(fault)

    def clear(self) -> None:
        """Drop all faults and the delay."""
        self._scheduled.clear()
        self.delay = 0.0

    def consume(self, method: str, chat_id: int | None) -> Fault | None:
        """Return the first fault that applies to this call and use it up by one."""
        for fault in self._scheduled:
            if fault.method.lower() not in (ANY_METHOD, method.lower()):
                continue
            if fault.chat_id is not None and fault.chat_id != chat_id:
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._scheduled.remove(fault)
            return fault
        return None


@dataclass
class Call:
    """One call of the bot: time in sandbox seconds, arguments and result."""

    method: str
    arguments: dict[str, Any]
    at: float
    status: int = 0  # 0 while it runs, and if the connection was dropped
    result: Any = None
    error: str | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def ok(self) -> bool:
        """Return whether the call succeeded."""
        return self.status == 200

    def in_short(self) -> dict[str, Any]:
        """Return the call without arguments and result."""
        short = {"method": self.method, "seconds": self.seconds}
        return {**short, "status": self.status, "error": self.error}

    def to_json(self) -> dict[str, Any]:
        """Return the call as JSON; uploads as their description."""
        arguments = {
            name: value if isinstance(value, str | int | float | bool | list | dict) else str(value)
            for name, value in self.arguments.items()
        }
        return {
            "method": self.method,
            "arguments": arguments,
            "at": round(self.at, 3),
            "seconds": round(self.seconds, 3),
            "status": self.status,
            "result": self.result,
            "error": self.error,
        }
