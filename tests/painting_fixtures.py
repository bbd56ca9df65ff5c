"""Small requests for the pocket models, and the end of what comes of them."""

from collections.abc import Iterator
from typing import Any

from engine.painter import Step
from store.request import DrawRequest


def asked(prompt: str = "cat", **fields: Any) -> DrawRequest:
    few = {"seed": 1, "steps": 4, "cutouts": 4, "size": (64, 64), "init_noise": "flat"}
    return DrawRequest(prompt, **{**few, **fields})


def last(steps: Iterator[Step]) -> Step:
    *_, step = steps
    return step
