"""A local stand-in for Telegram: its Bot API over HTTP, and the simulated users and chats."""

from sandbox.errors import Misuse, Refusal, SandboxError
from sandbox.server import Sandbox
from sandbox.state.rate_limits import RateLimits

__all__ = ["Misuse", "RateLimits", "Refusal", "Sandbox", "SandboxError"]
