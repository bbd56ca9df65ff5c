"""Load a VQGAN and guides by name."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from engine.defaults import DEFAULTS, FIRST_DEFAULTS, PaintingDefaults
from engine.device import choose_device
from engine.drafters.drafter import Drafter
from engine.errors import EngineError
from engine.guides import warnings
from engine.guides.guide import Guide, as_understood
from engine.guides.pocket import PocketGuide
from engine.guides.text_cache import TextEmbeddingCache
from engine.kernels.precision import choose_precision, type_of
from engine.networks.checkpoint import fitted, vqgan_state
from engine.networks.conversion import stated_shape
from engine.networks.pocket_drafter import PocketDrafter
from engine.networks.prior import Prior
from engine.networks.vqgan import VQGAN, codebook_digest
from engine.networks.vqgan_config import VqganShape
from engine.registry import folder as models_folder
from engine.registry import packaged
from engine.registry.aliases import canonical_name
from engine.registry.download_specs import DOWNLOADS, weights_of
from engine.registry.ruclips import PUBLISHED_RUCLIP
from engine.registry.vqgans import PUBLISHED
from engine.weights.folders import clip_weights_in, is_ruclip
from store.reader.repertoire import Repertoire
from store.reader.scripts import CYRILLIC, LATIN
from store.request.prompt import Phrase
from store.request.request import model_names


@dataclass(frozen=True)
class ModelNames:
    """The models to paint with: `clip` reads Latin script, `ruclip` reads Cyrillic.

    Each of the two may be several names, separated by commas.
    """

    vqgan: str = "pocket"
    clip: str = "pocket"
    ruclip: str = "pocket"
    config: Path | None = None  # of a VQGAN that is a file, if it is not beside it
    draft: str | None = None
    exact: bool = False  # in fp32 where `auto` chooses: the request is of an earlier edition


@dataclass(frozen=True, eq=False)
class LoadedModels:
    """A VQGAN, its guides and its prior, all on one device."""

    name: str  # of the VQGAN
    vqgan: VQGAN
    defaults: PaintingDefaults
    guides: Mapping[str, tuple[Guide, ...]]  # by the script that they read
    prior: Prior | None = None
    prior_guide: Guide | None = None  # whose text embeddings the prior reads
    drafter: Drafter | None = None  # that the request asked for
    composer: PocketDrafter | None = None  # drafts what a prompt wishes for, in place of the prior
    embeddings: TextEmbeddingCache = field(default_factory=TextEmbeddingCache)
    earlier: tuple[PaintingDefaults, ...] = ()  # editions of the defaults before these
    precision: str = "fp32"  # that the VQGAN's decoder computes in

    def edition(self, number: int | None) -> tuple[int, PaintingDefaults]:
        """Return an edition of the painting defaults with its number; the latest for None."""
        editions = (*self.earlier, self.defaults)
        number = min(number or len(editions), len(editions))
        return number, editions[number - 1]

    @property
    def drawn(self) -> Repertoire | None:
        """Return what first drafts can show, beside what the guides know."""
        composes = self.composer is not None and self.defaults.composed is not None
        return self.composer.repertoire if self.composer and composes else None

    def phrase_vectors(self, guide: Guide, phrases: Sequence[Phrase], *, plain: bool) -> Tensor:
        """Return unit vectors [n, d] of phrases, each as it is or, `plain`, as it is understood."""
        texts = [phrase.text for phrase in phrases]
        return self.embeddings(guide, [as_understood(guide, t) for t in texts] if plain else texts)


@dataclass(frozen=True)
class _VqganFile:
    shape: VqganShape
    weights: Mapping[str, Tensor]
    defaults: PaintingDefaults
    earlier: tuple[PaintingDefaults, ...] = ()


def load_models(
    names: ModelNames, device: str, folder: Path, precision: str = "fp32"
) -> LoadedModels:
    """Read the weights from the package, from the models' folder or from files.

    precision: one of `engine.kernels.precision`. With `auto` packaged guides compute in fp32, so
        that they choose the same draft on any machine, and packaged VQGANs never in fp16.

    Raises EngineError for a name that is unknown or not on disk.
    """
    precision = "fp32" if names.exact and precision == "auto" else precision
    torch_device = choose_device(device)
    found = None
    if names.draft is not None:  # it may refuse: better before anything large is read
        from engine.drafters.load import find_drafter  # its packages come with the extra engine

        found = find_drafter(names.draft, folder, names.vqgan, torch_device)
    file = _read_vqgan(names.vqgan, folder, names.config)
    loaded = _load_guides(names, folder, torch_device, precision)
    guides = _by_script(names, loaded)
    warnings.log_pocket_only_scripts(guides)
    prior, prior_guide = _load_prior(names.vqgan, folder, loaded, torch_device)
    drafter = found.load(torch_device) if found else None
    if drafter is not None:
        _check_codes(drafter, names.vqgan, file)
    vqgan = VQGAN(file.shape)
    vqgan.load_state_dict({key: value.float() for key, value in file.weights.items()})
    vqgan.eval().requires_grad_(False).to(torch_device)
    vqgan.to(memory_format=torch.channels_last)
    if torch_device.type == "cuda":  # what is said to be fp32 has all its digits
        torch.backends.cudnn.allow_tf32 = False
    decoders = _precision_of("vqgan", names.vqgan, precision, torch_device)
    vqgan.decode_in(type_of(decoders))
    return LoadedModels(
        names.vqgan,
        vqgan,
        file.defaults,
        guides,
        prior,
        prior_guide,
        drafter,
        _load_composer(names.vqgan, folder, torch_device),
        earlier=file.earlier,
        precision=decoders,
    )


def load_guides(
    names: ModelNames, device: str, folder: Path, precision: str = "fp32"
) -> Mapping[str, tuple[Guide, ...]]:
    """Read the guides alone, by the script that they read; raise EngineError as `load_models`."""
    return _by_script(names, _load_guides(names, folder, choose_device(device), precision))


def _load_guides(
    names: ModelNames, folder: Path, device: torch.device, precision: str
) -> dict[str, Guide]:
    """Return the guides by their names."""
    loaded = {}
    for name in dict.fromkeys((*model_names(names.clip), *model_names(names.ruclip))):
        loaded[name] = _load_guide(name, folder, device)
        loaded[name].see_in(type_of(_precision_of("guide", name, precision, device)))
    return loaded


def _by_script(names: ModelNames, loaded: Mapping[str, Guide]) -> Mapping[str, tuple[Guide, ...]]:
    by_script = {LATIN: model_names(names.clip), CYRILLIC: model_names(names.ruclip)}
    return {kind: tuple(loaded[name] for name in some) for kind, some in by_script.items()}


def _precision_of(kind: str, name: str, precision: str, device: torch.device) -> str:
    """Return what a model computes in; the packaged ones in fp16 only where it is asked for.

    A picture of the packaged VQGAN in bf16 differs from that in fp32 by an error 45 dB below it.
    """
    chosen = choose_precision(precision, device)
    is_packaged = packaged.find(kind, canonical_name(kind, name)) is not None
    if precision != "auto" or not is_packaged:
        return chosen
    return "bf16" if kind == "vqgan" and chosen == "bf16" else "fp32"


def _load_prior(
    vqgan: str, folder: Path, guides: Mapping[str, Guide], device: torch.device
) -> tuple[Prior, Guide] | tuple[None, None]:
    """Return the VQGAN's prior and its guide, unless the VQGAN has none or the guide is absent."""
    entry = packaged.find("prior", vqgan)
    guide = guides.get(entry.reads) if entry else None
    if entry is None or guide is None:
        return None, None
    return Prior.of(load_file(entry.path(folder))).to(device), guide


