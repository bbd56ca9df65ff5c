"""Loads models by name, and says what they will make of a request."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.device import choose_device
from engine.errors import EngineError
from engine.guides import warnings
from engine.guides.guide import Guide
from engine.guides.pocket import PocketGuide
from engine.guides.scripts import CYRILLIC, LATIN, script
from engine.guides.text_cache import TextEmbeddingCache
from engine.networks import checkpoint
from engine.networks.prior import Prior
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import read_config
from engine.painting.initial_latent import Drafts
from engine.painting.losses import EmbeddingTarget
from engine.painting.plan import Plan, plan_of
from engine.registry import folder as shelf
from engine.registry import packaged
from engine.registry.download_specs import weights_of
from engine.registry.packaged import PackagedModel
from engine.registry.vqgans import PUBLISHED
from store.request.prompt import Phrase
from store.request.request import DrawRequest, model_names

if TYPE_CHECKING:
    from store.model import Notice


DRAFTS = 32  # how many the guide chooses from


@dataclass(frozen=True)
class ModelNames:
    """Which models to paint with: `clip` reads Latin script, `ruclip` reads Cyrillic.

    Each of the two may be several, with commas between them.
    """

    vqgan: str = "pocket"
    clip: str = "pocket"
    ruclip: str = "pocket"


class LoadedModels:
    """A VQGAN and its guides, ready on one device."""

    def __init__(
        self,
        vqgan: VQGAN,
        entry: PackagedModel,
        guides: dict[str, tuple[Guide, ...]],  # of each script
        prior: Prior | None = None,
    ) -> None:
        self.vqgan, self.entry, self.guides, self.prior = vqgan, entry, guides, prior
        self._memories: dict[Guide, TextEmbeddingCache] = {}

    def plan(self, request: DrawRequest) -> Plan:
        """What the request comes to here; EngineError where a start is asked for in vain."""
        return plan_of(request, self.entry.manner, self.vqgan.shape.cell, self._start(request))

    def _start(self, request: DrawRequest) -> str:
        """The start that was asked for, or the usual one; a prior must be there for its own."""
        kind = request.init_noise or self.entry.manner.init_noise
        if kind != "prior" or self.drafts(request.scenes[0]):
            return kind
        if request.init_noise:
            raise EngineError("prior-missing", name=self.entry.name)
        return "sketch"

    def drafts(
        self, phrases: Sequence[Phrase], aims: Sequence[tuple[Guide, EmbeddingTarget]] = ()
    ) -> Drafts | None:
        """What the prior makes of the phrases, if its guide reads them all.

        `aims` are what the guides look for, where it is more than the phrases.
        """
        prior, entry = self.prior, packaged.find("prior", self.entry.name)
        if prior is None or entry is None:
            return None
        mine = (guide for some in self.guides.values() for guide in some)
        guide = next((guide for guide in mine if guide.name == entry.reads), None)
        if guide is None or not all(guide in self.guides_for(phrase) for phrase in phrases):
            return None
        target = dict(aims).get(guide)
        if target is not None:
            vectors, weights = target.vectors, target.weights
        else:
            vectors = self.vectors(guide, [phrase.text for phrase in phrases])
            weights = torch.tensor([phrase.weight for phrase in phrases], device=vectors.device)
        return lambda chance: prior.sample(vectors, weights, DRAFTS, chance)

    def guides_for(self, phrase: Phrase) -> tuple[Guide, ...]:
        """The guides that read the phrase's script; a phrase of no letters goes to Latin's."""
        return self.guides[script(phrase.text)]

    def vectors(self, guide: Guide, texts: Sequence[str]) -> Tensor:
        """Unit vectors [n, d] of texts, remembered."""
        return self._memories.setdefault(guide, TextEmbeddingCache(guide))(texts)

    def targets(self, phrases: Sequence[Phrase]) -> list[tuple[Guide, EmbeddingTarget]]:
        """Each guide with the phrases that it reads.

        Where several read a phrase, each has its share of the weight: their mean counts.
        """
        found: list[tuple[Guide, EmbeddingTarget]] = []
        for guide in dict.fromkeys(g for phrase in phrases for g in self.guides_for(phrase)):
            mine = [phrase for phrase in phrases if guide in self.guides_for(phrase)]
            vectors = self.vectors(guide, [phrase.text for phrase in mine])
            weights = [phrase.weight / len(self.guides_for(phrase)) for phrase in mine]
            found.append(
                (guide, EmbeddingTarget(vectors, weights, [phrase.stop for phrase in mine]))
            )
        return found

    def notices(self, request: DrawRequest) -> tuple["Notice", ...]:
        """What the person should know: a rounded size, and what the guides could not read."""
        from store.model import Notice

        found = []
        plan = self.plan(request)
        if request.size not in (None, (plan.width, plan.height)):
            sides = {"width": plan.width, "height": plan.height}
            found.append(Notice("notice-size-rounded", sides))
        return (*found, *warnings.prompt_notices(self.guides, request.phrases))


def load_models(names: ModelNames, device: str, folder: Path) -> LoadedModels:
    """Reads the weights; raises EngineError for a name that is not known or not on disk."""
    where = choose_device(device)
    entry, weights = _vqgan(names.vqgan, folder)
    scripts = {LATIN: model_names(names.clip), CYRILLIC: model_names(names.ruclip)}
    needed = dict.fromkeys(name for some in scripts.values() for name in some)
    loaded = {name: _guide(name, folder, where) for name in needed}
    guides = {kind: tuple(loaded[name] for name in some) for kind, some in scripts.items()}
    warnings.log_lopsided(guides)
    found = packaged.find("prior", entry.name)
    prior = Prior.of(load_file(found.path(folder))).to(where) if found else None
    assert entry.shape is not None
    vqgan = VQGAN(entry.shape)
    vqgan.load_state_dict({key: value.float() for key, value in weights.items()})
    vqgan.eval().requires_grad_(False).to(where)
    vqgan.to(memory_format=torch.channels_last)
    return LoadedModels(vqgan, entry, guides, prior)


def _vqgan(name: str, folder: Path) -> tuple[PackagedModel, Mapping[str, Tensor]]:
    """One of the manifest, one of the models' folder, or a file: ours, or a checkpoint + .yaml."""
    if entry := packaged.find("vqgan", name):
        return entry, load_file(_there(entry.path(folder), name, folder))
    named = name in PUBLISHED or name in shelf.own_vqgans(folder)
    path = _there(folder / weights_of(name) if named else Path(name), name, folder)
    shape = checkpoint.converted_shape(path) or read_config(path.with_suffix(".yaml"))
    entry = PackagedModel(
        name, "vqgan", path.name, "", path.name, path.stat().st_size, "", shape=shape
    )
    return entry, checkpoint.read_checkpoint(path, shape)


