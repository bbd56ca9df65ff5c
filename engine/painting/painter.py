"""VQGAN+CLIP (Crowson 2021): a latent is optimised until the guides see the words in it."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.images.inputs import Pictures, no_images
from engine.models import LoadedModels
from engine.painting import memory_budget
from engine.painting.cutouts import apply_cutouts, sample_cutouts
from engine.painting.initial_latent import as_codes, initial_latent
from engine.painting.losses import InitLoss, clamp_with_grad
from engine.painting.motion import move_picture
from engine.painting.optimizers import OPTIMIZERS, moments, restore_moments
from engine.painting.plan import Plan
from engine.painting.resize import cover, resized, size_from_init
from engine.painting.scenes import SceneTargets, scenes_of
from engine.painting.style import CROPS, colour_transfer
from store.request.request import DrawRequest

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Step:
    """A moment of the painting; step 0 is its start, before the first correction.

    The loss belongs to this very image. `state` must be called before the next step is asked for.
    """

    number: int
    total: int
    loss: float
    image: Tensor  # [3, height, width], 0..1, of the final size
    state: Callable[[], dict[str, Tensor]]


def paint(
    request: DrawRequest,
    models: LoadedModels,
    resume: Mapping[str, Tensor] | None = None,
    pictures: Pictures = no_images,
    plan: Plan | None = None,
) -> Iterator[Step]:
    """Yields total + 1 steps. `resume` is an earlier step's state: it yields that step again first.

    The plan is that of the models, unless there is little memory (`engine.memory.fitted`).

    The request must carry a seed; on the CPU, with as many threads, a seed means the same bytes.
    `pictures` gives those that the request names, the same ones when it is resumed.
    """
    if request.seed is None:
        raise ValueError("a request without a seed cannot be painted again")
    request = size_from_init(request, models, pictures)
    painting = _Painting(request, models, pictures, plan or models.plan(request))
    number = painting.restore(resume) if resume else painting.begin()
    while True:
        finished = number == painting.plan.total
        image, loss, gradient = painting.look(number, with_gradient=not finished)
        yield Step(number, painting.plan.total, loss, image, painting.snapshot(number))
        if finished:
            return
        number += 1
        painting.correct(gradient, number)


class _Painting:
    """The latent, its optimiser and its chance."""

    def __init__(
        self, request: DrawRequest, models: LoadedModels, pictures: Pictures, plan: Plan
    ) -> None:
        self.plan = plan
        self.vqgan = models.vqgan
        self.device = self.vqgan.codebook.device

        def here(source: str) -> Tensor:
            return pictures(source).to(self.device)

        self.scenes: tuple[SceneTargets, ...] = scenes_of(request, models, plan, here)
        first = self.scenes[0]
        self.drafts = models.drafts(request.scenes[0], first.targets if request.targets else ())
        self.tinted = colour_transfer(request, here)
        self.pull: InitLoss | None = None
        if request.init is not None:
            picture = cover(here(request.init), self.plan.height, self.plan.width)
            self.pull = InitLoss(as_codes(self.tinted(picture), self.vqgan), self.plan.init_weight)
        self.generator = torch.Generator().manual_seed(request.seed or 0)
        self.low = self.vqgan.codebook.amin(0).view(1, -1, 1, 1)
        self.high = self.vqgan.codebook.amax(0).view(1, -1, 1, 1)

    def begin(self) -> int:
        plan = self.plan
        if self.pull is not None:
            self._take(self.pull.home)
            return 0
        how = (plan.init_noise, self.vqgan, plan.stage_size(0))
        latent = initial_latent(*how, self._judge_sketch, self.generator, drafts=self.drafts)
        if self.scenes[0].crops:
            latent = as_codes(self.tinted(self.vqgan.decode(latent).clamp(0, 1)), self.vqgan)
        self._take(latent)
        return 0

    def _take(self, latent: Tensor) -> None:
        """Makes a latent the one that is painted on, with a fresh optimiser."""
        self.latent = latent.clone().requires_grad_(True)
        self.optimizer = OPTIMIZERS[self.plan.optimizer].make([self.latent])

    @torch.no_grad()
    def _judge_sketch(self, pictures: Tensor) -> Tensor:
        """Distance [n] of small whole square pictures to the first scene.

        Against the mean of all that a guide knows: some pictures please it whatever the words.
        """
        total = torch.zeros(len(pictures))
        for guide, target in self.scenes[0].targets:
            sized = F.interpolate(pictures, size=(guide.side, guide.side), mode="bilinear")
            seen = guide.encode_image(sized.to(self.device))
            marks = target(seen)
            mean = guide.baseline()
            if mean is not None:
                marks = marks + 0.5 * target.weights.sum() * (seen @ mean)
            total += marks.cpu()
        return total

    def look(self, number: int, *, with_gradient: bool) -> tuple[Tensor, float, Tensor | None]:
        """The picture as it is [3, h, w], its loss, and the latent's gradient.

        Where memory runs out it looks once more, at fewer views together from here on.
        """
        self.chance = self.generator.get_state()  # a resumed painting draws the same views again
        try:
            return self._look(number, with_gradient)
        except Exception as error:
            if (
                not memory_budget.is_out_of_memory(error)
                or self.plan.chunk <= memory_budget.FEWER_CUTOUTS
            ):
                raise
        # Only here, after the error is gone, are the tensors of the first try free.
        memory_budget.empty_cache()
        log.warning("memory ran out; trying with %s views at a time", memory_budget.FEWER_CUTOUTS)
        self.plan = replace(self.plan, chunk=memory_budget.FEWER_CUTOUTS)
        self.generator.set_state(self.chance)
        return self._look(number, with_gradient)

    def _look(self, number: int, with_gradient: bool) -> tuple[Tensor, float, Tensor | None]:
        with torch.set_grad_enabled(with_gradient):
            decoded = clamp_with_grad(self.vqgan.decode(self.vqgan.quantise(self.latent)))
            loss, upstream = self._judge(decoded.detach(), self._scene(number), with_gradient)
            gradient = None
            if with_gradient:
                (gradient,) = torch.autograd.grad(decoded, self.latent, upstream)
        if self.pull is not None:
            strain, back = self.pull(self.latent)
            loss += strain
            gradient = None if gradient is None else gradient + back
        image = resized(decoded.detach(), (self.plan.height, self.plan.width))
        return image[0].float().cpu(), loss, gradient

    def _scene(self, number: int) -> SceneTargets:
        return self.scenes[self.plan.scene(number)]

    def _judge(
        self, picture: Tensor, scene: SceneTargets, with_gradient: bool
    ) -> tuple[float, Tensor | None]:
        """Mean loss over random views, and its gradient on the picture, summed chunk by chunk."""
        leaf = picture.requires_grad_(with_gradient)
        size = (leaf.shape[2], leaf.shape[3])
        total = 0.0
        whole = [(guide, target, self.plan.cutting) for guide, target in scene.targets]
        small = [(guide, target, CROPS) for guide, target in scene.crops]
        for guide, target, cutting in whole + small:
            count = self.plan.cutouts
            views = sample_cutouts(cutting, count, size, guide.side, self.generator)
            for chunk in views.to(self.device).chunks(self.plan.chunk):
                marks = target(guide.encode_image(apply_cutouts(leaf, chunk)))
                loss = marks.sum() / (count * scene.weight)
                if with_gradient:
                    loss.backward()
                total += loss.item()
        return total, leaf.grad

    def correct(self, gradient: Tensor | None, number: int) -> None:
        """One step of the optimiser, kept inside the codebook's range; then the picture may move.

        A new stage, and a frame of a film that moves, are encoded anew.
        """
        self.latent.grad = gradient
        calm = self.plan.stage(number - 1).calm
        self.optimizer.param_groups[0]["lr"] = self.plan.learning_rate / calm
        self.optimizer.step()
        with torch.no_grad():
            self.latent.copy_(self.latent.maximum(self.low).minimum(self.high))
            size, moves = self._size_after(number), self.plan.moves_after(number)
            if size == self._size() and not moves:
                return
            picture = self.vqgan.decode(self.vqgan.quantise(self.latent)).clamp(0, 1)
            if moves and self.plan.motion is not None:
                picture = move_picture(picture, self.plan.motion)
            self._take(self.vqgan.encode(resized(picture, size)))

    def _size(self) -> tuple[int, int]:
        """(height, width) that the picture is painted at."""
        cell = self.vqgan.shape.cell
        return self.latent.shape[2] * cell, self.latent.shape[3] * cell

    def _size_after(self, number: int) -> tuple[int, int]:
        """Only a new scene makes it smaller: what was resumed with more steps keeps its size."""
        size, now = self.plan.stage_size(number), self._size()
        begins = (number - 1) % self.plan.steps == 0
        return size if begins or size > now else now

    def snapshot(self, number: int) -> Callable[[], dict[str, Tensor]]:
        chance = self.chance

        def state() -> dict[str, Tensor]:
            return {
                "number": torch.tensor(number),
                "latent": self.latent.detach().cpu().clone(),
                "chance": chance,
                **moments(self.optimizer, self.latent, self.plan.optimizer),
            }

        return state

    def restore(self, state: Mapping[str, Tensor]) -> int:
        self._take(state["latent"].to(self.device))
        self.generator.set_state(state["chance"])
        restore_moments(self.optimizer, state, self.plan.optimizer)
        return int(state["number"])
