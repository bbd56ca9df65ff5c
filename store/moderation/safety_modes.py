"""Safety modes: what happens to a picture that the safety check classifies as unsafe.

"off": it is sent as it is. "soft": it is sent under a spoiler. "hard": it is refused and refunded.
"""

from dataclasses import dataclass
from typing import Literal

SafetyMode = Literal["off", "soft", "hard"]
MODES: tuple[SafetyMode, ...] = ("off", "soft", "hard")  # each stricter than those before it
DEFAULT_MODE: SafetyMode = "soft"


@dataclass(frozen=True)
class SafetyRule:
    """The owner's rule: the default mode, and the least strict mode that a chat may choose."""

    usual: SafetyMode = DEFAULT_MODE
    least: SafetyMode = DEFAULT_MODE

    @property
    def offered(self) -> tuple[SafetyMode, ...]:
        """Return the modes that a chat may choose from."""
        return MODES[MODES.index(self.least) :]

    def effective(self, chosen: str | None) -> SafetyMode:
        """Return the mode of a chat that chose `chosen`; never one less strict than `least`."""
        mode = next((mode for mode in MODES if mode == chosen), self.usual)
        return max(mode, self.least, key=MODES.index)


DEFAULT_RULE = SafetyRule()
