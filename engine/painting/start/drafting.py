"""First drafts of a picture: by the VQGAN's prior, or by the drafter that the request names."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic

import torch
from torch import Tensor

from engine.drafters.codes import Codes
from engine.drafters.drafter import Drafter, DraftRequest
from engine.drafters.sampling import Sampling
from engine.errors import EngineError
from engine.networks.vqgan import VQGAN
from engine.painting.plan import Plan
from engine.painting.start.initial_latent import Score, as_codes
from store.reader.scripts import script
from store.request.request import DrawRequest

SECONDS = 2.0  # between two pictures of drafts that are being drawn
CHUNK_BYTES = 2**30  # of the decoder's tensors for the drafts that are decoded together
SCORED = 64  # pictures scored together
TENSORS = 4  # of the decoder, which exist at once


def draft_request(
    request: DrawRequest,
    drafter: Drafter,
    plan: Plan,
    given: Codes | None = None,
    condition: Tensor | None = None,
    *,
    seeds: tuple[int, ...] = (),
) -> DraftRequest:
    """Return what the drafter is told: the words that it reads, and a grid of the picture's shape.

    given, condition: of `engine.painting.start.given`; seeds: of `DraftRequest`.

    Raises EngineError where it cannot read any phrase.
    """
    wanted = read_by(drafter, request)
    if drafter.reads and not wanted:
        raise EngineError("drafter-language", name=drafter.name, reads=min(drafter.reads))
    usual = drafter.sampling
    cells = grid_of(plan.height, plan.width, drafter.side)
    return DraftRequest(
        ", ".join(wanted),
        cells,
        plan.drafts,
        request.seed or 0,
        Sampling(
            usual.temperature if request.temperature is None else request.temperature,
            usual.top_k if request.top_k is None else request.top_k,
            usual.top_p if request.top_p is None else request.top_p,
        ),
        given,
        seeds,
        request.near[0] if request.near else None,
        condition,
    )


def read_by(drafter: Drafter, request: DrawRequest) -> list[str]:
    """Return the phrases of the first scene that a drafter reads; the guides score all of them."""
    wanted = [phrase.text for phrase in request.scenes[0] if phrase.weight > 0]
    return [text for text in wanted if not drafter.reads or script(text) in drafter.reads]


def grid_of(height: int, width: int, side: int) -> tuple[int, int]:
    """Return the grid (height, width) of this proportion whose shorter side is *side* cells."""
    short = min(height, width)
    return round(height * side / short), round(width * side / short)


@torch.no_grad()
def decoded(codes: Codes, vqgan: VQGAN) -> Tensor:
    """Return the pictures [count, 3, h, w] of grids; what is unknown has the codes' mean colour."""
    device = vqgan.codebook.device
    latent = vqgan.lookup(codes.indices.to(device))
    mean = vqgan.codebook.mean(0).view(1, -1, 1, 1)
    latent = torch.where(codes.known.to(device), latent, mean)
    chunks = latent.split(_chunk(latent, vqgan))
    return torch.cat([vqgan.decode(chunk).clamp(0, 1) for chunk in chunks])


def _chunk(latent: Tensor, vqgan: VQGAN) -> int:
    """Return how many latents [n, e, h, w] are decoded together."""
    area = latent.shape[2] * latent.shape[3] * vqgan.shape.cell**2
    return max(1, CHUNK_BYTES // (TENSORS * 4 * vqgan.shape.ch * area))


def draw_drafts(drafter: Drafter, request: DraftRequest, known: Codes | None) -> Iterator[Codes]:
    """Yield the drafts every few seconds, and once they are complete.

    known: drafts that were yielded before, to go on from.
    """
    if known is not None and known.complete:
        yield known
        return
    shown = monotonic()
    for codes in drafter.draft(request, known):
        if codes.complete or monotonic() - shown >= SECONDS:
            yield codes
            shown = monotonic()


def is_draft(state: Mapping[str, Tensor]) -> bool:
    """Return whether a saved state is that of drafts, and not of a painting."""
    return "indices" in state


def draft_state(codes: Codes) -> Callable[[], dict[str, Tensor]]:
    """Return a function that copies the drafts, as the state of step 0."""
    return lambda: {"number": torch.tensor(0), **codes.state()}


def states_of(state: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """Return the state of each of several drafts by itself, of the state of all."""
    codes = Codes.restored(state)
    return [draft_state(codes.only(number))() for number in range(len(codes.indices))]


@dataclass(frozen=True)
class Draft:
    """One draft: its grid of codes int64 [1, h, w] and its picture [1, 3, height, width]."""

    codes: Tensor
    picture: Tensor

    @torch.no_grad()
    def latent(self, vqgan: VQGAN, fitted: Callable[[Tensor], Tensor] | None) -> Tensor:
        """Return its latent, of the picture `fitted` to another size if there is one."""
        if fitted is None:
            return vqgan.lookup(self.codes.to(vqgan.codebook.device))
        return as_codes(fitted(self.picture), vqgan)


def best_drafts(codes: Codes, vqgan: VQGAN, score: Score, count: int) -> list[Draft]:
    """Return at most so many drafts, those that the guides score best first.

    Of two that they find equal, the one with the lower perplexity of its codes is better.
    """
    pictures = decoded(codes, vqgan)
    scores = torch.cat([score(part) for part in pictures.split(SCORED)])
    marks = list(zip(scores.tolist(), codes.perplexities.tolist(), strict=True))
    order = sorted(range(len(marks)), key=marks.__getitem__)[:count]
    return [Draft(codes.indices[[best]], pictures[[best]]) for best in order]
