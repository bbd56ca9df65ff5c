"""Names of the files of a ruCLIP folder."""

from pathlib import Path

BPE, CONFIG = "bpe.model", "config.json"


WEIGHTS = ("pytorch_model.safetensors", "model.safetensors", "pytorch_model.bin")  # first found


def weights_in(folder: Path) -> Path:
    """The weights of a ruCLIP in its folder, or what they should be called there."""
    found = (folder / file for file in WEIGHTS)
    return next((file for file in found if file.is_file()), folder / WEIGHTS[-1])
