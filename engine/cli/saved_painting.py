"""A painting laid aside: the painter's state as safetensors, with the request in its metadata."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError
from store.errors import RequestError
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models import LoadedModels

ENDING = ".safetensors"
KEY = "mazok"  # of the request in the metadata
NEEDED = frozenset({"number", "latent", "chance"})


@dataclass(frozen=True)
class SavedPainting:
    """What a file holds."""

    path: Path
    request: DrawRequest
    number: int  # steps that are done
    state: "Mapping[str, Tensor]"

    def check(self, request: DrawRequest, models: "LoadedModels") -> None:
        """Raises EngineError where `request` cannot go on from here."""
        mine = self.request
        if (request.vqgan, request.size) != (mine.vqgan, mine.size) or mine.size is None:
            width, height = mine.size or (0, 0)
            values = {"path": self.path, "name": mine.vqgan, "width": width, "height": height}
            raise EngineError("latent-other", **values)
        plan, shape = models.plan(request), models.vqgan.shape
        n, channels, high, wide = self.state["latent"].shape
        largest = (plan.height // shape.cell, plan.width // shape.cell)
        if (n, channels) != (1, shape.embed_dim) or high > largest[0] or wide > largest[1]:
            raise EngineError("latent-unreadable", path=self.path)
        if self.number >= plan.total:
            raise EngineError("latent-finished", path=self.path, steps=self.number)


def read_saved(path: Path) -> SavedPainting:
    """Raises EngineError where the file is none that `write` wrote, or is damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            told = (file.metadata() or {})[KEY]
            names = file.keys()
            state = {name: file.get_tensor(name) for name in names}
        if not state.keys() >= NEEDED or state["latent"].dim() != 4:
            raise KeyError(*NEEDED)
        request, number = DrawRequest.from_json(told), int(state["number"])
    except (OSError, SafetensorError, RequestError, KeyError, ValueError, RuntimeError) as error:
        raise EngineError("latent-unreadable", path=path) from error
    return SavedPainting(path, request, number, state)


def check_saved(path: Path) -> None:
    """Raises EngineError where `write` could not work: known before the painting starts."""
    if path.suffix != ENDING:
        raise EngineError("latent-name", path=path)
    if not path.parent.is_dir():
        raise EngineError("out-no-folder", folder=path.parent)
    if path.is_dir():
        raise EngineError("out-is-folder", path=path)


def write_saved(path: Path, request: DrawRequest, state: "Mapping[str, Tensor]") -> None:
    """All of it or nothing: an interruption leaves the file that was there before."""
    from safetensors.torch import save_file

    part = path.with_name(f".{path.name}.part")
    whole = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    try:
        save_file(whole, part, {KEY: request.to_json()})
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
