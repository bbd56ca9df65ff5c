"""The settings of the engine, from the environment or `.env`."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from store.request.request import STEPS
from store.settings import StoreSettings
from store.system.home import models_at_home, path_at_home


class EngineSettings(StoreSettings):
    """The settings of the store and of the engine, all prefixed MAZOK_."""

    models: Path = Path("data/models")  # the folder of downloaded weights
    vqgan: str = "pocket"
    clip: str = "pocket"
    ruclip: str = "pocket"
    steps: int = Field(
        default=0, ge=0, le=STEPS[1]
    )  # if a request names none; 0: the model's default
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    # Paintings whose steps are computed at once; auto: as many as a GPU is faster with.
    batch: Literal["auto"] | Annotated[int, Field(ge=1, le=64)] = "auto"
    threads: int = Field(default=0, ge=0, le=1024)  # of the CPU; 0: torch's default
    job_minutes: float = Field(default=60.0, gt=0)  # the longest time of an attempt

    @model_validator(mode="after")
    def _models_at_home(self) -> Self:
        self.models = Path(path_at_home(str(self.models), self.home))
        self.vqgan = models_at_home(self.vqgan, self.home)
        self.clip = models_at_home(self.clip, self.home)
        self.ruclip = models_at_home(self.ruclip, self.home)
        return self
