"""Last stage of the VQGAN: train it to encode an enlarged, blurry picture as a sharp one.

A painting is upscaled from 64 to 128 to 256 pixels and re-encoded each time. This stage trains the
encoder to restore sharpness there while codes keep their meaning. `python -m training.sharpen
[--steps N]` follows `training.vqgan` and resumes from `.training/sharp.pt`.
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
from training.data.labels import frequency_weights, random_labels, seeded_generators
from training.data.scenes import SceneRenderer
from training.evaluation.contact_sheet import write_contact_sheet
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_component
from training.vqgan import PerceptualLoss, reconstruction_loss, reconstruction_report

log = logging.getLogger(__name__)
RENDERED_SIDE, CROP_SIDE = 128, 64  # pixels of a rendering, and of the crops used for training
RENDERINGS = 8  # renderings per batch; each gives one sharp and two blurry crops
LEARNING_RATE = 6e-4
MAX_LATENT_NOISE = 0.5  # in standard deviations of the latent


@torch.no_grad()
def degraded(vqgan: VQGAN, pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Return the pictures as painted at half their size and enlarged."""
    small = F.interpolate(pictures, scale_factor=0.5, mode="area")
    latent = vqgan.encode(small)
    amount = torch.rand(len(latent), 1, 1, 1, generator=generator) * MAX_LATENT_NOISE * latent.std()
    latent = latent + torch.randn(latent.shape, generator=generator) * amount
    small = vqgan.decode(vqgan.quantise(latent)).clamp(0, 1)
    return F.interpolate(small, size=pictures.shape[2:], mode="bicubic").clamp(0, 1)


class Sharpening:
    """The model in training, a frozen copy of its start, and the loss."""

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator
        self.renderer = SceneRenderer(*art.load("train"), RENDERED_SIDE, generator)
        self.weights = frequency_weights()
        self.model = VQGAN(POCKET_SHAPE).to(memory_format=torch.channels_last)
        self.model.load_state_dict(load_component("vqgan", "model"))
        self.model.codebook.requires_grad_(False)
        self.original = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.perceptual_loss = PerceptualLoss()

    def loss(self) -> Tensor:
        """Return the loss of a new batch: reconstruction, perceptual and latent distance."""
        labels = random_labels(RENDERINGS, self.generator, self.weights)
        renderings = self.renderer(labels, centred_share=0.8).pictures
        with torch.no_grad():
            target_latents = self.original.encode(renderings)
        inputs = torch.cat(
            [renderings, *(degraded(self.original, renderings, self.generator) for _ in range(2))]
        )
        crops, sharp, target_latents = self._matching_crops(
            inputs, renderings.repeat(3, 1, 1, 1), target_latents.repeat(3, 1, 1, 1)
        )
        latent = self.model.encode(crops)
        restored = self.model.decode(self.model.quantise(latent))
        latent_loss = F.mse_loss(latent, target_latents)
        total: Tensor = self.perceptual_loss(restored, sharp) * 0.12
        return total + reconstruction_loss(restored, sharp) + 0.3 * latent_loss

    def _matching_crops(self, *batches: Tensor) -> list[Tensor]:
        """Crop every picture at the same random place in all batches, latents included."""
        cells = RENDERED_SIDE // POCKET_SHAPE.cell
        positions_per_axis = (RENDERED_SIDE - CROP_SIDE) // POCKET_SHAPE.cell + 1
        positions = torch.randint(
            positions_per_axis, (len(batches[0]), 2), generator=self.generator
        ).tolist()
        out = []
        for batch in batches:
            scale = batch.shape[-1] // cells
            side = CROP_SIDE // POCKET_SHAPE.cell * scale
            crops_of_batch = [
                image[:, y * scale : y * scale + side, x * scale : x * scale + side]
                for image, (y, x) in zip(batch, positions, strict=True)
            ]
            out.append(torch.stack(crops_of_batch))
        return out

    @torch.no_grad()
    def write_samples(self, path: Path) -> str:
        """Write renderings, their degraded form and its reconstruction; return both PSNRs."""
        generator = seeded_generators(12)[0]
        pictures = SceneRenderer(
            self.renderer.bank, self.renderer.available, RENDERED_SIDE, generator
        )(random_labels(12, generator, self.weights), centred_share=1.0).pictures
        blurred = degraded(self.original, pictures, generator)
        self.model.eval()
        restored = self.model.decode(self.model.quantise(self.model.encode(blurred))).clamp(0, 1)
        self.model.train()
        write_contact_sheet(torch.cat([pictures, blurred, restored]), path)
        psnr = [-10 * F.mse_loss(image, pictures).log10() for image in (blurred, restored)]
        return f"soft {psnr[0]:.2f} dB, sharpened {psnr[1]:.2f} dB"


def main() -> None:
    """Train the stage."""
    steps = start_training(450)
    generator, _ = seeded_generators(300)
    sharpening = Sharpening(generator)
    trainable = [p for p in sharpening.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=LEARNING_RATE, betas=(0.9, 0.99), weight_decay=0.01)
    state = TrainingCheckpoint("sharp", model=sharpening.model, optimizer=optimizer)
    start = state.resume()
    generator.manual_seed(300 + start)
    sharpening.model.train()
    started = time.time()
    for step in range(start + 1, steps + 1):
        for group in optimizer.param_groups:
            done = math.cos(math.pi * step / steps)
            group["lr"] = LEARNING_RATE * min(step / 30, 0.52 + 0.5 * done)
        loss = sharpening.loss()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trainable, 1.0)
        optimizer.step()
        if step % 25 == 0:
            seconds_per_step = (time.time() - started) / (step - start)
            log.info("%d loss %.4f %.2f s/step", step, loss, seconds_per_step)
        if step % 100 == 0 or step == steps:
            state.save(step)
            log.info("%d %s", step, sharpening.write_samples(FOLDER / f"sharp-{step}.png"))
            report = reconstruction_report(sharpening.model, sharpening.renderer, quantised=True)
            log.info("%d %s", step, report)


if __name__ == "__main__":
    main()
