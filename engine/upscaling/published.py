"""Published upscalers: Real-ESRGAN (Wang et al. 2021), with the sources of their files.

Sizes and hashes are those of the releases of the repository xinntao/Real-ESRGAN.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.downloads.sources import Source, release

REPOSITORY = "xinntao/Real-ESRGAN"
LICENCE = "BSD-3-Clause"
WEIGHTS = "weights.pth"  # in the folder of the upscaler's name


@dataclass(frozen=True)
class PublishedUpscaler:
    """An upscaler: a folder with its weights.

    scale: how many times longer the sides of its pictures are.
    """

    name: str
    title: str
    scale: int
    memory_bytes: int
    files: tuple[tuple[str, tuple[Source, ...]], ...]
    licence: str = LICENCE


def _upscaler(
    file: str, tag: str, sha256: str, title: str, *, scale: int = 4, size: int | None = None,
    memory: int | None = None,
) -> PublishedUpscaler:  # fmt: skip
    source = Source(release(REPOSITORY, tag, file), size, sha256)
    name = file.removesuffix(".pth")
    return PublishedUpscaler(name, title, scale, memory or size or 0, ((WEIGHTS, (source,)),))


# In the order in which `--upscale 4` looks for one: small ones first, for a processor.
_ALL = (
    _upscaler(
        "realesr-general-x4v3.pth",
        "v0.2.5.0",
        "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292",
        "Real-ESRGAN general v3: four times larger, the one for a CPU",
        size=4_885_111,
    ),
    _upscaler(
        "RealESRGAN_x4plus.pth",
        "v0.1.0",
        "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
        "Real-ESRGAN: four times larger, the one for a GPU",
        size=67_040_989,
    ),
    _upscaler(
        "RealESRGAN_x2plus.pth",
        "v0.2.1",
        "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb",
        "Real-ESRGAN: twice larger",
        scale=2,
        size=67_061_725,
    ),
    _upscaler(
        "RealESRGAN_x4plus_anime_6B.pth",
        "v0.2.2.4",
        "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da",
        "Real-ESRGAN for drawings: four times larger",
        memory=18_000_000,
    ),
    _upscaler(
        "realesr-general-wdn-x4v3.pth",
        "v0.2.5.0",
        "1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca",
        "Real-ESRGAN general v3, which removes noise: four times larger",
        size=4_885_111,
    ),
)
PUBLISHED_UPSCALERS: Mapping[str, PublishedUpscaler] = {model.name: model for model in _ALL}
