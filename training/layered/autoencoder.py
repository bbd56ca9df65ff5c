"""The pocket VQGAN of 256 px pictures on 16 x 16 codes: crisp at the size that it paints.

`python -m training.layered.autoencoder [--steps N]` reads the bank of `training.data.art_bank`,
resumes from `.training/autoencoder.pt` and leaves a contact sheet beside it. An autoencoder first,
then a codebook by k-means, then both together, and a critic in the last third; squares of 64 px
first, then 128, then whole pictures, as many pixels in every batch.
"""

import logging
import random
import shutil
import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.vqgan import VQGAN, VqganShape
from engine.pocket.scorer import ImageTower
from training.adversarial.critic import PatchCritic, critic_weight
from training.art import FOLDER
from training.data.art_bank import ArtBank
from training.data.random_pictures import RandomPictures, crops
from training.evaluation.contact_sheet import write_contact_sheet
from training.evaluation.sharpness import laplacian_variance
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint
from training.loop.schedule import LearningRateSchedule
from training.scorer import MEAN, STD
from training.vqgan import Codebook, initialise_weights, reconstruction_loss

log = logging.getLogger(__name__)
SHAPE = VqganShape(
    ch=32,
    ch_mult=(1, 1, 2, 4, 5),
    num_res_blocks=1,
    attn_resolutions=(),
    resolution=256,
    z_channels=64,
    embed_dim=32,
    n_embed=2048,
    norm="batch",
)
SIDE = SHAPE.resolution
RATES = LearningRateSchedule(1.5e-3, warm_up=100, cool_down=0.3)
CRITIC_RATE = 4e-4
FEATURES, COMMITMENT, CRITICISM = 0.12, 0.1, 0.3
KEPT = 1000  # steps after which a checkpoint is kept for good
HELD = 24  # pictures of unseen art that every report is about


@dataclass(frozen=True)
class Phase:
    """How a step learns: squares of this side, how many of how many pictures, and with what.

    `quantised` is how far latents move to their codes: all at once, and the encoder collapses.
    """

    side: int
    pictures: int
    each: int
    quantised: float
    criticised: bool


def phase(done: float) -> Phase:
    """Return the phase of a share of the steps, 0..1."""
    quantised = min(1.0, max(0.0, (done - 0.14) / 0.08))
    criticised = done > 0.66
    if done <= 0.45:
        return Phase(64, 6, 4, quantised, criticised)
    if done <= 0.85:
        return Phase(128, 3, 2, quantised, criticised)
    return Phase(SIDE, 2, 1, quantised, criticised)


class GuideFeatures(nn.Module):
    """Distance between features of the shipped guide's first blocks, each normalised."""

    def __init__(self) -> None:
        super().__init__()
        tower = ImageTower()
        weights = load_file(str(files("engine.pocket") / "scorer.safetensors"))
        mine = {k[6:]: v.float() for k, v in weights.items() if k.startswith("image.")}
        tower.load_state_dict(mine)
        self.blocks = tower.blocks[:3].eval().requires_grad_(False)

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        """Return the distance, a mean over all places of all blocks."""
        x, total = (torch.cat([made, real]) - MEAN) / STD, made.new_zeros(())
        for number, block in enumerate(self.blocks):
            x = block(F.avg_pool2d(x, 2) if number else x)
            a, b = F.normalize(x, dim=1).chunk(2)
            total = total + (a - b).square().sum(1).mean()
        return total


