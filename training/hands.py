"""Last stage of the guide: its image tower learns to know what other hands have drawn.

`python -m training.hands [--steps N]` starts from `.training/names.pt` and resumes from
`.training/hands.pt`. Half of the art comes out bent, in other tones, flat or with outlines. What
guidance paints with the tower as it was is seen as it was, or the tower would come to like textures
that nobody can read (training.negatives). The texts stand still: the prior reads them. What is
exported lies halfway.
"""

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.networks.vqgan import VQGAN
from engine.pocket.scorer import SIDE
from engine.registry.packaged import POCKET_SHAPE
from training import art
from training.data.captions import Caption, buckets, captions
from training.data.scenes import SceneRenderer, popular_first, random_wish, seeded
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_part
from training.loop.loop import TrainingLoop
from training.loop.schedule import LearningRateSchedule
from training.negatives import Negatives, compared, true_pictures, views_of
from training.scorer import Scorer, matches

BATCH = 96
DRY, PUSHES = 40, 160  # rounds of guidance: before its pictures are of use, and whose are kept
ROUNDS = 2  # of them in each batch
VARIETY = 0.5  # share of the art that comes out as another hand would draw it
RATES = LearningRateSchedule(3e-4, warm_up=50, calm_down=0.6)
STAY = 2.0  # how much a picture's way from where it was seen weighs


@dataclass(frozen=True)
class StyleRound:
    """What guidance painted of captions, beside true pictures of them [n, 3, SIDE, SIDE]."""

    captions: list[Caption]
    painted: Tensor
    true: Tensor


def rounds(negatives: Negatives, paint: SceneRenderer) -> list[StyleRound]:
    """Pictures of all ages, each seen through one cutout."""
    found = []
    for number in range(DRY + PUSHES):
        pictures, wanted = negatives.push(SIDE)
        if number < DRY:
            continue
        true = true_pictures(wanted, paint, negatives.vqgan, negatives.generator)
        views = (views_of(some, negatives.generator) for some in (pictures, true))
        found.append(StyleRound(wanted, *views))
    return found


def loss_fn(
    scorer: Scorer,
    before: Scorer,
    paint: SceneRenderer,
    drawn: list[StyleRound],
    rng: random.Random,
) -> Tensor:
    """The loss of one batch: captions find the varied pictures, and the rest is seen as before."""
    scorer.eval()  # too few of these pictures to measure what batch normalisation keeps
    wish = random_wish(BATCH, paint.generator, popular_first().sqrt())
    scene, asked = paint(wish), captions(wish.rows(), rng)
    wanted = [one for each in drawn for one in each.captions]
    true, painted = (torch.cat([getattr(r, name) for r in drawn]) for name in ("true", "painted"))
    with torch.no_grad():
        said = scorer.text(buckets([one.text for one in asked + wanted]))
        then = before.see(torch.cat([true, painted]))[1]
    seen = scorer.see(torch.cat([scene.pictures, true, painted]))[1]
    scale = scorer.log_scale.exp().clamp(max=30)
    named, beaten, _ = compared(said, seen, matches(asked, scene), scale)
    moved = 1 - (seen[BATCH:] * then).sum(1).mean()
    return named + beaten + STAY * moved


def halfway() -> dict[str, Tensor]:
    """The scorer between where this stage began and where it ended (Wortsman et al. 2022, "Robust
    fine-tuning of zero-shot models"): it knows other hands, and guides nearly as it did."""
    began, ended = (load_part(stage, "scorer") for stage in ("names", "hands"))
    return {
        key: value.lerp(ended[key], 0.5) if value.is_floating_point() else value
        for key, value in began.items()
    }


def main() -> None:
    steps = start_training(1500)
    scorer, before = (Scorer().to(memory_format=torch.channels_last) for _ in range(2))
    for one in (scorer, before):
        one.load_state_dict(load_part("names", "scorer"))
        one.eval().requires_grad_(False)
    scorer.image.requires_grad_(True)
    optimizer = torch.optim.AdamW(scorer.image.parameters(), lr=RATES.full, weight_decay=0.02)
    checkpoint = TrainingCheckpoint("hands", scorer=scorer, optimizer=optimizer)
    start = checkpoint.resume()
    if start >= steps:
        return
    vqgan = VQGAN(POCKET_SHAPE).to(memory_format=torch.channels_last)
    vqgan.load_state_dict(load_part("sharp", "model"))
    vqgan.eval().requires_grad_(False)
    generator, rng = seeded(5005 + start)
    styles = art.load("train")
    plain = SceneRenderer(*styles, SIDE, generator)
    drawn = rounds(Negatives(vqgan, before, generator, rng), plain)
    paint = SceneRenderer(*styles, SIDE, generator, VARIETY)
    TrainingLoop(scorer, optimizer, RATES, checkpoint, styles).run(
        lambda _: loss_fn(scorer, before, paint, rng.sample(drawn, ROUNDS), rng), start, steps
    )


if __name__ == "__main__":
    main()
