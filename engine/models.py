"""Loads models by name, and says what they will make of a request."""

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file

from engine import manifest
from engine.cutouts import Cutting
from engine.device import choose
from engine.errors import EngineError
from engine.guides import Guide
from engine.guides.pocket import PocketGuide
from engine.losses import Target
from engine.manifest import CYRILLIC, LATIN, Entry, Stage
from engine.vqgan import VQGAN
from store.prompt import Phrase
from store.request import DrawRequest

if TYPE_CHECKING:
    from store.jobs import Notice


@dataclass(frozen=True)
class Names:
    """Which models to paint with: `clip` reads Latin script, `ruclip` reads Cyrillic."""

    vqgan: str = "pocket"
    clip: str = "pocket"
    ruclip: str = "pocket"


@dataclass(frozen=True)
class Plan:
    """A request with nothing left open."""

    width: int
    height: int
    steps: int
    cutouts: int
    learning_rate: float
    init_noise: str
    cutting: Cutting
    stages: tuple[Stage, ...]
    cell: int

    def stage_size(self, number: int) -> tuple[int, int]:
        """(height, width) that the picture is painted at after `number` steps."""
        reached = 0.0
        for stage in self.stages:
            reached += stage.share
            if number < round(reached * self.steps):
                break
        return self._cells(self.height, stage.scale), self._cells(self.width, stage.scale)

    def _cells(self, side: int, scale: float) -> int:
        return max(round(side * scale / self.cell), 4) * self.cell if scale < 1 else side


class Models:
    """A VQGAN and its guides, ready on one device."""

    def __init__(self, vqgan: VQGAN, entry: Entry, guides: dict[str, Guide]) -> None:
        self.vqgan, self.entry, self.guides = vqgan, entry, guides

    def plan(self, request: DrawRequest) -> Plan:
        manner = self.entry.manner
        width, height = request.size or manner.size
        cell = self.vqgan.shape.cell
        return Plan(
            width=max(round(width / cell), 1) * cell,
            height=max(round(height / cell), 1) * cell,
            steps=request.steps or manner.steps,
            cutouts=request.cutouts or manner.cutouts,
            learning_rate=manner.learning_rate,
            init_noise=request.init_noise or manner.init_noise,
            cutting=manner.cutting,
            stages=manner.stages,
            cell=cell,
        )

    def guide_for(self, phrase: Phrase) -> Guide:
        """The guide that reads the phrase's script; a phrase of no letters goes to Latin's."""
        return self.guides[script(phrase.text)]

    def targets(self, phrases: Sequence[Phrase]) -> list[tuple[Guide, Target]]:
        """Each guide with the phrases that it reads."""
        found: list[tuple[Guide, Target]] = []
        for guide in dict.fromkeys(map(self.guide_for, phrases)):
            mine = [phrase for phrase in phrases if self.guide_for(phrase) is guide]
            vectors = guide.encode_text([phrase.text for phrase in mine])
            weights, stops = [p.weight for p in mine], [p.stop for p in mine]
            found.append((guide, Target(vectors, weights, stops)))
        return found

    def notices(self, request: DrawRequest) -> tuple["Notice", ...]:
        """What the person should know: a rounded size, words that mean nothing to the guide."""
        from store.jobs import Notice

        found = []
        plan = self.plan(request)
        if request.size not in (None, (plan.width, plan.height)):
            sides = {"width": plan.width, "height": plan.height}
            found.append(Notice("notice-size-rounded", sides))
        unknown = [word for p in request.phrases for word in self.guide_for(p).unknown(p.text)]
        if unknown:
            found.append(Notice("notice-words-unknown", {"words": ", ".join(unknown[:5])}))
        return tuple(found)


def script(text: str) -> str:
    """Cyrillic or Latin, by the count of letters: two scripts need no language detector."""
    names = [unicodedata.name(sign, "") for sign in text if sign.isalpha()]
    cyrillic = sum(name.startswith("CYRILLIC") for name in names)
    return CYRILLIC if cyrillic * 2 > len(names) else LATIN


def load(names: Names, device: str, folder: Path) -> Models:
    """Reads the weights; raises EngineError for a name that is not known or not on disk."""
    where = choose(device)
    entry = _entry("vqgan", names.vqgan, folder)
    loaded = {
        name: _guide(name, folder, where) for name in dict.fromkeys((names.clip, names.ruclip))
    }
    guides = {LATIN: loaded[names.clip], CYRILLIC: loaded[names.ruclip]}
    assert entry.shape is not None
    vqgan = VQGAN(entry.shape)
    weights = load_file(entry.path(folder))
    vqgan.load_state_dict({key: value.float() for key, value in weights.items()})
    vqgan.eval().requires_grad_(False).to(where)
    vqgan.to(memory_format=torch.channels_last)
    return Models(vqgan, entry, guides)


def _guide(name: str, folder: Path, device: torch.device) -> Guide:
    """A guide of the manifest, or ARCHITECTURE:FILE, a CLIP of open_clip's with its weights."""
    architecture, colon, file = name.partition(":")
    if manifest.find("guide", name) is None and colon:
        if not Path(file).is_file():
            raise EngineError("model-missing", name=name, path=file)
        from engine.guides.clip import ClipGuide  # open_clip takes seconds to import

        return ClipGuide(architecture, Path(file), device)
    return PocketGuide(load_file(_entry("guide", name, folder).path(folder)), device)


def _entry(kind: str, name: str, folder: Path) -> Entry:
    entry = manifest.find(kind, name)
    if entry is None:
        known = manifest.names(kind)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:5]
        raise EngineError("model-unknown", name=name, near=", ".join(near))
    if not entry.path(folder).is_file():
        raise EngineError("model-missing", name=name, path=str(entry.path(folder)))
    return entry
