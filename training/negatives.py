"""Second stage of the scorer: it learns to see through its own guidance.

A scorer that only classifies is pleased by textures that nobody can read. So a buffer of latents is
painted towards their captions with the scorer as it is, and the scorer learns that a real picture
of the caption must please it more. `python -m training.negatives [--steps N]` starts from
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
from training.data.captions import ANY, Caption, buckets, caption, captions
from training.data.scenes import (
    PLAIN,
    RenderedWish,
    SceneRenderer,
    colours,
    popular_first,
    random_wish,
    seeded,
)
from training.evaluation.contact_sheet import sheet
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_part
from training.scorer import Scorer, contrast, headline, matches, retrieval, spoken

log = logging.getLogger(__name__)
BATCH = 64
SIZES = (64, 64, 128)  # pixels of the painted negatives, in turn: small ones are four times cheaper
PUSHED = {64: 12, 128: 4}  # latents painted on in one training step
INNER = 2  # steps of guidance in one training step
LIFE = 60  # steps of guidance before a latent begins anew
RATE = 0.15  # of the latents: bolder than the painter's own, to find what fools the scorer
RATE_OF_LEARNING = 4e-4
VIEWS = 6
WORDS_UNTIL = 1075  # steps; then the text tower rests, and training.prior may begin beside
VARIETY = 0.35  # share of the art that comes out as another hand would draw it
CUTTING = POCKET_DEFAULTS.cutting


@dataclass
class LatentBuffer:
    """Latents of one size that are being painted, each with its caption."""

    side: int
    latents: Tensor
    captions: list[Caption]
    first: Tensor  # Adam's moments
    second: Tensor
    ages: Tensor

    @classmethod
    def empty(cls, side: int, count: int) -> "LatentBuffer":
        cells = side // SHAPE.cell
        shape = (count, SHAPE.embed_dim, cells, cells)
        nothing = Caption("", ANY, ANY, ANY)
        ages = torch.full((count,), LIFE + 1)
        return cls(side, torch.zeros(shape), [nothing] * count, torch.zeros(shape),
                   torch.zeros(shape), ages)  # fmt: skip


class Negatives:
    """Keeps easels of pictures that the scorer's own guidance paints."""

    def __init__(
        self, vqgan: VQGAN, scorer: Scorer, generator: torch.Generator, rng: random.Random
    ) -> None:
        self.vqgan, self.scorer, self.generator, self.rng = vqgan, scorer, generator, rng
        self.weights, self.colours = popular_first(), colours()
        self.easels = {64: LatentBuffer.empty(64, 72), 128: LatentBuffer.empty(128, 32)}
        self.low = vqgan.codebook.amin(0).view(1, -1, 1, 1)
        self.high = vqgan.codebook.amax(0).view(1, -1, 1, 1)

    def _begin(self, easel: LatentBuffer, index: int) -> None:
        """A fresh caption on a sketch whose ground is right in half of the cases."""
        wish = random_wish(1, self.generator, self.weights, shapes=0.2)
        subject, colour, ground = (int(v) for v in (wish.subject, wish.colour, wish.ground))
        said = caption(subject, colour, ground, index % 2 == 0, self.rng)
        chance = torch.rand(4, generator=self.generator)
        other = int(torch.randint(len(COLOURS), (1,), generator=self.generator))
        start = ground if chance[0] < 0.5 and ground != PLAIN else other
        disc = colour if chance[1] < 0.7 and colour < len(COLOURS) else (other + 5) % len(COLOURS)
        size = 0.3 + 0.5 * float(chance[2])
        form = torch.tensor([[[0.0, 0.0, size, size, 0.0, 0.2]]])
        picture = Sketches(self.colours[[start]], self.colours[[disc]].unsqueeze(1), form)
        with torch.no_grad():
            latent = self.vqgan.encode(picture.render(easel.side, easel.side))[0]
        noise = torch.randn(latent.shape, generator=self.generator) * float(chance[3]) * 0.3
        easel.latents[index] = latent + noise
        easel.captions[index] = said
        easel.first[index], easel.second[index], easel.ages[index] = 0, 0, 0

    def push(self, side: int) -> tuple[Tensor, list[Caption]]:
        """Paints a few latents of one easel a little further; their pictures, and captions."""
        easel = self.easels[side]
        order = torch.randperm(len(easel.captions), generator=self.generator)[: PUSHED[side]]
        for index in order.tolist():
            if easel.ages[index] > LIFE:
                self._begin(easel, index)
        texts = [easel.captions[i].text for i in order.tolist()]
        with torch.no_grad():
            said = self.scorer.text(buckets(texts))
        latents = easel.latents[order]
        for _ in range(INNER):
            latents = latents.requires_grad_(True)
            pictures = clamp_with_grad(self.vqgan.decode(self.vqgan.quantise(latents)))
            seen = self._seen(pictures)  # [n, views, d]
            similar = (seen * said.unsqueeze(1)).sum(-1).mean()
            (gradient,) = torch.autograd.grad(-similar * len(order), latents)
            latents = self._adam(easel, order, latents.detach(), gradient)
        easel.latents[order] = latents
        easel.ages[order] += INNER
        with torch.no_grad():
            pictures = self.vqgan.decode(self.vqgan.quantise(latents)).clamp(0, 1)
        return pictures, [easel.captions[i] for i in order.tolist()]

    def _seen(self, pictures: Tensor) -> Tensor:
        side = pictures.shape[-1]
        views = []
        for picture in pictures.split(1):
            drawn = sample_cutouts(CUTTING, VIEWS, (side, side), SIDE, self.generator)
            views.append(apply_cutouts(picture, drawn))
        seen = self.scorer.see(torch.cat(views))[1]
        return seen.view(len(pictures), VIEWS, -1)

    @torch.no_grad()
    def show(self, path: Path) -> None:
        """A sheet of the small pictures that were painted on longest, their captions in the log."""
        easel = self.easels[64]
        oldest = torch.where(easel.ages > LIFE, -1, easel.ages).argsort(descending=True)[:48]
        latents = easel.latents[oldest]
        sheet(self.vqgan.decode(self.vqgan.quantise(latents)), path)
        log.info("%s: %s", path.name, "; ".join(easel.captions[i].text for i in oldest))

    def _adam(
        self, easel: LatentBuffer, order: Tensor, latents: Tensor, gradient: Tensor
    ) -> Tensor:
        easel.first[order] = 0.9 * easel.first[order] + 0.1 * gradient
        easel.second[order] = 0.99 * easel.second[order] + 0.01 * gradient**2
        age = (easel.ages[order] + 1).view(-1, 1, 1, 1).float()
        first = easel.first[order] / (1 - 0.9**age)
        second = easel.second[order] / (1 - 0.99**age)
        moved = latents - RATE * first / (second.sqrt() + 1e-8)
        return moved.maximum(self.low).minimum(self.high)


