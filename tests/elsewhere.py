"""A second device to test with where there is no GPU: tensors remember on which one they are."""

import gc
from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

HERE, ELSEWHERE = torch.device("cpu"), torch.device("cpu", 1)


def tensors(values: Any) -> Iterator[Tensor]:
    """All tensors among the arguments or results of a call."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, Mapping):
        yield from tensors(list(values.values()))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from tensors(value)


class Chance(torch.Generator):
    """A generator that remembers its device."""

    def __new__(cls, device: torch.device | str = HERE) -> "Chance":
        made = super().__new__(cls)
        made.place = torch.device(device)
        return made

    place: torch.device

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return self.place


def default_device() -> torch.device:
    return ELSEWHERE


class Elsewhere(TorchFunctionMode):
    """Makes ELSEWHERE the default device; a call that mixes devices fails, as with a GPU.

    Everything is computed on the CPU in truth. What was there before is HERE; a tensor's device
    goes by its storage, so that views and parameters share it. Numbers (tensors without
    dimensions) may meet any device, as in torch itself. Chance and `default_device` stand in for
    torch.Generator and torch.get_default_device.
    """

    def __init__(self) -> None:
        super().__init__()
        self.devices: WeakKeyDictionary[torch.UntypedStorage, torch.device] = WeakKeyDictionary()
        gc.collect()
        for found in gc.get_objects():
            if type(found) is Tensor:
                self._put(found, HERE)

    def where(self, tensor: Tensor) -> torch.device | None:
        """None: nobody knows (a gradient, say), so it may be anywhere."""
        return self.devices.get(tensor.untyped_storage())

    def _put(self, tensor: Tensor, device: torch.device) -> None:
        self.devices.setdefault(tensor.untyped_storage(), device)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        given = [t for t in tensors((args, kwargs)) if t.dim()]
        places = {place for t in given if (place := self.where(t))}
        if func == Tensor.device.__get__:
            return next(iter(places), ELSEWHERE)
        asked = kwargs.pop("device", None)
        if func in (Tensor.to, Tensor.cpu):
            asked, args = self._asked(func, args, asked)
            if asked is not None and places != {asked}:
                args, places = (args[0].clone(), *args[1:]), set()
        elif func is Tensor.numpy and places == {ELSEWHERE}:
            raise AssertionError("numpy() of a tensor on another device")
        if (source := kwargs.get("generator")) is not None:
            places.add(source.place)
            if not given:
                places.add(torch.device(asked) if asked is not None else ELSEWHERE)
        if len(places) > 1 and func is not Tensor.copy_:
            raise AssertionError(f"{getattr(func, '__name__', func)} of tensors on two devices")
        result = func(*args, **kwargs)
        place = torch.device(asked) if asked is not None else next(iter(places), None)
        for made in tensors(result):
            if place or not given:
                self._put(made, place or ELSEWHERE)
        return result

    @staticmethod
    def _asked(func: Any, args: tuple[Any, ...], device: Any) -> tuple[torch.device | None, Any]:
        """The device that `to` or `cpu` names, and the other arguments."""
        if func is Tensor.cpu:
            return HERE, args
        named = [a for a in args[1:] if isinstance(a, str | torch.device)]
        rest = tuple(a for a in args if not isinstance(a, str | torch.device))
        chosen = device if device is not None else next(iter(named), None)
        return (None if chosen is None else torch.device(chosen)), rest
