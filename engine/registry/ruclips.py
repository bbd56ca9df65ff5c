"""The six ruCLIPs that Sber has published (arXiv 2202.10784), and the sources of their files.

Neither sizes nor hashes of the files are published; the hash of the first download is recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.downloads.sources import Source, hub
from engine.weights.folders import BPE, CONFIG, WEIGHTS

FILES = (BPE, CONFIG, WEIGHTS[-1])
OWNERS = ("ai-forever", "sberbank-ai")  # the same owner's present and former name
LICENCE = "Apache-2.0 for the repository; the models' cards state none"


@dataclass(frozen=True)
class PublishedRuClip:
    """A model: a folder of three files, each with its mirrors."""

    name: str
    title: str
    memory_bytes: int  # of its weights in float32; about the size of the file
    licence: str = LICENCE

    @property
    def files(self) -> tuple[tuple[str, tuple[Source, ...]], ...]:
        """Return the name and the sources of each file."""
        repositories = [f"{owner}/{self.name}" for owner in OWNERS]
        return tuple(
            (file, tuple(Source(hub(repository, file)) for repository in repositories))
            for file in FILES
        )


_ALL = (
    PublishedRuClip(
        name="ruclip-vit-base-patch32-224",
        title="ruCLIP base, patches of 32, 224 px: the lightest",
        memory_bytes=605_109_252,
    ),
    PublishedRuClip(
        name="ruclip-vit-base-patch16-224",
        title="ruCLIP base, patches of 16, 224 px",
        memory_bytes=598_482_948,
    ),
    PublishedRuClip(
        name="ruclip-vit-base-patch32-384",
        title="ruCLIP base, patches of 32, 384 px",
        memory_bytes=605_401_092,
    ),
    PublishedRuClip(
        name="ruclip-vit-base-patch16-384",
        title="ruCLIP base, patches of 16, 384 px",
        memory_bytes=599_650_308,
    ),
    PublishedRuClip(
        name="ruclip-vit-large-patch14-224",
        title="ruCLIP large, patches of 14, 224 px",
        memory_bytes=1_710_466_052,
    ),
    PublishedRuClip(
        name="ruclip-vit-large-patch14-336",
        title="ruCLIP large, patches of 14, 336 px: the best, and the heaviest",
        memory_bytes=1_711_776_772,
    ),
)
PUBLISHED_RUCLIP: Mapping[str, PublishedRuClip] = {model.name: model for model in _ALL}
