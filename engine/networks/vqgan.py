"""The VQGAN (Esser, Rombach, Ommer 2021): encoder, codebook and decoder."""

from hashlib import sha256

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import EngineError
from engine.kernels.convolution import convolve
from engine.kernels.offload import kept_on_host
from engine.networks.autoencoder import ResidualBlock, VqganDecoder, VqganEncoder
from engine.networks.vqgan_config import VqganShape

__all__ = ["VQGAN", "VqganShape", "codebook_digest", "inverse_haar"]


class VQGAN(nn.Module):
    """Encoder, codebook and decoder, with the parameter names of taming's checkpoints.

    Pictures are [n, 3, h, w] in 0..1; latents are [n, embed_dim, h / cell, w / cell]. Latents are
    quantised to the nearest codes; a Gumbel model encodes pictures in its own way.
    """

    def __init__(self, shape: VqganShape) -> None:
        super().__init__()
        self.shape, self._keeps_on_host = shape, False
        embed_dim, n_embed = shape.embed_dim, shape.n_embed
        if shape.encodes:
            self.encoder = VqganEncoder(shape)
            self.quant_conv = nn.Conv2d(shape.z_channels, embed_dim, 1)
        self.decoder = VqganDecoder(shape)
        if shape.norm == "batch":
            _use_batch_norm(self)
        self.post_quant_conv = nn.Conv2d(embed_dim, shape.z_channels, 1)
        self.quantize = nn.Module()
        if shape.quantiser == "gumbel":
            self.quantize.embed = nn.Embedding(n_embed, embed_dim)
            self.quantize.proj = nn.Conv2d(embed_dim, n_embed, 1)
        else:
            self.quantize.embedding = nn.Embedding(n_embed, embed_dim)

    @property
    def codebook(self) -> Tensor:
        """Return the codes [n_embed, embed_dim]."""
        quantize = self.quantize
        table = quantize.embed if self.shape.quantiser == "gumbel" else quantize.embedding
        return table.weight  # type: ignore[union-attr, return-value]

    def decode_in(self, dtype: torch.dtype) -> None:
        """Let the decoder compute in this type; all else stays in float32."""
        self.decoder.to(dtype)
        self.post_quant_conv.to(dtype)

    def wrap(self, wrapped: bool) -> None:
        """Let all convolutions see the opposite edge beyond an edge, or the usual zeros."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                layer.padding_mode = "circular" if wrapped else "zeros"

    def keep_little(self, little: bool, *, on_host: bool = False) -> bool:
        """Let each block of the decoder keep its input alone for the gradient, or the usual.

        on_host: in the host's memory. Return what `little` was before.
        """
        before, self._keeps_on_host = False, on_host
        for block in self.decoder.modules():
            if isinstance(block, ResidualBlock):
                before, block.keeps_little = block.keeps_little, little
        return before

    def encode(self, pictures: Tensor) -> Tensor:
        """Encode pictures as latents before quantisation, or as the best codes of a Gumbel model.

        The output of a Gumbel encoder is projected to the logits of the codes. Training samples by
        them (Jang et al. 2016); here the largest is taken, which is deterministic.

        Raises EngineError for a model that has no encoder.
        """
        if not self.shape.encodes:
            raise EngineError("vqgan-no-encoder")
        if self.shape.wavelets:  # the encoder has learned pictures of half the size
            pictures = F.avg_pool2d(pictures, 2)
        hidden: Tensor = self.quant_conv(self.encoder(pictures * 2 - 1))
        if self.shape.quantiser == "gumbel":
            return self.lookup(self.quantize.proj(hidden).argmax(1))  # type: ignore[operator]
        return hidden

    def decode(self, codes: Tensor) -> Tensor:
        """Decode quantised latents to pictures of about 0..1, not clamped."""
        typed = codes.to(self.post_quant_conv.weight.dtype)
        with kept_on_host(self._keeps_on_host, typed):
            raw: Tensor = self.decoder(convolve(self.post_quant_conv, typed)).float()
        if self.shape.wavelets:
            raw = inverse_haar(raw)
        return (raw + 1) / 2

    def nearest(self, latent: Tensor) -> Tensor:
        """Return the index of each cell's nearest code [n, h, w]: the least |c|² - 2 x·c."""
        flat = latent.permute(0, 2, 3, 1).flatten(0, 2)
        distance = torch.addmm((self.codebook**2).sum(1), flat, self.codebook.T, alpha=-2)
        n, _, h, w = latent.shape
        return distance.argmin(1).view(n, h, w)

    def lookup(self, indices: Tensor) -> Tensor:
        """Return the codes [n, embed_dim, h, w] of indices [n, h, w]."""
        return torch.nn.functional.embedding(indices, self.codebook).permute(0, 3, 1, 2)

    def quantise(self, latent: Tensor) -> Tensor:
        """Return the nearest codes, with a straight-through gradient to the latent."""
        with torch.no_grad():
            codes = self.lookup(self.nearest(latent))
        return latent + (codes - latent).detach()


def inverse_haar(bands: Tensor) -> Tensor:
    """Return the pictures [n, 3, 2h, 2w] of Haar wavelets [n, 12, h, w].

    Channels are the means of the three colours, then for each colour the differences down, across
    and diagonally; a mean and its differences make four pixels.
    """
    n, _, h, w = bands.shape
    mean, details = bands[:, :3], bands[:, 3:].view(n, 3, 3, h, w)
    down, across, diagonal = details.unbind(2)
    pixels = (
        mean + down + across + diagonal,
        mean + down - across - diagonal,
        mean - down + across - diagonal,
        mean - down - across + diagonal,
    )
    return F.pixel_shuffle(torch.stack(pixels, dim=2).flatten(1, 2) / 2, 2)


def codebook_digest(codebook: Tensor) -> str:
    """Return the sha256 of a codebook in half precision, in which some files keep it."""
    return sha256(codebook.detach().half().cpu().contiguous().numpy().tobytes()).hexdigest()


def _use_batch_norm(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.GroupNorm):
            setattr(module, name, nn.BatchNorm2d(child.num_channels))
        else:
            _use_batch_norm(child)
