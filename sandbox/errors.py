"""Errors of the sandbox: Telegram's refusals, and wrong use of the controls."""

from typing import Any


class SandboxError(Exception):
    """Base class of the sandbox's own errors."""


class Misuse(SandboxError):
    """Raised when a control asks for what no user could do."""


class Refusal(SandboxError):
    """An error of the Bot API: HTTP code, description and `parameters`."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def to_json(self) -> dict[str, Any]:
        """Return the error as the Bot API's JSON body."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str, **parameters: int) -> Refusal:
    """Return a refusal with code 400."""
    return Refusal(400, f"Bad Request: {reason}", **parameters)


def forbidden(reason: str) -> Refusal:
    """Return a refusal with code 403."""
    return Refusal(403, f"Forbidden: {reason}")


def flood(seconds: int) -> Refusal:
    """Return a refusal with code 429 and the seconds to wait."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
