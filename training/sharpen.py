"""Last stage of the VQGAN: an enlarged picture, soft and speckled, becomes codes of a sharp one.

A painting grows from 64 to 128 to 256 pixels; each time it is enlarged and encoded anew. So the
encoder learns to see the sharp picture in the enlarged one, and codes keep their meaning.
`python -m training.sharpen [--steps N]` follows `training.vqgan` and resumes from
`.training/sharp.pt`.
"""

import copy
import logging
import math
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.vqgan import VQGAN
from engine.registry.packaged import POCKET_SHAPE
from training import art
from training.art import FOLDER
from training.data.scenes import SceneRenderer, popular_first, random_wish, seeded
from training.evaluation.contact_sheet import sheet
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_part
from training.vqgan import Eyes, reconstruction, report

log = logging.getLogger(__name__)
WHOLE, SQUARE = 128, 64  # pixels of a rendering, and of what is learned from it
RENDERED = 8  # renderings in a batch: a sharp square and two soft ones of each
RATE = 6e-4
SPECKLES = 0.5  # largest noise on the small picture's latent, in its standard deviations


@torch.no_grad()
def softened(vqgan: VQGAN, pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Pictures as they are when they were painted at half their size and enlarged."""
    small = F.interpolate(pictures, scale_factor=0.5, mode="area")
    latent = vqgan.encode(small)
    amount = torch.rand(len(latent), 1, 1, 1, generator=generator) * SPECKLES * latent.std()
    latent = latent + torch.randn(latent.shape, generator=generator) * amount
    small = vqgan.decode(vqgan.quantise(latent)).clamp(0, 1)
    return F.interpolate(small, size=pictures.shape[2:], mode="bicubic").clamp(0, 1)


class Sharpening:
    """The model, what it was before, and the loss."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator
        self.paint = SceneRenderer(*art.load("train"), WHOLE, generator)
        self.weights = popular_first()
        self.model = VQGAN(POCKET_SHAPE).to(memory_format=torch.channels_last)
        self.model.load_state_dict(load_part("vqgan", "model"))
        self.model.codebook.requires_grad_(False)
        self.before = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.eyes = Eyes()

    def loss(self) -> Tensor:
        wish = random_wish(RENDERED, self.generator, self.weights)
        whole = self.paint(wish, tidy=0.8).pictures
        with torch.no_grad():
            meant = self.before.encode(whole)
        both = torch.cat([whole, *(softened(self.before, whole, self.generator) for _ in range(2))])
        seen, real, meant = self._squares(both, whole.repeat(3, 1, 1, 1), meant.repeat(3, 1, 1, 1))
        latent = self.model.encode(seen)
        made = self.model.decode(self.model.quantise(latent))
        kept = F.mse_loss(latent, meant)
        total: Tensor = self.eyes(made, real) * 0.12
        return total + reconstruction(made, real) + 0.3 * kept

    def _squares(self, *columns: Tensor) -> list[Tensor]:
        """The same square of each picture; latents are cut with their pictures."""
        cells = WHOLE // POCKET_SHAPE.cell
        room = (WHOLE - SQUARE) // POCKET_SHAPE.cell + 1
        at = torch.randint(room, (len(columns[0]), 2), generator=self.generator).tolist()
        out = []
        for column in columns:
            scale = column.shape[-1] // cells
            side = SQUARE // POCKET_SHAPE.cell * scale
            cut = [
                one[:, y * scale : y * scale + side, x * scale : x * scale + side]
                for one, (y, x) in zip(column, at, strict=True)
            ]
            out.append(torch.stack(cut))
        return out

    @torch.no_grad()
    def show(self, path: Path) -> str:
        """Renderings, their soft form, what it became; and how near that is, in dB."""
        generator = seeded(12)[0]
        pictures = SceneRenderer(self.paint.bank, self.paint.present, WHOLE, generator)(
            random_wish(12, generator, self.weights), tidy=1.0
        ).pictures
        soft = softened(self.before, pictures, generator)
        self.model.eval()
        made = self.model.decode(self.model.quantise(self.model.encode(soft))).clamp(0, 1)
        self.model.train()
        sheet(torch.cat([pictures, soft, made]), path)
        near = [-10 * F.mse_loss(one, pictures).log10() for one in (soft, made)]
        return f"soft {near[0]:.2f} dB, sharpened {near[1]:.2f} dB"


def main() -> None:
    steps = start_training(450)
    generator, _ = seeded(300)
    lesson = Sharpening(generator)
    learned = [p for p in lesson.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATE, betas=(0.9, 0.99), weight_decay=0.01)
    state = TrainingCheckpoint("sharp", model=lesson.model, optimizer=optimizer)
    start = state.resume()
    generator.manual_seed(300 + start)
    lesson.model.train()
    began = time.time()
    for step in range(start + 1, steps + 1):
        for group in optimizer.param_groups:
            done = math.cos(math.pi * step / steps)
            group["lr"] = RATE * min(step / 30, 0.52 + 0.5 * done)
        loss = lesson.loss()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        if step % 25 == 0:
            log.info("%d loss %.4f %.2f s/step", step, loss, (time.time() - began) / (step - start))
        if step % 100 == 0 or step == steps:
            state.save(step)
            log.info("%d %s", step, lesson.show(FOLDER / f"sharp-{step}.png"))
            log.info("%d %s", step, report(lesson.model, lesson.paint, quantised=True))


if __name__ == "__main__":
    main()
