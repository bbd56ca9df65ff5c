"""A CLIP of open_clip's architectures as a guide, its weights read from a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError

import open_clip
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from engine.errors import EngineError


class ClipGuide:
    """`architecture` is a name of open_clip's, such as ViT-B-32-quickgelu for OpenAI's weights."""

    def __init__(self, architecture: str, file: Path, device: torch.device) -> None:
        if architecture not in open_clip.list_models():
            raise EngineError("model-architecture", name=architecture)
        self.name = f"{architecture}:{file}"
        model = open_clip.create_model(architecture, load_weights=False)
        try:
            model.load_state_dict(_weights(file))
        except (RuntimeError, OSError, SafetensorError, UnpicklingError) as error:
            raise EngineError("model-unreadable", name=self.name) from error
        self.model = model.eval().requires_grad_(False).to(device)
        self.tokenize = open_clip.get_tokenizer(architecture)
        self.device = device
        seen = open_clip.get_model_preprocess_cfg(model)
        size = seen["size"]
        self.side: int = size if isinstance(size, int) else size[0]
        self.mean = torch.tensor(seen["mean"], device=device).view(1, 3, 1, 1)
        self.std = torch.tensor(seen["std"], device=device).view(1, 3, 1, 1)

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        tokens = self.tokenize(list(texts)).to(self.device)  # cut at the model's context
        return self.model.encode_text(tokens, normalize=True).float()  # type: ignore[no-any-return]

    def encode_image(self, pictures: Tensor) -> Tensor:
        normal = (pictures - self.mean) / self.std
        return self.model.encode_image(normal, normalize=True).float()  # type: ignore[no-any-return]

    def baseline(self) -> Tensor | None:
        return None

    def unknown(self, text: str) -> None:
        return None


def _weights(file: Path) -> Mapping[str, Tensor]:
    """Tensors only: nothing that a file names is ever run."""
    if file.suffix == ".safetensors":
        return load_file(file)
    state: Mapping[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return state
