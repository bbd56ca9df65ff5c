"""Search among pictures by meaning: a guide compares a text with the vectors of the pictures."""

from collections.abc import Mapping, Sequence

import numpy as np

from engine.answers.names import most_capable
from engine.guides.guide import Guide, as_understood, unpacked
from store.reader.repertoire import read_within
from store.reader.scripts import script

# A picture that shows the words has at least that cosine, and is near the best one. The packaged
# guide's cosines, less half of its baseline, differ more than those of guides of any words.
OPEN_LEAST, OPEN_BELOW_BEST = 0.22, 0.06
CLOSED_LEAST, CLOSED_BELOW_BEST = 0.35, 0.3


def guide_for(guides: Mapping[str, Sequence[Guide]], text: str) -> Guide | None:
    """Return the guide that reads a text; None if the text names nothing that it knows."""
    guide = most_capable(guides.get(script(text), ()))
    if guide is None or guide.repertoire is None:
        return guide
    return None if read_within(text, guide.repertoire).wish.is_empty else guide


def ranked(guide: Guide, text: str, stored: Sequence[tuple[int, bytes]]) -> list[int]:
    """Return the ids of those pictures that show what a text says, the likeliest first.

    stored: their ids with the guide's vectors, as `engine.guides.guide.packed` makes them.
    """
    if not stored:
        return []
    seen = unpacked([vector for _, vector in stored])
    asked = guide.encode_text([as_understood(guide, text)])[0].float().cpu().numpy()
    cosines = seen @ asked
    if (baseline := guide.baseline()) is not None:
        cosines = cosines - 0.5 * (seen @ baseline.float().cpu().numpy())
    closed = guide.repertoire is not None
    least, below = (CLOSED_LEAST, CLOSED_BELOW_BEST) if closed else (OPEN_LEAST, OPEN_BELOW_BEST)
    least = max(least, float(cosines.max()) - below)
    order = np.argsort(-cosines, kind="stable")
    return [stored[index][0] for index in order if cosines[index] >= least]
