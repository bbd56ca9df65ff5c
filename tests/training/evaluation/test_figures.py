"""The figures of the table: sharpness, growth of a film, and the blind sheet's order."""

from collections import Counter

import torch
from torch.nn import functional as F

from training.evaluation.blind_sheet import blind_prompts, key_of, shuffled, thumbnails
from training.evaluation.film_growth import correlation_with_last, growth, standstill
from training.evaluation.sharpness import edge_gradient, laplacian_variance, mean_gradient


def test_a_blurred_picture_is_less_sharp() -> None:
    sharp = torch.zeros(1, 3, 32, 32)
    sharp[:, :, :, 16:] = 1
    soft = F.avg_pool2d(F.pad(sharp, (3, 3, 3, 3), mode="replicate"), 7, 1)
    assert float(laplacian_variance(soft)) < 0.1 * float(laplacian_variance(sharp))
    assert float(edge_gradient(soft)) < 0.2 * float(edge_gradient(sharp))
    assert float(mean_gradient(soft)) <= 1.01 * float(mean_gradient(sharp))


def test_a_film_that_grows() -> None:
    generator = torch.Generator().manual_seed(3)
    start = torch.rand(1, 3, 64, 64, generator=generator)
    end = torch.rand(1, 3, 64, 64, generator=generator)
    share = torch.linspace(0, 1, 21).view(-1, 1, 1, 1)
    film = start * (1 - share) + end * share
    curve = growth(film)
    assert len(curve) == 11 and abs(float(curve[0])) < 0.1 and float(curve[-1]) > 0.999
    assert bool((curve.diff() > 0).all())
    assert standstill(film) > 0.01


def test_a_film_that_stands_still() -> None:
    film = torch.rand(1, 3, 32, 32).expand(12, 3, 32, 32)
    assert float(correlation_with_last(film).min()) > 0.999
    assert standstill(film) == 0


def test_sixty_prompts_of_four_kinds() -> None:
    kinds = Counter(kind for kind, _ in blind_prompts())
    assert kinds == {"plain": 30, "coloured": 10, "mixed": 5, "ambitious": 15}


def test_the_key_tells_what_the_sheet_does_not() -> None:
    prompts = shuffled(blind_prompts(), 1)
    assert prompts != blind_prompts() and sorted(prompts) == sorted(blind_prompts())
    assert key_of(prompts).splitlines()[11].startswith("2.2\t")
    assert thumbnails(torch.rand(2, 3, 256, 256)).shape == (2, 3, 192, 192)
