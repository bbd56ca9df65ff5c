"""Which requests can share their steps: those for the same networks and the same size."""

from collections.abc import Hashable

from store.request.request import DrawRequest


def likeness(request: DrawRequest) -> Hashable | None:
    """Return what is equal for complete requests that share steps; None for one that shares none.

    A sheet and an enlargement are made in other ways, and images decide on the size.
    """
    if request.count > 1 or len(request.kept) > 1 or request.larger or request.sources:
        return None
    networks = request.vqgan, request.clip, request.ruclip, request.guide, request.draft
    work = request.size, request.shape, request.quality, request.cutouts, request.tile
    return networks, work, request.coarse, request.first_cutouts, request.edition
