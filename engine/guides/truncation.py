"""Where a text too long for a model is cut."""

from bisect import bisect_right
from collections.abc import Callable


def truncate(text: str, length: Callable[[str], int], room: int) -> str | None:
    """The words at the start of the text that fit into so many ids; None where all of it fits."""
    if length(text) <= room:
        return None
    words = text.split()
    fitting = bisect_right(
        range(1, len(words) + 1), room, key=lambda count: length(" ".join(words[:count]))
    )
    if fitting:
        return " ".join(words[:fitting])
    first = words[0] if words else text
    return first[: bisect_right(range(1, len(first) + 1), room, key=lambda n: length(first[:n]))]
