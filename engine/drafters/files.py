"""The files of a drafter's folder."""

from pathlib import Path

WEIGHTS = "weights"  # the file's name without its ending
ENDINGS = (".safetensors", ".bin", ".pt", ".ckpt")


def weights_file(folder: Path) -> Path:
    """Return the file of the weights in a drafter's folder; the first name if there is none."""
    files = [folder / f"{WEIGHTS}{ending}" for ending in ENDINGS]
    return next((file for file in files if file.is_file()), files[0])
