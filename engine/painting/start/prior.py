"""The pocket's priors as a drafter: all codes are estimated at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.drafters.codes import Codes
from engine.drafters.drafter import DraftRequest
from engine.drafters.sampling import Sampling
from engine.guides.guide import Guide, in_own_colours
from engine.models import LoadedModels
from engine.networks.vqgan import VQGAN
from engine.painting.optimisation.losses import EmbeddingTarget
from engine.painting.plan import Plan, can_draft, composed_wish
from engine.painting.start.drafting import grid_of
from engine.painting.start.initial_latent import Score
from engine.pocket.composition import CELLS, Ground
from engine.pocket.weather import learned, shows_weather, with_weather
from store.request.prompt import Phrase
from store.request.request import DrawRequest

Drafts = Callable[[torch.Generator], Tensor]  # -> latents [n, e, cells, cells]
LONGEST = 4  # times the shorter side is the longer one of a draft; a longer picture stretches it
BORDER = 3  # pixels along a draft's edge that show its background
CONTRAST_WEIGHT = 0.5  # of a draft's contrast to its background, beside the guides' score
MAX_CONTRAST = 0.1  # above it more contrast counts no more


class PriorDrafter:
    """Drafts of what one request wishes for; their words were read when it was made."""

    reads: frozenset[str] = frozenset()
    sampling = Sampling()
    asks = ""
    named: Mapping[str, int] = {}
    codebook = ""

    def __init__(self, models: LoadedModels, drafts: Drafts, generator: torch.Generator) -> None:
        """Let the generator make the drafts: the same one that the painting goes on with."""
        self.name = self.vqgan = models.name
        self.codes = models.vqgan.shape.n_embed
        self.side = 0  # its drafts are as large as they are
        self._nearest = models.vqgan.nearest
        self._drafts, self._generator = drafts, generator

    def draft(self, request: DraftRequest, known: Codes | None = None) -> Iterator[Codes]:
        """Yield the complete grids."""
        yield Codes.complete_ones(self._nearest(self._drafts(self._generator)))

    def memory(self, request: DraftRequest) -> int:
        """Return 0: the prior's small pictures take far less than a step of the painting."""
        return 0


def first_drafter(
    models: LoadedModels,
    request: DrawRequest,
    targets: Sequence[tuple[Guide, EmbeddingTarget]],
    plan: Plan,
    generator: torch.Generator,
) -> PriorDrafter | None:
    """Return the drafter of a plan that begins with the prior's drafts; None for another start."""
    drafts = first_drafts(models, request, targets, plan) if plan.init_noise == "prior" else None
    return PriorDrafter(models, drafts, generator) if drafts else None


def marked_by_prior(score: Score) -> Score:
    """Return a score that likes pictures better which differ from their border."""
    return lambda pictures: score(pictures) - CONTRAST_WEIGHT * background_contrast(pictures)


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
    height, width = grid_of(plan.height, plan.width, CELLS)
    grid = min(height, LONGEST * CELLS), min(width, LONGEST * CELLS)

    def drafts(generator: torch.Generator) -> Tensor:
        if plan.drafts == 1:  # that of the seed itself, whatever else is painted
            seed = request.seed or 0
            seeds = (*request.near, seed)
            compositions, hand = composer.composed_like(wish, seeds), seeds[0]
        else:
            seed, hand = _seed(generator), 0
            compositions = composer.composed(wish, plan.drafts, seed)
        grounds = [composition.ground for composition in compositions]
        plain = [replace(one, ground=learned(one.ground)) for one in compositions]
        latents = composer.draft(plain, grid, hand)
        if not any(map(shows_weather, grounds)):
            return latents
        covered = composer.covered(plain, grid, hand)
        return _with_weather(models.vqgan, latents, covered, grounds, seed)

    return drafts


@torch.no_grad()
def _with_weather(
    vqgan: VQGAN, latents: Tensor, covered: Tensor, grounds: Sequence[Ground], seed: int
) -> Tensor:
    """Return drafts as latents with the weather of their grounds."""
    for n, ground in enumerate(grounds):
        if shows_weather(ground):
            picture = vqgan.decode(vqgan.quantise(latents[n : n + 1])).clamp(0, 1)
            bare = F.interpolate(covered[n : n + 1], size=picture.shape[2:], mode="bilinear")
            drawn = with_weather(picture[0], bare[0], ground, seed + n)
            latents[n] = vqgan.encode(drawn[None])[0]
    return latents


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


def background_contrast(pictures: Tensor) -> Tensor:
    """Return the mean distance [n] of pictures [n, 3, h, w] to their border's median colour.

    Guides score a blue fish on a blue background well, for it is very blue, but nobody sees a fish.
    """
    sides = (pictures[..., :BORDER], pictures[..., -BORDER:])
    ends = (pictures[..., :BORDER, :], pictures[..., -BORDER:, :])
    border = torch.cat([side.flatten(2) for side in (*sides, *ends)], dim=2).median(2).values
    distance = (pictures - border[:, :, None, None]).abs().mean((1, 2, 3))
    return distance.clamp(max=MAX_CONTRAST).cpu()


def fitted_draft(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize a picture to the size (h, w), a square one to its shorter side, in the middle.

    Beside a square one its border pixels are repeated.
    """
    height, width = size
    if picture.shape[2] == picture.shape[3]:
        size = (min(size), min(size))
    picture = F.interpolate(picture, size=size, mode="bicubic").clamp(0, 1)
    across, down = width - size[1], height - size[0]
    edges = (across // 2, across - across // 2, down // 2, down - down // 2)
    return F.pad(picture, edges, mode="replicate")