def _load_composer(vqgan: str, folder: Path, device: torch.device) -> PocketDrafter | None:
    entry = packaged.find("layered prior", vqgan)
    return PocketDrafter.load(entry.path(folder), device) if entry else None


def _check_codes(drafter: Drafter, name: str, vqgan: _VqganFile) -> None:
    """Raise EngineError where the drafter's codes are not those of the VQGAN."""
    has = vqgan.shape.n_embed
    if drafter.codes > has:
        raise EngineError("drafter-codes", name=drafter.name, codes=drafter.codes, has=has)
    kind = "embed" if vqgan.shape.quantiser == "gumbel" else "embedding"
    codebook = codebook_digest(vqgan.weights[f"quantize.{kind}.weight"])
    if drafter.codebook not in ("", codebook):
        raise EngineError("drafter-codebook", name=drafter.name, vqgan=name)


def _read_vqgan(typed: str, folder: Path, config: Path | None = None) -> _VqganFile:
    """Read a packaged model, one of the models' folder, or a file."""
    name = canonical_name("vqgan", typed)
    if entry := packaged.find("vqgan", name):
        assert entry.shape is not None
        if config is not None:
            raise EngineError("config-useless", name=name)
        weights = load_file(_require_file(entry.path(folder), typed, folder))
        return _VqganFile(entry.shape, weights, entry.defaults, entry.earlier)
    in_folder = name in PUBLISHED or name in models_folder.own_vqgans(folder)
    path = folder / weights_of(name) if in_folder else Path(name)
    _require_file(path, typed, folder)
    if config is not None and in_folder:
        raise EngineError("config-useless", name=name)
    state = vqgan_state(path)
    shape, weights = fitted(state, stated_shape(path, config), path.name)
    return _VqganFile(shape, weights, DEFAULTS, (FIRST_DEFAULTS,))


