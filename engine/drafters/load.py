"""Load a drafter from its files: a folder in the models' folder, or anywhere."""

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from engine import hardware
from engine.drafters import dalle_mini, rudalle
from engine.drafters.dalle_mini import DalleMiniDrafter
from engine.drafters.drafter import Drafter
from engine.drafters.files import DECODER, ENCODER, FLAX, MERGES, VOCABULARY, weights_file
from engine.drafters.precision import placed, weights_dtype
from engine.drafters.published import PUBLISHED_DRAFTERS, PublishedDrafter
from engine.drafters.rudalle import TEXT_TO_PICTURE, RuDalleDrafter, RuDalleSettings
from engine.drafters.sampling import Sampling
from engine.drafters.second_stage.load import SECOND_STAGES, TOKENS, load_second_stage
from engine.drafters.subwords import SubwordTokenizer, read_merges, read_vocabulary
from engine.errors import EngineError
from engine.guides.ruclip_tokenizer import YttmTokenizer
from engine.weights.flax import read_dalle_mini
from engine.weights.folders import BPE
from engine.weights.read import read_weights

SECOND_TEXT = "r_text_pos_embeddings.weight"  # that RUDOLPH alone has
# What the files do not say, by the model's family and version.
SETTINGS = {
    "rudalle": RuDalleSettings(heads=16),
    "rudalle-2": RuDalleSettings(heads=16, version=2),
    "rudalle-xxl": RuDalleSettings(heads=60, sampling=Sampling(top_k=768, top_p=0.99)),
    "rudolph": RuDalleSettings(
        heads=16,
        special=TEXT_TO_PICTURE,
        kernels=(7, 9),
        sampling=Sampling(top_k=768, top_p=0.99),
    ),
}


DALLE_HEADS: dict[str | None, int] = {"dalle-mini": 16, "dalle-mega": 32}
HEAD = 64  # width of a head of both


@dataclass(frozen=True)
class FoundDrafter:
    """Where the files of a drafter are; `published` is None for a folder of its own."""

    name: str
    folder: Path
    published: PublishedDrafter | None

    def load(self, device: torch.device) -> Drafter:
        """Load it; raise EngineError as `load_drafter`, and for a file that is missing."""
        try:
            family = self.published.family if self.published else None
            return load_drafter(self.name, self.folder, family, device)
        except EngineError as error:
            if error.key == "model-missing":
                raise self.missing(Path(str(error.values["path"])).name) from error
            raise error.renamed(self._files()) from error

    def _files(self) -> dict[str, str]:
        """Return each file as people know it, by its name: with the folder's name."""
        return {path.name: f"{self.folder.name}/{path.name}" for path in self.folder.iterdir()}

    def missing(self, file: str) -> EngineError:
        """Return the error for a file that is not there; it ends with what brings it."""
        if self.published is None:
            return EngineError("drafter-incomplete", name=self.name, file=file)
        if by_hand := self.published.by_hand:
            return EngineError(
                "model-only-by-hand", name=self.name, own=self.name, **by_hand.values
            )
        return EngineError("model-missing-pull", name=self.name, own=self.name, alias="no")


def find_drafter(name: str, models: Path, vqgan: str, device: torch.device) -> FoundDrafter:
    """Find a drafter by its name, in the models' folder, or by the folder of its files.

    Raises EngineError for one that is unknown or not on disk, that draws codes of another VQGAN, or
    whose weights are larger than the free memory.
    """
    published = PUBLISHED_DRAFTERS.get(name)
    if published is not None:
        _check_published(published, vqgan, device)
    elif Path(name).is_file():
        raise EngineError("drafter-file", name=name)
    elif not Path(name).is_dir():
        near = ", ".join(difflib.get_close_matches(name, PUBLISHED_DRAFTERS, cutoff=0.4))
        raise EngineError("model-unknown", name=name, near=near or "rudolph")
    found = FoundDrafter(name, models / name if published else Path(name), published)
    if not (file := weights_file(found.folder)).is_file():
        raise found.missing(file.name)
    return found


def _check_published(published: PublishedDrafter, vqgan: str, device: torch.device) -> None:
    name, free = published.name, hardware.free_memory(device)
    if vqgan not in published.vqgans:
        raise EngineError("drafter-vqgan", name=name, vqgan=vqgan, needed=published.vqgan)
    need = published.memory_bytes * weights_dtype(device).itemsize // 2
    if free is not None and need > free:
        figures = {"need": round(need / 1e9, 1), "free": round(free / 1e9, 1)}
        raise EngineError("memory-drafter", name=name, **figures)


def load_drafter(name: str, folder: Path, family: str | None, device: torch.device) -> Drafter:
    """Load the drafter whose files are in *folder*.

    family: of `engine.drafters.published`; None to tell by the files.

    Raises EngineError for files that are missing, damaged or of another model.
    """
    if family in SECOND_STAGES:
        weights = read_weights(weights_file(folder))
        return load_second_stage(name, folder, weights, family, device)
    if family in DALLE_HEADS or (family is None and (folder / VOCABULARY).is_file()):
        return _dalle_mini(name, folder, DALLE_HEADS.get(family), device)
    weights = read_weights(weights_file(folder))
    if any(key.endswith(TOKENS) for key in weights):
        return load_second_stage(name, folder, weights, None, device)
    settings = SETTINGS[family or ("rudolph" if SECOND_TEXT in weights else "rudalle")]
    try:
        model = rudalle.load(weights, settings, weights_dtype(device))
    except (KeyError, RuntimeError, ValueError) as error:
        raise EngineError("drafter-unreadable", name=name) from error
    with _file_errors(folder / BPE):
        tokenizer = YttmTokenizer(folder / BPE)
    if tokenizer.size > model.shape.text_vocabulary - model.shape.text:
        raise EngineError("drafter-unreadable", name=BPE)
    return RuDalleDrafter(name, placed(model, device), tokenizer, settings)


def _dalle_mini(
    name: str, folder: Path, heads: int | None, device: torch.device
) -> DalleMiniDrafter:
    """Load it from min-dalle's two files, or from the one of Flax's."""
    if (folder / FLAX).is_file() and not (folder / DECODER).is_file():
        encoder, decoder = read_dalle_mini(folder / FLAX)
    else:
        encoder, decoder = (read_weights(folder / file) for file in (ENCODER, DECODER))
    try:
        heads = heads or max(1, encoder["embed_tokens.weight"].shape[1] // HEAD)
        networks = dalle_mini.load(encoder, decoder, heads, weights_dtype(device))
    except (KeyError, RuntimeError, ValueError) as error:
        raise EngineError("drafter-unreadable", name=name) from error
    with _file_errors(folder / VOCABULARY):
        ids = read_vocabulary(folder / VOCABULARY)
    with _file_errors(folder / MERGES):
        tokenizer = SubwordTokenizer(ids, read_merges(folder / MERGES))
    reader, writer = networks
    return DalleMiniDrafter(name, placed(reader, device), placed(writer, device), tokenizer)


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    """Turn the errors of a tokenizer's file into EngineError."""
    try:
        yield
    except FileNotFoundError as error:
        raise EngineError("model-missing", name=path.name, path=str(path)) from error
    except (OSError, ValueError) as error:
        raise EngineError("drafter-unreadable", name=path.name) from error
