"""Third stage of the guide: its text tower learns to keep apart what is called by other names.

`python -m training.names [--steps N]` starts from `.training/negatives.pt` and resumes from
`.training/names.pt`. The image tower stands still, so what it sees is worked out once; and the
texts stay near to where they were, so that a prior which learned to read them reads on.
"""

import random

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.pocket.scorer import SIDE
from training import art
from training.data.captions import buckets, captions
from training.data.scenes import (
    NATURAL,
    PLAIN,
    THINGS,
    RenderedWish,
    SceneRenderer,
    popular_first,
    random_wish,
    seeded,
)
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_part
from training.loop.loop import TrainingLoop
from training.loop.schedule import LearningRateSchedule
from training.scorer import BATCH, Scorer, contrast, matches, named

RENDERINGS = 250  # batches of them
RATES = LearningRateSchedule(5e-4, warm_up=50, calm_down=0.5)
STAY = 3.0  # how much a text's way from where it was weighs
ALIKE, SHARPNESS = 0.3, 30.0  # the same for the two names of a thing, and their softmax


@torch.no_grad()
def seen(scorer: Scorer, paint: SceneRenderer, batches: int) -> list[tuple[RenderedWish, Tensor]]:
    """What renderings show, and the unit vectors [n, d] that the image tower makes of them."""
    found, weights = [], popular_first().sqrt()
    for _ in range(batches):
        wish = random_wish(BATCH, paint.generator, weights)
        found.append((wish, scorer.see(paint(wish).pictures)[1]))
    return found


def both_names() -> tuple[Tensor, Tensor]:
    """The plain English and Russian names of all things, as the text tower reads them."""
    english, russian = (
        buckets([named(thing, NATURAL, PLAIN, language) for thing in range(THINGS)])
        for language in (False, True)
    )
    return english, russian


def loss_fn(
    scorer: Scorer, before: Scorer, wish: RenderedWish, pictures: Tensor, rng: random.Random
) -> Tensor:
    """The loss of one batch: captions find their pictures, a thing's two names each other."""
    said = captions(wish.rows(), rng)
    read = (buckets([one.text for one in said]), *both_names())
    texts, *names = (scorer.text(one) for one in read)
    with torch.no_grad():
        true = matches(said, wish)
        were = [before.text(one) for one in read]
    found = contrast(texts, pictures, true, scorer.log_scale.exp().detach())
    logits, same = names[0] @ names[1].T * SHARPNESS, torch.arange(THINGS)
    alike = F.cross_entropy(logits, same) + F.cross_entropy(logits.T, same)
    moved = [
        1 - (now * then).sum(1).mean() for now, then in zip([texts, *names], were, strict=True)
    ]
    loss: Tensor = found + ALIKE * alike + STAY * (moved[0] + (moved[1] + moved[2]) / 2)
    return loss


def main() -> None:
    steps = start_training(1000)
    generator, rng = seeded(0)
    scorer, before = Scorer(), Scorer()
    for one in (scorer, before):
        one.load_state_dict(load_part("negatives", "scorer"))
    before.eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(scorer.text.parameters(), lr=RATES.full)
    checkpoint = TrainingCheckpoint("names", scorer=scorer, optimizer=optimizer)
    start = checkpoint.resume()
    styles = art.load("train")
    bank = seen(before, SceneRenderer(*styles, SIDE, generator), RENDERINGS)
    TrainingLoop(scorer, optimizer, RATES, checkpoint, styles).run(
        lambda step: loss_fn(scorer, before, *bank[step % RENDERINGS], rng), start, steps
    )


if __name__ == "__main__":
    main()
