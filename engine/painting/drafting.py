"""First drafts of a picture: by the VQGAN's prior, or by the drafter that the request names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from time import monotonic

import torch
from torch import Tensor

from engine.drafters.codes import Codes
from engine.drafters.drafter import Drafter, DraftRequest
from engine.drafters.sampling import Sampling
from engine.errors import EngineError
from engine.guides.guide import Guide, in_own_colours
from engine.models import LoadedModels
from engine.networks.vqgan import VQGAN
from engine.painting.initial_latent import Drafts, Score, as_codes
from engine.painting.losses import EmbeddingTarget
from engine.painting.plan import Plan, can_draft, composed_wish
from engine.painting.resize import resize_and_crop
from engine.pocket.composition import CELLS
from store.reader.scripts import script
from store.request.prompt import Phrase
from store.request.request import DrawRequest

DRAFTS = 8  # of a drafter, unless the request says
SECONDS = 2.0  # between two pictures of drafts that are being drawn
CHUNK = 4  # pictures decoded and scored together


def first_drafts(
    models: LoadedModels,
    request: DrawRequest,
    targets: Sequence[tuple[Guide, EmbeddingTarget]],
    plan: Plan,
) -> Drafts | None:
    """Return a function that drafts the first scene as latents; None without any prior.

    The layered prior drafts what the phrases wish for where it has learned all of it.
    """
    _, defaults = models.edition(plan.edition)
    wish, composer = composed_wish(models, request, defaults), models.composer
    if wish is None or composer is None:
        return prior_drafts(models, request.scenes[0], targets, plan.edition, plan.drafts)
    grid = grid_of(plan.height, plan.width, CELLS)
    return lambda generator: composer.draft(wish, plan.drafts, _seed(generator), grid)


def _seed(generator: torch.Generator) -> int:
    return int(torch.randint(2**62, (), generator=generator, device=generator.device))


def prior_drafts(
    models: LoadedModels,
    phrases: Sequence[Phrase],
    targets: Sequence[tuple[Guide, EmbeddingTarget]] = (),
    edition: int | None = None,
    count: int | None = None,
) -> Drafts | None:
    """Return a function that samples drafts of the phrases as latents; None without a prior.

    targets: what the guides optimise towards, if it is more than the phrases.
    edition: of the VQGAN's painting defaults; None for the latest. count: of the drafts to choose
    from; None for the usual one.
    """
    prior, guide = models.prior, models.prior_guide
    if prior is None or guide is None or not can_draft(models, phrases):
        return None
    _, defaults = models.edition(edition)
    target = dict(targets).get(guide)
    if target is not None:
        vectors, weights = target.vectors, target.weights
    else:
        drafted = _with_own_colours(guide, phrases, defaults.own_colours)
        vectors = models.phrase_vectors(guide, drafted, plain=defaults.plain_phrases)
        weights = torch.tensor([phrase.weight for phrase in drafted], device=vectors.device)
    count = count or defaults.drafts
    return lambda generator: prior.sample(
        vectors, weights, count, generator, strength=defaults.draft_strength
    )


def _with_own_colours(guide: Guide, phrases: Sequence[Phrase], share: float) -> list[Phrase]:
    """Divide the weight of each phrase of a coloured thing: a share is for its own colours."""
    divided = []
    for phrase in phrases:
        natural = in_own_colours(guide, phrase.text) if share and phrase.weight > 0 else None
        if natural is None:
            divided.append(phrase)
            continue
        divided.append(replace(phrase, text=natural, weight=phrase.weight * share))
        divided.append(replace(phrase, weight=phrase.weight * (1 - share)))
    return divided


def draft_request(request: DrawRequest, drafter: Drafter, plan: Plan) -> DraftRequest:
    """Return what the drafter is told: the words that it reads, and a grid of the picture's shape.

    Raises EngineError where it cannot read a phrase.
    """
    wanted = [phrase.text for phrase in request.scenes[0] if phrase.weight > 0]
    if drafter.reads and any(script(text) not in drafter.reads for text in wanted):
        raise EngineError("drafter-language", name=drafter.name, reads=min(drafter.reads))
    usual = drafter.sampling
    return DraftRequest(
        ", ".join(wanted),
        grid_of(plan.height, plan.width, drafter.side),
        request.drafts or DRAFTS,
        request.seed or 0,
        Sampling(
            usual.temperature if request.temperature is None else request.temperature,
            usual.top_k if request.top_k is None else request.top_k,
            usual.top_p if request.top_p is None else request.top_p,
        ),
    )


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
    return torch.cat([vqgan.decode(part).clamp(0, 1) for part in latent.split(CHUNK)])


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


def best_draft(codes: Codes, vqgan: VQGAN, score: Score) -> Tensor:
    """Return the grid [1, h, w] whose picture the guides score best.

    Of two that they find equal, the one with the lower perplexity of its codes is better.
    """
    scores = torch.cat([score(part) for part in decoded(codes, vqgan).split(CHUNK)])
    marks = list(zip(scores.tolist(), codes.perplexities.tolist(), strict=True))
    return codes.indices[[marks.index(min(marks))]]


@torch.no_grad()
def draft_latent(codes: Tensor, vqgan: VQGAN, size: tuple[int, int] | None) -> Tensor:
    """Return the latent of a grid [1, h, w]; encoded anew at a size (height, width) of its own."""
    latent = vqgan.lookup(codes.to(vqgan.codebook.device))
    cell = vqgan.shape.cell
    if size is None or (codes.shape[1] * cell, codes.shape[2] * cell) == size:
        return latent
    return as_codes(resize_and_crop(vqgan.decode(latent).clamp(0, 1), size), vqgan)
