"""The words decide the colours: red stands on blue, and swapped words swap them."""

import pytest
import torch
from torch import Tensor

from engine.models import LoadedModels
from engine.painting.painter import paint
from engine.painting.start.initial_latent import COLOURS
from engine.pocket.palette import PALETTE
from store.request.request import DrawRequest


def nearest(colour: Tensor) -> str:
    return list(PALETTE)[int((COLOURS - colour).norm(dim=1).argmin())]


def middle_and_border(image: Tensor) -> tuple[str, str]:
    """Names of the mean colours of the middle fifth and of a frame of a sixteenth."""
    side = image.shape[-1]
    fifth, frame = side * 2 // 5, side // 16
    middle = image[:, fifth:-fifth, fifth:-fifth].mean((1, 2))
    edge = torch.ones(side, side, dtype=torch.bool)
    edge[frame:-frame, frame:-frame] = False
    return nearest(middle), nearest(image[:, edge].mean(1))


RED_ON_BLUE = ("красный круг на синем фоне", "a red circle on a blue background")
BLUE_ON_RED = ("синий круг на красном фоне", "a blue circle on a red background")


def expect(models: LoadedModels, prompt: str, seed: int, **fields: object) -> None:
    *_, last = paint(DrawRequest(prompt, seed=seed, **fields), models)  # type: ignore[arg-type]
    wanted = ("red", "blue") if prompt in RED_ON_BLUE else ("blue", "red")
    assert middle_and_border(last.image) == wanted


@pytest.mark.parametrize(
    ("seed", "prompt"),
    [
        (1, RED_ON_BLUE[0]),
        pytest.param(2, BLUE_ON_RED[1], marks=pytest.mark.thorough),
        pytest.param(3, BLUE_ON_RED[0], marks=pytest.mark.thorough),
        pytest.param(4, RED_ON_BLUE[1], marks=pytest.mark.thorough),
    ],
)
def test_colours_stand_where_the_words_put_them(
    models: LoadedModels, prompt: str, seed: int
) -> None:
    expect(models, prompt, seed, size=(64, 64), steps=10, init_noise="scored")


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("prompt", RED_ON_BLUE + BLUE_ON_RED)
def test_colours_with_nothing_but_the_prompt_given(
    models: LoadedModels, prompt: str, seed: int
) -> None:
    expect(models, prompt, seed)
