"""Train the pocket VQGAN: autoencoder, k-means codebook, then both together.

`python -m training.vqgan [--steps N]` resumes from `.training/vqgan.pt`. The perceptual loss uses
the scorer's image tower, so `training.scorer` runs first.
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
from training.data.labels import frequency_weights, random_labels, seeded_generators
from training.data.scenes import SceneRenderer
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint, load_component
from training.scorer import MEAN, STD

log = logging.getLogger(__name__)
SHAPE = POCKET_SHAPE
LEARNING_RATE = 2e-3
WARM_UP = 0.15  # share of the steps before the codebook exists
SMALL_CROPS_UNTIL = 0.7  # share of the steps on small crops, which give more colours per batch
SMALL_CROPS, LARGE_CROPS = (48, 32), (12, 64)  # crops per batch, and their side in pixels


class Codebook(nn.Module):
    """Codebook updated by exponential moving averages (van den Oord et al. 2017, appendix A)."""

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
        """Return the code vectors [count, dim]."""
        return self.sums / self.uses.unsqueeze(1)

    def initialise(self, latents: Tensor, rounds: int = 12) -> None:
        """Initialise the codes by k-means over latents [n, dim]."""
        codes = latents[torch.randperm(len(latents))[: len(self.uses)]].clone()
        for _ in range(rounds):
            nearest = torch.cdist(latents, codes).argmin(1)
            count = torch.bincount(nearest, minlength=len(codes)).float()
            sums = torch.zeros_like(codes).index_add_(0, nearest, latents)
            replacements = latents[torch.randint(len(latents), (len(codes),))]
            codes = torch.where(
                count.unsqueeze(1) > 0, sums / count.clamp(min=1).unsqueeze(1), replacements
            )
        self.uses.fill_(1.0)
        self.sums.copy_(codes)
        self.ready.fill_(True)

    def update(self, latents: Tensor, indices: Tensor) -> None:
        """Update the averages with latents [n, dim] and code indices [n]; reset unused codes."""
        count = torch.bincount(indices, minlength=len(self.uses)).float()
        sums = torch.zeros_like(self.sums).index_add_(0, indices, latents)
        self.uses.mul_(self.decay).add_(count, alpha=1 - self.decay)
        self.sums.mul_(self.decay).add_(sums, alpha=1 - self.decay)
        dead = self.uses < 0.01
        if dead.any():
            self.sums[dead] = latents[torch.randint(len(latents), (int(dead.sum()),))]
            self.uses[dead] = 1.0
        self.uses.clamp_(min=1e-3)


class PerceptualLoss(nn.Module):
    """Distance between normalised features of the scorer's first three blocks."""

    def __init__(self) -> None:
        super().__init__()
        tower = ImageTower()
        weights = load_component("scorer", "scorer")
        image_weights = {
            k.removeprefix("image."): v for k, v in weights.items() if k.startswith("image.")
        }
        tower.load_state_dict(image_weights)
        self.tower = tower.eval().requires_grad_(False)

    def forward(self, decoded: Tensor, real: Tensor) -> Tensor:
        """Return the perceptual distance between two batches of pictures in 0..1."""
        pair = torch.cat([decoded, real])
        x, total = (pair - MEAN) / STD, decoded.new_zeros(())
        for i, block in enumerate(self.tower.blocks[:3]):
            x = block(F.avg_pool2d(x, 2) if i else x)
            a, b = F.normalize(x, dim=1).chunk(2)
            total = total + (a - b).pow(2).sum(1).mean()
        return total


