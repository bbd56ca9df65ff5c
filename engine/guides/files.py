"""Names of the files of a ruCLIP folder."""

from pathlib import Path

BPE, CONFIG = "bpe.model", "config.json"


# The first that exists is used.
WEIGHTS = ("pytorch_model.safetensors", "model.safetensors", "pytorch_model.bin")


def weights_in(folder: Path) -> Path:
    """Return the file of the weights in a ruCLIP folder; the published name if there is none."""
    files = (folder / file for file in WEIGHTS)
    return next((file for file in files if file.is_file()), folder / WEIGHTS[-1])