class Lesson:
    """The model, its codebook in the making, its critic, and the losses of a step."""

    def __init__(self, bank: ArtBank, rng: random.Random) -> None:
        self.rng = rng
        self.model = VQGAN(SHAPE).to(memory_format=torch.channels_last)
        initialise_weights(self.model)
        self.model.codebook.requires_grad_(False)
        self.book = Codebook(SHAPE.n_embed, SHAPE.embed_dim, decay=0.99)
        self.critic = PatchCritic().to(memory_format=torch.channels_last)
        self.features = GuideFeatures()
        self.pictures = RandomPictures(bank, SIDE, rng)
        self.half = bool(torch.cpu.get_capabilities().get("avx512_bf16"))

    def batch(self, now: Phase) -> Tensor:
        """Return real pictures or crops of them for a step."""
        whole = self.pictures.again(now.pictures)
        out = crops(whole, now.side, now.each, self.rng) if now.side < SIDE else whole
        return out.contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def start_codebook(self) -> None:
        """Run k-means over what the encoder says by now."""
        self.model.eval()
        seen = [self.model.encode(self.pictures(2)) for _ in range(48)]
        self.model.train()
        self.book.initialise(torch.cat(seen).permute(0, 2, 3, 1).flatten(0, 2))

    def made(self, real: Tensor, quantised: float) -> tuple[Tensor, Tensor]:
        """Return pictures as they come back, and the commitment of their latents."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            latent = self.model.encode(real)
        latent = latent.float()
        if not quantised:
            return self._decoded(latent), latent.new_zeros(())
        self.model.codebook.copy_(self.book.codes)
        indices = self.model.nearest(latent.detach())
        codes = self.model.lookup(indices)
        flat = latent.detach().permute(0, 2, 3, 1).flatten(0, 2)
        self.book.update(flat, indices.flatten())
        commitment = F.mse_loss(latent, codes) / latent.detach().var()
        return self._decoded(latent + quantised * (codes - latent).detach()), commitment

    def _decoded(self, latent: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            return self.model.decode(latent).float()

    def loss(self, real: Tensor, now: Phase) -> tuple[Tensor, Tensor]:
        """Return the losses of the model and of its critic."""
        made, commitment = self.made(real, now.quantised)
        pixels = reconstruction_loss(made, real) + FEATURES * self.features(made, real)
        if not now.criticised:
            return pixels + COMMITMENT * commitment, pixels.new_zeros(())
        self.critic.requires_grad_(False)
        criticism = -self.critic(made).mean()
        self.critic.requires_grad_(True)
        last = self.model.decoder.conv_out.weight
        weight = critic_weight(pixels, criticism, last, CRITICISM)
        total = pixels + weight * criticism + COMMITMENT * commitment
        return total, self.critic.loss(made, real)


class Report:
    """Unseen art through the model: a sheet, its PSNR, the sharpness kept, and the codes used."""

    def __init__(self, bank: ArtBank) -> None:
        self.real = RandomPictures(bank, SIDE, random.Random(11), held_out=True)(HELD)

    @torch.no_grad()
    def __call__(self, model: VQGAN, quantised: bool, path: Path) -> str:
        """Write the sheet and return the figures in words."""
        model.eval()
        made, codes = [], []
        for few in self.real.split(4):
            latent = model.encode(few)
            codes.append(model.nearest(latent).flatten())
            made.append(model.decode(model.quantise(latent) if quantised else latent).clamp(0, 1))
        model.train()
        back = torch.cat(made)
        psnr = (-10 * (back - self.real).square().mean((1, 2, 3)).log10()).mean()
        kept = laplacian_variance(back).mean() / laplacian_variance(self.real).mean()
        halves = zip(self.real.split(8), back.split(8), strict=True)
        write_contact_sheet(torch.cat([part for pair in halves for part in pair]), path, columns=8)
        used = torch.cat(codes).unique().numel()
        return f"PSNR {psnr:.2f} dB, Laplacian variance kept {kept:.2f}, {used} codes used"


def main() -> None:
    """Train from the last checkpoint on, to the number of steps."""
    steps = start_training(12_000)
    bank = ArtBank()
    lesson = Lesson(bank, random.Random(100))
    learned = [p for p in lesson.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATES.peak, betas=(0.9, 0.99), weight_decay=0.01)
    critic_optimizer = torch.optim.AdamW(
        lesson.critic.parameters(), lr=CRITIC_RATE, betas=(0.5, 0.99)
    )
    state = TrainingCheckpoint(
        "autoencoder",
        model=lesson.model,
        book=lesson.book,
        critic=lesson.critic,
        optimizer=optimizer,
        critic_optimizer=critic_optimizer,
    )
    start = state.resume()
    lesson.rng.seed(100 + start)
    report = Report(bank)
    began, mean = time.process_time(), 0.0
    for step in range(start + 1, steps + 1):
        now = phase(step / steps)
        RATES.apply(optimizer, step, steps)
        if now.quantised and not lesson.book.ready:
            lesson.start_codebook()
        loss, critics = lesson.loss(lesson.batch(now), now)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        if now.criticised:
            critic_optimizer.zero_grad()
            critics.backward()
            critic_optimizer.step()
        mean += (loss.item() - mean) * (0.02 if mean else 1.0)
        if step % 50 == 0 or step == start + 10:
            each = (time.process_time() - began) / (step - start)
            log.info("%d loss %.4f critic %.3f, %.2f CPU s/step", step, mean, critics, each)
        if step % 250 == 0 or step == steps:
            state.save(step)
            if step % KEPT == 0:
                shutil.copy(state.path, FOLDER / f"autoencoder-{step}.pt")
            seen = report(lesson.model, now.quantised == 1, FOLDER / "autoencoder.png")
            log.info("%d %s", step, seen)


if __name__ == "__main__":
    main()
