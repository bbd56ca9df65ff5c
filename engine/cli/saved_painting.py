"""Saved paintings: the painter's state as safetensors, with the request in its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.painting import states
from store.errors import RequestError
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.networks.vqgan_config import VqganShape
    from engine.painting.plan import Plan

ENDING = ".safetensors"
KEY = "mazok"  # of the request in the metadata
NEEDED = frozenset({"number", "latent", "chance"})
DRAFT = frozenset({"number", "indices", "known", "perplexities"})  # of one that is being drafted


@dataclass(frozen=True)
class SavedPainting:
    """The content of a file."""

    path: Path
    request: DrawRequest
    number: int  # of steps done
    state: "Mapping[str, Tensor]"

    def check(self, request: DrawRequest, plan: "Plan", shape: "VqganShape") -> None:
        """Raise EngineError where `request`, with its plan, cannot go on from here."""
        own = self.request
        if (request.vqgan, request.size) != (own.vqgan, own.size) or own.size is None:
            width, height = own.size or (0, 0)
            values = {"path": self.path, "name": own.vqgan, "width": width, "height": height}
            raise EngineError("latent-other", **values)
        if self.state.keys() >= DRAFT:
            return
        pictures = states.split(self.state)
        if len(pictures) != len(request.kept):
            raise EngineError("latent-unreadable", path=self.path)
        n, channels, high, wide = pictures[0]["latent"].shape
        largest = (plan.height // shape.cell, plan.width // shape.cell)
        if (n, channels) != (1, shape.embed_dim) or high > largest[0] or wide > largest[1]:
            raise EngineError("latent-unreadable", path=self.path)
        if self.number >= plan.total:
            raise EngineError("latent-finished", path=self.path, steps=self.number)


def read_saved(path: Path) -> SavedPainting:
    """Raise EngineError where the file was not written by `write_saved`, or is damaged."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():  # a folder, a pipe
        raise EngineError("latent-unreadable", path=path)
    try:
        with safe_open(path, "pt") as file:
            metadata = (file.metadata() or {})[KEY]
            names = file.keys()
            state = {name: file.get_tensor(name) for name in names}
        painted = all(
            part.keys() >= NEEDED and part["latent"].dim() == 4 for part in states.split(state)
        )
        if not painted and not state.keys() >= DRAFT:
            raise KeyError(*NEEDED)
        request, number = DrawRequest.from_json(metadata), int(state["number"])
    except (OSError, SafetensorError, RequestError, KeyError, ValueError, RuntimeError) as error:
        raise EngineError("latent-unreadable", path=path) from error
    return SavedPainting(path, request, number, state)


def check_saved(path: Path) -> None:
    """Raise EngineError where `write_saved` could not work: known before the painting starts."""
    if path.suffix != ENDING:
        raise EngineError("latent-name", path=path)
    if not path.parent.is_dir():
        raise EngineError("out-no-folder", folder=path.parent)
    if path.is_dir():
        raise EngineError("out-is-folder", path=path)


def write_saved(path: Path, request: DrawRequest, state: "Mapping[str, Tensor]") -> None:
    """Write the file atomically: an interruption leaves the one that was there before."""
    from safetensors.torch import save

    part = path.with_name(f".{path.name}.part")
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    try:
        part.write_bytes(save(tensors, {KEY: request.to_json()}))  # its faults are the disk's own
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
