"""Whether a picture looks unsafe to the guides that painted it.

Zero-shot classification (Radford et al. 2021, "Learning Transferable Visual Models From Natural
Language Supervision", section 3.1): a guide compares the picture with descriptions of what is
unsafe and of what is harmless, and the share of the softmax that falls to the unsafe ones is the
risk. Comparing with a few unsafe concepts is the idea of Stable Diffusion's safety checker
(described by Rando et al. 2022, "Red-Teaming the Stable Diffusion Safety Filter"); that one has a
tuned threshold for each concept, here the harmless descriptions stand in for them.

A guide of a closed world abstains: it is asked only what it has words for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.guides.guide import Guide
from engine.guides.scripts import CYRILLIC, LATIN
from engine.images.animation import Pixels
from engine.safety.descriptions import HARMLESS, UNSAFE
from store.model import NO_VERDICT, SafetyVerdict

if TYPE_CHECKING:
    from engine.models import LoadedModels

SCALE = 100.0  # of the cosines before the softmax: what CLIP's own has learned, and is clipped to
THRESHOLD = 0.5  # of the risk: the unsafe descriptions together outweigh all harmless ones


@dataclass(frozen=True)
class _Question:
    """What a guide is asked: unit vectors [n, d], those of the unsafe descriptions first."""

    vectors: Tensor
    unsafe: int

    def risk(self, guide: Guide, views: Tensor) -> float:
        """The greatest among pictures [n, 3, side, side]."""
        cosines = guide.encode_image(views) @ self.vectors.T
        shares = (SCALE * cosines.float()).softmax(1)[:, : self.unsafe].sum(1)
        return float(shares.max())


class SafetyClassifier:
    """Remembers what it asks each guide, for as long as that guide is in use."""

    def __init__(self) -> None:
        self._questions: WeakKeyDictionary[Guide, _Question | None] = WeakKeyDictionary()

    @torch.no_grad()
    def __call__(self, models: "LoadedModels", pictures: Sequence[Tensor]) -> SafetyVerdict:
        """Pictures [3, height, width] in 0..1, of any sizes: the worst of them counts.

        Where several guides painted, the one that is most alarmed.
        """
        risks = []
        for guide in dict.fromkeys(guide for some in models.guides.values() for guide in some):
            question = self._question(models, guide)
            if question is not None:
                here = pictures[0].device
                views = torch.cat([_view(one.to(here), guide.side) for one in pictures])
                risks.append(question.risk(guide, views))
        if not risks:
            return NO_VERDICT
        return SafetyVerdict(max(risks), max(risks) >= THRESHOLD)

    def _question(self, models: "LoadedModels", guide: Guide) -> _Question | None:
        """None for a guide that has no words for anything unsafe."""
        if guide not in self._questions:
            script = LATIN if guide in models.guides[LATIN] else CYRILLIC
            unsafe, harmless = (
                [text for text in texts[script] if guide.unknown(text) is None]
                for texts in (UNSAFE, HARMLESS)
            )
            asked = bool(unsafe and harmless)
            self._questions[guide] = (
                _Question(models.embeddings(guide, unsafe + harmless), len(unsafe))
                if asked
                else None
            )
        return self._questions[guide]


def tensor_of(frame: Pixels) -> Tensor:
    """[height, width, 3] bytes -> [3, height, width] in 0..1."""
    return torch.from_numpy(frame.copy()).permute(2, 0, 1).float() / 255


def _view(picture: Tensor, side: int) -> Tensor:
    """All of the picture, [1, 3, side, side]."""
    size = (side, side)
    whole = picture.detach().float().unsqueeze(0)
    return F.interpolate(whole, size, mode="bicubic", antialias=True).clamp(0, 1)
