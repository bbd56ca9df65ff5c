"""Losses of reference pictures against pictures that guidance painted."""

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.vqgan import VQGAN
from engine.painting.cutouts import apply_cutouts, sample_cutouts
from engine.pocket.scorer import SIDE
from training.adversarial.latents import CUTOUT_PARAMS
from training.data.captions import ANY, Caption
from training.data.labels import SceneLabels, frequency_weights, random_labels
from training.data.scenes import SceneRenderer
from training.scorer import contrastive_loss


def random_cutouts(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Return one random cutout of each picture, as guidance samples them."""
    side = pictures.shape[-1]
    sampled = [
        sample_cutouts(CUTOUT_PARAMS, 1, (side, side), SIDE, generator)
        for _ in range(len(pictures))
    ]
    return torch.cat([apply_cutouts(p, d) for p, d in zip(pictures.split(1), sampled, strict=True)])


def reference_pictures(
    target_captions: list[Caption],
    renderer: SceneRenderer,
    vqgan: VQGAN,
    generator: torch.Generator,
) -> Tensor:
    """Render each caption; labels that it does not state are random.

    The pictures pass through the VQGAN like the negatives; otherwise its blur would tell them
    apart.
    """
    defaults = random_labels(len(target_captions), generator, frequency_weights())
    labels = SceneLabels(
        *(
            torch.where(claim == ANY, sampled, claim)
            for claim, sampled in (
                (
                    torch.tensor([getattr(c, label) for c in target_captions]),
                    getattr(defaults, label),
                )
                for label in ("subject", "colour", "ground")
            )
        )
    )
    pictures = renderer(labels, centred_share=0.5).pictures
    with torch.no_grad():
        return vqgan.decode(vqgan.quantise(vqgan.encode(pictures))).clamp(0, 1)


def discrimination_losses(
    text_vectors: Tensor, image_vectors: Tensor, is_match: Tensor, scale: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the caption loss, the loss of painted pictures, and their mean margin.

    `text_vectors` holds n captions of renderings, then k of paintings; `image_vectors` n
    renderings, k references and k painted pictures; `is_match` [n, n] marks which captions are true
    of which renderings.
    """
    n, k = len(is_match), len(text_vectors) - len(is_match)
    rendered, reference, painted = image_vectors.split((n, k, k))
    margin = (text_vectors[n:] * (painted - reference)).sum(1) * scale
    # Painted pictures are negatives of every rendering's caption as well.
    is_match = torch.cat([is_match, torch.zeros(n, k, dtype=torch.bool)], dim=1)
    caption_loss = contrastive_loss(
        text_vectors[:n], torch.cat([rendered, painted]), is_match, scale, n
    )
    return caption_loss, F.softplus(margin + 1.0).mean(), margin.mean()
