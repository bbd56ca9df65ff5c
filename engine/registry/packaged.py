"""The models inside the package: their files, shapes and painting defaults."""

from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Literal

from engine.defaults import ComposedStart, CutoutParams, PaintingDefaults, Stage
from engine.networks.vqgan_config import VqganShape
from store.reader.scripts import CYRILLIC, LATIN


@dataclass(frozen=True)
class PackagedModel:
    """A model with its weights inside the package."""

    name: str
    kind: Literal["vqgan", "guide", "prior", "layered prior"]  # a prior is named as its VQGAN
    title: str
    licence: str
    file: str
    size_bytes: int
    sha256: str
    packaged: bool = False
    shape: VqganShape | None = None
    defaults: PaintingDefaults = field(default_factory=PaintingDefaults)
    earlier: tuple[PaintingDefaults, ...] = ()  # editions before these, for pictures of theirs
    scripts: frozenset[str] = frozenset()  # that a guide reads
    reads: str = ""  # the guide whose text embeddings are the prior's input

    def path(self, folder: Path) -> Path:
        """Return the path of its file: in the package, or in the models' `folder`."""
        if self.packaged:
            return Path(str(files("engine.pocket").joinpath(self.file)))
        return folder / self.file


def is_earlier(vqgan: str, edition: int | None) -> bool:
    """Return whether a packaged VQGAN has newer painting defaults than those of this edition."""
    entry = find("vqgan", vqgan)
    return entry is not None and edition is not None and edition <= len(entry.earlier)


POCKET_SHAPE = VqganShape(
    ch=32,
    ch_mult=(1, 1, 2, 4),
    num_res_blocks=1,
    attn_resolutions=(),
    resolution=128,
    z_channels=64,
    embed_dim=32,
    n_embed=1024,
    norm="batch",
)

POCKET_FIRST = PaintingDefaults(
    size=(256, 256),
    steps=36,
    cutouts=12,
    learning_rate=0.05,
    init_noise="prior",
    emergence=0.75,
    cutout_params=CutoutParams(
        smallest=0.75, turn=6, shift=0.06, perspective=0.05, colour=0.05, noise=0.05
    ),
    # The first stage has the size of the prior's drafts, which show the right thing: a few steps
    # at the full learning rate, then smaller ones, which keep what the drafts have right.
    stages=(Stage(0.375, 0.15), Stage(0.5, 0.65, lr_divisor=3), Stage(1.0, 0.2, lr_divisor=4)),
    # No draft begins a later scene: guidance alone turns one thing into another only at a small
    # size and at ten times the learning rate.
    later_stages=(
        Stage(0.25, 0.6, lr_divisor=0.1),
        Stage(0.5, 0.2, lr_divisor=0.5),
        Stage(1.0, 0.2, lr_divisor=2),
    ),
    # What a motion uncovers has to be painted within a few frames.
    motion_stage=Stage(1.0, 1.0, lr_divisor=0.2),
)

# Drafts away from the mean of all pictures are sharper, and named no worse. Painted at 256 px,
# where this VQGAN is crisp, and finished at twice the size.
POCKET_DEFAULTS = replace(
    POCKET_FIRST,
    size=(512, 512),
    emergence=0.95,  # drafts are nearly done: what the film shows in its last quarter is this
    finish="gouache",
    plain_phrases=True,
    draft_strength=1.3,
    own_colours=0.3,
    even_pace=True,
    # A composed draft has the size at which this VQGAN is crisp, and the guide knows fewer things
    # than are composed: few and small steps keep what the draft shows.
    composed=ComposedStart(drafts=4, steps=8, stages=(Stage(1.0, 1.0, lr_divisor=16),)),
)

POCKET_LICENCE = "MIT; learned from art under Apache-2.0, CC-BY-4.0 and MIT (see NOTICE)"

MODELS: tuple[PackagedModel, ...] = (
    PackagedModel(
        name="pocket",
        kind="vqgan",
        title="Pocket VQGAN: stickers like gouache",
        licence=POCKET_LICENCE,
        file="vqgan.safetensors",
        size_bytes=5_935_502,
        sha256="31b61e768e3662689a5910c8b982212d85e54f2662a033f1922eab6bd85fbffe",
        packaged=True,
        shape=POCKET_SHAPE,
        defaults=POCKET_DEFAULTS,
        earlier=(POCKET_FIRST,),
    ),
    PackagedModel(
        name="pocket",
        kind="guide",
        title="Pocket guide: knows 235 things by their Russian and English names",
        licence=POCKET_LICENCE,
        file="scorer.safetensors",
        size_bytes=5_452_216,
        sha256="75138c2b35a085b582e2fa8edd28f8332af4693f0f6e5f366562efa40145d9f4",
        packaged=True,
        scripts=frozenset({LATIN, CYRILLIC}),
    ),
    PackagedModel(
        name="pocket",
        kind="prior",
        title="Pocket prior: drafts of 12×12 codes from the pocket guide's words",
        licence=POCKET_LICENCE,
        file="prior.safetensors",
        size_bytes=9_231_056,
        sha256="387c5d16668218a879a9a4541056df8ada185273532a048e45df65ef49c1aed7",
        packaged=True,
        reads="pocket",
    ),
    PackagedModel(
        name="pocket",
        kind="layered prior",
        title="Pocket layered prior: drafts of 32×32 codes, of 618 things in 14 places",
        licence=POCKET_LICENCE,
        file="layered_prior.safetensors",
        size_bytes=6_997_560,
        sha256="ee491aea99d44f2b8d972180d1548ea20d4c7581420bd4caa350653feffbc292",
        packaged=True,
    ),
)


def find(kind: str, name: str) -> PackagedModel | None:
    """Return the model of this kind and name, or None."""
    return next((e for e in MODELS if e.kind == kind and e.name == name), None)


def names(kind: str) -> list[str]:
    """Return the names of all models of a kind."""
    return [entry.name for entry in MODELS if entry.kind == kind]
