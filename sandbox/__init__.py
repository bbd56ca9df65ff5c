"""A local stand-in for Telegram: its Bot API over HTTP, and the people and chats behind it."""

from sandbox.errors import Misuse, Refusal, SandboxError
from sandbox.limits import Limits
from sandbox.server import Sandbox

__all__ = ["Limits", "Misuse", "Refusal", "Sandbox", "SandboxError"]
