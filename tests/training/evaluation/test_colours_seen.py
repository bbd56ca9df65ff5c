"""The colour that a thing is said to have is the one of most of it."""

import torch

from store.reader.vocabulary import COLOURS
from training.data.scenes import colours
from training.evaluation.verdicts import measure_colours


def number_of(name: str) -> int:
    return [colour.key for colour in COLOURS].index(name)


def test_a_black_cat_with_white_eyes_on_brown_is_black() -> None:
    black, white, brown = (number_of(name) for name in ("black", "white", "brown"))
    picture = colours()[brown].view(3, 1, 1).repeat(1, 64, 64)
    picture[:, 16:48, 16:48] = colours()[black].view(3, 1, 1)
    picture[:, 24:28, 20:26] = colours()[white].view(3, 1, 1)  # further from brown than black is
    thing, ground = measure_colours(picture[None])
    assert (int(thing), int(ground)) == (black, brown)


def test_a_thing_of_another_colour_is_told() -> None:
    red, green = number_of("red"), number_of("green")
    picture = colours()[green].view(3, 1, 1).repeat(2, 1, 64, 64)
    picture[0, :, 16:48, 16:48] = colours()[red].view(3, 1, 1)
    picture[1, :, 16:48, 16:48] = 1.0
    things, grounds = measure_colours(picture)
    assert int(things[0]) == red != int(things[1])
    assert torch.equal(grounds, torch.tensor([green, green]))
