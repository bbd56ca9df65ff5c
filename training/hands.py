"""Last stage of the guide: train the image tower on varied drawing styles.

`python -m training.hands [--steps N]` starts from `.training/names.pt` and resumes from
`.training/hands.pt`. Half of the sprites are warped, recoloured, posterised or outlined. A penalty
keeps the vectors of guided paintings near their old values, because otherwise the tower prefers
unreadable textures (see `training.negatives`). The text tower is frozen because the prior depends
on it. The exported weights are halfway between the start and the end of this stage.
"""

import random
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from engine.networks.vqgan import VQGAN
from engine.pocket.scorer import SIDE
from engine.registry.packaged import POCKET_SHAPE
from training import art
from training.adversarial.latents import Negatives
from training.adversarial.losses import discrimination_losses, random_cutouts, reference_pictures
from training.data.captions import Caption, captions, token_buckets
from training.data.labels import frequency_weights, random_labels, seeded_generators
from training.data.scenes import SceneRenderer
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_component
from training.loop.loop import TrainingLoop
from training.loop.schedule import LearningRateSchedule
from training.scorer import Scorer, match_captions, retrieval_report

BATCH = 96
WARM_UP_ROUNDS, KEPT_ROUNDS = 40, 160  # guidance rounds to discard, and to keep
ROUNDS_PER_BATCH = 2  # in each batch
STYLE_VARIATION = 0.5  # share of sprites drawn in an unseen style
SCHEDULE = LearningRateSchedule(3e-4, warm_up=50, cool_down=0.6)
DRIFT_WEIGHT = 2.0  # weight of the image vectors' drift


@dataclass(frozen=True)
class StyleRound:
    """Guided paintings and reference pictures [n, 3, SIDE, SIDE] of the same captions."""

    captions: list[Caption]
    painted: Tensor
    references: Tensor


def guidance_rounds(negatives: Negatives, renderer: SceneRenderer) -> list[StyleRound]:
    """Collect guided paintings of all ages and reference pictures, one random cutout of each."""
    results = []
    for number in range(WARM_UP_ROUNDS + KEPT_ROUNDS):
        pictures, target_captions = negatives.paint_further(SIDE)
        if number < WARM_UP_ROUNDS:
            continue
        references = reference_pictures(
            target_captions, renderer, negatives.vqgan, negatives.generator
        )
        cutouts = (random_cutouts(images, negatives.generator) for images in (pictures, references))
        results.append(StyleRound(target_captions, *cutouts))
    return results


def loss_fn(
    scorer: Scorer,
    original: Scorer,
    renderer: SceneRenderer,
    rounds: list[StyleRound],
    rng: random.Random,
) -> Tensor:
    """Return the loss of one batch: retrieval of varied pictures plus drift on the others."""
    scorer.eval()  # too few of these pictures for batch-normalisation statistics
    labels = random_labels(BATCH, renderer.generator, frequency_weights().sqrt())
    scene, scene_captions = renderer(labels), captions(labels.rows(), rng)
    target_captions = [caption for each in rounds for caption in each.captions]
    references = torch.cat([each.references for each in rounds])
    painted = torch.cat([each.painted for each in rounds])
    with torch.no_grad():
        text_vectors = scorer.text(
            token_buckets([caption.text for caption in scene_captions + target_captions])
        )
        original_vectors = original.encode_images(torch.cat([references, painted]))[1]
    image_vectors = scorer.encode_images(torch.cat([scene.pictures, references, painted]))[1]
    scale = scorer.log_scale.exp().clamp(max=30)
    caption_loss, negative_loss, _ = discrimination_losses(
        text_vectors, image_vectors, match_captions(scene_captions, scene), scale
    )
    drift = 1 - (image_vectors[BATCH:] * original_vectors).sum(1).mean()
    return caption_loss + negative_loss + DRIFT_WEIGHT * drift


def interpolated_weights() -> dict[str, Tensor]:
    """Return the mean of the scorer's weights before and after this stage.

    Interpolation keeps most of the old guidance behaviour while adding robustness (Wortsman et al.
    2022, "Robust fine-tuning of zero-shot models").
    """
    start, end = (load_component(stage, "scorer") for stage in ("names", "hands"))
    return {
        key: value.lerp(end[key], 0.5) if value.is_floating_point() else value
        for key, value in start.items()
    }


def main() -> None:
    """Train the stage."""
    steps = start_training(1500)
    scorer, original = (Scorer().to(memory_format=torch.channels_last) for _ in range(2))
    for model in (scorer, original):
        model.load_state_dict(load_component("names", "scorer"))
        model.eval().requires_grad_(False)
    scorer.image.requires_grad_(True)
    optimizer = torch.optim.AdamW(scorer.image.parameters(), lr=SCHEDULE.peak, weight_decay=0.02)
    checkpoint = TrainingCheckpoint("hands", scorer=scorer, optimizer=optimizer)
    start = checkpoint.resume()
    if start >= steps:
        return
    vqgan = VQGAN(POCKET_SHAPE).to(memory_format=torch.channels_last)
    vqgan.load_state_dict(load_component("sharp", "model"))
    vqgan.eval().requires_grad_(False)
    generator, rng = seeded_generators(5005 + start)
    art_bank = art.load("train")
    plain_renderer = SceneRenderer(*art_bank, SIDE, generator)
    rounds = guidance_rounds(Negatives(vqgan, original, generator, rng), plain_renderer)
    renderer = SceneRenderer(*art_bank, SIDE, generator, STYLE_VARIATION)
    TrainingLoop(optimizer, SCHEDULE, checkpoint, partial(retrieval_report, scorer, art_bank)).run(
        lambda _: loss_fn(scorer, original, renderer, rng.sample(rounds, ROUNDS_PER_BATCH), rng),
        start,
        steps,
    )


if __name__ == "__main__":
    main()
