"""The decoder of the pocket VQGAN learns to be crisp at 256 px; encoder and codebook stay.

`python -m training.layered.decoder [--steps N]` reads the bank of `training.data.art_bank`, starts
from the package's weights, resumes from `.training/decoder.pt` and leaves a contact sheet beside
it. Latents stay what they are, so that priors and saved latents keep their meaning. A critic of
patches joins in early: codes leave open where exactly an edge lies, and a mean of edges is soft.
"""

import logging
import random
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from engine.kernels.precision import multiplies_bf16
from engine.networks.vqgan import VQGAN
from engine.pocket.scorer import ImageTower
from training.adversarial.critic import PatchCritic, critic_weight
from training.art import FOLDER
from training.data.art_bank import ArtBank
from training.data.random_pictures import RandomPictures
from training.data.render_composition import CompositionPainter
from training.evaluation.contact_sheet import write_contact_sheet
from training.evaluation.sharpness import edge_gradient, laplacian_variance
from training.layered.draft_bank import SIDE, encoded, packaged_vqgan, random_compositions
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint
from training.loop.schedule import LearningRateSchedule
from training.scorer import MEAN, STD
from training.vqgan import reconstruction_loss

log = logging.getLogger(__name__)
RATES = LearningRateSchedule(2e-4, warm_up=50, cool_down=0.4)
CRITIC_RATE = 4e-4
FEATURES, CRITICISM, CRITICISED_FROM = 0.12, 0.5, 0.05
PICTURES = 2  # of a step
KEPT, FRESH = 400, 0.4  # encoded pictures to use again, and the share of new ones
COMPOSED = 0.5  # share of pictures of composed wishes: the others hold any art in any colours
HELD = 12  # unseen pictures of each kind that every report is about


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


class Encoded:
    """An endless supply of pictures [3, SIDE, SIDE] with their codes [1, channels, h, w]."""

    def __init__(self, vqgan: VQGAN, bank: ArtBank, rng: random.Random, *, held_out: bool) -> None:
        self.vqgan, self.rng = vqgan, rng
        self.any_art = RandomPictures(bank, SIDE, rng, held_out=held_out)
        self.painter = CompositionPainter(bank, SIDE)
        self.kept: list[tuple[Tensor, Tensor]] = []

    def one(self) -> tuple[Tensor, Tensor]:
        """Return a picture and the indices of its codes [1, h, w]; often an earlier one."""
        if len(self.kept) >= KEPT // 4 and self.rng.random() > FRESH:
            picture, codes = self.rng.choice(self.kept)
            return picture / 255, codes
        picture = self.composed() if self.rng.random() < COMPOSED else self.any_art.one()
        codes = self.vqgan.nearest(encoded(self.vqgan, picture.unsqueeze(0)).float())
        self.kept.append(((picture * 255).round().byte(), codes))
        del self.kept[:-KEPT]
        return picture, codes

    def composed(self) -> Tensor:
        """Draw a random wish."""
        _, composition, style = random_compositions(self.painter, self.rng, 1)[0]
        return self.painter(composition, style)

    def batch(self, count: int) -> tuple[Tensor, Tensor]:
        """Return pictures [count, 3, SIDE, SIDE] and their codes' vectors."""
        pictures, codes = zip(*(self.one() for _ in range(count)), strict=True)
        return torch.stack(pictures), self.vqgan.lookup(torch.cat(codes))