def _guide(name: str, folder: Path, device: torch.device) -> Guide:
    """One of the manifest, one of the models' folder, a ruCLIP's folder, or ARCHITECTURE:FILE."""
    if entry := packaged.find("guide", name):
        return PocketGuide(load_file(_there(entry.path(folder), name, folder, "guide")), device)
    clip = shelf.clip_in(folder, name)
    ruclip = shelf.ruclip_in(folder, name)
    if clip is None and (ruclip or Path(name).is_dir()):
        from engine.guides.ruclip import RuClipGuide

        return RuClipGuide(ruclip or Path(name), device, name)
    if clip is None:
        architecture, colon, file = name.partition(":")
        if not colon:
            _there(Path(name), name, folder, "guide")
        clip = architecture, Path(file)
    from engine.guides.clip import ClipGuide  # open_clip takes seconds to import

    architecture, weights = clip
    return ClipGuide(architecture, _there(weights, name, folder, "guide"), device, name)


def _there(path: Path, name: str, folder: Path, kind: str = "vqgan") -> Path:
    """The path, if there is a file; else says what is wrong with the name."""
    if path.is_file():
        return path
    known = [line.name for line, _ in shelf.all_models(folder) if line.kind == kind]
    is_path = any(sign in name for sign in ":/.")
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.8 if is_path else 0.4)
    if name in known or (is_path and not near):
        raise EngineError("model-missing", name=name, path=str(path))
    near = near or known[:5]
    raise EngineError("model-unknown", name=name, near=", ".join(near))
