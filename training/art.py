"""Download the emoji art by package name and version and render it into one sprite bank.

`python -m training.art` needs npm; it writes `.training/art.safetensors`: uint8 tensors `<style>`
[things, 4, 128, 128], premultiplied RGBA, and `<style>.present` [things].
"""

import hashlib
import io
import json
import logging
import subprocess
import tarfile
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from store.reader.vocabulary import Subject, things

if TYPE_CHECKING:  # training needs only the finished bank
    from PIL import Image

log = logging.getLogger(__name__)
FOLDER = Path(".training")
SIDE = 128


@dataclass(frozen=True)
class Art:
    """A set of emoji pictures: source, licence and purpose."""

    style: str
    package: str
    version: str
    sha256: str
    licence: str
    use: str  # train: for the models; test: an unseen style; judge: for the judge alone


SETS = (
    Art(
        "noto",
        "@iconify-json/noto",
        "1.2.9",
        "3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
        "Apache-2.0",
        "train",
    ),
    Art(
        "twemoji",
        "@iconify-json/twemoji",
        "1.2.5",
        "19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
        "CC-BY-4.0",
        "train",
    ),
    Art(
        "fluent-flat",
        "@iconify-json/fluent-emoji-flat",
        "1.2.6",
        "7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
        "MIT",
        "train",
    ),
    Art(
        "fluent-3d",
        "@lobehub/fluent-emoji-3d",
        "1.1.0",
        "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
        "MIT",
        "train",
    ),
    Art(
        "noto-v1",
        "@iconify-json/noto-v1",
        "1.2.5",
        "2bf62c26c2c2884aa99e90aec942cdaee17a5921f05690694f4978ad4b017c37",
        "Apache-2.0",
        "test",
    ),
    Art(
        "emojione",
        "@iconify-json/emojione",
        "1.2.3",
        "26a14f44284407e8bcde91799388dca2bfd91dbcd55a97f425524a1c5b73610e",
        "CC-BY-4.0",
        "judge",
    ),
    Art(
        "fxemoji",
        "@iconify-json/fxemoji",
        "1.2.2",
        "f3e72b3c59d05e1db03b7e308d55c0d05bd7ba3f625a90da1b79313c12858eef",
        "Apache-2.0",
        "judge",
    ),
    Art(
        "streamline",
        "@iconify-json/streamline-emojis",
        "1.2.4",
        "5dac87c876b322500989828c5823143e0100d78881627a2e4081a4b897cbfdbc",
        "CC-BY-4.0",
        "judge",
    ),
)


