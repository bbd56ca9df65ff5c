"""Load a drafter from its files: a folder in the models' folder, or anywhere."""

from pathlib import Path

import torch

from engine.drafters import rudalle
from engine.drafters.drafter import Drafter
from engine.drafters.files import weights_file
from engine.drafters.rudalle import TEXT_TO_PICTURE, RuDalleDrafter, RuDalleSettings
from engine.drafters.sampling import Sampling
from engine.errors import EngineError
from engine.guides.ruclip_tokenizer import YttmTokenizer
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


def load_drafter(name: str, folder: Path, family: str | None, device: torch.device) -> Drafter:
    """Load the drafter whose files are in *folder*.

    family: one of `SETTINGS`; None to tell by the weights.

    Raises EngineError for files that are missing, damaged or of another model.
    """
    weights = read_weights(weights_file(folder))
    settings = SETTINGS[family or ("rudolph" if SECOND_TEXT in weights else "rudalle")]
    try:
        model = rudalle.load(weights, settings, weights_dtype(device))
    except (KeyError, RuntimeError, ValueError) as error:
        raise EngineError("drafter-unreadable", name=name) from error
    try:
        tokenizer = YttmTokenizer(folder / BPE)
    except FileNotFoundError as error:
        raise EngineError("model-missing", name=BPE, path=str(folder / BPE)) from error
    except (OSError, ValueError) as error:
        raise EngineError("drafter-unreadable", name=BPE) from error
    if tokenizer.size > model.shape.text_vocabulary - model.shape.text:
        raise EngineError("drafter-unreadable", name=BPE)
    return RuDalleDrafter(name, model.to(device), tokenizer, settings)


def weights_dtype(device: torch.device) -> torch.dtype:
    """Return the type in which the device reads and multiplies large matrices fastest.

    Drawing a code reads every weight once, so half the bytes are half the time.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    tell = getattr(torch.cpu, "get_capabilities", dict)  # since torch 2.8
    capable: dict[str, object] = tell() if device.type == "cpu" else {}
    return torch.bfloat16 if capable.get("avx512_bf16") else torch.float32
