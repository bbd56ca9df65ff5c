"""The pocket VQGAN: an autoencoder first, then a codebook by k-means, then both together.

`python -m training.vqgan [--steps N]` resumes from `.training/vqgan.pt`. After the warm-up it also
compares features of the scorer's picture tower, so `training.scorer` comes first.
"""

import logging
import math
import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.vqgan import VQGAN
from engine.pocket.scorer import ImageTower
from engine.registry.packaged import POCKET_SHAPE
from training import art
from training.data.scenes import SceneRenderer, popular_first, random_wish, seeded
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_part
from training.scorer import MEAN, STD

log = logging.getLogger(__name__)
SHAPE = POCKET_SHAPE
RATE = 2e-3
WARM_UP = 0.15  # share of the steps before the codebook is made
SMALL_UNTIL = 0.7  # share of the steps on small squares: many colours in a batch teach fastest
SMALL, LARGE = (48, 32), (12, 64)  # squares in a batch, and their side in pixels


class Codebook(nn.Module):
    """Codes as moving averages of what they stand for (van den Oord 2017, appendix A)."""

    def __init__(self, count: int, dim: int, decay: float = 0.98) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("uses", torch.ones(count))
        self.register_buffer("sums", torch.randn(count, dim))
        self.register_buffer("ready", torch.tensor(False))
        self.ready: Tensor
        self.uses: Tensor
        self.sums: Tensor

    @property
    def codes(self) -> Tensor:
        return self.sums / self.uses.unsqueeze(1)

    def start(self, latents: Tensor, rounds: int = 12) -> None:
        """K-means over latents [n, dim]."""
        codes = latents[torch.randperm(len(latents))[: len(self.uses)]].clone()
        for _ in range(rounds):
            nearest = torch.cdist(latents, codes).argmin(1)
            count = torch.bincount(nearest, minlength=len(codes)).float()
            sums = torch.zeros_like(codes).index_add_(0, nearest, latents)
            spare = latents[torch.randint(len(latents), (len(codes),))]
            codes = torch.where(
                count.unsqueeze(1) > 0, sums / count.clamp(min=1).unsqueeze(1), spare
            )
        self.uses.fill_(1.0)
        self.sums.copy_(codes)
        self.ready.fill_(True)

    def learn(self, latents: Tensor, indices: Tensor) -> None:
        count = torch.bincount(indices, minlength=len(self.uses)).float()
        sums = torch.zeros_like(self.sums).index_add_(0, indices, latents)
        self.uses.mul_(self.decay).add_(count, alpha=1 - self.decay)
        self.sums.mul_(self.decay).add_(sums, alpha=1 - self.decay)
        dead = self.uses < 0.01
        if dead.any():
            self.sums[dead] = latents[torch.randint(len(latents), (int(dead.sum()),))]
            self.uses[dead] = 1.0
        self.uses.clamp_(min=1e-3)


class Eyes(nn.Module):
    """Distance between features of the scorer's first blocks, each normalised."""

    def __init__(self) -> None:
        super().__init__()
        tower = ImageTower()
        weights = load_part("scorer", "scorer")
        mine = {k.removeprefix("image."): v for k, v in weights.items() if k.startswith("image.")}
        tower.load_state_dict(mine)
        self.tower = tower.eval().requires_grad_(False)

    def forward(self, made: Tensor, real: Tensor) -> Tensor:
        both = torch.cat([made, real])
        x, total = (both - MEAN) / STD, made.new_zeros(())
        for i, block in enumerate(self.tower.blocks[:3]):
            x = block(F.avg_pool2d(x, 2) if i else x)
            a, b = F.normalize(x, dim=1).chunk(2)
            total = total + (a - b).pow(2).sum(1).mean()
        return total


def edges(picture: Tensor) -> tuple[Tensor, Tensor]:
    return picture.diff(dim=2), picture.diff(dim=3)


def reconstruction(made: Tensor, real: Tensor) -> Tensor:
    loss = (made - real).abs().mean()
    for a, b in zip(edges(made), edges(real), strict=True):
        loss = loss + 0.5 * (a - b).abs().mean()
    return loss


