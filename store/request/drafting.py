"""What a request may say about the drafts that its pictures begin with."""

from collections.abc import Mapping
from typing import Any

from store.errors import RequestError
from store.request import options
from store.request.options import int_within, number_within, short

EDGES = ("up", "down", "left", "right")
MAX_BORDER = 256  # rows or columns of codes


def check_drafting(fields: Mapping[str, Any]) -> None:
    """Raise RequestError for drafts that cannot be made, and for options that nothing obeys.

    fields: those of a `DrawRequest`, by their names.
    """
    drafts, keep = fields["drafts"], fields["keep"]
    int_within("drafts", drafts, options.DRAFTS)
    int_within("top-k", fields["top_k"], options.TOP_KS)
    number_within("top-p", fields["top_p"], options.TOP_PS)
    number_within("temperature", fields["temperature"], options.TEMPERATURES)
    int_within("at-once", fields["at_once"], options.AT_ONCE)
    int_within("keep", keep, options.DRAFTS)
    int_within("pick", fields["pick"], (1, keep or 1))
    if keep is not None and fields["at_once"] is not None:
        raise RequestError("request-keep-at-once")
    if keep is not None and drafts is not None and keep > drafts:
        raise RequestError("request-keep-drafts", keep=keep, drafts=drafts)
    sampled = any(fields[name] is not None for name in ("top_k", "top_p", "temperature"))
    if fields["draft"] is None and sampled:
        raise RequestError("request-draft-alone")
    told = any(fields[name] is not None for name in ("complete", "map"))
    if fields["draft"] is None and told:
        raise RequestError("request-draft-alone")
    if fields["border"] is not None:
        if fields["complete"] is None:
            raise RequestError("request-border-alone")
        parse_border(fields["border"])
    if fields["draft"] is not None and (fields["init"], fields["init_noise"]) != (None, None):
        raise RequestError("request-draft-init")


def parse_border(text: str) -> dict[str, int]:
    """Parse `up=4,left=2`: how many rows or columns of codes are kept at each edge.

    Raises RequestError where it is malformed.
    """
    border: dict[str, int] = {}
    for part in text.split(","):
        side, sign, number = (word.strip() for word in part.partition("="))
        limit = MAX_BORDER if sign and number.isascii() and number.isdecimal() else 0
        if side not in EDGES or side in border or not 1 <= int(number if limit else 0) <= limit:
            raise RequestError("request-border", value=short(text), limit=MAX_BORDER)
        border[side] = int(number)
    return border
