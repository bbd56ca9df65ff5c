"""Latents optimised towards their captions by the guide in training."""

import logging
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.networks.vqgan import VQGAN
from engine.painting.cutouts import apply_cutouts, sample_cutouts
from engine.painting.optimisation.losses import clamp_with_grad
from engine.painting.start.initial_latent import Sketches
from engine.pocket.scorer import SIDE
from engine.registry.packaged import POCKET_DEFAULTS
from engine.registry.packaged import POCKET_SHAPE as SHAPE
from store.reader.vocabulary import COLOURS
from training.data.captions import ANY, Caption, caption, token_buckets
from training.data.labels import PLAIN, frequency_weights, random_labels
from training.data.scenes import colours
from training.evaluation.contact_sheet import write_contact_sheet
from training.scorer import Scorer

log = logging.getLogger(__name__)
PAINTED_PER_STEP = {64: 12, 128: 4}  # latents advanced in one training step
GUIDANCE_STEPS = 2  # guidance steps per training step
MAX_AGE = 60  # guidance steps before a latent is reset
LATENT_RATE = 0.15  # of the latents; higher than the painter's, to find adversarial textures
CUTOUTS = 6  # of each picture and guidance step
CUTOUT_PARAMS = POCKET_DEFAULTS.cutout_params


@dataclass
class LatentBuffer:
    """Latents of one size under optimisation, with their captions and Adam moments."""

    side: int
    latents: Tensor
    captions: list[Caption]
    first: Tensor  # Adam's moments
    second: Tensor
    ages: Tensor

    @classmethod
    def empty(cls, side: int, count: int) -> "LatentBuffer":
        """Create a buffer whose latents are all due for a restart."""
        cells = side // SHAPE.cell
        shape = (count, SHAPE.embed_dim, cells, cells)
        no_caption = Caption("", ANY, ANY, ANY)
        ages = torch.full((count,), MAX_AGE + 1)
        return cls(side, torch.zeros(shape), [no_caption] * count, torch.zeros(shape),
                   torch.zeros(shape), ages)  # fmt: skip


class Negatives:
    """Buffers of pictures that the scorer's own guidance paints."""

    def __init__(
        self, vqgan: VQGAN, scorer: Scorer, generator: torch.Generator, rng: random.Random
    ) -> None:
        self.vqgan, self.scorer, self.generator, self.rng = vqgan, scorer, generator, rng
        self.weights, self.colours = frequency_weights(), colours()
        self.buffers = {64: LatentBuffer.empty(64, 72), 128: LatentBuffer.empty(128, 32)}
        self.low = vqgan.codebook.amin(0).view(1, -1, 1, 1)
        self.high = vqgan.codebook.amax(0).view(1, -1, 1, 1)

    def _restart(self, buffer: LatentBuffer, index: int) -> None:
        """Restart a latent with a new caption; in half of the cases its ground colour is right."""
        labels = random_labels(1, self.generator, self.weights, shapes=0.2)
        subject, colour, ground = (int(v) for v in (labels.subject, labels.colour, labels.ground))
        new_caption = caption(subject, colour, ground, index % 2 == 0, self.rng)
        random_values = torch.rand(4, generator=self.generator)
        other = int(torch.randint(len(COLOURS), (1,), generator=self.generator))
        ground_colour = ground if random_values[0] < 0.5 and ground != PLAIN else other
        disc_colour = (
            colour
            if random_values[1] < 0.7 and colour < len(COLOURS)
            else (other + 5) % len(COLOURS)
        )
        size = 0.3 + 0.5 * float(random_values[2])
        shape = torch.tensor([[[0.0, 0.0, size, size, 0.0, 0.2]]])
        picture = Sketches(
            self.colours[[ground_colour]], self.colours[[disc_colour]].unsqueeze(1), shape
        )
        with torch.no_grad():
            latent = self.vqgan.encode(picture.render(buffer.side, buffer.side))[0]
        noise = torch.randn(latent.shape, generator=self.generator) * float(random_values[3]) * 0.3
        buffer.latents[index] = latent + noise
        buffer.captions[index] = new_caption
        buffer.first[index], buffer.second[index], buffer.ages[index] = 0, 0, 0

    def paint_further(self, side: int) -> tuple[Tensor, list[Caption]]:
        """Optimise a few latents of one buffer further; return their pictures and captions."""
        buffer = self.buffers[side]
        order = torch.randperm(len(buffer.captions), generator=self.generator)
        chosen = order[: PAINTED_PER_STEP[side]]
        for index in chosen.tolist():
            if buffer.ages[index] > MAX_AGE:
                self._restart(buffer, index)
        texts = [buffer.captions[i].text for i in chosen.tolist()]
        with torch.no_grad():
            text_vectors = self.scorer.text(token_buckets(texts))
        latents = buffer.latents[chosen]
        for _ in range(GUIDANCE_STEPS):
            latents = latents.requires_grad_(True)
            pictures = clamp_with_grad(self.vqgan.decode(self.vqgan.quantise(latents)))
            image_vectors = self._encode_cutouts(pictures)  # [n, cutouts, d]
            similarity = (image_vectors * text_vectors.unsqueeze(1)).sum(-1).mean()
            (gradient,) = torch.autograd.grad(-similarity * len(chosen), latents)
            latents = self._adam(buffer, chosen, latents.detach(), gradient)
        buffer.latents[chosen] = latents
        buffer.ages[chosen] += GUIDANCE_STEPS
        with torch.no_grad():
            pictures = self.vqgan.decode(self.vqgan.quantise(latents)).clamp(0, 1)
        return pictures, [buffer.captions[i] for i in chosen.tolist()]

    def _encode_cutouts(self, pictures: Tensor) -> Tensor:
        side = pictures.shape[-1]
        cutouts = []
        for picture in pictures.split(1):
            sampled = sample_cutouts(CUTOUT_PARAMS, CUTOUTS, (side, side), SIDE, self.generator)
            cutouts.append(apply_cutouts(picture, sampled))
        image_vectors = self.scorer.encode_images(torch.cat(cutouts))[1]
        return image_vectors.view(len(pictures), CUTOUTS, -1)

    @torch.no_grad()
    def write_samples(self, path: Path) -> None:
        """Write a sheet of the small pictures optimised longest, and log their captions."""
        buffer = self.buffers[64]
        oldest = torch.where(buffer.ages > MAX_AGE, -1, buffer.ages).argsort(descending=True)[:48]
        latents = buffer.latents[oldest]
        write_contact_sheet(self.vqgan.decode(self.vqgan.quantise(latents)), path)
        log.info("%s: %s", path.name, "; ".join(buffer.captions[i].text for i in oldest))

    def _adam(
        self, buffer: LatentBuffer, chosen: Tensor, latents: Tensor, gradient: Tensor
    ) -> Tensor:
        buffer.first[chosen] = 0.9 * buffer.first[chosen] + 0.1 * gradient
        buffer.second[chosen] = 0.99 * buffer.second[chosen] + 0.01 * gradient**2
        age = (buffer.ages[chosen] + 1).view(-1, 1, 1, 1).float()
        first = buffer.first[chosen] / (1 - 0.9**age)
        second = buffer.second[chosen] / (1 - 0.99**age)
        updated = latents - LATENT_RATE * first / (second.sqrt() + 1e-8)
        return updated.maximum(self.low).minimum(self.high)
