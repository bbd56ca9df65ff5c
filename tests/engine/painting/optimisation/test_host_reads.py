"""A step of a painting is queued on the device as a whole: nothing waits for a number of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from engine.models import LoadedModels
from engine.painting.painter import paint
from store.request.request import DrawRequest
from tests.fixtures.painting import asked

READS = ("_local_scalar_dense", "is_nonzero", "nonzero", "equal", "masked_select", "_unique2")


class NoReads(TorchDispatchMode):
    """Fails on the operations that on a GPU wait until it has computed."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = func.overloadpacket.__name__
        assert name not in READS, f"{name} reads from the device"
        return func(*args, **kwargs or {})


@contextmanager
def no_reads() -> Iterator[None]:
    """Also what copies to the host, which is nothing where the device is the host."""

    def forbidden(name: str) -> Callable[..., Any]:
        def read(*_: object, **__: object) -> None:
            raise AssertionError(f"{name} reads from the device")

        return read

    with pytest.MonkeyPatch.context() as patch, NoReads():  # type: ignore[no-untyped-call]
        for name in ("cpu", "numpy", "tolist"):
            patch.setattr(torch.Tensor, name, forbidden(name))
        yield


@pytest.mark.parametrize(
    "request_",
    [
        asked("red circle", steps=3, cutouts=4),
        asked("red circle:2:0.1 | кот:-1", steps=3, cutouts=4, optimizer="adamw"),
        asked("red circle", steps=3, cutouts=4, noise_prompts=((1, 0.5),)),
    ],
)
def test_a_step_reads_nothing_from_the_device(models: LoadedModels, request_: DrawRequest) -> None:
    painting = paint(request_, models)
    first = next(painting)
    with no_reads():
        later = [next(painting), next(painting)]
    for step in (first, *later):
        assert abs(step.loss) < 10 and step.image.shape[0] == 3


def test_a_read_is_found() -> None:
    with pytest.raises(AssertionError, match="reads from the device"), no_reads():
        float(torch.ones(()))
