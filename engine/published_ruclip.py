"""The six ruCLIPs that Sber has published: what they look at, what they take, where they are.

Only what is known is here. Nobody has published the sizes in bytes or the sha256 of their files;
the hash is noted when a file first comes. ruCLIP is described in arXiv 2202.10784.
"""

from dataclasses import dataclass

from engine.addresses import Source

FILES = ("bpe.model", "config.json", "pytorch_model.bin")
OWNERS = ("ai-forever", "sberbank-ai")  # today's name of one and the same owner, and its old one
LICENCE = "Apache-2.0 for the repository; the models' cards state none"
CONTEXT = 77  # ids of a text, its beginning and its end among them


@dataclass(frozen=True)
class PublishedRuClip:
    """A folder of three files, each with its mirrors in order."""

    name: str
    title: str
    side: int  # pixels on each side of the views that it looks at
    memory_bytes: int  # of its weights in float32; the published file is hardly bigger
    cutout_bytes: int  # what each view keeps for its gradient, in float32
    md5: str | None = None  # of pytorch_model.bin, as users of the model have noted it
    licence: str = LICENCE
    context: int = CONTEXT

    @property
    def files(self) -> tuple[tuple[str, tuple[Source, ...]], ...]:
        """The name of each file in the folder, and where it is."""
        return tuple((file, tuple(Source(self._url(o, file)) for o in OWNERS)) for file in FILES)

    def _url(self, owner: str, file: str) -> str:
        return f"https://huggingface.co/{owner}/{self.name}/resolve/main/{file}"


PUBLISHED_RUCLIP: tuple[PublishedRuClip, ...] = (
    PublishedRuClip(
        name="ruclip-vit-base-patch32-224",
        title="ruCLIP base, patches of 32, 224 px: the lightest",
        side=224,
        memory_bytes=605_109_252,
        cutout_bytes=18_778_008,
        md5="e2c4dab46a3cfa608bdd762973e90d32",
    ),
    PublishedRuClip(
        name="ruclip-vit-base-patch16-224",
        title="ruCLIP base, patches of 16, 224 px",
        side=224,
        memory_bytes=598_482_948,
        cutout_bytes=73_985_328,
        md5="7882e07674d78c674e33cb892a68bbfc",
    ),
    PublishedRuClip(
        name="ruclip-vit-base-patch32-384",
        title="ruCLIP base, patches of 32, 384 px",
        side=384,
        memory_bytes=605_401_092,
        cutout_bytes=54_456_208,
        md5="e10ae10a6645f9d9ff42cc54d46a0aa2",
    ),
    PublishedRuClip(
        name="ruclip-vit-base-patch16-384",
        title="ruCLIP base, patches of 16, 384 px",
        side=384,
        memory_bytes=599_650_308,
        cutout_bytes=216_698_128,
        md5="95e83149d64c81bb7483501e578e8672",
    ),
    PublishedRuClip(
        name="ruclip-vit-large-patch14-224",
        title="ruCLIP large, patches of 14, 224 px",
        side=224,
        memory_bytes=1_710_466_052,
        cutout_bytes=255_242_128,
        md5="9b4a1cd25d15bad4ffd2ba6e34b8a67c",
    ),
    PublishedRuClip(
        name="ruclip-vit-large-patch14-336",
        title="ruCLIP large, patches of 14, 336 px: the best, and the heaviest",
        side=336,
        memory_bytes=1_711_776_772,
        cutout_bytes=573_053_328,
    ),
)
