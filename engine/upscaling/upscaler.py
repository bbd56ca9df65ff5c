"""Make a picture larger by a network, tile by tile: memory grows with the tile alone."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
from torch import Tensor
from torch.nn import functional as F

from engine.errors import EngineError
from engine.weights.read import read_weights

TILE = 192  # pixels of a tile's side, without its border
BORDER = 24  # pixels of the picture beyond a tile, which the network sees and nobody else
WRAPPERS = ("params_ema", "params", "state_dict")  # names that weights may stand under


class Upscaler:
    """A network of any kind that spandrel knows by its weights, such as RRDBNet and Compact.

    scale: how many times longer the sides become.
    """

    def __init__(self, name: str, path: Path, device: torch.device) -> None:
        """Load the weights of a file.

        Raises EngineError where it is missing, damaged, or no upscaler of colour pictures.
        """
        try:
            found = ModelLoader(device).load_from_state_dict(_unwrapped(read_weights(path)))
        except (UnsupportedModelError, RuntimeError, KeyError, ValueError) as error:
            raise EngineError("upscaler-unreadable", name=name) from error
        if not isinstance(found, ImageModelDescriptor) or found.scale < 2:
            raise EngineError("upscaler-unreadable", name=name)
        if (found.input_channels, found.output_channels) != (3, 3):
            raise EngineError("upscaler-unreadable", name=name)
        self.name = name
        self.scale = found.scale
        self._model = found.eval()
        self._model.model.requires_grad_(False).to(memory_format=torch.channels_last)
        self._device = device

    def grow(self, picture: Tensor) -> Iterator[Tensor]:
        """Yield the picture [3, h, w], 0..1, at its new size after each tile.

        Until its tile is computed, a part of it is only resized. It is one tensor, which changes.
        """
        height, width = picture.shape[1:]
        scale = self.scale
        larger = F.interpolate(picture[None], scale_factor=scale, mode="bicubic").clamp(0, 1)[0]
        edge = min(BORDER, height - 1, width - 1)  # what can be mirrored
        padded = F.pad(picture[None], (edge,) * 4, mode="reflect")
        for top in range(0, height, TILE):
            for left in range(0, width, TILE):
                high, wide = min(TILE, height - top), min(TILE, width - left)
                seen = padded[:, :, top : top + high + 2 * edge, left : left + wide + 2 * edge]
                out = self._model(seen.to(self._device)).float().cpu()[0]
                inner = out[:, edge * scale :, edge * scale :][:, : high * scale, : wide * scale]
                place = larger[:, top * scale :, left * scale :]
                place[:, : high * scale, : wide * scale] = inner.clamp(0, 1)
                yield larger

    def __call__(self, picture: Tensor) -> Tensor:
        """Return the picture [3, h, w], 0..1, at its new size."""
        *_, larger = self.grow(picture)
        return larger


def _unwrapped(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights below the first of the names that they may stand under."""
    for name in WRAPPERS:
        inner = {
            key.removeprefix(f"{name}."): value
            for key, value in weights.items()
            if key.startswith(f"{name}.")
        }
        if inner:
            return inner
    return dict(weights)
