"""Truncate a text that is too long for a model."""

from bisect import bisect_right
from collections.abc import Callable


def truncate(text: str, length: Callable[[str], int], context: int) -> str | None:
    """Return the first words that fit into `context` ids; None if all of the text fits.

    length: returns the number of ids of a text. A first word that is too long is cut itself.
    """
    if length(text) <= context:
        return None
    words = text.split()
    count = bisect_right(
        range(1, len(words) + 1), context, key=lambda n: length(" ".join(words[:n]))
    )
    if count:
        return " ".join(words[:count])
    first = words[0] if words else text
    return first[: bisect_right(range(1, len(first) + 1), context, key=lambda n: length(first[:n]))]
