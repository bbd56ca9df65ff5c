"""The likeliest names of a picture: a guide compares it with those of a list.

This is zero-shot classification (Radford et al. 2021, "Learning Transferable Visual Models From
Natural Language Supervision", section 3.1).
"""

import logging
from collections.abc import Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.guides.guide import Guide, picture_vector
from store.files.atomic_write import make_folder, write_whole
from store.questions.picture_names import PictureName, all_names, closed_names
from store.reader.scripts import CYRILLIC, LATIN

log = logging.getLogger(__name__)

_ByScript = Mapping[str, Sequence[Guide]]  # by the script that they read

BEST = 5
# Of the cosines before the softmax: CLIP's own, and what suits the packaged guide, whose cosines
# differ more.
OPEN_SCALE, CLOSED_SCALE = 100.0, 20.0
BATCH = 64  # names encoded at a time
FOLDER = ".names"  # of the cached vectors, in the folder of the models


class Namer:
    """Name pictures; keeps the vectors of the names, those of large guides on the disk too."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the models."""
        self._folder = folder / FOLDER
        self._vectors: WeakKeyDictionary[Guide, Tensor] = WeakKeyDictionary()

    @torch.no_grad()
    def __call__(
        self, guides: _ByScript, picture: Tensor, language: str
    ) -> list[tuple[str, float]]:
        """Return the keys of the likeliest names of a picture [3, height, width], best first.

        Each with its share of all names' likelihood. Empty without a guide.
        """
        own = CYRILLIC if language == "ru" else LATIN
        guide = most_capable(
            [*guides.get(own, ()), *(one for some in guides.values() for one in some)]
        )
        if guide is None:
            return []
        names = closed_names() if guide.repertoire else all_names()
        vectors = self._vectors_of(guide, guides, names)
        cosines = vectors @ picture_vector(guide, [picture])
        if (baseline := guide.baseline()) is not None:
            cosines = cosines - 0.5 * (vectors @ baseline)
        scale = CLOSED_SCALE if guide.repertoire else OPEN_SCALE
        shares, found = (scale * cosines).softmax(0).topk(BEST)
        pairs = zip(found.tolist(), shares.tolist(), strict=True)
        return [(names[index].key, round(share, 4)) for index, share in pairs]

    def _vectors_of(self, guide: Guide, guides: _ByScript, names: Sequence[PictureName]) -> Tensor:
        """Return unit vectors [n, d] of names, in the scripts that the guide reads."""
        known = self._vectors.get(guide)
        if known is None:
            reads_latin, reads_cyrillic = (guide in guides[script] for script in (LATIN, CYRILLIC))
            texts: list[list[str]] = []
            if reads_latin or not reads_cyrillic:
                texts.append([name.english for name in names])
            if reads_cyrillic and (guide.repertoire or not reads_latin):
                texts.append([name.russian for name in names])
            encoded = torch.stack([self._encoded(guide, some) for some in texts])
            known = F.normalize(encoded.sum(0), dim=-1)
            self._vectors[guide] = known
        return known

    def _encoded(self, guide: Guide, texts: Sequence[str]) -> Tensor:
        """Return unit vectors [n, d], from the disk if a guide of any words encoded them before."""
        if guide.repertoire:
            return guide.encode_text(texts)
        digest = sha256("\n".join((guide.name, *texts)).encode()).hexdigest()[:24]
        path = self._folder / f"{digest}.npy"
        device = guide.encode_text(["-"]).device
        try:
            return torch.from_numpy(np.load(path)).to(device)
        except (OSError, ValueError):  # not there yet, or damaged
            log.info("encoding %d names by %s, once", len(texts), guide.name)
        batches = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]
        encoded = torch.cat([guide.encode_text(batch) for batch in batches]).float()
        try:
            make_folder(self._folder)
            data = BytesIO()
            np.save(data, encoded.cpu().numpy())
            write_whole(path, data.getvalue())
        except OSError as error:  # a folder that cannot be written to: they are encoded again
            log.info("vectors of names are not kept: %s", error)
        return encoded


def most_capable(guides: Sequence[Guide]) -> Guide | None:
    """Return the first guide that knows any words, else the first one."""
    return min(guides, key=lambda guide: guide.repertoire is not None, default=None)
