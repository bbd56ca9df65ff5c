"""The mutable state of one painting: latent, optimiser and random generator."""

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.drafters.codes import Codes
from engine.drafters.drafter import Drafter
from engine.images.finish import gouache
from engine.images.inputs import Pictures
from engine.images.motion import move_picture
from engine.images.tiles import tiled
from engine.models import LoadedModels
from engine.painting import memory_budget
from engine.painting.batch.evaluation import Compute, Evaluation, alone, noise_bank, step_input
from engine.painting.conditioning import SceneTargets, scene_targets
from engine.painting.optimisation.losses import InitLosses
from engine.painting.optimisation.optimizers import OPTIMIZERS, moments, restore_moments
from engine.painting.plan import Plan
from engine.painting.resize import cover, resize_and_crop
from engine.painting.schedule.enlargement import enlarge
from engine.painting.start.drafting import (
    best_drafts,
    decoded,
    draft_request,
    draft_state,
    draw_drafts,
)
from engine.painting.start.emergence import Emergence
from engine.painting.start.given import condition_map, given_codes
from engine.painting.start.initial_latent import as_codes, initial_latent
from engine.painting.start.prior import PriorDrafter, first_drafter, fitted_draft, marked_by_prior
from engine.painting.step import LateNumber, Step
from engine.painting.style import colour_transfer
from store.faults import is_out_of_memory
from store.request.request import SEEDS, DrawRequest

log = logging.getLogger(__name__)


