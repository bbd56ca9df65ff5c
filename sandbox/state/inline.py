"""Inline mode: a user's query and the results that the bot offers."""

from dataclasses import dataclass

from sandbox.state.chats import MessageContent, SandboxUser


@dataclass(frozen=True)
class InlineResult:
    """One offered result; `content` is the message that it becomes."""

    id: str
    kind: str
    content: MessageContent


@dataclass(frozen=True)
class InlineAnswer:
    """The bot's answer to an inline query."""

    results: tuple[InlineResult, ...]
    next_offset: str = ""
    personal: bool = False
    cache_seconds: int = 300
    button: str | None = None  # its label, above the results
    start: str | None = None  # its start parameter


@dataclass
class InlineQueryState:
    """An inline query and the bot's answer to it."""

    id: str
    user: SandboxUser
    text: str
    offset: str
    at: float
    answer: InlineAnswer | None = None

    def result(self, result_id: str) -> InlineResult:
        """Return an offered result; raise LookupError if it was not offered."""
        for result in self.answer.results if self.answer else ():
            if result.id == result_id:
                return result
        raise LookupError(f"nothing {result_id!r} was offered")
