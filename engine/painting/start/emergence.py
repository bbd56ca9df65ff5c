"""Show how a picture emerges: from coarse strokes of random codes to what is painted."""

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.networks.vqgan import VQGAN

STROKES = 5  # patches of one colour on the shorter side of the first frame


class Emergence:
    """Blend the latents of a painting's first steps with random codes, for its animation alone.

    A painting that starts from a prior's draft shows the thing from its first step on. The latent
    that is optimised stays as it is; only the frames differ.
    """

    def __init__(self, vqgan: VQGAN, seed: int, steps: int) -> None:
        """Let the random codes fade over so many steps, from the first on; 0: there are none."""
        self._vqgan, self._seed, self._steps = vqgan, seed, steps

    def lasts_at(self, number: int) -> bool:
        """Return whether the frame of this step differs from the painting itself."""
        return number < self._steps

    @torch.no_grad()
    def picture(self, latent: Tensor, number: int) -> Tensor:
        """Decode a latent [1, c, h, w] of step `number`: [1, 3, height, width], 0..1."""
        shown = number / self._steps  # evenly: a slow beginning would look like a standstill
        codes = self._vqgan.quantise(latent)
        blend = torch.lerp(self._strokes(codes), codes, shown)
        return self._vqgan.decode(blend).clamp(0, 1)

    def _strokes(self, codes: Tensor) -> Tensor:
        """Return random codes in patches, in the shape of `codes`; the same ones at every size."""
        height, width = codes.shape[2:]
        cell = min(height, width) / STROKES
        rows, columns = max(round(height / cell), 1), max(round(width / cell), 1)
        generator = torch.Generator().manual_seed(self._seed)
        book = self._vqgan.codebook
        drawn = torch.randint(len(book), (rows * columns,), generator=generator)
        patches = book[drawn.to(book.device)].T.reshape(1, -1, rows, columns)
        return F.interpolate(patches, size=(height, width), mode="bilinear", align_corners=False)
