"""The way in which views of a picture are drawn: what a model's manner and a request decide."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cutting:
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
