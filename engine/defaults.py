"""The way in which views of a picture are drawn: what a model's manner and a request decide."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CutoutParams:
    """How views are drawn. Lengths are fractions of the view's side, angles are degrees."""

    smallest: float = 0.4  # of the picture's shorter side
    largest: float = 1.0
    power: float = 1.0  # above 1 favours small views (cut_pow of the notebooks)
    flip: float = 0.5  # chance of a mirrored view
    turn: float = 15.0
    shift: float = 0.1
    perspective: float = 0.15
    colour: float = 0.1  # spread of brightness, contrast and saturation
    noise: float = 0.1  # largest standard deviation of the added noise


@dataclass(frozen=True)
class Stage:
    """A stretch of the painting at a smaller size: shapes first, details later."""

    scale: float  # of the final sides
    share: float  # of all steps
    calm: float = 1.0  # the learning rate is divided by it: details want a lighter hand


@dataclass(frozen=True)
class PaintingDefaults:
    """How a VQGAN paints where the request leaves it open."""

    size: tuple[int, int] = (256, 256)  # width, height
    steps: int = 300
    cutouts: int = 32
    learning_rate: float = 0.1
    init_noise: str = "codes"
    cutting: CutoutParams = field(default_factory=CutoutParams)
    stages: tuple[Stage, ...] = (Stage(1.0, 1.0),)
    later: tuple[Stage, ...] = (Stage(1.0, 1.0),)  # those of every scene after the first
    moving: Stage = Stage(1.0, 1.0)  # of a film that moves, once the picture has its full size
