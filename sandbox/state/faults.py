"""Trouble on request, and the log of what the bot called."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.errors import Misuse, Refusal, flood, forbidden

DROP_BEFORE = "drop-before"  # the connection breaks and nothing has happened
DROP_AFTER = "drop-after"  # the call took effect, its answer is lost
HANG = "hang"  # nothing happens, and no answer comes as long as the bot waits for one
ANY_METHOD = "*"

_SERVER_ERRORS = {500: "Internal Server Error", 502: "Bad Gateway", 504: "Gateway Timeout"}


@dataclass
class Fault:
    method: str
    kind: int | str
    times: int = 1
    retry_after: int = 1
    chat_id: int | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in (DROP_BEFORE, DROP_AFTER, HANG) and not isinstance(self.kind, int):
            raise Misuse(f"no such fault: {self.kind}")

    def refusal(self) -> Refusal | None:
        """What the bot is told; None for a broken connection."""
        if not isinstance(self.kind, int):
            return None
        if self.kind == 429:
            return flood(self.retry_after)
        if self.kind == 403 and self.description is None:
            return forbidden("bot was blocked by the user")
        default = _SERVER_ERRORS.get(self.kind, "Bad Request: a fault was asked for")
        return Refusal(self.kind, self.description or default)


class Faults:
    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def plan(self, fault: Fault) -> None:
        self._planned.append(fault)

    def clear(self) -> None:
        self._planned.clear()

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The first planned fault that fits this call; it is used up by one."""
        for fault in self._planned:
            if fault.method.lower() not in (ANY_METHOD, method.lower()):
                continue
            if fault.chat_id is not None and fault.chat_id != chat_id:
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._planned.remove(fault)
            return fault
        return None


@dataclass
class Call:
    """One call of the bot: when (sandbox seconds), with what, and what came of it."""

    method: str
    arguments: dict[str, Any]
    at: float
    status: int = 0  # 0 while it runs, and for ever where the connection was dropped
    result: Any = None
    error: str | None = None
    seconds: float = field(default=0.0, compare=False)

    @property
    def ok(self) -> bool:
        return self.status == 200

    def to_json(self) -> dict[str, Any]:
        plain = {
            name: value if isinstance(value, str | int | float | bool | list | dict) else str(value)
            for name, value in self.arguments.items()
        }
        return {
            "method": self.method,
            "arguments": plain,
            "at": round(self.at, 3),
            "seconds": round(self.seconds, 3),
            "status": self.status,
            "result": self.result,
            "error": self.error,
        }
