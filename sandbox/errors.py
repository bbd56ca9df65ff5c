"""What can go wrong in the sandbox: Telegram's refusals, and controls that were used wrongly."""

from typing import Any


class SandboxError(Exception):
    """Base of everything the sandbox raises on purpose."""


class Misuse(SandboxError):
    """A test or a player asked for something that no person could do."""


class Refusal(SandboxError):
    """An error of the Bot API: its HTTP code, its description, its `parameters`."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str, **parameters: int) -> Refusal:
    return Refusal(400, f"Bad Request: {reason}", **parameters)


def forbidden(reason: str) -> Refusal:
    return Refusal(403, f"Forbidden: {reason}")


def flood(seconds: int) -> Refusal:
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
