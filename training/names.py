"""Third stage of the guide: train the text tower to separate things with different names.

`python -m training.names [--steps N]` starts from `.training/negatives.pt` and resumes from
`.training/names.pt`. The image tower is frozen, so its outputs are computed once. A penalty keeps
the text vectors near their old values, because the prior is conditioned on them.
"""

import random
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.pocket.scorer import SIDE
from training import art
from training.data.captions import captions, token_buckets
from training.data.labels import (
    NATURAL,
    PLAIN,
    THINGS,
    SceneLabels,
    frequency_weights,
    random_labels,
    seeded_generators,
)
from training.data.scenes import SceneRenderer
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_component
from training.loop.loop import TrainingLoop
from training.loop.schedule import LearningRateSchedule
from training.scorer import (
    BATCH,
    Scorer,
    contrastive_loss,
    describe,
    match_captions,
    retrieval_report,
)

RENDERINGS = 250  # batches
SCHEDULE = LearningRateSchedule(5e-4, warm_up=50, cool_down=0.5)
DRIFT_WEIGHT = 3.0  # weight of the text vectors' drift
NAME_WEIGHT = 0.3  # of the loss between a thing's two names
NAME_SCALE = 30.0  # of its softmax


@torch.no_grad()
def encode_renderings(
    scorer: Scorer, renderer: SceneRenderer, batches: int
) -> list[tuple[SceneLabels, Tensor]]:
    """Render batches; return their labels and image vectors [n, d]."""
    encoded, weights = [], frequency_weights().sqrt()
    for _ in range(batches):
        labels = random_labels(BATCH, renderer.generator, weights)
        encoded.append((labels, scorer.encode_images(renderer(labels).pictures)[1]))
    return encoded


def both_names() -> tuple[Tensor, Tensor]:
    """Return the tokenised English and Russian names of all things."""
    english, russian = (
        token_buckets([describe(thing, NATURAL, PLAIN, language) for thing in range(THINGS)])
        for language in (False, True)
    )
    return english, russian


def loss_fn(
    scorer: Scorer,
    original_scorer: Scorer,
    labels: SceneLabels,
    pictures: Tensor,
    rng: random.Random,
) -> Tensor:
    """Return the loss of one batch: captions match pictures, and both names of a thing match."""
    batch_captions = captions(labels.rows(), rng)
    token_inputs = (token_buckets([caption.text for caption in batch_captions]), *both_names())
    texts, *names = (scorer.text(tokens) for tokens in token_inputs)
    with torch.no_grad():
        true = match_captions(batch_captions, labels)
        original = [original_scorer.text(tokens) for tokens in token_inputs]
    caption_loss = contrastive_loss(texts, pictures, true, scorer.log_scale.exp().detach())
    logits, diagonal = names[0] @ names[1].T * NAME_SCALE, torch.arange(THINGS)
    name_loss = F.cross_entropy(logits, diagonal) + F.cross_entropy(logits.T, diagonal)
    drift = [
        1 - (new * old).sum(1).mean() for new, old in zip([texts, *names], original, strict=True)
    ]
    loss: Tensor = (
        caption_loss
        + NAME_WEIGHT * name_loss
        + DRIFT_WEIGHT * (drift[0] + (drift[1] + drift[2]) / 2)
    )
    return loss


def main() -> None:
    """Train the stage."""
    steps = start_training(1000)
    generator, rng = seeded_generators(0)
    scorer, original_scorer = Scorer(), Scorer()
    for model in (scorer, original_scorer):
        model.load_state_dict(load_component("negatives", "scorer"))
    original_scorer.eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(scorer.text.parameters(), lr=SCHEDULE.peak)
    checkpoint = TrainingCheckpoint("names", scorer=scorer, optimizer=optimizer)
    start = checkpoint.resume()
    art_bank = art.load("train")
    renderings = encode_renderings(
        original_scorer, SceneRenderer(*art_bank, SIDE, generator), RENDERINGS
    )
    TrainingLoop(optimizer, SCHEDULE, checkpoint, partial(retrieval_report, scorer, art_bank)).run(
        lambda step: loss_fn(scorer, original_scorer, *renderings[step % RENDERINGS], rng),
        start,
        steps,
    )


if __name__ == "__main__":
    main()