def fetch(art: Art) -> Path:
    """Download a package once, verify its SHA-256 and unpack it; return its folder."""
    folder = FOLDER / "packages" / art.style
    if (folder / "package").is_dir():
        return folder / "package"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["npm", "pack", "--silent", f"{art.package}@{art.version}"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = folder.glob("*.tgz")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    if digest != art.sha256:
        raise SystemExit(f"{archive.name}: sha256 {digest}, expected {art.sha256}")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def code_points(emoji: str) -> str:
    """Return the hexadecimal code points of an emoji, without variation selectors: 🐱 -> 1f431."""
    return "-".join(f"{ord(sign):x}" for sign in emoji if sign != "\ufe0f")


def normalised_name(name: str) -> str:
    """Normalise a name for sets that index pictures by name: CAT FACE, cat-face-1 -> catface."""
    return name.lower().removesuffix("-1").replace(" ", "").replace("-", "")


class Drawings:
    """SVG bodies of an iconify set, found by code point or, in old sets, by name."""

    def __init__(self, package: Path, names: dict[str, str]) -> None:
        self.icons = json.loads((package / "icons.json").read_text())
        self.chars = json.loads((package / "chars.json").read_text()) or names
        self.by_name = {normalised_name(name): name for name in self.icons["icons"]}

    def picture(self, thing: Subject) -> "Image.Image | None":
        """Return the rendered picture of a thing, or None if the set lacks it."""
        import resvg_py
        from PIL import Image

        point = code_points(thing.emoji)
        name = self.chars.get(point) or self.chars.get(point + "-fe0f", "")
        aliases = self.icons.get("aliases", {})
        name = aliases.get(name, {}).get("parent", name)
        if name not in self.icons["icons"]:
            names_to_try = (name, unicodedata.name(thing.emoji[0]), *thing.english)
            candidates = (
                self.by_name.get(normalised_name(candidate)) for candidate in names_to_try
            )
            name = next(filter(None, candidates), "")
        icon = self.icons["icons"].get(name)
        if icon is None:
            return None
        wide = icon.get("width", self.icons.get("width", 16))
        high = icon.get("height", self.icons.get("height", 16))
        box = f"{icon.get('left', 0)} {icon.get('top', 0)} {wide} {high}"
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{icon["body"]}</svg>'
        rendered = resvg_py.svg_to_bytes(svg_string=svg, width=SIDE, height=SIDE)
        return Image.open(io.BytesIO(bytes(rendered)))


class Photos:
    """Ready-made raster pictures, one file per code point."""

    def __init__(self, package: Path) -> None:
        self.folder = package / "assets"

    def picture(self, thing: Subject) -> "Image.Image | None":
        """Return the picture of a thing, or None if the set lacks it."""
        from PIL import Image

        for name in (code_points(thing.emoji), code_points(thing.emoji) + "-fe0f"):
            path = self.folder / f"{name}.webp"
            if path.exists():
                return Image.open(path)
        return None


def sprite(picture: "Image.Image") -> Tensor:
    """Convert a picture to premultiplied RGBA uint8 [4, SIDE, SIDE], cropped to its content."""
    from PIL import Image

    rgba = picture.convert("RGBA")
    box = rgba.getchannel("A").getbbox()
    rgba = rgba.crop(box) if box else rgba
    edge = max(rgba.size)
    square = Image.new("RGBA", (edge, edge))
    square.paste(rgba, ((edge - rgba.width) // 2, (edge - rgba.height) // 2))
    inner = round(SIDE * 0.94)  # a margin, so that warps do not clip
    values = np.asarray(square, dtype=np.float32) / 255
    values[..., :3] *= values[..., 3:]
    small = [
        np.asarray(Image.fromarray(values[..., c]).resize((inner, inner), Image.Resampling.LANCZOS))
        for c in range(4)
    ]
    out = torch.zeros(4, SIDE, SIDE)
    rim = (SIDE - inner) // 2
    out[:, rim : rim + inner, rim : rim + inner] = torch.from_numpy(np.stack(small)).clamp(0, 1)
    return (out * 255).round().to(torch.uint8)


def main() -> None:
    """Download and render all sets."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    names: dict[str, str] = {}
    bank: dict[str, Tensor] = {}
    for art in SETS:
        package = fetch(art)
        if (package / "icons.json").exists():
            drawings = Drawings(package, names)
            names = names or drawings.chars
            source: Drawings | Photos = drawings
        else:
            source = Photos(package)
        pictures = [source.picture(thing) for thing in things()]
        empty = torch.zeros(4, SIDE, SIDE, dtype=torch.uint8)
        bank[art.style] = torch.stack([sprite(p) if p else empty for p in pictures])
        bank[art.style + ".present"] = torch.tensor([p is not None for p in pictures])
        missing = [t.key for t, p in zip(things(), pictures, strict=True) if p is None]
        log.info("%s: %d drawn, missing %s", art.style, len(pictures) - len(missing), missing)
    save_file(bank, FOLDER / "art.safetensors")


def load(use: str) -> tuple[Tensor, Tensor]:
    """Return sprites [styles, things, 4, s, s] and availability [styles, things] of one use."""
    return load_styles([art.style for art in SETS if art.use == use])


def load_styles(styles: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Return the same as `load` for the named styles."""
    bank = load_file(FOLDER / "art.safetensors", device=str(torch.get_default_device()))
    sprites = torch.stack([bank[style] for style in styles])
    return sprites, torch.stack([bank[style + ".present"] for style in styles])


if __name__ == "__main__":
    main()
