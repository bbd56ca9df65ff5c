"""The drafters that engines offer, and which of them reads a prompt."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from store.reader.scripts import script

CHOICE = "draft:"  # begins a preference that is a drafter, and no VQGAN


@dataclass(frozen=True)
class OfferedDrafter:
    """A drafter that users can choose.

    title: what people call it. reads: scripts; empty for one that draws without words.
    seconds, of_sheet: what the engine expects a picture to take, alone and as one of a sheet.
    """

    name: str
    title: str
    reads: tuple[str, ...] = ()
    seconds: float | None = None
    of_sheet: float | None = None

    @property
    def choice(self) -> str:
        """Return its name among those of VQGANs, as a preference has it."""
        return f"{CHOICE}{self.name}"

    def reads_any(self, texts: Sequence[str]) -> bool:
        """Return whether it reads one of the texts, or needs none."""
        return not self.reads or any(script(text) in self.reads for text in texts)

    @classmethod
    def stored(cls, text: str) -> tuple[Self, ...]:
        """Return the drafters of a column of `as_stored`."""
        rows = json.loads(text)
        paces = ("seconds", "of_sheet")  # which earlier versions do not tell
        return tuple(
            cls(row["name"], row["title"], tuple(row["reads"]), *(row.get(pace) for pace in paces))
            for row in rows
        )


def as_stored(drafters: Iterable[OfferedDrafter]) -> str:
    """Return the JSON of a column."""
    return json.dumps([asdict(drafter) for drafter in drafters], ensure_ascii=False)


def drafter_for(
    chosen: OfferedDrafter, offered: Iterable[OfferedDrafter], texts: Sequence[str]
) -> OfferedDrafter | None:
    """Return the chosen drafter if it reads the texts, else another that does, or None."""
    if chosen.reads_any(texts):
        return chosen
    others = (one for one in offered if one.reads)
    return next((one for one in others if one.reads_any(texts)), None)
