"""Second stage of the scorer: train it against pictures that its own guidance produces.

A scorer that is only trained to classify also rewards unreadable textures. Latents are therefore
optimised towards their captions with the current scorer, and the scorer is trained to rate a
reference picture of the caption higher. `python -m training.negatives [--steps N]` starts from
`.training/scorer.pt` and `.training/sharp.pt`, and resumes from `.training/negatives.pt`.
"""

import logging
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.vqgan import VQGAN
from engine.painting.cutouts import apply_cutouts, sample_cutouts
from engine.painting.initial_latent import Sketches
from engine.painting.losses import clamp_with_grad
from engine.pocket.scorer import SIDE
from engine.pocket.vocabulary import COLOURS
from engine.registry.packaged import POCKET_DEFAULTS
from engine.registry.packaged import POCKET_SHAPE as SHAPE
from training import art
from training.art import FOLDER
from training.data.captions import ANY, Caption, caption, captions, token_buckets
from training.data.scenes import (
    PLAIN,
    SceneLabels,
    SceneRenderer,
    colours,
    frequency_weights,
    random_labels,
    seeded_generators,
)
from training.evaluation.contact_sheet import write_contact_sheet
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_component
from training.scorer import (
    Scorer,
    classification_loss,
    contrastive_loss,
    format_measures,
    match_captions,
    measure_retrieval,
)

log = logging.getLogger(__name__)
BATCH = 64
SIZES = (64, 64, 128)  # pixels of the painted negatives, in turn; small ones are four times cheaper
PAINTED_PER_STEP = {64: 12, 128: 4}  # latents advanced in one training step
GUIDANCE_STEPS = 2  # guidance steps per training step
MAX_AGE = 60  # guidance steps before a latent is reset
LATENT_RATE = 0.15  # of the latents; higher than the painter's, to find adversarial textures
LEARNING_RATE = 4e-4
CUTOUTS = 6
# Steps; then the text tower is frozen, and training.prior may run in parallel.
TRAIN_TEXT_UNTIL = 1075
STYLE_VARIATION = 0.35  # share of sprites drawn in an unseen style
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


def loss_fn(
    scorer: Scorer, negatives: Negatives, renderers: dict[int, SceneRenderer], side: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the loss of one step, its part for the negatives, and their mean margin."""
    generator, rng = negatives.generator, negatives.rng
    scorer.eval()
    painted, target_captions = negatives.paint_further(side)
    painted = random_cutouts(painted, generator)
    scorer.train()
    labels = random_labels(BATCH, generator, negatives.weights)
    scene, scene_captions = renderers[SIDE](labels), captions(labels.rows(), rng)
    references = reference_pictures(target_captions, renderers[side], negatives.vqgan, generator)
    references = random_cutouts(references, generator)
    pooled, image_vectors = scorer.encode_images(torch.cat([scene.pictures, references, painted]))
    text_vectors = scorer.text(token_buckets([c.text for c in scene_captions + target_captions]))
    scale = scorer.log_scale.exp().clamp(max=30)
    caption_loss, negative_loss, margin = discrimination_losses(
        text_vectors, image_vectors, match_captions(scene_captions, scene), scale
    )
    return (
        caption_loss
        + classification_loss(scorer, scene, pooled[: len(scene_captions)])
        + negative_loss,
        negative_loss,
        margin,
    )


def main() -> None:
    """Train the stage."""
    steps = start_training(1075)
    scorer = Scorer().to(memory_format=torch.channels_last)
    scorer.load_state_dict(load_component("scorer", "scorer"))
    vqgan = VQGAN(SHAPE).to(memory_format=torch.channels_last)
    vqgan.load_state_dict(load_component("sharp", "model"))
    vqgan.eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(scorer.parameters(), lr=LEARNING_RATE, weight_decay=0.02)
    state = TrainingCheckpoint("negatives", scorer=scorer, optimizer=optimizer)
    ground_colour = state.resume()
    generator, rng = seeded_generators(1000 + ground_colour)
    bank, present = art.load("train")
    renderers = {
        side: SceneRenderer(bank, present, side, generator, STYLE_VARIATION) for side in (64, 128)
    }
    plain_renderer = SceneRenderer(bank, present, SIDE, seeded_generators(42)[0])
    unseen_style = SceneRenderer(*art.load("test"), SIDE, seeded_generators(42)[0])
    negatives = Negatives(vqgan, scorer, generator, rng)
    started = time.time()
    for step in range(ground_colour + 1, steps + 1):
        scorer.text.requires_grad_(step <= TRAIN_TEXT_UNTIL)
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, 1.2 - step / steps)
        loss, negative_loss, margin = loss_fn(
            scorer, negatives, renderers, SIZES[step % len(SIZES)]
        )
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(scorer.parameters(), 5.0)
        optimizer.step()
        if step % 25 == 0:
            seconds_per_step = (time.time() - started) / (step - ground_colour)
            values = (step, loss, negative_loss, margin, seconds_per_step)
            log.info("%d loss %.3f beaten %.3f margin %.2f, %.2f s/step", *values)
        if step % 100 == 0 or step == steps:
            state.save(step)
            log.info("%d %s", step, format_measures(measure_retrieval(scorer, plain_renderer)))
            log.info(
                "%d unseen style: %s",
                step,
                format_measures(measure_retrieval(scorer, unseen_style)),
            )
            negatives.write_samples(FOLDER / f"negatives-{step}.png")


if __name__ == "__main__":
    main()
