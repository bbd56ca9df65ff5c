"""A step of VQGAN+CLIP as the notebooks of its family make it: what the painter is compared with.

Written from the description of the method (Crowson 2021): the latent is quantised by one-hot
vectors, the whole picture is pooled once for each cutout, augmentations follow each other, networks
are the stock ones in full precision, and every step reads its loss.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.networks.autoencoder import SelfAttention
from engine.networks.vqgan import VQGAN
from engine.painting.optimisation.losses import clamp_with_grad, spherical_distance

NOISE = 0.1  # largest standard deviation of a cutout's noise
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)


class StockAttention(nn.Module):
    """The decoder's attention with the matrix of all pairs of positions, over the same weights."""

    def __init__(self, lean: SelfAttention) -> None:
        super().__init__()
        self.norm, self.proj_out = lean.norm, lean.proj_out
        self.q, self.k, self.v = lean.q, lean.k, lean.v

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, c, h, w] of the same."""
        n, c, h, w = x.shape
        normed = self.norm(x)
        query, key, value = (part(normed).flatten(2) for part in (self.q, self.k, self.v))
        weights = torch.bmm(query.transpose(1, 2), key) * c**-0.5
        mixed = torch.bmm(value, weights.softmax(2).transpose(1, 2))
        projected: Tensor = self.proj_out(mixed.view(n, c, h, w))
        return x + projected


def stock(vqgan: VQGAN) -> VQGAN:
    """Let a VQGAN compute as the original: weights that want gradients keep what torch keeps."""
    for parent in list(vqgan.decoder.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, SelfAttention):
                setattr(parent, name, StockAttention(child))
    return vqgan.eval().requires_grad_(True)


@dataclass(frozen=True)
class Reference:
    """A guide: its encoder of views [n, 3, side, side], and the unit vectors [p, d] it wants."""

    encode: Callable[[Tensor], Tensor]
    target: Tensor
    side: int


class ReferenceStep:
    """A latent that is optimised towards what guides want, with Adam."""

    def __init__(
        self, vqgan: VQGAN, guides: Sequence[Reference], latent: Tensor, cutouts: int
    ) -> None:
        self.vqgan, self.guides, self.cutouts = vqgan, guides, cutouts
        self.latent = latent.clone().requires_grad_()
        self.optimizer = torch.optim.Adam([self.latent], lr=0.1)
        self.generator = torch.Generator().manual_seed(0)
        book = vqgan.codebook.detach()
        self.low, self.high = (edge.view(1, -1, 1, 1) for edge in (book.amin(0), book.amax(0)))

    def picture(self) -> Tensor:
        """Decode the latent: [1, 3, h, w]."""
        book = self.vqgan.codebook.detach()
        x = self.latent.movedim(1, 3)
        distance = x.pow(2).sum(-1, keepdim=True) + book.pow(2).sum(1) - 2 * x @ book.T
        quantised = (F.one_hot(distance.argmin(-1), len(book)).to(book.dtype) @ book).movedim(3, 1)
        quantised = self.latent + (quantised - self.latent).detach()
        return clamp_with_grad(self.vqgan.decode(quantised))

    def cut(self, picture: Tensor, side: int) -> Tensor:
        """Pool the picture into cutouts [n, 3, side, side], augment them and add noise."""
        pooled = [
            (F.adaptive_avg_pool2d(picture, side) + F.adaptive_max_pool2d(picture, side)) / 2
            for _ in range(self.cutouts)
        ]
        batch = _erased(_jittered(self._warped(self._turned(torch.cat(pooled)))), self.generator)
        level = self._random(len(batch), 1, 1, 1) * NOISE
        noise = torch.randn(batch.shape, generator=self.generator)
        return batch + level * noise.to(batch.device)

    def loss(self, cutouts: Tensor, guide: Reference) -> Tensor:
        """Return the mean distance of cutouts [n, 3, side, side] to what a guide wants."""
        mean, std = (cutouts.new_tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
        vectors = F.normalize(guide.encode((cutouts - mean) / std), dim=-1)
        return spherical_distance(vectors, guide.target).mean()

    def step(self) -> float:
        """Make one step; return its loss."""
        picture = self.picture()
        losses = [self.loss(self.cut(picture, guide.side), guide) for guide in self.guides]
        loss = torch.stack(losses).mean()
        (self.latent.grad,) = torch.autograd.grad(loss, self.latent)
        self.optimizer.step()
        with torch.no_grad():
            self.latent.copy_(self.latent.maximum(self.low).minimum(self.high))
        return loss.item()

    def _random(self, *shape: int) -> Tensor:
        """Return numbers in 0..1, drawn on the host as the notebooks' augmentations are."""
        return torch.rand(*shape, generator=self.generator).to(self.latent.device)

    def _turned(self, batch: Tensor) -> Tensor:
        """Rotate by up to 15 degrees and shift by up to a tenth, each for itself."""
        n = len(batch)
        angle, x, y = (self._random(3, n) * 2 - 1).unbind()
        angle = angle * math.radians(15)
        rows = torch.stack([angle.cos(), -angle.sin(), x * 0.2, angle.sin(), angle.cos(), y * 0.2])
        grid = F.affine_grid(rows.T.reshape(n, 2, 3), list(batch.shape), align_corners=False)
        return F.grid_sample(batch, grid, padding_mode="border", align_corners=False)

    def _warped(self, batch: Tensor) -> Tensor:
        """Tilt in perspective."""
        n, side = len(batch), batch.shape[-1]
        tilt = (self._random(n, 1, 1, 2) * 2 - 1) * 0.3
        unmoved = torch.eye(2, 3, device=batch.device).expand(n, 2, 3)
        plain = F.affine_grid(unmoved, [n, 3, side, side], align_corners=False)
        grid = plain / (1 + (plain * tilt).sum(-1, keepdim=True))
        return F.grid_sample(batch, grid, padding_mode="border", align_corners=False)


def _jittered(batch: Tensor) -> Tensor:
    """Change saturation and hue, one after the other, each of them clamped."""
    luma = batch.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
    grey = (batch * luma).sum(1, keepdim=True)
    batch = (grey + (batch - grey) * 1.1).clamp(0, 1)
    chroma = batch - (batch * luma).sum(1, keepdim=True)
    return (batch + 0.1 * chroma.roll(1, dims=1)).clamp(0, 1)


def _erased(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Erase a rectangle of each cutout."""
    side = batch.shape[-1]
    mask = torch.ones(len(batch), 1, side, side, device=batch.device)
    for one, (x, y) in zip(mask, torch.rand(len(batch), 2, generator=generator), strict=True):
        left, top = int(x * side * 0.7), int(y * side * 0.7)
        one[:, top : top + side // 4, left : left + side // 4] = 0
    return batch * mask