class Painting:
    """Mutable state of one painting: latent, optimiser and random generator.

    Its rank is that of the draft that it begins with, 0 for the best one; where there are no drafts
    to choose from, its random numbers differ.
    """

    def __init__(
        self,
        request: DrawRequest,
        models: LoadedModels,
        pictures: Pictures,
        plan: Plan,
        compute: Compute = alone,
    ) -> None:
        self.plan = plan
        self.compute = compute
        self.rank = rank = (request.pick or 1) - 1
        self.vqgan = models.vqgan
        self.cell = self.vqgan.shape.cell
        self.vqgan.wrap(plan.tile)
        self.vqgan.keep_little(plan.recompute, on_host=plan.offload)
        self.device = self.vqgan.codebook.device

        def on_device(source: str) -> Tensor:
            return pictures(source).to(self.device)

        self.scenes: tuple[SceneTargets, ...] = scene_targets(request, models, plan, on_device)
        self.pictures = on_device
        self.drafted: Codes | None = None  # all drafts of the drafter
        self.request = request
        self.match_colours = colour_transfer(request, on_device)
        self.init_loss: InitLosses | None = None
        if request.init is not None:
            self.init_loss = InitLosses(partial(self._encoded, request.init), plan.init_weight)
        self.gradient: Tensor | None = None  # by the latent, of the newest step
        seed = ((request.seed or 0) + rank) % (SEEDS[1] + 1)
        self.generator = torch.Generator().manual_seed(seed)
        self.noise = noise_bank(self.scenes, plan, seed, self.device)
        targets = self.scenes[0].targets if request.targets else ()
        # The random numbers that make drafts are those of the first picture, whichever this is.
        chance = torch.Generator().manual_seed(request.seed or 0) if rank else self.generator
        self.drafter: Drafter | None = models.drafter or first_drafter(
            models, request, targets, plan, chance
        )
        self.emergence = Emergence(self.vqgan, seed, plan.emergence_steps)
        self.low, self.high = (b.view(1, -1, 1, 1) for b in self.vqgan.codebook.aminmax(dim=0))

    def latents(self, count: int) -> list[Tensor]:
        """Return the latents of the best drafts, so many; none without drafts."""
        if self.drafted is None:
            return []
        is_prior = isinstance(self.drafter, PriorDrafter)
        score = marked_by_prior(self._score) if is_prior else self._score
        fit = fitted_draft if is_prior else resize_and_crop
        size = self.plan.stage_size(0)
        drafts = best_drafts(self.drafted, self.vqgan, score, count)
        # Without steps the draft is the picture; the prior's is smaller than any picture.
        as_it_is = drafts[0].picture.shape[2:] == size or not (self.plan.total or is_prior)
        fitted = None if as_it_is else lambda picture: fit(picture, size)
        return [draft.latent(self.vqgan, fitted) for draft in drafts]

    def start(self, latent: Tensor | None) -> None:
        """Begin with a latent; with None the plan says with which."""
        size = self.plan.stage_size(0)
        if self.init_loss is not None:
            self._set_latent(self.init_loss.at(self._cells(size)).init)
            return
        if latent is None:
            kind = self.plan.init_noise
            latent = initial_latent(kind, self.vqgan, size, self._score, self.generator)
        if self.scenes[0].style_targets:
            picture = self.vqgan.decode(latent).clamp(0, 1)
            latent = as_codes(self.match_colours(picture), self.vqgan)
        self._set_latent(latent)

    def draft(
        self, shown: int, resume: Mapping[str, Tensor] | None, seeds: tuple[int, ...] = ()
    ) -> Iterator[Step]:
        """Draw the drafts; yield a Step that shows so many of them now and then.

        resume: the state of such a Step. seeds: of `DraftRequest`.
        """
        if self.drafter is None or self.init_loss is not None:
            return
        where = (self.drafter, self.vqgan, self.plan, self.pictures)
        given = given_codes(self.request, *where)
        condition = condition_map(self.request, *where)
        wanted = draft_request(self.request, self.drafter, self.plan, given, condition, seeds=seeds)
        known = Codes.restored(resume) if resume else None
        codes = None
        for codes in draw_drafts(self.drafter, wanted, known):
            if not codes.complete:
                yield self.draft_step(codes, shown)
        assert codes is not None, "the last codes are yielded"
        self.drafted = codes

    def draft_step(self, codes: Codes, shown: int) -> Step:
        """Return a Step that shows so many of the drafts as far as they are known."""
        pictures = decoded(codes.first(shown), self.vqgan)
        images = [self._delivered(one) for one in pictures.split(1)]
        image = images[0] if shown == 1 else tiled(images)
        total = self.plan.total
        return Step(
            0, total, math.nan, lambda: image, draft_state(codes), lambda: image, drawn=codes.drawn
        )

    def _encoded(self, source: str, rows: int, columns: int) -> Tensor:
        """Return a picture as a latent [1, e, rows, columns] of codes."""
        picture = cover(self.pictures(source), rows * self.cell, columns * self.cell)
        return as_codes(self.match_colours(picture), self.vqgan)

    def _set_latent(self, latent: Tensor) -> None:
        """Replace the latent, with a new optimiser for it."""
        self.latent = latent.clone().requires_grad_(True)
        self.optimizer = OPTIMIZERS[self.plan.optimizer].make(self.latent)

    @torch.no_grad()
    def _score(self, pictures: Tensor) -> Tensor:
        """Return the distance [n] of the middle of small pictures [n, 3, h, w] to the first scene.

        The similarity to the guide's mean text is subtracted: some pictures score well with any
        text.
        """
        total = torch.zeros(len(pictures))
        square = resize_and_crop(pictures, (min(pictures.shape[2:]),) * 2)
        for guide, target in self.scenes[0].targets:
            resized = F.interpolate(square, size=(guide.side, guide.side), mode="bilinear")
            embeddings = guide.encode_image(resized.to(self.device))
            scores = target(embeddings)
            if (mean := guide.baseline()) is not None:
                scores = scores + 0.5 * target.weights.sum() * (embeddings @ mean)
            total += scores.cpu()
        return total

    def step(self, number: int, *, last: bool) -> Step:
        """Return the picture after `number` steps; its gradient is kept for `advance`.

        last: it gets its finish, and has no gradient. All is queued on the device; nothing waits.
        """
        evaluation = self._with_init(self._evaluate(number, last))
        picture, self.gradient = evaluation.picture, evaluation.gradient
        state, late = self._state_after(number), LateNumber(evaluation.loss)

        @cache
        def image() -> Tensor:
            return self._delivered(self._finished(picture) if last else picture)

        def frame() -> Tensor:
            if not self.emergence.lasts_at(number):
                return image()
            return self._delivered(self.emergence.picture(self.latent.detach(), number))

        batch = evaluation.batch
        return Step(number, self.plan.total, late, image, state, frame, last=last, batch=batch)

    def _delivered(self, picture: Tensor) -> Tensor:
        """Copy a picture [1, 3, h, w] to the host, at its final size [3, height, width]."""
        resized = resize_and_crop(picture, (self.plan.height, self.plan.width))
        return resized[0].float().cpu()

    def _evaluate(self, number: int, last: bool) -> Evaluation:
        """Return the picture as painted, its loss, and the gradient by the latent.

        If memory runs out, try again with the same cutouts in smaller batches, now and later.
        """
        # From here a resumed painting samples the same cutouts again.
        self.rng_state = self.generator.get_state()
        try:
            return self._try(number, last)
        except Exception as error:
            if not is_out_of_memory(error) or memory_budget.is_thrifty(self.plan):
                raise
        memory_budget.empty_cache()  # only with the exception gone are its tensors free
        log.warning("memory ran out; trying with %s views at a time", memory_budget.FEWER_CUTOUTS)
        self.plan = memory_budget.thrifty(self.plan)
        self.vqgan.keep_little(self.plan.recompute, on_host=self.plan.offload)
        self.generator.set_state(self.rng_state)
        return self._try(number, last)

    def _try(self, number: int, last: bool) -> Evaluation:
        scene, plan = self.scenes[self.plan.scene(number)], self.plan.at(number)
        given = self.vqgan, self.latent, scene, plan, self.generator
        return self.compute(step_input(*given, bank=self.noise, with_gradient=not last))

    def _with_init(self, found: Evaluation) -> Evaluation:
        """Return an evaluation with the loss towards the init, if there is one."""
        if self.init_loss is None:
            return found
        return found.plus(*self.init_loss.at(self.latent.shape[2:])(self.latent))

    def _finished(self, picture: Tensor) -> Tensor:
        """Return the last picture [1, 3, h, w] as it is delivered: with its finish."""
        if self.plan.finish == "none":
            return picture
        return gouache(picture[0], tile=self.plan.tile).unsqueeze(0)

    def advance(self, number: int) -> None:
        """Make step `number` of the optimiser, within the codebook's range; then move the picture.

        The picture is encoded anew where its size changes or it is moved.
        """
        assert self.gradient is not None, "only the last step has none"
        with torch.no_grad():
            self.optimizer.step(self.gradient, self.plan.rate(number - 1))
            self.latent.copy_(self.latent.maximum(self.low).minimum(self.high))
            size, moves = self._size_after(number), self.plan.moves_after(number)
            if size == self._size() and not moves:
                return
            if self.plan.schedule.coarse and not moves and size > self._size():
                latent, moments = enlarge(self.latent, self.optimizer.moments(), self._cells(size))
                self._set_latent(latent.maximum(self.low).minimum(self.high))
                self.optimizer.restore(moments)
                return
            picture = self.vqgan.decode(self.vqgan.quantise(self.latent)).clamp(0, 1)
            if moves and self.plan.motion is not None:
                picture = move_picture(picture, self.plan.motion)
            self._set_latent(self.vqgan.encode(resize_and_crop(picture, size)))

    def _size(self) -> tuple[int, int]:
        """Return the size (height, width) that the picture is painted at."""
        return self.latent.shape[2] * self.cell, self.latent.shape[3] * self.cell

    def _cells(self, size: tuple[int, int]) -> tuple[int, int]:
        return size[0] // self.cell, size[1] // self.cell

    def _size_after(self, number: int) -> tuple[int, int]:
        """Return the size (height, width) after `number` steps.

        Only a new scene makes it smaller: a painting resumed with more steps keeps its size.
        """
        size, now = self.plan.stage_size(number), self._size()
        scene_starts = (number - 1) % self.plan.steps == 0
        return size if scene_starts or size > now else now

    def _state_after(self, number: int) -> Callable[[], dict[str, Tensor]]:
        """Return a function that copies the state of this step, for `restore`."""
        rng_state = self.rng_state

        def state() -> dict[str, Tensor]:
            return {
                "number": torch.tensor(number),
                "latent": self.latent.detach().cpu().clone(),
                "chance": rng_state,  # the key of files that are already saved
                **moments(self.optimizer, self.plan.optimizer),
            }

        return state

    def restore(self, state: Mapping[str, Tensor]) -> int:
        """Restore the state of an earlier step; return its number."""
        self._set_latent(state["latent"].to(self.device))
        self.generator.set_state(state["chance"])
        restore_moments(self.optimizer, state, self.plan.optimizer)
        return int(state["number"])
