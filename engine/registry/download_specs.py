"""What to download for each published model and how it is converted."""

from dataclasses import dataclass
from pathlib import Path

from engine.downloads.fetch import is_there
from engine.downloads.sources import Source
from engine.networks.vqgan_config import VqganShape
from engine.registry.clips import PUBLISHED_CLIP, PublishedClip, folder_of
from engine.registry.ruclips import PUBLISHED_RUCLIP, PublishedRuClip
from engine.registry.vqgans import PUBLISHED, PublishedVqgan


@dataclass(frozen=True)
class Conversion:
    """A checkpoint that is rewritten once as what the engine loads."""

    source: str  # one of the spec's files
    target: str
    shape: VqganShape


@dataclass(frozen=True)
class DownloadSpec:
    """What is fetched for the name of a model; each file has its mirrors."""

    name: str
    files: tuple[tuple[str, tuple[Source, ...]], ...] = ()  # paths below the models' folder
    conversion: Conversion | None = None
    note: str = ""  # where its files are, if a program cannot fetch them


def weights_of(vqgan: str) -> str:
    """What the weights of a published VQGAN are called in the models' folder."""
    return f"{vqgan}.safetensors"


def _spec(model: PublishedVqgan) -> DownloadSpec:
    if not model.checkpoint or model.shape is None:
        return DownloadSpec(model.name, note=model.note)
    checkpoint = f"{model.name}.ckpt"
    made = Conversion(checkpoint, weights_of(model.name), model.shape)
    return DownloadSpec(model.name, ((checkpoint, model.checkpoint),), made)


def _folder(model: PublishedClip | PublishedRuClip) -> DownloadSpec:
    place = folder_of(model.name)
    return DownloadSpec(model.name, tuple((f"{place}/{file}", urls) for file, urls in model.files))


DOWNLOADS = (
    {name: _spec(model) for name, model in PUBLISHED.items()}
    | {name: _folder(model) for name, model in PUBLISHED_CLIP.items()}
    | {name: _folder(model) for name, model in PUBLISHED_RUCLIP.items()}
)


def is_here(spec: DownloadSpec, folder: Path) -> bool:
    """Whether the engine can load it; a checkpoint that was converted may be gone."""
    made = spec.conversion
    if made is not None and not (folder / made.target).is_file():
        return False
    files = [file for file in spec.files if made is None or file[0] != made.source]
    return all(is_there(sources, folder / file) for file, sources in files)
