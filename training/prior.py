"""The prior: train a small decoder from a caption's text vector to VQGAN latents.

`python -m training.prior [--steps N]` uses the trained text tower of the guide and the VQGAN's
encoder. It resumes from `.training/prior.pt`.
"""

import logging
import random
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.prior import COLOURS, NO_COLOUR, Layouts, Prior, random_layouts
from engine.networks.vqgan import VQGAN
from engine.pocket.scorer import TextTower
from engine.registry.packaged import POCKET_SHAPE
from training import art
from training.art import FOLDER
from training.data.captions import captions, token_buckets
from training.data.labels import NATURAL, frequency_weights, random_labels, seeded_generators
from training.data.scenes import SceneRenderer
from training.evaluation.contact_sheet import write_contact_sheet
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_component
from training.loop.schedule import LearningRateSchedule

log = logging.getLogger(__name__)
SIDE = 96  # pixels; at 64 the codes cannot show most things, at 128 there are many more of them
STYLES = (
    "noto",
    "fluent-flat",
)  # flat styles are learned fastest; engine.networks.prior counts them
NEW_PER_BATCH, BATCHES = 8, 4  # new renderings per batch, and batches that use each of them
CACHE_SIZE = 1024  # groups of NEW_PER_BATCH renderings to reuse
SHAPES = 0.2  # share of the pictures; twelve shapes are learned faster than all the things
SCHEDULE = LearningRateSchedule(1.5e-3, warm_up=100, cool_down=0.4)
UNCONDITIONAL = 0.1  # share of samples without text, for classifier-free guidance
SAMPLE_PROMPTS = """
кот; panda; яблоко; rocket; дом; tree; подсолнух; pig; красный круг на синем фоне; star on black;
зелёный треугольник на белом фоне; blue square; арбуз; strawberry; пингвин; frog on pink; рыба;
car; гриб; a smiley; синее сердце на жёлтом фоне; lion; чашка; ice cream
"""


Rows = list[tuple[int, int, int]]


class Renderings:
    """Endless encoded renderings with captions; encoding is slow, so each is used several times."""

    def __init__(self, vqgan: VQGAN, generator: torch.Generator, rng: random.Random) -> None:
        self.vqgan, self.generator, self.rng = vqgan, generator, rng
        self.renderer = SceneRenderer(*art.load_styles(STYLES), SIDE, generator)
        self.weights = frequency_weights().sqrt()
        self.cache: list[tuple[Tensor, Layouts, Rows]] = []

    def batch(self) -> tuple[Tensor, Tensor, list[str]]:
        """Return latents [n, channels, cells, cells], measures of their layouts, and captions."""
        self.cache.append(self._render_new())
        del self.cache[:-CACHE_SIZE]
        used = self.cache[-1:] + self.rng.choices(self.cache, k=BATCHES - 1)
        revealed = [self._reveal(layouts, rows) for _, layouts, rows in used]
        mentioned = [
            row
            for layouts, (_, _, rows) in zip(revealed, used, strict=True)
            for row in self._mentioned(layouts, rows)
        ]
        texts = [item.text for item in captions(mentioned, self.rng)]
        return (
            torch.cat([latents for latents, _, _ in used]),
            torch.cat([layouts.numbers() for layouts in revealed]),
            texts,
        )

    @torch.no_grad()
    def _render_new(self) -> tuple[Tensor, Layouts, Rows]:
        labels = random_labels(NEW_PER_BATCH, self.generator, self.weights, SHAPES)
        layouts = random_layouts(NEW_PER_BATCH, self.generator)
        pictures = self.renderer(labels, centred_share=1.0, layouts=layouts).pictures
        return self.vqgan.encode(pictures), layouts, labels.rows()

    def _reveal(self, layouts: Layouts, rows: Rows) -> Layouts:
        """Return the layouts with a random half of the painted colours given as conditions."""
        _, colour, ground = torch.tensor(rows).unbind(1)

        def reveal(named: Tensor) -> Tensor:
            revealed = torch.rand(len(rows), generator=self.generator) < 0.5
            return torch.where(revealed & (named < COLOURS), named, NO_COLOUR)

        return replace(layouts, colour=reveal(colour), background=reveal(ground))

    def _mentioned(self, revealed: Layouts, rows: Rows) -> Rows:
        """Return the rows for captions: half of the colours given as conditions are left out."""
        return [
            (
                subject,
                NATURAL if named != NO_COLOUR and self.rng.random() < 0.5 else colour,
                ground,
            )
            for (subject, colour, ground), named in zip(rows, revealed.colour.tolist(), strict=True)
        ]


@torch.no_grad()
def write_samples(prior: Prior, text: TextTower, vqgan: VQGAN, path: Path) -> None:
    """Write one unselected sample for each of SAMPLE_PROMPTS."""
    generator = torch.Generator().manual_seed(3)  # the engine also samples on the CPU
    text_vectors = text(token_buckets(SAMPLE_PROMPTS.split(";"))).split(1)
    drafts = [prior.sample(vector, torch.ones(1), 1, generator) for vector in text_vectors]
    write_contact_sheet(vqgan.decode(vqgan.quantise(torch.cat(drafts))), path)


def main() -> None:
    """Train the stage."""
    steps = start_training(10_800)
    vqgan = VQGAN(POCKET_SHAPE).to(memory_format=torch.channels_last)
    vqgan.load_state_dict(load_component("sharp", "model"))
    vqgan.eval().requires_grad_(False)
    text = TextTower()
    scorer = load_component("names", "scorer")
    text.load_state_dict({k[5:]: v for k, v in scorer.items() if k.startswith("text.")})
    text.eval().requires_grad_(False)
    prior = Prior().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        prior.parameters(), lr=SCHEDULE.peak, betas=(0.9, 0.97), weight_decay=0.03
    )
    state = TrainingCheckpoint("prior", prior=prior, optimizer=optimizer)
    start = state.resume()
    generator, rng = seeded_generators(2000 + start)
    renderings = Renderings(vqgan, generator, rng)
    if not start:
        sample = torch.cat([renderings.batch()[0] for _ in range(40)])
        channels = sample.transpose(0, 1).flatten(1)
        prior.mean.copy_(channels.mean(1)[:, None, None])
        prior.spread.copy_(channels.std(1)[:, None, None])
    started, mean_loss = time.time(), 1.0
    for step in range(start + 1, steps + 1):
        SCHEDULE.apply(optimizer, step, steps)
        latents, numbers, texts = renderings.batch()
        conditioned = torch.rand(len(texts), 1, generator=generator) >= UNCONDITIONAL
        drafts = prior(text(token_buckets(texts)) * conditioned, numbers)
        loss = F.mse_loss(drafts, (latents - prior.mean) / prior.spread)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(prior.parameters(), 1.0)
        optimizer.step()
        mean_loss += 0.02 * (loss.item() - mean_loss)
        if step % 50 == 0:
            seconds_per_step = (time.time() - started) / (step - start)
            log.info("%d loss %.3f, %.2f s/step", step, mean_loss, seconds_per_step)
        if step % 250 == 0 or step == steps:
            state.save(step)
            write_samples(prior, text, vqgan, FOLDER / f"prior-{step}.png")


if __name__ == "__main__":
    main()
