"""Loads models by name, and says what they will make of a request."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine import checkpoints, manifest
from engine.checkpoints_shape import read_config
from engine.cutouts import Cutting
from engine.device import choose
from engine.errors import EngineError
from engine.guides import Guide
from engine.guides.pocket import PocketGuide
from engine.losses import Target
from engine.manifest import Entry, Stage
from engine.prior import Prior
from engine.published import PUBLISHED
from engine.published_ruclip import PUBLISHED_RUCLIP
from engine.scripts import CYRILLIC, LATIN, script
from engine.start import Drafts
from engine.vqgan import VQGAN
from store import presets
from store.prompt import Phrase
from store.request import DrawRequest

if TYPE_CHECKING:
    from store.jobs import Notice


DRAFTS = 32  # how many the guide chooses from
CHUNK = 32  # views that a guide looks at together: bounds the memory, changes the rounding alone


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
    chunk: int = CHUNK

    def stage(self, number: int) -> Stage:
        """The stage that the picture is in after `number` steps."""
        reached = 0.0
        for stage in self.stages:
            reached += stage.share
            if number < round(reached * self.steps):
                break
        return stage

    def stage_size(self, number: int) -> tuple[int, int]:
        """(height, width) that the picture is painted at after `number` steps."""
        scale = self.stage(number).scale
        return self._cells(self.height, scale), self._cells(self.width, scale)

    def _cells(self, side: int, scale: float) -> int:
        return max(round(side * scale / self.cell), 4) * self.cell if scale < 1 else side


class Models:
    """A VQGAN and its guides, ready on one device."""

    def __init__(
        self, vqgan: VQGAN, entry: Entry, guides: dict[str, Guide], prior: Prior | None = None
    ) -> None:
        self.vqgan, self.entry, self.guides, self.prior = vqgan, entry, guides, prior

    def plan(self, request: DrawRequest) -> Plan:
        manner = self.entry.manner
        quality = presets.quality(request.quality or "standard")
        width, height = request.size or (
            presets.shape(request.shape).size_of(manner.size) if request.shape else manner.size
        )
        cell = self.vqgan.shape.cell
        return Plan(
            width=max(round(width / cell), 1) * cell,
            height=max(round(height / cell), 1) * cell,
            steps=request.steps or quality.steps_of(manner.steps),
            cutouts=request.cutouts or quality.cutouts_of(manner.cutouts),
            learning_rate=manner.learning_rate,
            init_noise=self._start(request),
            cutting=manner.cutting,
            stages=manner.stages,
            cell=cell,
        )

    def _start(self, request: DrawRequest) -> str:
        """The start that was asked for, or the usual one; a prior must be there for its own."""
        kind = request.init_noise or self.entry.manner.init_noise
        if kind != "prior" or self.drafts(request.phrases):
            return kind
        if request.init_noise:
            raise EngineError("prior-missing", name=self.entry.name)
        return "sketch"

    def drafts(self, phrases: Sequence[Phrase]) -> Drafts | None:
        """What the prior makes of the phrases, if its guide reads them all."""
        prior, entry = self.prior, manifest.find("prior", self.entry.name)
        if prior is None or entry is None:
            return None
        if {self.guide_for(phrase).name for phrase in phrases} != {entry.reads}:
            return None
        ((_, target),) = self.targets(phrases)
        return lambda chance: prior.sample(target.vectors, target.weights, DRAFTS, chance)

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
        told = [self.guide_for(phrase).unknown(phrase.text) for phrase in request.phrases]
        strange = [unknown for unknown in told if unknown is not None]
        words = list(dict.fromkeys(word for one in strange for word in one.words))
        near = list(dict.fromkeys(name for one in strange for name in one.near))
        if near:
            values = {"count": strange[0].names, "near": ", ".join(near[:6])}
            found.append(Notice("notice-outside-world", values))
        elif words:
            found.append(Notice("notice-words-unknown", {"words": ", ".join(words[:5])}))
        return tuple(found)


def load(names: Names, device: str, folder: Path) -> Models:
    """Reads the weights; raises EngineError for a name that is not known or not on disk."""
    where = choose(device)
    entry, weights = _vqgan(names.vqgan, folder)
    loaded = {
        name: _guide(name, folder, where) for name in dict.fromkeys((names.clip, names.ruclip))
    }
    guides = {LATIN: loaded[names.clip], CYRILLIC: loaded[names.ruclip]}
    found = manifest.find("prior", entry.name)
    prior = Prior.of(load_file(found.path(folder))).to(where) if found else None
    assert entry.shape is not None
    vqgan = VQGAN(entry.shape)
    vqgan.load_state_dict({key: value.float() for key, value in weights.items()})
    vqgan.eval().requires_grad_(False).to(where)
    vqgan.to(memory_format=torch.channels_last)
    return Models(vqgan, entry, guides, prior)


def _vqgan(name: str, folder: Path) -> tuple[Entry, Mapping[str, Tensor]]:
    """One of the manifest, a pulled one, or a file: ours, or a checkpoint with its .yaml beside."""
    if entry := manifest.find("vqgan", name):
        return entry, load_file(_there(entry.path(folder), name))
    published = name in {model.name for model in PUBLISHED}
    path = _there(folder / f"{name}.safetensors" if published else Path(name), name)
    shape = checkpoints.converted_shape(path) or read_config(path.with_suffix(".yaml"))
    entry = Entry(name, "vqgan", path.name, "", path.name, path.stat().st_size, "", shape=shape)
    return entry, checkpoints.read(path, shape)


def _guide(name: str, folder: Path, device: torch.device) -> Guide:
    """One of the manifest, a ruCLIP by name or folder, or a CLIP as ARCHITECTURE:FILE."""
    if entry := manifest.find("guide", name):
        return PocketGuide(load_file(_there(entry.path(folder), name)), device)
    published = name in {model.name for model in PUBLISHED_RUCLIP}
    if published or Path(name).is_dir():
        from engine.guides.ruclip import RuClipGuide

        return RuClipGuide(folder / name if published else Path(name), device, name)
    architecture, colon, file = name.partition(":")
    if not colon:
        _there(Path(name), name, "guide")
    from engine.guides.clip import ClipGuide  # open_clip takes seconds to import

    return ClipGuide(architecture, _there(Path(file), name), device)


def _there(path: Path, name: str, kind: str = "vqgan") -> Path:
    """The path, if there is a file; else says what is wrong with the name."""
    if path.is_file():
        return path
    published = [m.name for m in (PUBLISHED if kind == "vqgan" else PUBLISHED_RUCLIP)]
    known = manifest.names(kind) + published
    if name in known or any(sign in name for sign in ":/."):
        raise EngineError("model-missing", name=name, path=str(path))
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:5]
    raise EngineError("model-unknown", name=name, near=", ".join(near))
