"""What a request may say about the drafts that its pictures begin with."""

from collections.abc import Mapping
from typing import Any

from store.errors import RequestError
from store.request import options
from store.request.options import int_within, number_within


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
    if fields["draft"] is not None and (fields["init"], fields["init_noise"]) != (None, None):
        raise RequestError("request-draft-init")
