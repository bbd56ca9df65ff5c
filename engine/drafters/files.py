"""The files of a drafter's folder."""

from collections.abc import Collection
from pathlib import Path

WEIGHTS = "weights"  # the file's name without its ending
CONFIG = "config.yaml"  # of a second stage, by taming
SECOND_STAGE = f"{WEIGHTS}.safetensors"  # kept of a VQGAN's checkpoint
ENDINGS = (".safetensors", ".bin", ".pt", ".ckpt")
# Of DALL·E mini, as min-dalle publishes it, or as one file of Flax's.
ENCODER, DECODER, FLAX = "encoder.pt", "decoder.pt", "flax_model.msgpack"
VOCABULARY, MERGES = "vocab.json", "merges.txt"


def weights_file(folder: Path) -> Path:
    """Return the file of the weights in a drafter's folder: by its name, or the only such file.

    Where there is none it is the first name.
    """
    names = (*(f"{WEIGHTS}{ending}" for ending in ENDINGS), DECODER, FLAX)
    named = (folder / name for name in names if (folder / name).is_file())
    return next(named, None) or _only(folder, ENDINGS) or folder / names[0]


def config_file(folder: Path) -> Path:
    """Return the configuration in a second stage's folder, as `weights_file`."""
    path = folder / CONFIG
    return path if path.is_file() else _only(folder, (".yaml", ".yml")) or path


def _only(folder: Path, endings: Collection[str]) -> Path | None:
    found = [path for path in folder.glob("*") if path.suffix in endings and path.is_file()]
    return found[0] if len(found) == 1 else None
