"""Search among pictures by meaning: a guide compares a text with the vectors of the pictures."""

from collections.abc import Collection, Mapping, Sequence
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from engine.answers.names import most_capable
from engine.guides.guide import Guide, as_understood, unpacked
from store.questions.categories import members_in
from store.questions.picture_names import closed_names
from store.reader.repertoire import read_within
from store.reader.scripts import script

# A picture that shows the words has at least that cosine, and is near the best one. The packaged
# guide's cosines, less half of its baseline, differ more than those of guides of any words.
OPEN_LEAST, OPEN_BELOW_BEST = 0.22, 0.06
CLOSED_LEAST, CLOSED_BELOW_BEST = 0.35, 0.3
MEMBER_BELOW_BEST = 0.06
_NAMES: WeakKeyDictionary[Guide, NDArray[np.float32]] = WeakKeyDictionary()  # vectors of all names


def guide_for(guides: Mapping[str, Sequence[Guide]], text: str) -> Guide | None:
    """Return the guide that reads a text; None if the text names nothing that it knows."""
    guide = most_capable(guides.get(script(text), ()))
    if guide is None or guide.repertoire is None:
        return guide
    known = guide.repertoire
    phrases = members_in(text, known.things).values() or (text,)
    return None if all(read_within(one, known).wish.is_empty for one in phrases) else guide


def ranked(guide: Guide, text: str, stored: Sequence[tuple[int, bytes]]) -> list[int]:
    """Return the ids of those pictures that show what a text says, the likeliest first.

    A guide of a closed vocabulary knows penguins and owls, but not that both are birds: for it a
    category is any of its members.

    stored: their ids with the guide's vectors, as `engine.guides.guide.packed` makes them.
    """
    if not stored:
        return []
    seen = unpacked([vector for _, vector in stored])
    members = members_in(text, guide.repertoire.things) if guide.repertoire else {}
    phrases = [as_understood(guide, one) for one in members.values() or (text,)]
    cosines = _cosines(guide, _encoded(guide, phrases), seen).max(1)
    if members:
        cosines[~_shows_one_of(guide, members, seen)] = -1
    closed = guide.repertoire is not None
    least, below = (CLOSED_LEAST, CLOSED_BELOW_BEST) if closed else (OPEN_LEAST, OPEN_BELOW_BEST)
    least = max(least, float(cosines.max()) - below)
    order = np.argsort(-cosines, kind="stable")
    return [stored[index][0] for index in order if cosines[index] >= least]


def _shows_one_of(
    guide: Guide, keys: Collection[str], seen: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Return for each picture [n, d] whether its likeliest name is about that of one of the things.

    Of dozens of things, one is always somewhat like what a picture shows.
    """
    if guide not in _NAMES:
        phrases = [as_understood(guide, name.english) for name in closed_names()]
        _NAMES[guide] = _encoded(guide, phrases)
    cosines = _cosines(guide, _NAMES[guide], seen)
    own = cosines[:, [name.key in keys for name in closed_names()]].max(1)
    return np.asarray(own >= cosines.max(1) - MEMBER_BELOW_BEST)


def _encoded(guide: Guide, phrases: Sequence[str]) -> NDArray[np.float32]:
    return np.asarray(guide.encode_text(phrases).float().cpu().numpy())


def _cosines(
    guide: Guide, phrases: NDArray[np.float32], seen: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the cosines [n, phrases] of pictures [n, d], less half of the guide's baseline."""
    cosines = seen @ phrases.T
    if (baseline := guide.baseline()) is not None:
        cosines = cosines - 0.5 * (seen @ baseline.float().cpu().numpy())[:, None]
    return np.asarray(cosines)
