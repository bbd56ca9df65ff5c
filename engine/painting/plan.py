"""A request with nothing left open: what is painted, in how many steps, at which sizes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.defaults import CutoutParams, PaintingDefaults, Stage
from engine.errors import EngineError
from engine.guides import warnings
from engine.images import motion as motions
from engine.images.animation import Film, film, moving_film
from engine.images.finish import drawn_share
from engine.images.motion import Motion
from engine.models import LoadedModels
from engine.painting import style
from engine.painting.optimisation.optimizers import OPTIMIZERS
from engine.painting.schedule.schedule import PLAIN, Schedule
from engine.pocket.mixing import read_phrases
from store.reader.scripts import script
from store.reader.wish import Wish
from store.request import presets
from store.request.options import MAX_FRAMES
from store.request.prompt import Phrase
from store.request.request import SEEDS, STEPS, DrawRequest

if TYPE_CHECKING:
    from store.model import Notice

CHUNK = 32  # cutouts encoded together: bounds the memory, changes nothing but the rounding
COMPOSED_STARTS = ("prior", "scored", "sketch")  # initial latents that show something already
DRAFTS = 8  # of a drafter, unless the request says
SMALLEST = 4  # cells on the shorter side of a small stage


@dataclass(frozen=True)
class Plan:
    """How a picture is painted. Steps are counted over all scenes; each has `steps` of them."""

    width: int
    height: int
    steps: int
    cutouts: int
    optimizer: str
    learning_rate: float
    init_noise: str
    finish: str
    edition: int  # of the painting defaults
    drafts: int  # that are made, and of which the best are painted on
    cutout_params: CutoutParams
    stages: tuple[Stage, ...]  # of the first scene
    later_stages: tuple[Stage, ...]  # of every other scene
    motion_stage: Stage
    opening_steps: int  # over which the first scene goes through its stages
    cell: int  # pixels on each side of the square that one code stands for
    scenes: int = 1
    every: int | None = None  # steps from frame to frame
    fps: int | None = None  # frames of the animation in a second
    motion: Motion | None = None
    emergence_steps: int = 0  # at the beginning, over which the animation shows it emerge
    chunk: int = CHUNK
    recompute: bool = False  # the decoder's blocks for the gradient: less memory, more time
    offload: bool = False  # what the decoder keeps for the gradient, to the host's memory
    init_weight: float = 0.0  # of the loss towards the init
    style_weight: float = 0.0  # of the target of the style image
    tile: bool = False  # opposite edges meet
    schedule: Schedule = PLAIN

    @property
    def total(self) -> int:
        """Return the number of steps of all scenes."""
        return self.steps * self.scenes

    def scene(self, number: int) -> int:
        """Return the index of the scene that the picture after `number` steps is scored against."""
        return min(number // max(1, self.steps), self.scenes - 1)

    def stage(self, number: int) -> Stage:
        """Return the stage of the picture after `number` steps; a scene ends in its last one.

        A picture with motion keeps its full size: a smaller one would flicker in the animation.
        """
        if self.motion is not None and number >= self.motion_start:
            return self.motion_stage
        scene = max(number - 1, 0) // max(1, self.steps)
        if scene:
            stages, steps = self.later_stages, self.steps
        else:
            stages, steps = self.stages, self.opening_steps
        done, reached = number - scene * self.steps, 0.0
        for stage in stages:
            reached += stage.share
            if done < round(reached * steps):
                break
        return stage

    def share(self, number: int) -> float:
        """Return the share of its scene that is done after `number` steps: 1 at the last one."""
        within = number - self.scene(number) * self.steps
        return min(1.0, within / max(1, self.steps - 1))

    def at(self, number: int) -> "Plan":
        """Return the plan with the cutouts that see the picture after `number` steps."""
        cutouts = self.schedule.cutouts_at(self.share(number), self.cutouts)
        return self if cutouts == self.cutouts else replace(self, cutouts=cutouts)

    def rate(self, number: int) -> float:
        """Return the learning rate of the step from the picture after `number` steps."""
        rate = self.learning_rate / self.stage(number).lr_divisor
        return rate * self.schedule.rate_at(self.share(number))

    @property
    def painted_share(self) -> float:
        """Return the share of the sides at which it is painted: a finish enlarges the picture."""
        return 1.0 if self.finish == "none" else drawn_share(self.width, self.height)

    @property
    def painted_area(self) -> float:
        """Return the pixels of the picture as it is painted at last."""
        return self.width * self.height * self.painted_share**2

    def stage_size(self, number: int) -> tuple[int, int]:
        """Return the size (height, width) that the picture is painted at after `number` steps.

        The sides keep their proportion as far as whole cells allow.
        """
        scale = self.stage(number).scale
        scale = min(1.0, max(scale, SMALLEST * self.cell / min(self.height, self.width)))
        return self._scaled(self.height, scale), self._scaled(self.width, scale)

    def _scaled(self, side: int, scale: float) -> int:
        return round(side * scale / self.cell) * self.cell if scale < 1 else side

    @property
    def motion_start(self) -> int:
        """Return the first step at the full size: smaller pictures are not moved."""
        largest = max(stage.scale for stage in self.stages)
        small = sum(stage.share for stage in self.stages if stage.scale < largest)
        return round(small * self.opening_steps)

    @property
    def film(self) -> Film:
        """Return which steps are frames of the animation, and how long it lasts."""
        if self.motion is not None:
            return moving_film(self.motion_start, self.total, self.every or 1, self.fps)
        return film(self.total, self.scenes, self.every, self.fps)

    def moves_after(self, number: int) -> bool:
        """Return whether the picture is moved after `number` steps: the first after each frame."""
        return self.motion is not None and number - 1 in self.film.steps[:-1]


def plan_for(request: DrawRequest, models: LoadedModels) -> Plan:
    """Return the request's plan with these models.

    Raises EngineError where the request asks for the prior's drafts and the VQGAN has no prior, or
    its guide does not read the phrases.
    """
    edition, defaults = models.edition(request.edition)
    start = defaults.composed
    if start is not None and composed_wish(models, request, defaults) is not None:
        defaults = replace(defaults, drafts=start.drafts, steps=start.steps, stages=start.stages)
        init_noise = "prior"
    else:
        init_noise = _init_noise(request, models, defaults)
    if not models.vqgan.shape.encodes and (request.moves or request.init is not None):
        raise EngineError("vqgan-no-encoder")
    plan = make_plan(request, defaults, models.vqgan.shape.cell, init_noise, edition)
    usual = DRAFTS if models.drafter else plan.drafts
    return replace(plan, drafts=max(request.drafts or usual, request.keep or 1))


def sheet_parts(request: DrawRequest, models: LoadedModels) -> tuple[DrawRequest, ...]:
    """Return the request of each picture of a sheet, with seeds that count up.

    Unless the request says how many steps, they are drafts where the VQGAN's layered prior or a
    drafter makes them, and are painted quickly where not.
    """
    one = replace(request, at_once=None)
    if request.steps is None:
        _, defaults = models.edition(request.edition)
        composed = len(request.scenes) == 1 and composed_wish(models, one, defaults) is not None
        if composed or request.draft is not None:
            one = replace(one, drafts=1, steps=0)
        else:
            one = replace(one, quality="quick")
    seeds = range(request.seed or 0, (request.seed or 0) + request.count)
    return tuple(replace(one, seed=seed % (SEEDS[1] + 1)) for seed in seeds)


def composed_wish(
    models: LoadedModels, request: DrawRequest, defaults: PaintingDefaults
) -> Wish | None:
    """Return the wish of which the layered prior draws the first drafts; None if it does not."""
    kind = request.init_noise or defaults.init_noise
    asked = request.init is None and not request.targets and models.drafter is None
    if models.composer is None or defaults.composed is None or kind != "prior" or not asked:
        return None
    wish = read_phrases([(phrase.text, phrase.weight) for phrase in request.scenes[0]])
    return wish if models.composer.can_draft(wish) else None


def can_draft(models: LoadedModels, phrases: Sequence[Phrase]) -> bool:
    """Return whether there is a prior whose guide reads all the phrases."""
    guide = models.prior_guide
    if models.prior is None or guide is None:
        return False
    return all(guide in models.guides[script(phrase.text)] for phrase in phrases)


def notices_for(request: DrawRequest, models: LoadedModels) -> tuple["Notice", ...]:
    """Return what the user should know: a rounded size, and what the guides could not read."""
    from store.model import Notice

    notices = []
    plan = plan_for(request, models)
    if request.size not in (None, (plan.width, plan.height)):
        sides = {"width": plan.width, "height": plan.height}
        notices.append(Notice("notice-size-rounded", sides))
    if models.drafter is not None and models.drafter.reads:
        wanted = [phrase.text for phrase in request.scenes[0] if phrase.weight > 0]
        unread = [text for text in wanted if script(text) not in models.drafter.reads]
        if unread:
            notices.append(Notice("notice-draft-unread", {"words": ", ".join(unread)}))
    return (*notices, *warnings.prompt_notices(models.guides, request.phrases, models.drawn))


def make_plan(
    request: DrawRequest, defaults: PaintingDefaults, cell: int, init_noise: str, edition: int = 1
) -> Plan:
    """Fill what the request leaves open from the VQGAN's defaults, within the request's limits."""
    quality = presets.quality(request.quality or "standard")
    shape = presets.shape(request.shape) if request.shape else None
    width, height = request.size or (shape.size_of(defaults.size) if shape else defaults.size)
    scenes = len(request.scenes)
    motion = Motion(request.zoom or 1.0, request.shift or (0.0, 0.0)) if request.moves else None
    every = request.every
    usual = quality.steps_of(defaults.steps)
    steps = min(usual, request.max_steps) if request.steps is None else request.steps
    opening_steps = steps
    if motion is not None:
        if request.steps is None:
            enough = usual + -(-motions.FRAMES // scenes) * (every or motions.EVERY)
            steps = min(enough, request.max_steps, MAX_FRAMES * (every or STEPS[1]) // scenes)
        every = every or max(motions.EVERY, -(-steps * scenes // MAX_FRAMES))
        opening_steps = min(steps, usual)  # the animation begins once the picture has its size
    optimizer = request.optimizer or "adam"
    # An init has its shapes and details already: small stages would remove them.
    one_stage = (Stage(1.0, 1.0),) if request.init is not None else None
    schedule = Schedule(request.coarse, request.first_cutouts, request.final_rate or 1.0)
    width, height = (max(round(side / cell), 1) * cell for side in (width, height))
    finish = request.finish or defaults.finish
    drawn = 1.0 if finish == "none" else drawn_share(width, height)

    def scaled(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        return tuple(replace(stage, scale=stage.scale * drawn) for stage in stages)

    rate = defaults.learning_rate * OPTIMIZERS[optimizer].lr_scale
    composed = init_noise in COMPOSED_STARTS
    if defaults.even_pace and composed and motion is None:
        rate *= min(1.0, defaults.steps / max(1, steps))
    emerges = composed and request.init is None  # an animation may begin with an image

    return Plan(
        width=width,
        height=height,
        steps=steps,
        cutouts=request.cutouts or quality.cutouts_of(defaults.cutouts),
        optimizer=optimizer,
        learning_rate=request.learning_rate or rate,
        init_noise=init_noise,
        finish=finish,
        edition=edition,
        drafts=quality.steps_of(defaults.drafts) if defaults.even_pace else defaults.drafts,
        cutout_params=defaults.cutout_params.chosen(request.cut_power, request.augment),
        stages=scaled(schedule.stages(one_stage or defaults.stages)),
        later_stages=scaled(one_stage or defaults.later_stages),
        motion_stage=scaled((defaults.motion_stage,))[0],
        opening_steps=opening_steps,
        cell=cell,
        scenes=scenes,
        every=every,
        fps=request.fps,
        motion=motion,
        emergence_steps=round(defaults.emergence * opening_steps) if emerges else 0,
        init_weight=style.init_weight_of(request),
        style_weight=0.0 if request.style is None else style.WEIGHT,
        tile=bool(request.tile),
        schedule=schedule,
    )


def _init_noise(request: DrawRequest, models: LoadedModels, defaults: PaintingDefaults) -> str:
    """Return the kind of initial latent: the requested one, or the model's default if it can."""
    kind = request.init_noise or defaults.init_noise
    if kind != "prior" or can_draft(models, request.scenes[0]):
        return kind
    if request.init_noise:
        raise EngineError("prior-missing", name=models.name)
    return "sketch"
