"""A request with nothing left open: what is painted, in how many steps, at which sizes."""

from dataclasses import dataclass, replace

from engine.defaults import CutoutParams, PaintingDefaults, Stage
from engine.images.animation import Film, film, moving_film
from engine.painting import motion as motions
from engine.painting import style
from engine.painting.motion import Motion
from engine.painting.optimizers import OPTIMIZERS
from store.request import presets
from store.request.options import AUGMENTATIONS, MAX_FRAMES
from store.request.request import STEPS, DrawRequest

CHUNK = 32  # views that a guide looks at together: bounds the memory, changes the rounding alone
SMALLEST = 4  # cells on the shorter side of a small stage


@dataclass(frozen=True)
class Plan:
    """How a picture comes about. Steps are counted over all scenes, `steps` belong to each."""

    width: int
    height: int
    steps: int
    cutouts: int
    optimizer: str
    learning_rate: float
    init_noise: str
    cutting: CutoutParams
    stages: tuple[Stage, ...]  # of the first scene
    later: tuple[Stage, ...]  # of every other scene
    moving: Stage
    opening: int  # the steps over which the first scene goes through its stages
    cell: int
    scenes: int = 1
    every: int | None = None
    motion: Motion | None = None
    chunk: int = CHUNK
    init_weight: float = 0.0  # of the pull toward the init
    style_weight: float = 0.0  # of the crops of a style picture

    @property
    def total(self) -> int:
        """Steps over all scenes."""
        return self.steps * self.scenes

    def scene(self, number: int) -> int:
        """The scene towards which the picture is corrected after `number` steps."""
        return min(number // self.steps, self.scenes - 1)

    def stage(self, number: int) -> Stage:
        """The stage that the picture is in after `number` steps; a scene ends in its last one.

        What moves keeps its full size: a film that falls back to a small one would flicker.
        """
        if self.motion is not None and number >= self.moving_from:
            return self.moving
        scene = max(number - 1, 0) // self.steps
        stages, steps = (self.later, self.steps) if scene else (self.stages, self.opening)
        done, reached = number - scene * self.steps, 0.0
        for stage in stages:
            reached += stage.share
            if done < round(reached * steps):
                break
        return stage

    def stage_size(self, number: int) -> tuple[int, int]:
        """(height, width) that the picture is painted at after `number` steps.

        The sides keep their proportion as far as whole cells allow.
        """
        scale = self.stage(number).scale
        scale = min(1.0, max(scale, SMALLEST * self.cell / min(self.height, self.width)))
        return self._cells(self.height, scale), self._cells(self.width, scale)

    def _cells(self, side: int, scale: float) -> int:
        return round(side * scale / self.cell) * self.cell if scale < 1 else side

    @property
    def moving_from(self) -> int:
        """The first step at the full size: what is still small is not moved."""
        small = sum(stage.share for stage in self.stages if stage.scale < 1)
        return round(small * self.opening)

    @property
    def film(self) -> Film:
        """Which steps are frames of the animation, and how long it lasts."""
        if self.motion is not None:
            return moving_film(self.moving_from, self.total, self.every or 1)
        return film(self.total, self.scenes, self.every)

    def moves_after(self, number: int) -> bool:
        """Whether the picture is moved after that many corrections: the first behind a frame."""
        return self.motion is not None and number - 1 in self.film.steps[:-1]


def plan_of(request: DrawRequest, manner: PaintingDefaults, cell: int, init_noise: str) -> Plan:
    """What a request comes to with a VQGAN that paints in this manner, in cells of so many pixels.

    What the request leaves open keeps within the request's limits.
    """
    quality = presets.quality(request.quality or "standard")
    shape = presets.shape(request.shape) if request.shape else None
    width, height = request.size or (shape.size_of(manner.size) if shape else manner.size)
    scenes = len(request.scenes)
    motion = Motion(request.zoom or 1.0, request.shift or (0.0, 0.0)) if request.moves else None
    every = request.every
    usual = quality.steps_of(manner.steps)
    steps = request.steps or min(usual, request.most_steps)
    opening = steps
    if motion is not None:
        if request.steps is None:
            enough = usual + -(-motions.FRAMES // scenes) * (every or motions.EVERY)
            steps = min(enough, request.most_steps, MAX_FRAMES * (every or STEPS[1]) // scenes)
        every = every or max(motions.EVERY, -(-steps * scenes // MAX_FRAMES))
        opening = min(steps, usual)  # the film begins as soon as the picture has its size
    optimizer = request.optimizer or "adam"
    # An init has its shapes and its details already: small stages would take them away.
    whole = (Stage(1.0, 1.0),) if request.init is not None else None
    return Plan(
        width=max(round(width / cell), 1) * cell,
        height=max(round(height / cell), 1) * cell,
        steps=steps,
        cutouts=request.cutouts or quality.cutouts_of(manner.cutouts),
        optimizer=optimizer,
        learning_rate=request.learning_rate or manner.learning_rate * OPTIMIZERS[optimizer].pace,
        init_noise=init_noise,
        cutting=_cutting(request, manner.cutting),
        stages=whole or manner.stages,
        later=whole or manner.later,
        moving=manner.moving,
        opening=opening,
        cell=cell,
        scenes=scenes,
        every=every,
        motion=motion,
        init_weight=style.init_weight_of(request),
        style_weight=0.0 if request.style is None else style.WEIGHT,
    )


def _cutting(request: DrawRequest, cutting: CutoutParams) -> CutoutParams:
    """The manner's way to draw views, with the power and the augmentations that were asked for."""
    if request.cut_power is not None:
        cutting = replace(cutting, power=request.cut_power)
    if request.augment is not None:
        on = request.augment.split(",")
        cutting = replace(cutting, **{name: 0.0 for name in AUGMENTATIONS if name not in on})
    return cutting