def image_gradients(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Return vertical and horizontal differences of neighbouring pixels."""
    return picture.diff(dim=2), picture.diff(dim=3)


def reconstruction_loss(decoded: Tensor, real: Tensor) -> Tensor:
    """Return the L1 loss of the pixels and, at half weight, of the image gradients."""
    loss = (decoded - real).abs().mean()
    for a, b in zip(image_gradients(decoded), image_gradients(real), strict=True):
        loss = loss + 0.5 * (a - b).abs().mean()
    return loss


@torch.no_grad()
def reconstruction_report(model: VQGAN, renderer: SceneRenderer, quantised: bool) -> str:
    """Return the mean PSNR of 32 pictures at native size and the number of codes that they use."""
    model.eval()
    labels = random_labels(32, seeded_generators(11)[0], frequency_weights())
    pictures = renderer(labels, centred_share=1.0).pictures
    latent = model.encode(pictures)
    decoded = model.decode(model.quantise(latent) if quantised else latent).clamp(0, 1)
    error = (decoded - pictures).pow(2).mean((1, 2, 3))
    psnr = (-10 * error.log10()).mean()
    model.train()
    return f"PSNR {psnr:.2f} dB, {model.nearest(latent).unique().numel()} codes in 32 pictures"


def random_crops(
    renderers: dict[int, SceneRenderer],
    step: int,
    count: int,
    side: int,
    generator: torch.Generator,
) -> Tensor:
    """Crop renderings of 64 and 128 px in turn, because the network is used at both scales."""
    rendered_side = 64 if step % 2 else 128
    crops_each = 1 if rendered_side == 64 else 4  # large renderings are slow to make
    labels = random_labels(count // crops_each, generator, frequency_weights())
    pictures = renderers[rendered_side](labels, 0.6).pictures.repeat_interleave(crops_each, dim=0)
    positions = (rendered_side - side) // 4 + 1
    offsets = torch.randint(positions, (count, 2), generator=generator).mul(4).tolist()
    crops = [p[:, y : y + side, x : x + side] for p, (y, x) in zip(pictures, offsets, strict=True)]
    return torch.stack(crops)


def initialise_weights(model: VQGAN) -> None:
    """Initialise convolutions to keep the variance, and residual blocks to the identity.

    With torch's default initialisation the signal shrinks a hundredfold, and training is very slow.
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
    """The model, its codebook and its loss."""

    def __init__(self, generator: torch.Generator) -> None:
        self.model = VQGAN(SHAPE).to(memory_format=torch.channels_last)
        initialise_weights(self.model)
        self.model.codebook.requires_grad_(False)
        self.codebook = Codebook(SHAPE.n_embed, SHAPE.embed_dim)
        self.perceptual_loss: PerceptualLoss | None = None
        self.generator = generator
        bank, available = art.load("train")
        self.renderers = {
            side: SceneRenderer(bank, available, side, generator) for side in (64, 128)
        }

    def pictures(self, step: int, size: tuple[int, int]) -> Tensor:
        """Return the training crops of a step; `size` is (count, side)."""
        return random_crops(self.renderers, step, *size, self.generator)

    def end_warm_up(self) -> None:
        """End the warm-up: enable the perceptual loss and initialise the codebook."""
        self.perceptual_loss = PerceptualLoss()
        if not self.codebook.ready:
            with torch.no_grad():
                latents = [self.model.encode(self.pictures(k, LARGE_CROPS)) for k in range(40)]
            self.codebook.initialise(torch.cat(latents).permute(0, 2, 3, 1).flatten(0, 2))

    def loss(self, pictures: Tensor) -> Tensor:
        """Return the loss of a batch and update the codebook."""
        latent = self.model.encode(pictures)
        if self.perceptual_loss is None:
            return reconstruction_loss(self.model.decode(latent), pictures)
        self.model.codebook.copy_(self.codebook.codes)
        indices = self.model.nearest(latent.detach())
        codes = self.model.lookup(indices)
        flat = latent.detach().permute(0, 2, 3, 1).flatten(0, 2)
        self.codebook.update(flat, indices.flatten())
        decoded = self.model.decode(latent + (codes - latent).detach())
        commitment = 0.25 * F.mse_loss(latent, codes)
        total: Tensor = self.perceptual_loss(decoded, pictures) * 0.12
        return total + commitment + reconstruction_loss(decoded, pictures)


def main() -> None:
    """Train the stage."""
    steps = start_training(1250)
    generator, _ = seeded_generators(100)
    training = Training(generator)
    trainable = [p for p in training.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=LEARNING_RATE, betas=(0.9, 0.99), weight_decay=0.01)
    components = {"model": training.model, "book": training.codebook, "optimizer": optimizer}
    state = TrainingCheckpoint("vqgan", **components)
    start = state.resume()
    generator.manual_seed(100 + start)
    started = time.time()
    for step in range(start + 1, steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(
                step / 60, 0.52 + 0.5 * math.cos(math.pi * step / steps)
            )
        if step > steps * WARM_UP and training.perceptual_loss is None:
            training.end_warm_up()
        crops = SMALL_CROPS if step < SMALL_CROPS_UNTIL * steps else LARGE_CROPS
        loss = training.loss(training.pictures(step, crops))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trainable, 1.0)
        optimizer.step()
        if step % 50 == 0:
            rate = (step - start) / (time.time() - started)
            log.info("%d loss %.4f %.2f steps/s", step, loss, rate)
        if step % 200 == 0 or step == steps:
            state.save(step)
            quantised = training.perceptual_loss is not None
            report = reconstruction_report(training.model, training.renderers[128], quantised)
            log.info("%d %s", step, report)


if __name__ == "__main__":
    main()
