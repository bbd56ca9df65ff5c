"""What holds a latent back while the guides draw it on."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Pull:
    """Toward the latent of the init: weight / 2 times the mean squared difference (Crowson 2021).

    Toward that latent and not toward zero, which would only make the picture grey.
    """

    home: Tensor  # [1, e, h, w]
    weight: float

    def __call__(self, latent: Tensor) -> tuple[float, Tensor]:
        """The loss, and its gradient on the latent."""
        away = latent.detach() - self.home
        loss = self.weight / 2 * away.square().mean().item()
        return loss, away * (self.weight / away.numel())
