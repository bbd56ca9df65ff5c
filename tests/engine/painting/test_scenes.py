"""Scenes, films that move, and all that changes how a picture is painted, on the pocket models."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from engine.defaults import Stage
from engine.images.inputs import no_images
from engine.images.motion import Motion, move_picture
from engine.models import LoadedModels
from engine.painting.conditioning import SceneTargets, scene_targets
from engine.painting.optimisation.optimizers import OPTIMIZERS
from engine.painting.painter import paint
from engine.painting.plan import notices_for, plan_for
from engine.painting.resize import resize_and_crop
from engine.painting.start.initial_latent import COLOURS, Sketches
from store.request import options
from store.request.request import DrawRequest
from tests.fixtures.painting import asked, last

pytestmark = pytest.mark.thorough


def in_one_stage(models: LoadedModels) -> LoadedModels:
    """They paint at the full size from the start, as published VQGANs do."""
    defaults = replace(models.defaults, stages=(Stage(1.0, 1.0),))
    return replace(models, defaults=defaults, prior=None, prior_guide=None)


def ramp(height: int, width: int) -> Tensor:
    """Red grows to the right, green downwards."""
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    return torch.stack([x / width, y / height, torch.zeros_like(x)]).unsqueeze(0)


def test_each_scene_takes_its_steps_and_changes_the_picture(models: LoadedModels) -> None:
    prompt = "red circle on a white background ^ blue circle on a yellow background"
    request = asked(prompt, steps=16, cutouts=6, init_noise="scored")
    steps = list(paint(request, models))
    assert [step.number for step in steps] == list(range(33)) and steps[0].total == 32
    first, next_, second = (steps[number].image for number in (16, 17, 32))
    assert (first - next_).abs().mean() < 0.1  # it goes on from there
    middle = slice(24, 40)
    red, rest = (float(i[0, middle, middle].mean()) for i in (first, second))
    assert red > 0.8 and rest < red - 0.3
    assert steps[32].loss < 0.9 * steps[16].loss  # both are judged by the second scene


def test_a_painting_resumes_in_the_middle_of_a_scene(models: LoadedModels) -> None:
    request = asked("cat ^ dog", every=1, zoom=1.1)
    whole, states = [], []
    for step in paint(request, models):
        whole.append(step)
        states.append(step.state())
    for number in (4, 5, 7):
        resumed = list(paint(request, models, states[number]))
        assert len(resumed) == 9 - number
        for again, first in zip(resumed, whole[number:], strict=True):
            assert torch.equal(again.image, first.image) and again.loss == first.loss


def test_more_steps_go_on_from_a_finished_picture_at_its_size(models: LoadedModels) -> None:
    done = last(paint(asked(), models))
    again = list(paint(asked(steps=9), models, done.state()))
    assert torch.equal(again[0].image, done.image) and again[-1].number == 9
    assert {step.state()["latent"].shape for step in again} == {(1, 32, 8, 8)}


def test_the_film_shows_all_scenes(models: LoadedModels) -> None:
    one, three = (plan_for(asked(prompt, steps=200), models).film for prompt in ("a", "a ^ b ^ c"))
    assert three.steps[-1] == 600 and three.seconds > one.seconds
    for scene in range(3):
        assert sum(200 * scene < step <= 200 * (scene + 1) for step in three.steps) >= 30


@pytest.mark.parametrize(
    ("motion", "red", "green"),
    [
        (Motion(shift=(8, 0)), (0.5, 0.375), (0.5, 0.5)),  # what was on the left is in the middle
        (Motion(shift=(0, -16)), (0.5, 0.5), (0.5, 0.75)),
        (Motion(zoom=2.0), (0.0, 0.25), (0.0, 0.25)),  # the corner shows the middle of its quarter
        (Motion(zoom=0.5), (0.0, 0.5), (0.0, 0.5)),  # beyond the border stands its mirror image
    ],
)
def test_a_move_carries_the_picture(
    motion: Motion, red: tuple[float, float], green: tuple[float, float]
) -> None:
    after = move_picture(ramp(64, 64), motion)[0]
    for channel, (place, value) in enumerate((red, green)):
        x = int((red[0] if channel == 0 else green[0]) * 64)
        assert after[channel, x, x] == pytest.approx(value, abs=0.02), place


def test_a_film_that_moves_has_a_frame_after_so_many_steps(models: LoadedModels) -> None:
    plan = plan_for(asked(steps=23, every=5, zoom=1.05), models)
    start = plan.motion_start
    assert 0 < start < 23 and plan.film.steps[0] == start and plan.film.steps[-1] == 23
    moves = [number for number in range(1, 24) if plan.moves_after(number)]
    assert moves == [step + 1 for step in plan.film.steps[:-1]]
    open_plan = plan_for(DrawRequest("cat", zoom=1.02), models)
    assert len(open_plan.film.steps) >= 60


def test_a_film_moves_the_way_that_was_asked_for(models: LoadedModels) -> None:
    """Each frame fits the one before better when that is moved as well."""
    plain = in_one_stage(models)
    shift = (8.0, 0.0)
    request = asked(steps=6, init_noise="codes", shift=shift, every=2, learning_rate=0.01)
    assert plan_for(request, plain).film.steps == (0, 2, 4, 6)
    frames = [step.image for step in paint(request, plain) if step.number % 2 == 0]

    def apart(way: tuple[float, float]) -> float:
        pairs = pairwise(frames)
        moves = [
            (move_picture(a.unsqueeze(0), Motion(shift=way))[0] - b).abs().mean() for a, b in pairs
        ]
        return float(sum(moves))

    assert apart(shift) < 0.7 * min(apart((0.0, 0.0)), apart((-8.0, 0.0)))


def only_scene(request: DrawRequest, models: LoadedModels) -> SceneTargets:
    (scene,) = scene_targets(request, models, plan_for(request, models), no_images)
    return scene


def test_a_noise_prompt_is_one_direction_for_a_seed(models: LoadedModels) -> None:
    def vectors(*prompts: tuple[int, float]) -> Tensor:
        scene = only_scene(asked("cat | кот", noise_prompts=prompts), models)
        ((_, target),) = scene.targets
        assert scene.weight == 2 + sum(abs(weight) for _, weight in prompts)
        return target.vectors

    assert len(vectors()) == 2
    noise = vectors((7, 1.0), (8, -0.5))[2:]
    assert torch.allclose(noise.norm(dim=1), torch.ones(2))
    assert torch.equal(noise[0], vectors((7, 3.0))[2]) and abs(float(noise[0] @ noise[1])) < 0.5


def test_a_noise_prompt_pulls_the_picture_its_way(models: LoadedModels) -> None:
    scene = only_scene(asked("cat", noise_prompts=((3, 1.0),)), models)
    ((guide, target),) = scene.targets

    def nearness(weight: float) -> float:
        noise = ((3, weight),)
        request = asked(steps=8, noise_prompts=noise, learning_rate=0.3, augment="none")
        image = last(paint(request, models)).image
        return float(guide.encode_image(image.unsqueeze(0))[0] @ target.vectors[1])

    assert nearness(20.0) > nearness(-20.0) + 0.1


QUICK = ("adam", "adagrad", "sgd")  # the others take as long, and differ less


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.long)
        for name in options.OPTIMIZERS
    ],
)
def test_every_optimiser_paints_towards_the_words(models: LoadedModels, name: str) -> None:
    request = asked("red circle", steps=14, optimizer=name)
    first, *_, end = paint(request, in_one_stage(models))
    assert end.loss < 0.95 * first.loss
    assert 0.04 < (end.image - first.image).abs().mean() < 0.2


def test_the_optimisers_are_those_that_a_request_may_name() -> None:
    assert tuple(OPTIMIZERS) == options.OPTIMIZERS


@pytest.mark.parametrize("name", ["radam", "adagrad", "sgd"])
def test_every_optimiser_remembers_across_a_resume(models: LoadedModels, name: str) -> None:
    request = asked(optimizer=name, steps=3)
    steps, states = [], []
    for step in paint(request, models):
        steps.append(step)
        states.append(step.state())
    assert torch.equal(last(paint(request, models, states[2])).image, steps[-1].image)


def test_a_larger_learning_rate_goes_further(models: LoadedModels) -> None:
    def way(rate: float) -> float:
        first, *_, end = paint(asked(learning_rate=rate), models)
        return float((end.image - first.image).abs().mean())

    assert way(0.001) < 0.5 * way(0.2)


def test_augmentations_and_power_reach_the_views(models: LoadedModels) -> None:
    usual = plan_for(asked(), models).cutout_params
    some = plan_for(asked(augment="noise, flip", cut_power=2.5), models).cutout_params
    assert (some.flip, some.noise, some.power) == (usual.flip, usual.noise, 2.5)
    assert (some.turn, some.shift, some.perspective, some.colour) == (0, 0, 0, 0)
    none = plan_for(asked(augment="none"), models).cutout_params
    assert {getattr(none, name) for name in options.AUGMENTATIONS} == {0}
    images = [last(paint(asked(**how), models)).image for how in ({}, {"augment": "none"})]
    assert not torch.equal(*images)


@pytest.mark.parametrize("size", [(96, 64), (64, 160), (256, 64), (200, 88)])
def test_small_stages_keep_the_proportion_of_the_sides(
    models: LoadedModels, size: tuple[int, int]
) -> None:
    plan = plan_for(asked(size=size), models)
    for number in range(5):
        height, width = plan.stage_size(number)
        assert width / height == pytest.approx(size[0] / size[1], rel=0.13)


def test_each_side_is_rounded_to_whole_cells_and_that_is_said(models: LoadedModels) -> None:
    request = asked(size=(101, 70), steps=1)
    assert last(paint(request, models)).image.shape == (3, 72, 104)
    (notice,) = notices_for(request, models)
    assert notice.key == "notice-size-rounded"
    assert notice.values == {"width": 104, "height": 72}


@pytest.mark.parametrize(("small", "large"), [((32, 96), (88, 200)), ((40, 32), (64, 64))])
def test_what_is_enlarged_is_not_squeezed(small: tuple[int, int], large: tuple[int, int]) -> None:
    disc = Sketches(
        COLOURS[:1], COLOURS[1:2].unsqueeze(1), torch.tensor([[[0, 0, 0.6, 0.6, 0, 0.0]]])
    ).render(*small)
    mask = (resize_and_crop(disc, large)[0] - COLOURS[0].view(3, 1, 1)).abs().sum(0) > 0.3
    high, wide = mask.any(1).sum(), mask.any(0).sum()
    assert abs(int(high) - int(wide)) <= 3


def test_a_disc_stays_round_in_a_wide_picture(models: LoadedModels) -> None:
    """Judged as a square sketch, painted small and enlarged, seen through views: still a disc."""
    request = asked("red circle on a white background", size=(160, 64), steps=5, cutouts=8)
    request = DrawRequest(**{**request.__dict__, "init_noise": "scored"})
    red = last(paint(request, models)).image
    mask = (red[0] - red[1] > 0.4).float()
    high, wide = float(mask.amax(1).sum()), float(mask.amax(0).sum())
    assert high > 20 and 0.75 < wide / high < 1.35
