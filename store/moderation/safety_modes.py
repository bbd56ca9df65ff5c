"""What becomes of a picture that the guide holds to be unsafe: the modes, and who may choose them.

off: it is sent as it is. soft: it is sent under a veil, which a tap lifts. hard: it is refused, and
the credit comes back.
"""

from dataclasses import dataclass
from typing import Literal

SafetyMode = Literal["off", "soft", "hard"]
MODES: tuple[SafetyMode, ...] = ("off", "soft", "hard")  # each stricter than those before it
DEFAULT_MODE: SafetyMode = "soft"


@dataclass(frozen=True)
class SafetyRule:
    """The owner's: the mode where a chat has chosen none, and the least strict it may choose."""

    usual: SafetyMode = DEFAULT_MODE
    least: SafetyMode = DEFAULT_MODE

    @property
    def offered(self) -> tuple[SafetyMode, ...]:
        """The modes that a chat may choose from."""
        return MODES[MODES.index(self.least) :]

    def effective(self, chosen: str | None) -> SafetyMode:
        """Return the mode of a chat that chose `chosen`; never one less strict than `least`."""
        mode = next((mode for mode in MODES if mode == chosen), self.usual)
        return max(mode, self.least, key=MODES.index)


DEFAULT_RULE = SafetyRule()
