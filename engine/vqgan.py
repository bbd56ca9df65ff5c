"""The VQGAN (Esser, Rombach, Ommer 2021): taming's networks, our codebook lookup around them."""

import contextlib
import io
from dataclasses import asdict, dataclass

import torch
from taming.modules.diffusionmodules.model import Decoder, Encoder
from torch import Tensor, nn


@dataclass(frozen=True)
class VqganShape:
    """Taming's `ddconfig`, with the size of the codebook."""

    ch: int = 128
    ch_mult: tuple[int, ...] = (1, 1, 2, 2, 4)
    num_res_blocks: int = 2
    attn_resolutions: tuple[int, ...] = (16,)
    resolution: int = 256
    z_channels: int = 256
    in_channels: int = 3
    out_ch: int = 3
    double_z: bool = False
    dropout: float = 0.0
    embed_dim: int = 256
    n_embed: int = 16384
    norm: str = "group"  # taming's 32 groups; on few channels they would be instance norm, blind to
    # flat colours, so a small network takes "batch", which also makes it the same at every size

    @property
    def cell(self) -> int:
        """Pixels on each side of the square that one code stands for (f of the papers)."""
        return int(2 ** (len(self.ch_mult) - 1))


class VQGAN(nn.Module):
    """Encoder, codebook and decoder; keys of the state are taming's.

    Pictures are [n, 3, h, w] in 0..1; latents are [n, embed_dim, h / cell, w / cell].
    """

    def __init__(self, shape: VqganShape) -> None:
        super().__init__()
        self.shape = shape
        network = asdict(shape)
        embed_dim, n_embed = network.pop("embed_dim"), network.pop("n_embed")
        norm = network.pop("norm")
        with contextlib.redirect_stdout(io.StringIO()):  # taming prints the shape of z
            self.encoder = Encoder(**network)
            self.decoder = Decoder(**network)
        if norm == "batch":
            _with_batch_norm(self)
        self.quant_conv = nn.Conv2d(shape.z_channels, embed_dim, 1)
        self.post_quant_conv = nn.Conv2d(embed_dim, shape.z_channels, 1)
        self.quantize = nn.Module()
        self.quantize.embedding = nn.Embedding(n_embed, embed_dim)

    @property
    def codebook(self) -> Tensor:
        """[n_embed, embed_dim]"""
        return self.quantize.embedding.weight  # type: ignore[union-attr, return-value]

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures -> latents before quantisation."""
        return self.quant_conv(self.encoder(pictures * 2 - 1))  # type: ignore[no-any-return]

    def decode(self, codes: Tensor) -> Tensor:
        """Quantised latents -> pictures around 0..1, not clamped."""
        raw: Tensor = self.decoder(self.post_quant_conv(codes))
        return (raw + 1) / 2

    def nearest(self, latent: Tensor) -> Tensor:
        """Index of the nearest code of every cell [n, h, w]: the least |c|^2 - 2 x.c."""
        flat = latent.permute(0, 2, 3, 1).flatten(0, 2)
        distance = torch.addmm((self.codebook**2).sum(1), flat, self.codebook.T, alpha=-2)
        n, _, h, w = latent.shape
        return distance.argmin(1).view(n, h, w)

    def lookup(self, indices: Tensor) -> Tensor:
        """Indices [n, h, w] -> codes [n, embed_dim, h, w]."""
        return torch.nn.functional.embedding(indices, self.codebook).permute(0, 3, 1, 2)

    def quantise(self, latent: Tensor) -> Tensor:
        """Nearest codes; the gradient passes straight through to the latent."""
        with torch.no_grad():
            codes = self.lookup(self.nearest(latent))
        return latent + (codes - latent).detach()


def _with_batch_norm(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.GroupNorm):
            setattr(module, name, nn.BatchNorm2d(child.num_channels))
        else:
            _with_batch_norm(child)
