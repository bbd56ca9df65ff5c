"""What to download for each published model and how it is converted."""

from dataclasses import dataclass, replace
from pathlib import Path

from engine.downloads.fetch import is_complete
from engine.downloads.sources import ByHand, Source
from engine.drafters.files import SECOND_STAGE
from engine.drafters.published import PUBLISHED_DRAFTERS, PublishedDrafter
from engine.networks.published_vqgan import PublishedVqgan
from engine.networks.vqgan_config import VqganShape
from engine.registry.clips import PUBLISHED_CLIP, PublishedClip, folder_of
from engine.registry.ruclips import PUBLISHED_RUCLIP, PublishedRuClip
from engine.registry.vqgans import PUBLISHED
from engine.upscaling.published import PUBLISHED_UPSCALERS, PublishedUpscaler


@dataclass(frozen=True)
class Conversion:
    """The conversion of a checkpoint to the file that the engine loads."""

    source: str  # one of the spec's files
    target: str
    shape: VqganShape
    second_stage: str = ""  # where the transformer of the same checkpoint is kept, if it has one


@dataclass(frozen=True)
class DownloadSpec:
    """The files to download for a model, each with its mirrors."""

    name: str
    files: tuple[tuple[str, tuple[Source, ...]], ...] = ()  # paths below the models' folder
    conversion: Conversion | None = None
    by_hand: ByHand | None = None  # if its files cannot be downloaded by a program
    needs_second_stage: bool = False  # else the first stage alone makes it complete

    @property
    def hashes(self) -> dict[str, str]:
        """Return the published sha256 of each file, by its name in the models' folder."""
        known = {
            Path(file).name: next((source.sha256 for source in sources if source.sha256), None)
            for file, sources in self.files
        }
        if self.by_hand:
            known[f"{self.name}.ckpt"] = self.by_hand.sha256
        return {file: sha256 for file, sha256 in known.items() if sha256}


def weights_of(vqgan: str) -> str:
    """Return the file name of a VQGAN's weights in the models' folder."""
    return f"{vqgan}.safetensors"


def _spec(model: PublishedVqgan) -> DownloadSpec:
    if not model.checkpoint or model.shape is None:
        return DownloadSpec(model.name, by_hand=model.by_hand)
    checkpoint = f"{model.name}.ckpt"
    conversion = Conversion(
        checkpoint, weights_of(model.name), model.shape, _second_stage_of(model.name)
    )
    return DownloadSpec(model.name, ((checkpoint, model.checkpoint),), conversion)


def _second_stage_of(vqgan: str) -> str:
    """Return the file of the drafter that comes in the VQGAN's checkpoint; "" without one."""
    drafters = PUBLISHED_DRAFTERS.values()
    found = (model.name for model in drafters if model.first_stage == vqgan)
    return next((f"{name}/{SECOND_STAGE}" for name in found), "")


def _drafter(model: PublishedDrafter) -> DownloadSpec:
    """Return its own files, or the checkpoint of its VQGAN, which holds it too."""
    if not model.first_stage:
        return _folder(model, model.by_hand)
    first = _spec(PUBLISHED[model.first_stage])
    return replace(first, name=model.name, needs_second_stage=True)


def _folder(
    model: PublishedClip | PublishedRuClip | PublishedDrafter | PublishedUpscaler,
    by_hand: ByHand | None = None,
) -> DownloadSpec:
    folder = folder_of(model.name)
    files = tuple((f"{folder}/{file}", urls) for file, urls in model.files)
    return DownloadSpec(model.name, files, by_hand=by_hand)


DOWNLOADS = (
    {name: _spec(model) for name, model in PUBLISHED.items()}
    | {name: _folder(model) for name, model in PUBLISHED_CLIP.items()}
    | {name: _folder(model) for name, model in PUBLISHED_RUCLIP.items()}
    | {name: _drafter(model) for name, model in PUBLISHED_DRAFTERS.items()}
    | {name: _folder(model) for name, model in PUBLISHED_UPSCALERS.items()}
)


def is_here(spec: DownloadSpec, folder: Path) -> bool:
    """Return whether the engine can load it; a converted checkpoint may be deleted."""
    conversion = spec.conversion
    if conversion is not None and not (folder / conversion.target).is_file():
        return False
    if conversion is not None and spec.needs_second_stage:
        return (folder / conversion.second_stage).is_file()
    files = [file for file in spec.files if conversion is None or file[0] != conversion.source]
    return all(is_complete(sources, folder / file) for file, sources in files)
