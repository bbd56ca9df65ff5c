"""The picture, the loss and the gradient at one or several latents, computed together.

The latents go through the decoder as one batch, and the cutouts that a guide sees of all pictures
through the guide. The loss of the batch is the sum of all losses, so each gradient is its own.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.defaults import CutoutParams
from engine.guides.guide import Guide
from engine.kernels.noise_bank import NoiseBank
from engine.networks.vqgan import VQGAN
from engine.painting.conditioning import SceneTargets
from engine.painting.cutouts import Cutouts, apply_cutouts, sample_cutouts
from engine.painting.optimisation.losses import EmbeddingTarget, clamp_with_grad, pull_back
from engine.painting.plan import Plan

# A power of two changes no digit, and keeps the gradients of fp16 above its smallest number.
SCALE = 2.0**12


@dataclass(frozen=True)
class GuideInput:
    """The random cutouts of one picture that a guide sees, and what they are moved towards."""

    guide: Guide
    target: EmbeddingTarget
    params: CutoutParams
    cutouts: Cutouts
    scale: float  # of the sum of distances, which makes it a mean
    chunk: int  # cutouts encoded together: bounds the memory, changes nothing but the rounding

    @property
    def kind(self) -> Hashable:
        """Return what is the same for all that are encoded together."""
        return self.guide, self.params, len(self.cutouts.shrink), self.chunk


@dataclass(frozen=True)
class StepInput:
    """What a step of one painting is computed from."""

    vqgan: VQGAN
    latent: Tensor  # [1, c, h, w]
    guides: tuple[GuideInput, ...]
    roll: tuple[int, int]  # of the picture, down and to the right, before the guides see it
    with_gradient: bool

    @property
    def kind(self) -> Hashable:
        """Return what is the same for all that are decoded together."""
        return self.vqgan, self.latent.shape, self.with_gradient


@dataclass(frozen=True)
class Evaluation:
    """What a step computes at a latent."""

    picture: Tensor  # [1, 3, h, w] as painted
    loss: Tensor  # []
    gradient: Tensor | None  # [1, c, h, w] by the latent
    batch: int = 1  # paintings that were computed together

    def plus(self, loss: Tensor, gradient: Tensor) -> "Evaluation":
        """Return it with another loss of the same latent, and its gradient where it has one."""
        both = None if self.gradient is None else self.gradient + gradient
        return Evaluation(self.picture, self.loss + loss, both, self.batch)


Compute = Callable[[StepInput], Evaluation]


def step_input(
    vqgan: VQGAN,
    latent: Tensor,
    scene: SceneTargets,
    plan: Plan,
    generator: torch.Generator,
    *,
    bank: NoiseBank | None,
    with_gradient: bool,
) -> StepInput:
    """Sample the cutouts of a step and return all that it is computed from.

    The mean distance is divided by the scene's sum of weights, so that the learning rate does not
    depend on how many phrases there are. Of a picture whose edges meet, the cutouts see another
    part in the middle at each step. bank: `noise_bank`.
    """
    cell = vqgan.shape.cell
    size = latent.shape[2] * cell, latent.shape[3] * cell
    rolled = sample_roll(size, generator) if plan.tile else (0, 0)
    count = plan.cutouts
    scale = count * scene.weight
    guides = tuple(
        GuideInput(
            guide,
            target,
            params,
            sample_cutouts(params, count, size, guide.side, generator, bank=bank).to(latent.device),
            scale,
            plan.chunk,
        )
        for guide, target, params in scene.seen_by(plan.cutout_params)
    )
    return StepInput(vqgan, latent, guides, rolled, with_gradient)


def noise_bank(
    scenes: Sequence[SceneTargets], plan: Plan, seed: int, device: torch.device
) -> NoiseBank | None:
    """Return the noise of the cutouts of a painting; None if it is drawn anew at each step."""
    if not plan.cutout_params.noise_bank:
        return None
    seen = [guide for scene in scenes for guide, *_ in scene.seen_by(plan.cutout_params)]
    return NoiseBank(seed, 3 * max(guide.side**2 for guide in seen), device)


def evaluate(inputs: Sequence[StepInput]) -> list[Evaluation]:
    """Return what a step computes of each painting; all inputs must be of the same kind."""
    first = inputs[0]
    latents = _joined([one.latent.detach() for one in inputs])
    latents.requires_grad_(first.with_gradient)
    with torch.set_grad_enabled(first.with_gradient):
        decoded = clamp_with_grad(first.vqgan.decode(first.vqgan.quantise(latents)))
        pictures = decoded.detach()
        losses, upstream = guide_losses(inputs, pictures)
        if upstream is None:
            gradients: list[Tensor | None] = [None] * len(inputs)
        else:
            gradients = [*pull_back(decoded, latents, upstream).split(1)]
    rows = zip(pictures.split(1), losses, gradients, strict=True)
    return [Evaluation(*row, len(inputs)) for row in rows]


def alone(one: StepInput) -> Evaluation:
    """Return what a step computes of one painting, without others."""
    return evaluate([one])[0]


def guide_losses(
    inputs: Sequence[StepInput], pictures: Tensor
) -> tuple[list[Tensor], Tensor | None]:
    """Return the loss of each picture, and the gradients by the pictures [n, 3, h, w].

    Both are summed over batches of cutouts.
    """
    rolls = [one.roll for one in inputs]
    leaf = _rolled(pictures, rolls).detach().requires_grad_(inputs[0].with_gradient)
    totals = [torch.zeros((), device=pictures.device) for _ in inputs]
    kinds: dict[Hashable, list[tuple[int, GuideInput]]] = {}
    for row, one in enumerate(inputs):
        for guide in one.guides:
            kinds.setdefault(guide.kind, []).append((row, guide))
    for alike in kinds.values():
        rows = [row for row, _ in alike]
        guides = [guide for _, guide in alike]
        everyone = rows == [*range(len(leaf))]
        for cutouts in zip(*(guide.cutouts.chunks(guide.chunk) for guide in guides), strict=True):
            losses = _losses(guides, leaf if everyone else leaf[rows], cutouts)
            if leaf.requires_grad:
                (torch.stack(losses).sum() * SCALE).backward()
            for row, loss in zip(rows, losses, strict=True):
                totals[row] += loss.detach()
    if leaf.grad is None:
        return totals, None
    return totals, _rolled(leaf.grad / SCALE, [(-down, -right) for down, right in rolls])


def _losses(
    guides: Sequence[GuideInput], pictures: Tensor, cutouts: Sequence[Cutouts]
) -> list[Tensor]:
    """Return the part of each picture's loss [] that is that of these cutouts."""
    embeddings = guides[0].guide.encode_image(apply_cutouts(pictures, Cutouts.joined(cutouts)))
    parts = embeddings.split(len(embeddings) // len(guides))
    return [one.target(part).sum() / one.scale for one, part in zip(guides, parts, strict=True)]


def sample_roll(size: tuple[int, int], generator: torch.Generator) -> tuple[int, int]:
    """Sample how far to roll a picture of size (height, width), in pixels."""
    shares = torch.rand(2, generator=generator).tolist()
    return int(shares[0] * size[0]), int(shares[1] * size[1])


def _rolled(pictures: Tensor, by: Sequence[tuple[int, int]]) -> Tensor:
    if not any(map(any, by)):
        return pictures
    rows = zip(pictures.split(1), by, strict=True)
    return _joined([torch.roll(picture, shift, (2, 3)) for picture, shift in rows])


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(list(tensors))
