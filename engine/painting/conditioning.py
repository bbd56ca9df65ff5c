"""What the guides steer towards: embedding targets of phrases, noise prompts and images."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.defaults import CutoutParams
from engine.guides.guide import Guide
from engine.images.inputs import Pictures
from engine.models import LoadedModels
from engine.painting.cutouts import apply_cutouts, sample_cutouts
from engine.painting.optimisation.losses import EmbeddingTarget
from engine.painting.plan import Plan
from engine.painting.style import STYLE_CUTOUTS
from store.reader.scripts import script
from store.request.options import NoisePrompt
from store.request.prompt import Phrase
from store.request.request import DrawRequest

GuideTarget = tuple[Guide, EmbeddingTarget]

IMAGE_CUTOUTS = 32  # of each target image, encoded once


@dataclass(frozen=True)
class SceneTargets:
    """The targets of one scene."""

    targets: list[GuideTarget]
    style_targets: list[GuideTarget]  # compared with small crops of the picture only
    weight: float  # sum of the absolute weights of all targets; the loss is divided by it

    def seen_by(self, usual: CutoutParams) -> list[tuple[Guide, EmbeddingTarget, CutoutParams]]:
        """Return each guide with its target and the cutouts that it sees; usual: of no style."""
        return [
            *((guide, target, usual) for guide, target in self.targets),
            *((guide, target, STYLE_CUTOUTS) for guide, target in self.style_targets),
        ]


def scene_targets(
    request: DrawRequest, models: LoadedModels, plan: Plan, pictures: Pictures
) -> tuple[SceneTargets, ...]:
    """Return the targets of each scene; noise prompts and images apply to all scenes."""
    scenes = []
    plain = models.edition(plan.edition)[1].plain_phrases
    for phrases in request.scenes:
        texts = phrase_targets(models, phrases, plain=plain)
        noisy = [(g, _add_noise(t, request.noise_prompts, len(texts))) for g, t in texts]
        targets = add_image_targets(noisy, request, plan, pictures)
        styles = style_targets(targets, request, plan, pictures)
        weight = sum(float(target.weights.abs().sum()) for _, target in [*targets, *styles])
        scenes.append(SceneTargets(targets, styles, weight))
    return tuple(scenes)


def phrase_targets(
    models: LoadedModels, phrases: Sequence[Phrase], *, plain: bool = False
) -> list[GuideTarget]:
    """Return each guide that reads any of the phrases, with the target of those that it reads.

    If several guides read a phrase, its weight is divided evenly between them.
    plain: guides of a closed vocabulary are told what they understand of a phrase, not all of it.
    """
    guides_of = {phrase: models.guides[script(phrase.text)] for phrase in phrases}
    targets: list[GuideTarget] = []
    for guide in dict.fromkeys(guide for phrase in phrases for guide in guides_of[phrase]):
        own = [phrase for phrase in phrases if guide in guides_of[phrase]]
        vectors = models.phrase_vectors(guide, own, plain=plain)
        weights = [phrase.weight / len(guides_of[phrase]) for phrase in own]
        stops = [phrase.stop for phrase in own]
        targets.append((guide, EmbeddingTarget(vectors, weights, stops)))
    return targets


def add_image_targets(
    targets: Sequence[GuideTarget], request: DrawRequest, plan: Plan, pictures: Pictures
) -> list[GuideTarget]:
    """Join the request's target images to each guide's target; guides share the weight evenly."""
    joined = list(targets)
    for image in request.targets:
        picture, weight = pictures(image.source), image.weight / len(joined)
        joined = [
            (guide, target.joined(image_target(guide, picture, plan.cutout_params, weight)))
            for guide, target in joined
        ]
    return joined


def style_targets(
    targets: Sequence[GuideTarget], request: DrawRequest, plan: Plan, pictures: Pictures
) -> list[GuideTarget]:
    """Return each guide with the target of the style image, empty for a request without one."""
    if request.style is None:
        return []
    picture, weight = pictures(request.style), plan.style_weight / len(targets)
    return [(guide, image_target(guide, picture, STYLE_CUTOUTS, weight)) for guide, _ in targets]


@torch.no_grad()
def image_target(
    guide: Guide, picture: Tensor, params: CutoutParams, weight: float
) -> EmbeddingTarget:
    """Return a picture [1, 3, h, w] as a target: the mean direction of its cutouts' embeddings.

    Cutouts have the sizes of `params`, which keeps the aspect, but no other augmentation, and are
    the same every time. The mean squared chord to many unit vectors is that to their mean plus a
    constant, so one vector replaces all the cutouts that the notebooks compare with.
    """
    plain = replace(params, flip=0, turn=0, shift=0, perspective=0, colour=0, noise=0)
    generator = torch.Generator().manual_seed(0)
    size = (picture.shape[2], picture.shape[3])
    cutouts = sample_cutouts(plain, IMAGE_CUTOUTS, size, guide.side, generator)
    vectors = guide.encode_image(apply_cutouts(picture, cutouts.to(picture.device)))
    mean = F.normalize(vectors.mean(0, keepdim=True), dim=1)
    return EmbeddingTarget(mean, [weight], [-math.inf])


def _add_noise(
    target: EmbeddingTarget, prompts: tuple[NoisePrompt, ...], guides: int
) -> EmbeddingTarget:
    """Join a random direction of the guide's space for each noise prompt (Crowson 2021).

    guides: how many share the weight of each prompt.
    """
    if not prompts:
        return target
    width = target.vectors.shape[1]
    noise = torch.stack([_random_direction(seed, width) for seed, _ in prompts])
    weights = [weight / guides for _, weight in prompts]
    return target.joined(
        EmbeddingTarget(noise.to(target.vectors), weights, [-math.inf] * len(prompts))
    )


def _random_direction(seed: int, width: int) -> Tensor:
    return F.normalize(torch.randn(width, generator=torch.Generator().manual_seed(seed)), dim=0)
