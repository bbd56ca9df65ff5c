"""The files of a drafter's folder."""

from pathlib import Path

WEIGHTS = "weights"  # the file's name without its ending
CONFIG = "config.yaml"  # of a second stage, by taming
SECOND_STAGE = f"{WEIGHTS}.safetensors"  # kept of a VQGAN's checkpoint
ENDINGS = (".safetensors", ".bin", ".pt", ".ckpt")
# Of DALL·E mini, as min-dalle publishes it, or as one file of Flax's.
ENCODER, DECODER, FLAX = "encoder.pt", "decoder.pt", "flax_model.msgpack"
VOCABULARY, MERGES = "vocab.json", "merges.txt"


def weights_file(folder: Path) -> Path:
    """Return the file of the weights in a drafter's folder; the first name if there is none."""
    names = (*(f"{WEIGHTS}{ending}" for ending in ENDINGS), DECODER, FLAX)
    return next((folder / name for name in names if (folder / name).is_file()), folder / names[0])
