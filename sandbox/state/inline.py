"""Inline mode: what a person asks the bot for in any chat, and what it offers to send there."""

from dataclasses import dataclass

from sandbox.state.chats import MessageContent, SandboxUser


@dataclass(frozen=True)
class InlineResult:
    """One thing to choose; `content` is the message that it becomes."""

    id: str
    kind: str
    content: MessageContent


@dataclass(frozen=True)
class InlineAnswer:
    results: tuple[InlineResult, ...]
    next_offset: str = ""
    personal: bool = False
    cache_seconds: int = 300
    button: str | None = None  # its words, above the results
    start: str | None = None  # what it says to the bot


@dataclass
class InlineQuestion:
    id: str
    user: SandboxUser
    text: str
    offset: str
    at: float
    answer: InlineAnswer | None = None

    def result(self, result_id: str) -> InlineResult:
        for one in self.answer.results if self.answer else ():
            if one.id == result_id:
                return one
        raise LookupError(f"nothing {result_id!r} was offered")
