"""Draws every emoji of the vector sets at 512 px into one file that is mapped, never loaded whole.

`python -m training.data.art_bank` needs npm. It writes `.training/art-512.u8`, premultiplied RGBA
uint8 [sprites, 4, 512, 512], and `.training/art-512.json`, which says what each sprite is: its
style and its emoji's code points.
"""

import io
import json
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.art import FOLDER, SETS, Art, fetch

log = logging.getLogger(__name__)
SIDE = 512
RIM = 0.03  # of the side stays empty all round, so that a warp does not cut
SKINS = {"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"}
LETTERS = range(0x1F1E6, 0x1F200)  # of which flags are made
FIRST = 0x2600  # below are letters, digits, arrows
# Vector drawings of Fluent's shaded style; its package names pictures as the flat one does.
SHADED = Art(
    "fluent-shaded",
    "@iconify-json/fluent-emoji",
    "1.2.7",
    "8044210dbf11e016d4de85f15d01a243423bd832457e7e2491df1b751c0e272b",
    "MIT",
    "train",
)
TRAINED = (*(art for art in SETS if art.use == "train" and art.style != "fluent-3d"), SHADED)


@dataclass(frozen=True)
class Sprite:
    """One drawing of the bank: whose hand, and the code points of its emoji (1f431)."""

    style: str
    code: str


class VectorSet:
    """The drawings of one iconify package, by the code points of their emoji."""

    def __init__(self, package: Path, names: dict[str, str]) -> None:
        """`names` maps code points to names, for packages that tell none of their own."""
        self.icons = json.loads((package / "icons.json").read_text())
        own = json.loads((package / "chars.json").read_text())
        self.names: dict[str, str] = own or names

    def drawings(self) -> Iterator[tuple[str, str]]:
        """Code points without the variation selector, and the name of their drawing."""
        seen = set()
        for point, name in self.names.items():
            parts = point.split("-")
            code = "-".join(part for part in parts if part != "fe0f")
            if SKINS & set(parts) or code in seen or not self._is_thing(code):
                continue
            if self._resolved(name) in self.icons["icons"]:
                seen.add(code)
                yield code, name

    def draw(self, name: str) -> np.ndarray:
        """Premultiplied RGBA uint8 [4, SIDE, SIDE], trimmed and centred."""
        return centred(self._render(name, SIDE))

    def _render(self, name: str, side: int) -> np.ndarray:
        import resvg_py
        from PIL import Image

        icon = self.icons["icons"][self._resolved(name)]
        wide = icon.get("width", self.icons.get("width", 16))
        high = icon.get("height", self.icons.get("height", 16))
        box = f"{icon.get('left', 0)} {icon.get('top', 0)} {wide} {high}"
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{icon["body"]}</svg>'
        drawn = resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side)
        return np.asarray(Image.open(io.BytesIO(bytes(drawn))).convert("RGBA"))

    def _resolved(self, name: str) -> str:
        return str(self.icons.get("aliases", {}).get(name, {}).get("parent", name))

    @staticmethod
    def _is_thing(code: str) -> bool:
        first = int(code.split("-", maxsplit=1)[0], 16)
        return first >= FIRST and first not in LETTERS


def centred(rgba: np.ndarray) -> np.ndarray:
    """Straight RGBA uint8 [h, w, 4] -> premultiplied [4, SIDE, SIDE], trimmed and centred."""
    from PIL import Image

    picture = Image.fromarray(rgba)
    box = picture.getchannel("A").getbbox()
    picture = picture.crop(box) if box else picture
    inner = round(SIDE * (1 - 2 * RIM))
    scale = inner / max(picture.size)
    size = [max(1, round(edge * scale)) for edge in picture.size]
    values = np.asarray(picture, dtype=np.float32) / 255
    values[..., :3] *= values[..., 3:]
    bands = [
        np.asarray(Image.fromarray(values[..., band]).resize(size, Image.Resampling.BICUBIC))
        for band in range(4)
    ]
    out = np.zeros((4, SIDE, SIDE), dtype=np.float32)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    out[:, top : top + size[1], left : left + size[0]] = np.stack(bands)
    return (out.clip(0, 1) * 255).round().astype(np.uint8)


class ArtBank:
    """The finished bank: sprites by number, read from the mapped file as they are needed."""

    def __init__(self, folder: Path = FOLDER) -> None:
        listed = json.loads((folder / "art-512.json").read_text())
        self.sprites = [Sprite(style, code) for style, code in listed]
        self.file = folder / "art-512.u8"

    @cached_property
    def pixels(self) -> np.ndarray:
        """Return the mapped file [sprites, 4, SIDE, SIDE]."""
        shape = (len(self.sprites), 4, SIDE, SIDE)
        return np.memmap(self.file, np.uint8, "r", shape=shape)

    def numbers(self, styles: tuple[str, ...]) -> list[int]:
        """Of the sprites of these styles."""
        return [i for i, sprite in enumerate(self.sprites) if sprite.style in styles]

    def read(self, numbers: list[int]) -> Tensor:
        """Premultiplied RGBA 0..1 [n, 4, SIDE, SIDE]."""
        chosen = np.stack([self.pixels[number] for number in numbers])
        return torch.from_numpy(chosen).float() / 255


def main() -> None:
    """Draw all sets into the bank."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sets = {art.style: VectorSet(fetch(art), {}) for art in TRAINED}
    sets["fluent-shaded"].names = sets["fluent-flat"].names
    listed: list[tuple[str, str]] = []
    fresh = FOLDER / "art-512.part"
    with fresh.open("wb") as file, ProcessPoolExecutor() as others:
        for style, drawings in sets.items():
            codes, names = zip(*drawings.drawings(), strict=True)
            for drawn in others.map(drawings.draw, names, chunksize=8):
                file.write(drawn.tobytes())
            listed += [(style, code) for code in codes]
            log.info("%s: %d drawn", style, len(codes))
    os.replace(fresh, FOLDER / "art-512.u8")
    (FOLDER / "art-512.json").write_text(json.dumps(listed))


if __name__ == "__main__":
    main()
