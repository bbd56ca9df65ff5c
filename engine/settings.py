"""What the engine reads from the environment or from `.env`."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from store.request.request import STEPS
from store.settings import StoreSettings


class EngineSettings(StoreSettings):
    """The store's settings and the engine's own, all prefixed MAZOK_."""

    models: Path = Path("data/models")  # where downloaded weights lie
    vqgan: str = "pocket"
    clip: str = "pocket"
    ruclip: str = "pocket"
    steps: int = Field(default=0, ge=0, le=STEPS[1])  # where a request names none; 0: the model's
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int = Field(default=0, ge=0, le=1024)  # of the processor; 0 leaves it to torch
    job_minutes: float = Field(default=60.0, gt=0)  # an attempt that takes longer is given up
