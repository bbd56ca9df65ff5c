"""Another colour moves the main colour of a thing, and leaves its face."""

import pytest
import torch
from torch import Tensor

from engine.pocket.palette import PALETTE
from training.data.recolour import main_colour, recolour_main, rimmed, to_lab, to_rgb

FUR, BLACK, WHITE = (0.98, 0.76, 0.15), (0.05, 0.05, 0.06), (1.0, 1.0, 1.0)


def face(fur: tuple[float, float, float] = FUR) -> Tensor:
    """A square head with two black eyes, one with white around it, and an empty rim."""
    sprite = torch.zeros(4, 48, 48)
    sprite[3, 4:44, 4:44] = 1
    sprite[:3, 4:44, 4:44] = torch.tensor(fur).view(3, 1, 1)
    sprite[:3, 14:26, 28:40] = torch.tensor(WHITE).view(3, 1, 1)
    for left in (10, 32):
        sprite[:3, 18:22, left : left + 4] = torch.tensor(BLACK).view(3, 1, 1)
    return sprite


def colour_of(name: str) -> Tensor:
    return torch.tensor(PALETTE[name]) / 255


def test_oklab_and_back() -> None:
    colours = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(2))
    assert torch.allclose(to_rgb(to_lab(colours)), colours, atol=2e-3)


def test_the_main_colour_is_the_furs() -> None:
    sprite = face()
    main = main_colour(to_lab(sprite[:3]), sprite[3])
    assert torch.allclose(to_rgb(main.view(3, 1, 1))[:, 0, 0], torch.tensor(FUR), atol=0.03)


@pytest.mark.parametrize("name", ["red", "green", "blue", "pink", "brown", "grey"])
def test_the_fur_turns_and_the_eyes_stay(name: str) -> None:
    sprite, colour = face(), colour_of(name)
    out = recolour_main(sprite, colour)
    assert torch.allclose(out[:3, 40, 20], colour, atol=0.06)
    assert torch.allclose(out[:3, 19, 11], torch.tensor(BLACK), atol=0.05)
    assert torch.allclose(out[:3, 15, 30], torch.tensor(WHITE), atol=0.05)
    assert torch.equal(out[3], sprite[3])


def test_a_black_cat_has_eyes() -> None:
    out = recolour_main(face(), colour_of("black"))
    fur, bare_eye, pupil = out[:3, 40, 20], out[:3, 19, 11], out[:3, 19, 33]
    assert float(fur.mean()) < 0.25
    assert float(bare_eye.mean()) > 0.6  # black on black would be no eye
    assert float(pupil.mean()) < 0.2  # white is around it


def test_shading_stays() -> None:
    sprite = face()
    sprite[:3, 30:44, 4:44] *= 0.75
    out = recolour_main(sprite, colour_of("green"))
    light, dark = to_lab(out[:3])[0, 10, 20], to_lab(out[:3])[0, 40, 20]
    assert float(light - dark) > 0.08


def test_a_colour_that_it_has_changes_nothing() -> None:
    sprite = face((0.88, 0.13, 0.14))
    assert torch.equal(recolour_main(sprite, colour_of("red")), sprite)


def test_a_rim_sets_a_thing_off() -> None:
    layer = face()
    out = rimmed(layer, torch.ones(3), 2)
    assert float(out[3, 24, 2]) > 0.3 > float(layer[3, 24, 2])
    assert torch.allclose(out[:, 24, 24], layer[:, 24, 24])