class Lesson:
    """The decoder, its critic, and the losses of a step."""

    def __init__(self) -> None:
        self.vqgan = packaged_vqgan()
        self.decoder = nn.ModuleList([self.vqgan.post_quant_conv, self.vqgan.decoder])
        self.decoder.requires_grad_(True)  # its batch norms keep their statistics: eval mode
        self.critic = PatchCritic().to(memory_format=torch.channels_last)
        self.features = GuideFeatures()
        self.half = multiplies_bf16()

    def loss(self, real: Tensor, codes: Tensor, *, criticised: bool) -> tuple[Tensor, Tensor]:
        """Return the losses of the decoder and of its critic."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            made = self.vqgan.decode(codes.contiguous(memory_format=torch.channels_last)).float()
            features = self.features(made, real)
        pixels = reconstruction_loss(made, real) + FEATURES * features.float()
        if not criticised:
            return pixels, pixels.new_zeros(())
        self.critic.requires_grad_(False)
        criticism = -self.critic(made).mean()
        self.critic.requires_grad_(True)
        last = self.vqgan.decoder.conv_out.weight
        weight = critic_weight(pixels, criticism, last, CRITICISM)
        return pixels + weight * criticism, self.critic.loss(made, real)


class Report:
    """Unseen pictures through the model: a sheet, PSNR and the sharpness kept."""

    def __init__(self, vqgan: VQGAN, bank: ArtBank) -> None:
        supply = Encoded(vqgan, bank, random.Random(11), held_out=True)
        sources: tuple[Callable[[], Tensor], ...] = (supply.any_art.one, supply.composed)
        self.real = torch.stack([draw() for draw in sources for _ in range(HELD)])
        latents = torch.cat([encoded(vqgan, few).float() for few in self.real.split(4)])
        self.codes = vqgan.lookup(vqgan.nearest(latents))

    @torch.no_grad()
    def __call__(self, vqgan: VQGAN, path: Path) -> str:
        """Write the sheet, real above made, and return the figures in words."""
        made = torch.cat([vqgan.decode(few) for few in self.codes.split(4)]).clamp(0, 1)
        rows = zip(self.real.split(8), made.split(8), strict=True)
        write_contact_sheet(torch.cat([part for pair in rows for part in pair]), path, columns=8)
        psnr = (-10 * (made - self.real).square().mean((1, 2, 3)).log10()).mean()
        kept = laplacian_variance(made).mean() / laplacian_variance(self.real).mean()
        edges = edge_gradient(made).mean() / edge_gradient(self.real).mean()
        return f"PSNR {psnr:.2f} dB, Laplacian variance kept {kept:.2f}, edges {edges:.2f}"


def main() -> None:
    """Train from the last checkpoint on, to the number of steps."""
    steps = start_training(3_000)
    bank, rng, lesson = ArtBank(), random.Random(100), Lesson()
    learned = list(lesson.decoder.parameters())
    optimizer = torch.optim.AdamW(learned, lr=RATES.peak, betas=(0.9, 0.99), weight_decay=0.0)
    critic_optimizer = torch.optim.AdamW(
        lesson.critic.parameters(), lr=CRITIC_RATE, betas=(0.5, 0.99)
    )
    state = TrainingCheckpoint(
        "decoder",
        model=lesson.vqgan,
        critic=lesson.critic,
        optimizer=optimizer,
        critic_optimizer=critic_optimizer,
    )
    start = state.resume()
    rng.seed(100 + start)
    report = Report(lesson.vqgan, bank)
    supply = Encoded(lesson.vqgan, bank, rng, held_out=False)
    if not start:
        log.info("before: %s", report(lesson.vqgan, FOLDER / "decoder.png"))
    began, mean = time.process_time(), 0.0
    for step in range(start + 1, steps + 1):
        RATES.apply(optimizer, step, steps)
        criticised = step > CRITICISED_FROM * steps
        loss, critics = lesson.loss(*supply.batch(PICTURES), criticised=criticised)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        if criticised:
            critic_optimizer.zero_grad()
            critics.backward()
            critic_optimizer.step()
        mean += (loss.item() - mean) * (0.02 if mean else 1.0)
        if step % 50 == 0 or step == start + 10:
            each = (time.process_time() - began) / (step - start)
            log.info("%d loss %.4f critic %.3f, %.2f CPU s/step", step, mean, critics, each)
        if step % 100 == 0 or step == steps:
            state.save(step)
            log.info("%d %s", step, report(lesson.vqgan, FOLDER / "decoder.png"))


if __name__ == "__main__":
    main()
