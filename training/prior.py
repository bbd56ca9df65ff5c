"""The prior: a transformer learns which codes of the VQGAN a caption begins with.

`python -m training.prior [--steps N]` reads the texts by the guide's text tower and the pictures by
the VQGAN's encoder, both finished. It resumes from `.training/prior.pt`.
"""

import logging
import math
import random
import time
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.manifest import POCKET_SHAPE
from engine.pocket.towers import TextTower
from engine.prior import Prior
from engine.vqgan import VQGAN
from training import art
from training.art import FOLDER
from training.captions import buckets, captions
from training.checkpoint import Checkpoint, load_part
from training.options import started
from training.scenes import Painter, popular_first, random_wish, seeded
from training.sheets import sheet

log = logging.getLogger(__name__)
SIDE = 64  # pixels: what the prior drafts is small
FRESH, OLD = 32, 32  # renderings in a batch: new ones, and kept ones under new captions
KEPT = 8192
RATE = 1.5e-3
DROPPED = 0.1  # share of captions that are not told, for classifier-free guidance
SHOWN = """
кот; panda; яблоко; rocket; дом; tree; подсолнух; pig; красный круг на синем фоне; star on black;
зелёный треугольник на белом фоне; blue square; арбуз; strawberry; пингвин; frog on pink; рыба;
car; гриб; a smiley; синее сердце на жёлтом фоне; lion; чашка; ice cream
"""


class Renderings:
    """Endless code rows with captions; encoding is dear, so a rendering is used more than once."""

    def __init__(self, vqgan: VQGAN, generator: torch.Generator, rng: random.Random) -> None:
        self.vqgan, self.generator, self.rng = vqgan, generator, rng
        self.paint = Painter(*art.load("train"), SIDE, generator)
        self.weights = popular_first()
        self.kept: list[
            tuple[Tensor, list[tuple[int, int, int]]]
        ] = []  # codes, labels of FRESH renderings each

    def batch(self) -> tuple[Tensor, list[str]]:
        """Codes [n, 64] and their captions."""
        codes, labels = self._fresh()
        if self.kept:
            older_codes, older_labels = self.rng.choice(self.kept)
            codes, labels = torch.cat([codes, older_codes]), labels + older_labels
        self.kept.append((codes[:FRESH], labels[:FRESH]))
        del self.kept[: -KEPT // FRESH]
        return codes, [said.text for said in captions(labels, self.rng)]

    @torch.no_grad()
    def _fresh(self) -> tuple[Tensor, list[tuple[int, int, int]]]:
        wish = random_wish(FRESH, self.generator, self.weights)
        pictures = self.paint(wish, tidy=1.0).pictures
        codes = self.vqgan.nearest(self.vqgan.encode(pictures)).flatten(1)
        return codes, wish.rows()


def alike(prior: Prior, codebook: Tensor, generator: torch.Generator) -> None:
    """Codes that look alike begin with vectors that are alike: a projection of the codebook."""
    normal = (codebook - codebook.mean(0)) / codebook.std(0)
    width = prior.codes.weight.shape[1]
    turn = torch.randn(codebook.shape[1], width, generator=generator) / codebook.shape[1] ** 0.5
    with torch.no_grad():
        prior.codes.weight[:-1] = normal @ turn * 0.3
        prior.head.weight.copy_(normal @ turn * 0.02)


@torch.no_grad()
def show(prior: Prior, text: TextTower, vqgan: VQGAN, path: Path) -> None:
    """First draws, unpicked, of the prompts of SHOWN."""
    words = text(buckets(SHOWN.split(";")))
    generator = torch.Generator().manual_seed(
        3
    )  # the engine draws on the CPU, whatever it paints on
    codes = [prior.sample(one, torch.ones(1), 1, generator) for one in words.split(1)]
    sheet(vqgan.decode(vqgan.lookup(torch.cat(codes))), path)


def main() -> None:
    steps = started(4200)
    vqgan = VQGAN(POCKET_SHAPE).to(memory_format=torch.channels_last)
    vqgan.load_state_dict(load_part("sharp", "model"))
    vqgan.eval().requires_grad_(False)
    text = TextTower()
    scorer = load_part("negatives", "scorer")
    text.load_state_dict({k[5:]: v for k, v in scorer.items() if k.startswith("text.")})
    text.eval().requires_grad_(False)
    prior = Prior()
    alike(prior, vqgan.codebook, seeded(5)[0])
    optimizer = torch.optim.AdamW(prior.parameters(), lr=RATE, betas=(0.9, 0.97), weight_decay=0.03)
    state = Checkpoint("prior", prior=prior, optimizer=optimizer)
    start = state.resume()
    generator, rng = seeded(2000 + start)
    renderings = Renderings(vqgan, generator, rng)
    began, mean = time.time(), 7.0
    for step in range(start + 1, steps + 1):
        for group in optimizer.param_groups:
            done = math.cos(math.pi * step / steps)
            group["lr"] = RATE * min(step / 150, 0.51 + 0.49 * done)
        codes, texts = renderings.batch()
        told = torch.rand(len(texts), 1, generator=generator) >= DROPPED
        logits = prior(codes, text(buckets(texts)) * told)
        loss = F.cross_entropy(logits.flatten(0, 1), codes.flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(prior.parameters(), 1.0)
        optimizer.step()
        mean += 0.02 * (loss.item() - mean)
        if step % 50 == 0:
            log.info(
                "%d loss %.3f, %.2f s/step", step, mean, (time.time() - began) / (step - start)
            )
        if step % 250 == 0 or step == steps:
            state.save(step)
            show(prior, text, vqgan, FOLDER / f"prior-{step}.png")


if __name__ == "__main__":
    main()
