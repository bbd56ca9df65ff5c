"""How a VQGAN paints where a request leaves it open: size, steps, stages and cutouts."""

from dataclasses import dataclass, field, replace
from typing import Any

from store.request.options import AUGMENTATIONS


@dataclass(frozen=True)
class CutoutParams:
    """How cutouts are sampled. Lengths are fractions of the cutout's side, angles are degrees."""

    smallest: float = 0.4  # of the picture's shorter side
    largest: float = 1.0
    power: float = 1.0  # above 1 favours small cutouts (cut_pow of the notebooks)
    flip: float = 0.5  # probability of a mirrored cutout
    turn: float = 15.0
    shift: float = 0.1
    perspective: float = 0.15
    colour: float = 0.1  # spread of brightness, contrast and saturation
    noise: float = 0.1  # largest standard deviation of the added noise
    noise_bank: bool = False  # whether noise is drawn once for all steps, not anew at each

    def chosen(self, power: float | None, augmentations: str | None) -> "CutoutParams":
        """Return these with another power, and with no other augmentations, where one asks so."""
        params = self if power is None else replace(self, power=power)
        if augmentations is None:
            return params
        named = augmentations.split(",")
        dropped: dict[str, Any] = {name: 0.0 for name in AUGMENTATIONS if name not in named}
        return replace(params, **dropped)


@dataclass(frozen=True)
class Stage:
    """A part of the painting at one size: shapes first at a small one, details later."""

    scale: float  # of the final sides
    share: float  # of all steps
    lr_divisor: float = 1.0  # divides the learning rate: details need smaller steps


@dataclass(frozen=True)
class ComposedStart:
    """How a picture is painted from drafts that the VQGAN's layered prior has composed."""

    drafts: int  # of which the guides choose one, at the usual quality
    steps: int
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class PaintingDefaults:
    """The values that a VQGAN is best painted with."""

    size: tuple[int, int] = (256, 256)  # width, height
    steps: int = 300
    cutouts: int = 32
    learning_rate: float = 0.1
    init_noise: str = "codes"
    # Whether phrases go to guides of a closed vocabulary as they are understood, in plain words.
    plain_phrases: bool = False
    draft_strength: float = 1.0  # how far a prior's drafts are from the mean of all pictures
    # Share of the draft of a coloured thing that shows it in its own colours, so that it keeps its
    # face: a prior that learned from tinted drawings draws a black cat as a black patch.
    own_colours: float = 0.0
    # Whether more steps than usual are smaller ones, which keep what a draft shows, and a better
    # preset chooses among more drafts.
    even_pace: bool = False
    drafts: int = 32  # that a prior samples for each picture; the guides choose one
    composed: ComposedStart | None = None  # None: the layered prior draws nothing
    finish: str = "none"  # of the finished picture: one of store.request.options.FINISHES
    cutout_params: CutoutParams = field(default_factory=CutoutParams)
    stages: tuple[Stage, ...] = (Stage(1.0, 1.0),)
    later_stages: tuple[Stage, ...] = (Stage(1.0, 1.0),)  # of every scene after the first
    emergence: float = 0.0  # share of the opening over which a composed start emerges in the film
    motion_stage: Stage = Stage(1.0, 1.0)  # of zoom and shift, once at the final size


# Of a VQGAN that is not in the package. Their guides see large views, whose noise a fast GPU would
# wait for if a core had to draw it at each step.
FIRST_DEFAULTS = PaintingDefaults()
DEFAULTS = replace(FIRST_DEFAULTS, cutout_params=CutoutParams(noise_bank=True))
