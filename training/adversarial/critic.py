"""The critic of the autoencoder's last third: it tells real squares of 30 px from made ones."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm


class PatchCritic(nn.Module):
    """Pictures [n, 3, h, w], 0..1 -> how real each patch looks [n, 1, h / 4 - 2, w / 4 - 2].

    After Isola et al. 2017, with the spectral norm of Miyato et al. 2018 in place of batch norms.
    """

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 128)) -> None:
        super().__init__()
        first, second, third = widths
        self.layers = nn.Sequential(
            spectral_norm(nn.Conv2d(3, first, 4, 2, 1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(first, second, 4, 2, 1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(second, third, 4, 1, 1)),
            nn.LeakyReLU(0.2),
            spectral_norm(nn.Conv2d(third, 1, 4, 1, 1)),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Return how real each patch looks."""
        return self.layers(pictures * 2 - 1)  # type: ignore[no-any-return]

    def loss(self, made: Tensor, real: Tensor) -> Tensor:
        """Return the hinge loss of the critic itself."""
        said = self(torch.cat([made.detach(), real]))
        fake, true = said.chunk(2)
        return (F.relu(1 + fake).mean() + F.relu(1 - true).mean()) / 2


def critic_weight(pixels: Tensor, criticism: Tensor, last: Tensor, share: float = 0.3) -> Tensor:
    """Return the factor of the criticism (Esser et al. 2021, equation 7).

    At the `last` weights its gradient becomes `share` of that of the pixel losses.
    """
    pull = torch.autograd.grad(pixels, last, retain_graph=True)[0].norm()
    push = torch.autograd.grad(criticism, last, retain_graph=True)[0].norm()
    weight: Tensor = share * (pull / (push + 1e-4)).clamp(0, 1e3)
    return weight.detach()
