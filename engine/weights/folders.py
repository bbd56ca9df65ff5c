"""Names of the files in a guide's folder: a ruCLIP's, or a CLIP's of open_clip or transformers."""

from pathlib import Path

from engine.errors import EngineError

BPE, CONFIG = "bpe.model", "config.json"
PREPROCESSOR, OPEN_CLIP = "preprocessor_config.json", "open_clip_config.json"
TOKENIZER, TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"
SAFE, PICKLED = "open_clip_model.safetensors", "open_clip_pytorch_model.bin"
CLIP_SETTINGS = (OPEN_CLIP, CONFIG, PREPROCESSOR)  # beside the weights, if they are there at all

# The first that exists is used.
WEIGHTS = ("pytorch_model.safetensors", "model.safetensors", "pytorch_model.bin")
CLIP_WEIGHTS = (SAFE, PICKLED, "model.safetensors", "pytorch_model.bin")


def weights_in(folder: Path) -> Path:
    """Return the file of the weights in a ruCLIP folder; the published name if there is none."""
    files = (folder / file for file in WEIGHTS)
    return next((file for file in files if file.is_file()), folder / WEIGHTS[-1])


def clip_weights_in(folder: Path) -> Path:
    """Return the file of the weights in a CLIP's folder; the usual name if there is none."""
    files = (folder / file for file in CLIP_WEIGHTS)
    return next((file for file in files if file.is_file()), folder / CLIP_WEIGHTS[0])


def is_ruclip(folder: Path) -> bool:
    """Return whether a folder holds a ruCLIP and not a CLIP, by the files that only one has.

    Raises EngineError for a folder that holds neither.
    """
    if (folder / BPE).is_file():
        return True
    if (folder / OPEN_CLIP).is_file() or (folder / PREPROCESSOR).is_file():
        return False
    if (folder / CONFIG).is_file():
        return b"model_type" not in (folder / CONFIG).read_bytes()  # which transformers writes
    raise EngineError("folder-unknown", name=folder.name)
