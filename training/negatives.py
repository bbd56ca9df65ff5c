"""Second stage of the scorer: train it against pictures that its own guidance produces.

A scorer that is only trained to classify also rewards unreadable textures. Latents are therefore
optimised towards their captions with the current scorer, and the scorer is trained to rate a
reference picture of the caption higher. `python -m training.negatives [--steps N]` starts from
`.training/scorer.pt` and `.training/sharp.pt`, and resumes from `.training/negatives.pt`.
"""

import logging
import time

import torch
from torch import Tensor

from engine.networks.vqgan import VQGAN
from engine.pocket.scorer import SIDE
from engine.registry.packaged import POCKET_SHAPE as SHAPE
from training import art
from training.adversarial.latents import Negatives
from training.adversarial.losses import discrimination_losses, random_cutouts, reference_pictures
from training.art import FOLDER
from training.data.captions import captions, token_buckets
from training.data.labels import random_labels, seeded_generators
from training.data.scenes import SceneRenderer
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_component
from training.scorer import (
    Scorer,
    classification_loss,
    format_measures,
    match_captions,
    measure_retrieval,
)

log = logging.getLogger(__name__)
BATCH = 64
SIZES = (64, 64, 128)  # pixels of the painted negatives, in turn; small ones are four times cheaper
LEARNING_RATE = 4e-4
# Steps; then the text tower is frozen, and training.prior may run in parallel.
TRAIN_TEXT_UNTIL = 1075
STYLE_VARIATION = 0.35  # share of sprites drawn in an unseen style


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
