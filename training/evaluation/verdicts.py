"""Evaluation prompts, and how the judge and the guide rate the pictures painted for them."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.pocket.scorer import SIDE
from store.reader.vocabulary import COLOURS, SHAPES
from training.data.captions import token_buckets
from training.data.labels import NATURAL, PLAIN, THINGS, SceneLabels, seeded_generators
from training.data.scenes import colours
from training.judge import PictureJudge, known_things, unseen_art
from training.scorer import Scorer, describe

THING_PROMPTS, GROUND_PROMPTS, SHAPE_PROMPTS = (
    80,
    28,
    24,
)  # GROUND_PROMPTS of the thing prompts name a ground


@dataclass(frozen=True)
class EvaluationPrompt:
    """A prompt and the labels that its picture must show, as in RenderedScene."""

    text: str
    russian: bool
    subject: int
    colour: int
    ground: int

    @property
    def group(self) -> str:
        """Return the row of the report that this prompt counts in."""
        kind = "shapes" if self.subject >= THINGS else "things"
        suffix = "" if self.ground == PLAIN else " on a ground"
        return f"{kind}{suffix} in {'Russian' if self.russian else 'English'}"


def evaluation_prompts() -> list[EvaluationPrompt]:
    """Return the fixed, randomly chosen prompts; half of each group is Russian."""
    generator, _ = seeded_generators(2026)
    weights = known_things(unseen_art()[1])
    things = torch.multinomial(weights, THING_PROMPTS, generator=generator).tolist()
    shapes = [THINGS + i % len(SHAPES) for i in range(SHAPE_PROMPTS)]
    prompts = []
    for i, subject in enumerate(things + shapes):
        colour, ground = torch.randperm(len(COLOURS), generator=generator)[:2].tolist()
        colour = colour if subject >= THINGS else NATURAL
        ground = ground if subject >= THINGS or i < GROUND_PROMPTS else PLAIN
        russian = (i + i // len(SHAPES)) % 2 == 0  # a shape comes once in each language
        text = describe(subject, colour, ground, russian)
        prompts.append(EvaluationPrompt(text, russian, subject, colour, ground))
    return prompts


def labels_of(prompts: list[EvaluationPrompt]) -> SceneLabels:
    """Return the labels of the prompts, for rendering reference pictures."""
    rows = torch.tensor([[a.subject, a.colour, a.ground] for a in prompts])
    return SceneLabels(*rows.unbind(1))


def measure_colours(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Return the nearest named colours of thing and background, [n] each.

    The background is the mean of a border one sixteenth wide; the thing is what differs from it
    most.
    """
    n, _, side, _ = pictures.shape
    frame = side // 16
    border = torch.ones(side, side, dtype=torch.bool)
    border[frame:-frame, frame:-frame] = False
    ground = pictures[:, :, border].mean(2)
    distance = (pictures - ground.view(n, 3, 1, 1)).norm(dim=1)
    foreground = (distance > 0.6 * distance.amax((1, 2)).view(n, 1, 1)).unsqueeze(1)
    thing = (pictures * foreground).sum((2, 3)) / foreground.sum((2, 3))
    nearest = [torch.cdist(image_vectors, colours()).argmin(1) for image_vectors in (thing, ground)]
    return nearest[0], nearest[1]


@dataclass(frozen=True)
class PictureVerdict:
    """Judgements of n pictures; the boolean fields are tensors of hits."""

    first: Tensor  # the judge's first guess is right
    five: Tensor  # one of its first five guesses is right
    colour: Tensor  # the shape has the requested colour [shapes]
    ground: Tensor  # the ground has the requested colour [prompts with a named ground]
    control: Tensor  # the judge's first guess is the subject of another prompt
    guide: Tensor  # cosine similarity of picture and prompt in the guide's space

    def shares(self) -> dict[str, float]:
        """Return the mean of every field."""
        return {name: float(getattr(self, name).float().mean()) for name in TITLES}


TITLES = {
    "first": "named by the judge, first guess",
    "five": "among its first five",
    "colour": "thing's colour right",
    "ground": "ground's colour right",
    "control": "control: another prompt's thing named",
    "guide": "the guide's own score, a cosine",
}


@torch.no_grad()
def judge_pictures(
    judge: PictureJudge, guide: Scorer, prompts: list[EvaluationPrompt], pictures: Tensor
) -> PictureVerdict:
    """Judge pictures that are ordered like the prompts, seed by seed."""
    all_prompts = prompts * (len(pictures) // len(prompts))
    expected = labels_of(all_prompts)
    ranking = torch.cat([judge(p) for p in pictures.split(32)]).argsort(dim=1, descending=True)
    hits = ranking[:, :5] == expected.subject.unsqueeze(1)
    thing, ground = measure_colours(pictures)
    other_subjects = expected.subject.unsqueeze(0)
    is_other = other_subjects != expected.subject.unsqueeze(1)
    small = F.interpolate(pictures, size=(SIDE, SIDE), mode="area")
    image_vectors = torch.cat([guide.encode_images(p)[1] for p in small.split(32)])
    return PictureVerdict(
        hits[:, 0],
        hits.any(1),
        (thing == expected.colour)[expected.colour != NATURAL],
        (ground == expected.ground)[expected.ground != PLAIN],
        (ranking[:, :1] == other_subjects)[is_other],
        (image_vectors * guide.text(token_buckets([a.text for a in all_prompts]))).sum(1),
    )
