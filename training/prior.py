"""The prior: a small decoder learns the VQGAN's latents of what a caption names.

`python -m training.prior [--steps N]` reads the texts by the guide's text tower and the pictures by
the VQGAN's encoder, both finished. It resumes from `.training/prior.pt`.
"""

import logging
import random
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.prior import COLOURS, UNTOLD, Layouts, Prior, random_layouts
from engine.networks.vqgan import VQGAN
from engine.pocket.scorer import TextTower
from engine.registry.packaged import POCKET_SHAPE
from training import art
from training.art import FOLDER
from training.data.captions import buckets, captions
from training.data.scenes import NATURAL, SceneRenderer, popular_first, random_wish, seeded
from training.evaluation.contact_sheet import sheet
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_part
from training.loop.schedule import LearningRateSchedule

log = logging.getLogger(__name__)
SIDE = 96  # pixels: the VQGAN's codes for 64 cannot show most things, for 128 there are many more
STYLES = ("noto", "fluent-flat")  # flat drawings are soonest learned; engine.layouts counts them
FRESH, BATCHES = 8, 4  # new renderings for each batch, and how many batches each of them is in
KEPT = 1024  # times FRESH renderings to draw the older ones from
SHAPES = 0.2  # share of the pictures: twelve shapes are sooner learned than all the things
RATES = LearningRateSchedule(1.5e-3, warm_up=100, calm_down=0.4)
DROPPED = 0.1  # share of captions that are not told, for classifier-free guidance
SHOWN = """
кот; panda; яблоко; rocket; дом; tree; подсолнух; pig; красный круг на синем фоне; star on black;
зелёный треугольник на белом фоне; blue square; арбуз; strawberry; пингвин; frog on pink; рыба;
car; гриб; a smiley; синее сердце на жёлтом фоне; lion; чашка; ice cream
"""


Rows = list[tuple[int, int, int]]


class Renderings:
    """Endless latents with captions; encoding is dear, so a rendering is used more than once."""

    def __init__(self, vqgan: VQGAN, generator: torch.Generator, rng: random.Random) -> None:
        self.vqgan, self.generator, self.rng = vqgan, generator, rng
        self.paint = SceneRenderer(*art.load_styles(STYLES), SIDE, generator)
        self.weights = popular_first().sqrt()
        self.kept: list[tuple[Tensor, Layouts, Rows]] = []

    def batch(self) -> tuple[Tensor, Tensor, list[str]]:
        """Latents [n, channels, cells, cells], measures of their layouts, and captions."""
        self.kept.append(self._fresh())
        del self.kept[:-KEPT]
        drawn = self.kept[-1:] + self.rng.choices(self.kept, k=BATCHES - 1)
        told = [self._told(layouts, rows) for _, layouts, rows in drawn]
        said = [
            row
            for layouts, (_, _, rows) in zip(told, drawn, strict=True)
            for row in self._said(layouts, rows)
        ]
        texts = [one.text for one in captions(said, self.rng)]
        return (
            torch.cat([latents for latents, _, _ in drawn]),
            torch.cat([layouts.measures() for layouts in told]),
            texts,
        )

    @torch.no_grad()
    def _fresh(self) -> tuple[Tensor, Layouts, Rows]:
        wish = random_wish(FRESH, self.generator, self.weights, SHAPES)
        layouts = random_layouts(FRESH, self.generator)
        pictures = self.paint(wish, tidy=1.0, layouts=layouts).pictures
        return self.vqgan.encode(pictures), layouts, wish.rows()

    def _told(self, layouts: Layouts, rows: Rows) -> Layouts:
        """The layouts; the colours that were painted are told now, and now they are not."""
        _, colour, ground = torch.tensor(rows).unbind(1)

        def now(named: Tensor) -> Tensor:
            told = torch.rand(len(rows), generator=self.generator) < 0.5
            return torch.where(told & (named < COLOURS), named, UNTOLD)

        return replace(layouts, colour=now(colour), ground=now(ground))

    def _said(self, told: Layouts, rows: Rows) -> Rows:
        """What captions say: half of the colours that are told need no words."""
        return [
            (subject, NATURAL if named != UNTOLD and self.rng.random() < 0.5 else colour, ground)
            for (subject, colour, ground), named in zip(rows, told.colour.tolist(), strict=True)
        ]


@torch.no_grad()
def show(prior: Prior, text: TextTower, vqgan: VQGAN, path: Path) -> None:
    """First draws, unpicked, of the prompts of SHOWN."""
    generator = torch.Generator().manual_seed(3)  # the engine draws on the CPU, whatever it uses
    told = text(buckets(SHOWN.split(";"))).split(1)
    drafts = [prior.sample(words, torch.ones(1), 1, generator) for words in told]
    sheet(vqgan.decode(vqgan.quantise(torch.cat(drafts))), path)


def main() -> None:
    steps = start_training(10_800)
    vqgan = VQGAN(POCKET_SHAPE).to(memory_format=torch.channels_last)
    vqgan.load_state_dict(load_part("sharp", "model"))
    vqgan.eval().requires_grad_(False)
    text = TextTower()
    scorer = load_part("names", "scorer")
    text.load_state_dict({k[5:]: v for k, v in scorer.items() if k.startswith("text.")})
    text.eval().requires_grad_(False)
    prior = Prior().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        prior.parameters(), lr=RATES.full, betas=(0.9, 0.97), weight_decay=0.03
    )
    state = TrainingCheckpoint("prior", prior=prior, optimizer=optimizer)
    start = state.resume()
    generator, rng = seeded(2000 + start)
    renderings = Renderings(vqgan, generator, rng)
    if not start:
        first = torch.cat([renderings.batch()[0] for _ in range(40)]).transpose(0, 1).flatten(1)
        prior.mean.copy_(first.mean(1)[:, None, None])
        prior.spread.copy_(first.std(1)[:, None, None])
    began, mean = time.time(), 1.0
    for step in range(start + 1, steps + 1):
        RATES.tell(optimizer, step, steps)
        latents, measures, texts = renderings.batch()
        told = torch.rand(len(texts), 1, generator=generator) >= DROPPED
        drafts = prior(text(buckets(texts)) * told, measures)
        loss = F.mse_loss(drafts, (latents - prior.mean) / prior.spread)
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
