"""First drafts of a picture, sampled by the VQGAN's prior from the phrases of the first scene."""

from collections.abc import Sequence

import torch

from engine.guides.guide import Guide
from engine.models import LoadedModels
from engine.painting.initial_latent import Drafts
from engine.painting.losses import EmbeddingTarget
from store.reader.scripts import script
from store.request.prompt import Phrase


def can_draft(models: LoadedModels, phrases: Sequence[Phrase]) -> bool:
    """Return whether there is a prior whose guide reads all the phrases."""
    guide = models.prior_guide
    if models.prior is None or guide is None:
        return False
    return all(guide in models.guides[script(phrase.text)] for phrase in phrases)


def prior_drafts(
    models: LoadedModels,
    phrases: Sequence[Phrase],
    targets: Sequence[tuple[Guide, EmbeddingTarget]] = (),
    edition: int | None = None,
) -> Drafts | None:
    """Return a function that samples drafts of the phrases as latents; None without a prior.

    targets: what the guides optimise towards, if it is more than the phrases.
    edition: of the VQGAN's painting defaults; None for the latest.
    """
    prior, guide = models.prior, models.prior_guide
    if prior is None or guide is None or not can_draft(models, phrases):
        return None
    _, defaults = models.edition(edition)
    target = dict(targets).get(guide)
    if target is not None:
        vectors, weights = target.vectors, target.weights
    else:
        vectors = models.phrase_vectors(guide, phrases, plain=defaults.plain_phrases)
        weights = torch.tensor([phrase.weight for phrase in phrases], device=vectors.device)
    return lambda generator: prior.sample(
        vectors, weights, defaults.drafts, generator, strength=defaults.draft_strength
    )
