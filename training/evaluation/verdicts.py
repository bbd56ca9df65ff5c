"""What the judge sees in the pictures of composed prompts."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from store.reader.vocabulary import COLOURS
from training.data.scenes import colours
from training.evaluation.composed_prompts import ComposedPrompt, crops
from training.evaluation.place_judge import PlaceJudge
from training.judge import PictureJudge

OTHER = 0.4  # of the largest difference from the background: more of it belongs to the thing


@dataclass(frozen=True)
class Verdict:
    """Which of a picture's things the judge names at once, and which among five; and the rest.

    place and colours are None where the prompt names none.
    """

    first: tuple[bool, ...]
    five: tuple[bool, ...]
    place: bool | None = None
    colour: bool | None = None
    ground: bool | None = None


@torch.no_grad()
def judged(
    prompts: Sequence[ComposedPrompt],
    pictures: Sequence[Tensor],
    judge: PictureJudge,
    places: PlaceJudge,
) -> list[Verdict]:
    """Judge the picture [3, h, w] of each prompt."""
    found = []
    for prompt, picture in zip(prompts, pictures, strict=True):
        ranking = judge(crops(prompt, picture)).argsort(dim=1, descending=True)
        hits = ranking[:, :5] == torch.tensor(prompt.subjects).unsqueeze(1)
        place = colour = ground = None
        if prompt.wish.place:
            place = places(picture[None])[0] == prompt.wish.place
        if prompt.group == "coloured":
            names = [one.key for one in COLOURS]
            thing, behind = measure_colours(picture[None])
            colour = names[int(thing)] == prompt.wish.things[0].colour
            ground = names[int(behind)] == prompt.wish.ground
        at_once, among = hits[:, 0].tolist(), hits.any(1).tolist()
        found.append(Verdict(tuple(at_once), tuple(among), place, colour, ground))
    return found


def measure_colours(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Return the nearest named colours of thing and background, [n] each.

    The background is the mean of a border one sixteenth wide. The thing is what differs from it,
    and its colour the one that most of its pixels are nearest to.
    """
    n, _, side, _ = pictures.shape
    frame = side // 16
    border = torch.ones(side, side, dtype=torch.bool)
    border[frame:-frame, frame:-frame] = False
    ground = pictures[:, :, border].mean(2)
    distance = (pictures - ground.view(n, 3, 1, 1)).norm(dim=1)
    foreground = distance >= OTHER * distance.amax((1, 2)).view(n, 1, 1)
    nearest = torch.cdist(pictures.permute(0, 2, 3, 1), colours()).argmin(3)  # [n, side, side]
    thing = [one[there].mode().values for one, there in zip(nearest, foreground, strict=True)]
    return torch.stack(thing), torch.cdist(ground, colours()).argmin(1)