def _load_guide(name: str, folder: Path, device: torch.device) -> Guide:
    """Load a packaged guide, one of the models' folder, or one of a file or a folder."""
    typed, name = name, canonical_name("guide", name)
    if entry := packaged.find("guide", name):
        file = _require_file(entry.path(folder), typed, folder, "guide")
        return PocketGuide(load_file(file), device)
    if clip := models_folder.clip_in(folder, name):
        return _load_clip(*clip, typed, folder, device)
    ruclip = models_folder.ruclip_in(folder, name)
    path = ruclip or Path(name)
    if name in PUBLISHED_RUCLIP and not path.is_dir():
        raise _missing(name, typed)
    if ruclip or (path.is_dir() and is_ruclip(path)):
        from engine.guides.ruclip import RuClipGuide

        return RuClipGuide(path, device, name)
    architecture, colon, file_name = name.partition(":")
    if colon and not path.exists():  # on Windows a path itself may have a colon
        return _load_clip(architecture, Path(file_name), name, folder, device)
    return _load_clip("", path, name, folder, device)


def _load_clip(
    architecture: str, path: Path, name: str, folder: Path, device: torch.device
) -> Guide:
    """Load the CLIP of a file or a folder; without an architecture the files tell it."""
    weights = clip_weights_in(path) if path.is_dir() else path
    _require_file(weights, name, folder, "guide")
    from engine.guides.clip import ClipGuide  # open_clip takes seconds to import

    return ClipGuide(architecture, weights, device, name)


def _require_file(path: Path, name: str, folder: Path, kind: str = "vqgan") -> Path:
    """Return the path if it is a file; else raise EngineError with the way to one.

    name: of the model as it was typed; a published one is not on disk then.
    """
    if path.is_file():
        return path
    own = canonical_name(kind, name)
    if own in DOWNLOADS:
        raise _missing(own, name)
    known = [model.name for model, _ in models_folder.all_models(folder) if model.kind == kind]
    is_path = any(sign in name for sign in ":/.")
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.8 if is_path else 0.4)
    if name in known or (is_path and not near):
        raise EngineError("model-missing", name=name, path=str(path))
    near = near or known[:5]
    raise EngineError("model-unknown", name=name, near=", ".join(near))


def _missing(own: str, typed: str) -> EngineError:
    """Return the error for a published model that is not on disk; it ends with what brings it."""
    if by_hand := DOWNLOADS[own].by_hand:
        return EngineError("model-only-by-hand", name=typed, own=own, **by_hand.values)
    alias = "no" if typed == own else "yes"
    return EngineError("model-missing-pull", name=typed, own=own, alias=alias)
