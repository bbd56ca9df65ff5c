"""Saves and resumes a training, whole or not at all."""

import os
from typing import Any

import torch

from training.art import FOLDER


class TrainingCheckpoint:
    """Anything with a `state_dict`, under `.training/<name>.pt`."""

    def __init__(self, name: str, **parts: Any) -> None:
        self.path, self.parts = FOLDER / f"{name}.pt", parts

    def save(self, step: int) -> None:
        state = {name: part.state_dict() for name, part in self.parts.items()}
        fresh = self.path.with_suffix(".part")
        torch.save({"step": step, **state}, fresh)
        os.replace(fresh, self.path)

    def resume(self) -> int:
        """Loads what is there; the number of steps already done."""
        if not self.path.exists():
            return 0
        saved = torch.load(self.path, map_location="cpu", weights_only=True)
        for name, part in self.parts.items():
            if name in saved:
                part.load_state_dict(saved[name])
        return int(saved["step"])


def load_part(name: str, part: str) -> dict[str, torch.Tensor]:
    """One part of a checkpoint, for another stage to build on."""
    saved = torch.load(FOLDER / f"{name}.pt", map_location="cpu", weights_only=True)
    return saved[part]  # type: ignore[no-any-return]
