"""Classify pictures as unsafe by the guides that painted them.

This is zero-shot classification (Radford et al. 2021, "Learning Transferable Visual Models From
Natural Language Supervision", section 3.1): a guide compares the picture with unsafe and harmless
descriptions, and the unsafe ones' share of the softmax is the risk. Comparing with a few unsafe
concepts is the idea of Stable Diffusion's safety checker (Rando et al. 2022, "Red-Teaming the
Stable Diffusion Safety Filter"), which has a tuned threshold for each concept; here the harmless
descriptions take the place of thresholds.

A guide with a closed vocabulary is compared only with descriptions whose words it knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from engine.guides.guide import Guide, whole
from engine.images.animation import Pixels
from engine.safety.descriptions import HARMLESS, UNSAFE
from store.model import NO_VERDICT, SafetyVerdict
from store.reader.scripts import CYRILLIC, LATIN

if TYPE_CHECKING:
    from engine.models import LoadedModels

SCALE = 100.0  # of the cosines before the softmax, as CLIP learned; it is clipped to this
THRESHOLD = 0.5  # of the risk: the unsafe descriptions together outweigh all harmless ones


@dataclass(frozen=True)
class _Descriptions:
    """A guide's unit vectors [n, d] of the descriptions, the unsafe ones first."""

    vectors: Tensor
    unsafe: int

    def risk(self, guide: Guide, pictures: Tensor) -> float:
        """Return the greatest risk of pictures [n, 3, side, side]."""
        cosines = guide.encode_image(pictures) @ self.vectors.T
        shares = (SCALE * cosines.float()).softmax(1)[:, : self.unsafe].sum(1)
        return float(shares.max())


class SafetyClassifier:
    """Classify pictures; caches the embeddings of the descriptions for each guide in use."""

    def __init__(self) -> None:
        self._descriptions_of: WeakKeyDictionary[Guide, _Descriptions | None] = WeakKeyDictionary()

    @torch.no_grad()
    def __call__(self, models: "LoadedModels", pictures: Sequence[Tensor]) -> SafetyVerdict:
        """Return the verdict with the highest risk of all pictures and guides.

        pictures: [3, height, width] in 0..1 each, of any sizes.
        """
        risks = []
        for guide in dict.fromkeys(guide for some in models.guides.values() for guide in some):
            descriptions = self._describe(models, guide)
            if descriptions is not None:
                risks.append(descriptions.risk(guide, whole(pictures, guide.side)))
        if not risks:
            return NO_VERDICT
        return SafetyVerdict(max(risks), max(risks) >= THRESHOLD)

    def _describe(self, models: "LoadedModels", guide: Guide) -> _Descriptions | None:
        """Return None for a guide whose vocabulary has no unsafe or no harmless description."""
        if guide not in self._descriptions_of:
            script = LATIN if guide in models.guides[LATIN] else CYRILLIC
            unsafe, harmless = (
                [text for text in texts[script] if not guide.unknown_words(text)]
                for texts in (UNSAFE, HARMLESS)
            )
            usable = bool(unsafe and harmless)
            self._descriptions_of[guide] = (
                _Descriptions(models.embeddings(guide, unsafe + harmless), len(unsafe))
                if usable
                else None
            )
        return self._descriptions_of[guide]


def tensor_of(frame: Pixels) -> Tensor:
    """Convert bytes [height, width, 3] to [3, height, width] in 0..1."""
    return torch.from_numpy(frame.copy()).permute(2, 0, 1).float() / 255
