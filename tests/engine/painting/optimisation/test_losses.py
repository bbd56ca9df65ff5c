"""Distances, weights, stops and the clamp: the formulas of VQGAN+CLIP."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.painting.optimisation.losses import EmbeddingTarget, clamp_with_grad, spherical_distance


def unit(*values: float) -> Tensor:
    return normalize(torch.tensor([values]), dim=-1)


def at_angle(degrees: float) -> Tensor:
    return torch.tensor([[math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]])


@pytest.mark.parametrize("degrees", [10.0, 60.0, 90.0, 150.0])
def test_distance_is_half_the_squared_angle(degrees: float) -> None:
    distance = spherical_distance(at_angle(degrees), at_angle(0))
    assert distance.item() == pytest.approx(math.radians(degrees) ** 2 / 2, rel=1e-4)


def test_distance_of_opposite_vectors_has_a_finite_gradient() -> None:
    view = unit(-1.0, 0.0).requires_grad_()
    spherical_distance(view, unit(1.0, 0.0)).sum().backward()
    assert view.grad is not None and view.grad.isfinite().all()


def pull(weight: float, stop: float = -math.inf, degrees: float = 60) -> tuple[float, Tensor]:
    """Value of a one-phrase target, and its gradient on a view."""
    view = at_angle(degrees).requires_grad_()
    value = EmbeddingTarget(at_angle(0), [weight], [stop])(view)
    (gradient,) = torch.autograd.grad(value.sum(), view)
    return value.item(), gradient


def test_weight_scales_value_and_gradient() -> None:
    one, gradient = pull(1.0)
    three, tripled = pull(3.0)
    assert three == pytest.approx(3 * one)
    assert torch.allclose(tripled, 3 * gradient)


def test_negative_weight_pushes_the_other_way() -> None:
    value, towards = pull(1.0)
    opposite, away = pull(-1.0)
    assert opposite == pytest.approx(-value)
    assert torch.allclose(away, -towards)


def test_stop_ends_the_pull_but_stays_in_the_value() -> None:
    value = math.radians(60) ** 2 / 2
    assert pull(1.0, stop=value - 0.1)[1].abs().sum() > 0  # not there yet
    reached, gradient = pull(1.0, stop=value + 0.1)
    assert reached == pytest.approx(value, rel=1e-4)
    assert gradient.abs().sum() == 0


def test_stop_of_a_negative_weight_is_negative() -> None:
    value = -(math.radians(60) ** 2) / 2
    assert pull(-1.0, stop=value - 0.1)[1].abs().sum() > 0
    assert pull(-1.0, stop=value + 0.1)[1].abs().sum() == 0


def test_clamp_lets_a_gradient_pull_back_but_not_push_out() -> None:
    x = torch.tensor([-0.5, -0.5, 0.5, 0.5, 1.5, 1.5], requires_grad=True)
    downhill = torch.tensor([-1.0, 1.0, -1.0, 1.0, -1.0, 1.0])  # a step goes against its sign
    clamped = clamp_with_grad(x)
    assert clamped.tolist() == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0]
    clamped.backward(downhill)
    assert x.grad is not None
    assert x.grad.tolist() == [-1.0, 0.0, -1.0, 1.0, 0.0, 1.0]


def test_a_style_turns_a_picture_less_than_what_it_shows() -> None:
    """With the weights 1 and 0.6 the least loss is at 0.6 / 1.6 of the angle to the style."""
    for between in (40.0, 90.0):
        both = torch.cat([at_angle(0), at_angle(between)])
        target = EmbeddingTarget(both, [1.0, 0.6], [-math.inf, -math.inf])
        angles = torch.arange(0, between, 0.5).tolist()
        losses = [target(at_angle(angle)).item() for angle in angles]
        assert angles[losses.index(min(losses))] == pytest.approx(between * 0.6 / 1.6, abs=0.5)
