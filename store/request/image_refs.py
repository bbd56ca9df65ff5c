"""References to images in a request: initial image, targets and style."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from store.errors import RequestError
from store.request.options import is_number, short
from store.request.prompt import MAX_WEIGHT

MAX_SOURCE = 4096  # the longest path of Linux
MAX_TARGETS = 8
INIT_WEIGHTS = (0.0, 1000.0)


@dataclass(frozen=True)
class ImageTarget:
    """An image to approach or, with a negative weight, to avoid."""

    source: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        check_source(self.source)
        value = short(str(self.weight))
        if not is_number(self.weight):
            raise RequestError("request-weight-not-a-number", value=value)
        if abs(self.weight) > MAX_WEIGHT:
            raise RequestError("request-weight-too-large", value=value, limit=int(MAX_WEIGHT))

    @classmethod
    def from_stored(cls, values: Mapping[str, Any]) -> Self:
        """Make a target from parsed JSON; unknown fields are ignored."""
        known = {field.name for field in fields(cls)} & values.keys()
        return cls(**{name: values[name] for name in known})


def check_source(source: str) -> None:
    """Raise RequestError for a text that cannot be the path or key of an image."""
    if not isinstance(source, str) or not source or "\0" in source or len(source) > MAX_SOURCE:
        raise RequestError("request-picture-name", value=short(str(source)))
