"""The judge: names what stands in a picture, and never guides.

Another architecture than the guide's, learned from art that the guide never saw, under other
distortions. `python -m training.judge [--steps N]` resumes from `.training/judge.pt`.
"""

import argparse
import logging
import time
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.pocket.world import SHAPES
from training import art
from training.checkpoint import Checkpoint
from training.scenes import NATURAL, THINGS, Painter, Wish, random_wish, seeded

log = logging.getLogger(__name__)
SIDE = 64  # pixels: larger pictures are scaled down to it
BATCH = 96
CLASSES = THINGS + len(SHAPES)


class Residual(nn.Module):
    """A pre-activation residual block (He 2016) with group norm; it may halve the sides."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.GroupNorm(8, width) for width in (inputs, outputs))
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.skip = nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.norms[0](x))
        out = self.second(F.relu(self.norms[1](self.first(h))))
        whole: Tensor = self.skip(h) + out
        return whole


class Judge(nn.Module):
    """Pictures [n, 3, s, s] in 0..1 -> logits [n, CLASSES], things first, then shapes."""

    def __init__(self, widths: tuple[int, ...] = (24, 48, 96, 192, 288)) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, widths[0], 5, 2, 2)
        self.blocks = nn.Sequential(*(Residual(a, b, 2) for a, b in pairwise(widths)))
        self.head = nn.Linear(widths[-1] * 4, CLASSES)

    def forward(self, pictures: Tensor) -> Tensor:
        if pictures.shape[-1] != SIDE:
            pictures = F.interpolate(pictures, size=(SIDE, SIDE), mode="area")
        x = F.relu(self.blocks(self.stem(pictures * 4 - 2)))
        named: Tensor = self.head(F.adaptive_avg_pool2d(x, 2).flatten(1))
        return named


def unseen_art() -> tuple[Tensor, Tensor]:
    """The bank of all sets that the guides never learned from."""
    banks = [art.load(use) for use in ("judge", "test")]
    return torch.cat([bank for bank, _ in banks]), torch.cat([there for _, there in banks])


def known(present: Tensor) -> Tensor:
    """Weights [THINGS] of the things that stand in any set: the judge can name no others."""
    return present.any(0).float()


def distort(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Softness, turned hues, lost patches: what a painted picture may have and a rendering not."""
    n, _, side, _ = pictures.shape

    def chance(p: float) -> Tensor:
        return (torch.rand(n, generator=generator) < p).view(n, 1, 1, 1)

    tiny = int(torch.randint(20, 48, (), generator=generator))
    soft = F.interpolate(pictures, size=(tiny, tiny), mode="area")
    soft = F.interpolate(soft, size=(side, side), mode="bicubic")
    out = torch.where(chance(0.5), soft, pictures)
    mix = torch.eye(3) + torch.randn(n, 3, 3, generator=generator) * 0.06
    out = torch.where(chance(0.5), torch.einsum("nij,njhw->nihw", mix, out), out)
    bumps = torch.randn(n, 3, 7, 7, generator=generator) * 0.06
    out = out + F.interpolate(bumps, size=(side, side), mode="bicubic") * chance(0.5)
    line = torch.arange(side).view(1, side)
    at, wide = (torch.rand(n, 2, 1, generator=generator) * k for k in (side, side / 3))
    rows, columns = ((line >= at[:, i]) & (line < at[:, i] + wide[:, i]) for i in (0, 1))
    patch = (rows.unsqueeze(2) & columns.unsqueeze(1)).unsqueeze(1) & chance(0.3)
    grey = torch.rand(n, 3, 1, 1, generator=generator)
    return torch.where(patch, grey, out).clamp(0, 1)


@torch.no_grad()
def accuracy(judge: Judge, paint: Painter, weights: Tensor, shapes: float, seed: int) -> float:
    """Share of 500 tidy new renderings that it names right."""
    generator, _ = seeded(seed)
    wish = random_wish(500, generator, weights, shapes=shapes)
    wish = Wish(wish.subject, torch.where(wish.subject < THINGS, NATURAL, wish.colour), wish.ground)
    pictures = paint(wish, tidy=1.0).pictures
    return float((judge(pictures).argmax(1) == wish.subject).float().mean())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    torch.manual_seed(77)
    judge = Judge()
    optimizer = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, args.steps, pct_start=0.15)
    state = Checkpoint("judge", judge=judge, optimizer=optimizer, schedule=schedule)
    start = state.resume()
    generator, _ = seeded(7000 + start)
    bank, present = unseen_art()
    paint = Painter(bank, present, SIDE, generator)
    weights = known(present)
    guides_art, theirs = art.load("train")
    elsewhere = Painter(guides_art, theirs, SIDE, seeded(7001)[0])
    began = time.time()
    for step in range(start + 1, args.steps + 1):
        wish = random_wish(BATCH, generator, weights, shapes=0.15)
        pictures = distort(paint(wish, tidy=0.5).pictures, generator)
        loss = F.cross_entropy(judge(pictures), wish.subject, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            pace = (time.time() - began) / (step - start)
            log.info("%d loss %.3f, %.2f s/step", step, loss, pace)
        if step % 250 == 0 or step == args.steps:
            state.save(step)
            own = accuracy(judge, paint, weights, 0.1, 1)
            bare = accuracy(judge, paint, weights, 1.0, 2)
            other = accuracy(judge, elsewhere, weights, 0.1, 3)
            log.info("%d right: %.3f, shapes %.3f, the guides' art %.3f", step, own, bare, other)


if __name__ == "__main__":
    main()
