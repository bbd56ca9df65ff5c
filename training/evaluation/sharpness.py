"""How sharp pictures are: Laplacian variance, and the gradients of their edges."""

import torch
from torch import Tensor
from torch.nn import functional as F

GREY = (0.299, 0.587, 0.114)
LAPLACIAN = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))


def luminance(pictures: Tensor) -> Tensor:
    """Return the luminance [n, 1, h, w] of pictures [n, 3, h, w]."""
    return (pictures * torch.tensor(GREY).view(1, 3, 1, 1)).sum(1, keepdim=True)


def laplacian_variance(pictures: Tensor) -> Tensor:
    """Return that of the luminance of each picture [n]."""
    kernel = torch.tensor(LAPLACIAN).view(1, 1, 3, 3)
    return F.conv2d(luminance(pictures), kernel).flatten(1).var(1)


def gradients(pictures: Tensor) -> Tensor:
    """Return the length of the luminance's gradient at each pixel [n, (h - 1) * (w - 1)]."""
    grey = luminance(pictures)[:, 0]
    across, down = grey.diff(dim=2)[:, :-1], grey.diff(dim=1)[:, :, :-1]
    return (across.square() + down.square()).sqrt().flatten(1)


def mean_gradient(pictures: Tensor) -> Tensor:
    """Return the mean of all gradients of each picture [n]."""
    return gradients(pictures).mean(1)


def edge_gradient(pictures: Tensor, share: float = 0.02) -> Tensor:
    """Return the mean of the strongest gradients of each picture [n]."""
    found = gradients(pictures)
    return found.topk(max(1, round(share * found.shape[1])), dim=1).values.mean(1)
