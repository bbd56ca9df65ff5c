"""Save and resume a training run atomically."""

import os
from typing import Any

import torch

from training.art import FOLDER


class TrainingCheckpoint:
    """The state of named components in `.training/<name>.pt`; each has a `state_dict`."""

    def __init__(self, name: str, **components: Any) -> None:
        self.path, self.components = FOLDER / f"{name}.pt", components

    def save(self, step: int) -> None:
        """Write the step number and all components; the file is replaced atomically."""
        state = {name: component.state_dict() for name, component in self.components.items()}
        temporary = self.path.with_suffix(".part")
        torch.save({"step": step, **state}, temporary)
        os.replace(temporary, self.path)

    def resume(self) -> int:
        """Load the checkpoint if there is one and return the number of completed steps."""
        if not self.path.exists():
            return 0
        saved = torch.load(self.path, map_location="cpu", weights_only=True)
        for name, component in self.components.items():
            if name in saved:
                component.load_state_dict(saved[name])
        return int(saved["step"])


def load_component(name: str, component: str) -> dict[str, torch.Tensor]:
    """Return the state dict of one component of another stage's checkpoint."""
    saved = torch.load(FOLDER / f"{name}.pt", map_location="cpu", weights_only=True)
    return saved[component]  # type: ignore[no-any-return]