@torch.no_grad()
def report(model: VQGAN, paint: SceneRenderer, quantised: bool) -> str:
    """PSNR of whole pictures at their native size, and how many codes they use."""
    model.eval()
    wish = random_wish(32, seeded(11)[0], popular_first())
    pictures = paint(wish, tidy=1.0).pictures
    latent = model.encode(pictures)
    made = model.decode(model.quantise(latent) if quantised else latent).clamp(0, 1)
    error = (made - pictures).pow(2).mean((1, 2, 3))
    psnr = (-10 * error.log10()).mean()
    model.train()
    return f"PSNR {psnr:.2f} dB, {model.nearest(latent).unique().numel()} codes in 32 pictures"


def squares(
    paint: dict[int, SceneRenderer], step: int, count: int, side: int, generator: torch.Generator
) -> Tensor:
    """Squares of pictures rendered large and small in turn: the network is used at both scales."""
    whole = 64 if step % 2 else 128
    each = 1 if whole == 64 else 4  # large renderings are dear: four squares of each
    wish = random_wish(count // each, generator, popular_first())
    pictures = paint[whole](wish, 0.6).pictures.repeat_interleave(each, dim=0)
    room = (whole - side) // 4 + 1
    places = torch.randint(room, (count, 2), generator=generator).mul(4).tolist()
    cut = [p[:, y : y + side, x : x + side] for p, (y, x) in zip(pictures, places, strict=True)]
    return torch.stack(cut)


def lively(model: VQGAN) -> None:
    """Keeps the variance along the skip path, and starts every block as the identity.

    Under torch's own start a signal shrinks to a hundredth on its way, and learning takes ages.
    """
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    for name, layer in model.named_modules():
        if name.endswith(("conv2", "proj_out")):
            nn.init.zeros_(layer.weight)


class Training:
    """The model, its codebook in the making, and the loss that both learn from."""

    def __init__(self, generator: torch.Generator) -> None:
        self.model = VQGAN(SHAPE).to(memory_format=torch.channels_last)
        lively(self.model)
        self.model.codebook.requires_grad_(False)
        self.book = Codebook(SHAPE.n_embed, SHAPE.embed_dim)
        self.eyes: Eyes | None = None
        self.generator = generator
        bank, present = art.load("train")
        self.paint = {side: SceneRenderer(bank, present, side, generator) for side in (64, 128)}

    def pictures(self, step: int, size: tuple[int, int]) -> Tensor:
        return squares(self.paint, step, *size, self.generator)

    def open_eyes(self) -> None:
        """The end of the warm-up: the codebook starts from what the encoder says by now."""
        self.eyes = Eyes()
        if not self.book.ready:
            with torch.no_grad():
                seen = [self.model.encode(self.pictures(k, LARGE)) for k in range(40)]
            self.book.start(torch.cat(seen).permute(0, 2, 3, 1).flatten(0, 2))

    def loss(self, pictures: Tensor) -> Tensor:
        latent = self.model.encode(pictures)
        if self.eyes is None:
            return reconstruction(self.model.decode(latent), pictures)
        self.model.codebook.copy_(self.book.codes)
        indices = self.model.nearest(latent.detach())
        codes = self.model.lookup(indices)
        flat = latent.detach().permute(0, 2, 3, 1).flatten(0, 2)
        self.book.learn(flat, indices.flatten())
        made = self.model.decode(latent + (codes - latent).detach())
        commitment = 0.25 * F.mse_loss(latent, codes)
        total: Tensor = self.eyes(made, pictures) * 0.12
        return total + commitment + reconstruction(made, pictures)


def main() -> None:
    steps = start_training(1250)
    generator, _ = seeded(100)
    training = Training(generator)
    learned = [p for p in training.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATE, betas=(0.9, 0.99), weight_decay=0.01)
    state = TrainingCheckpoint(
        "vqgan", model=training.model, book=training.book, optimizer=optimizer
    )
    start = state.resume()
    generator.manual_seed(100 + start)
    began = time.time()
    for step in range(start + 1, steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(step / 60, 0.52 + 0.5 * math.cos(math.pi * step / steps))
        if step > steps * WARM_UP and training.eyes is None:
            training.open_eyes()
        loss = training.loss(
            training.pictures(step, SMALL if step < SMALL_UNTIL * steps else LARGE)
        )
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        if step % 50 == 0:
            rate = (step - start) / (time.time() - began)
            log.info("%d loss %.4f %.2f steps/s", step, loss, rate)
        if step % 200 == 0 or step == steps:
            state.save(step)
            quantised = training.eyes is not None
            log.info("%d %s", step, report(training.model, training.paint[128], quantised))


if __name__ == "__main__":
    main()