def views_of(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """One cutout of each picture, as guidance would look at it."""
    side = pictures.shape[-1]
    drawn = [
        sample_cutouts(CUTTING, 1, (side, side), SIDE, generator) for _ in range(len(pictures))
    ]
    return torch.cat([apply_cutouts(p, d) for p, d in zip(pictures.split(1), drawn, strict=True)])


def true_pictures(
    wanted: list[Caption], paint: SceneRenderer, vqgan: VQGAN, generator: torch.Generator
) -> Tensor:
    """A true picture of each caption; what a caption leaves open is drawn by chance.

    It goes through the VQGAN like the negatives, or its blur would tell the two apart.
    """
    chance = random_wish(len(wanted), generator, popular_first())
    wish = RenderedWish(
        *(
            torch.where(claim == ANY, drawn, claim)
            for claim, drawn in (
                (torch.tensor([getattr(c, label) for c in wanted]), getattr(chance, label))
                for label in ("subject", "colour", "ground")
            )
        )
    )
    pictures = paint(wish, tidy=0.5).pictures
    with torch.no_grad():
        return vqgan.decode(vqgan.quantise(vqgan.encode(pictures))).clamp(0, 1)


def compared(
    said: Tensor, seen: Tensor, fits: Tensor, scale: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Losses of telling renderings apart, and true pictures from painted ones; the mean margin.

    `said` are n captions of renderings, then k of paintings; `seen` n renderings, k true pictures
    and k painted ones; `fits` [n, n] says which rendering each of the n captions is true of.
    """
    n, k = len(fits), len(said) - len(fits)
    real, true, fake = seen.split((n, k, k))
    margin = (said[n:] * (fake - true)).sum(1) * scale
    # The negatives stand among the wrong answers of every caption as well.
    fits = torch.cat([fits, torch.zeros(n, k, dtype=torch.bool)], dim=1)
    named = contrast(said[:n], torch.cat([real, fake]), fits, scale, n)
    return named, F.softplus(margin + 1.0).mean(), margin.mean()


def loss_fn(
    scorer: Scorer, negatives: Negatives, paint: dict[int, SceneRenderer], side: int
) -> tuple[Tensor, Tensor, Tensor]:
    """One step's loss; also its part that is about the negatives, and their mean margin."""
    generator, rng = negatives.generator, negatives.rng
    scorer.eval()
    fakes, wanted = negatives.push(side)
    fakes = views_of(fakes, generator)
    scorer.train()
    wish = random_wish(BATCH, generator, negatives.weights)
    scene, asked = paint[SIDE](wish), captions(wish.rows(), rng)
    truths = true_pictures(wanted, paint[side], negatives.vqgan, generator)
    truths = views_of(truths, generator)
    pooled, seen = scorer.see(torch.cat([scene.pictures, truths, fakes]))
    said = scorer.text(buckets([c.text for c in asked + wanted]))
    scale = scorer.log_scale.exp().clamp(max=30)
    named, beaten, margin = compared(said, seen, matches(asked, scene), scale)
    return named + headline(scorer, scene, pooled[: len(asked)]) + beaten, beaten, margin


def main() -> None:
    steps = start_training(1075)
    scorer = Scorer().to(memory_format=torch.channels_last)
    scorer.load_state_dict(load_part("scorer", "scorer"))
    vqgan = VQGAN(SHAPE).to(memory_format=torch.channels_last)
    vqgan.load_state_dict(load_part("sharp", "model"))
    vqgan.eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(scorer.parameters(), lr=RATE_OF_LEARNING, weight_decay=0.02)
    state = TrainingCheckpoint("negatives", scorer=scorer, optimizer=optimizer)
    start = state.resume()
    generator, rng = seeded(1000 + start)
    bank, present = art.load("train")
    paint = {side: SceneRenderer(bank, present, side, generator, VARIETY) for side in (64, 128)}
    plain = SceneRenderer(bank, present, SIDE, seeded(42)[0])
    unseen = SceneRenderer(*art.load("test"), SIDE, seeded(42)[0])
    negatives = Negatives(vqgan, scorer, generator, rng)
    began = time.time()
    for step in range(start + 1, steps + 1):
        scorer.text.requires_grad_(step <= WORDS_UNTIL)
        for group in optimizer.param_groups:
            group["lr"] = RATE_OF_LEARNING * min(1.0, 1.2 - step / steps)
        loss, beaten, margin = loss_fn(scorer, negatives, paint, SIZES[step % len(SIZES)])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(scorer.parameters(), 5.0)
        optimizer.step()
        if step % 25 == 0:
            pace = (time.time() - began) / (step - start)
            values = (step, loss, beaten, margin, pace)
            log.info("%d loss %.3f beaten %.3f margin %.2f, %.2f s/step", *values)
        if step % 100 == 0 or step == steps:
            state.save(step)
            log.info("%d %s", step, spoken(retrieval(scorer, plain)))
            log.info("%d unseen style: %s", step, spoken(retrieval(scorer, unseen)))
            negatives.show(FOLDER / f"negatives-{step}.png")


if __name__ == "__main__":
    main()
