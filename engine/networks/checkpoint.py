"""Read a VQGAN's weights from a checkpoint, in any of the forms in which people have them."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from engine.errors import EngineError
from engine.networks.inferred_shape import inferred_shape
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape, difference
from engine.weights.read import known_weights
from engine.weights.recognise import VQGAN as KIND

PARTS = ("encoder.", "decoder.", "quant_conv.", "post_quant_conv.", "quantize.")
# What only training needs: counts of taming's EMAVQ, and the codes that a transformer has left.
BOOKKEEPING = frozenset(
    {"quantize.embedding.cluster_size", "quantize.embedding.embed_avg", "quantize.used"}
)
EMA = "model_ema."  # of latent diffusion's LitEma, whose names have lost their dots
NESTED = "decoder."  # what rudalle's wavelet decoder has before the names of its parts
DETOKENIZER = "embedding.weight"  # the codebook in min-dalle's file
MAX_NAMED = 3  # keys in an error message


def read_checkpoint(path: Path, shape: VqganShape) -> dict[str, Tensor]:
    """Read the state of a VQGAN of this shape from a file of any format.

    Raises EngineError as `vqgan_state` and `fitted` do.
    """
    return fitted(vqgan_state(path), shape, path.name)[1]


def vqgan_state(path: Path) -> dict[str, Tensor]:
    """Return the tensors that painting needs, by the names of taming's VQModel.

    Losses, discriminator, optimisers or a transformer are left out. Raises EngineError for code,
    none of which is run, for damage, and for another kind of model.
    """
    _, tensors = known_weights(path, KIND, KIND)
    if DETOKENIZER in tensors:
        tensors = _plain_decoder(tensors)
    if f"{NESTED}decoder.conv_in.weight" in tensors:
        tensors = _plain_nesting(tensors)
    return {
        key: tensors.get(EMA + key.replace(".", ""), value)  # the running mean paints better
        for key, value in tensors.items()
        if key.startswith(PARTS) and key not in BOOKKEEPING
    }


def _plain_nesting(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return rudalle's wavelet decoder, which holds a decoder and the convolution before it."""
    inner = {k.removeprefix(NESTED): v for k, v in tensors.items() if k.startswith(NESTED)}
    outer = {k: v for k, v in tensors.items() if not k.startswith((NESTED, "post_quant_conv."))}
    return {**outer, **inner}


def _plain_decoder(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return min-dalle's detokenizer as the decoder of a VQGAN, whose output is -1..1, not 0..1."""
    plain = {
        "quantize.embedding.weight" if key == DETOKENIZER else key: value
        for key, value in tensors.items()
    }
    weight, bias = "decoder.conv_out.weight", "decoder.conv_out.bias"
    if weight in plain and bias in plain:
        plain |= {weight: plain[weight] * 2, bias: plain[bias] * 2 - 1}
    return plain


def fitted(
    state: Mapping[str, Tensor], config: VqganShape | None, name: str
) -> tuple[VqganShape, dict[str, Tensor]]:
    """Return the shape of a VQGAN with this state, and the state as plain tensors.

    config: the shape by its configuration, if there is one; else the weights themselves tell it.

    Raises EngineError, which calls the file `name`, where the state does not fit the shape.
    """
    if config is None:
        shape = inferred_shape(state, name)
        return shape, _checked(state, shape, name)
    try:
        return config, _checked(state, config, name)
    except EngineError as error:
        if error.key == "checkpoint-misfit":
            _raise_difference(state, config, name)
        raise


def _checked(state: Mapping[str, Tensor], shape: VqganShape, name: str) -> dict[str, Tensor]:
    try:
        layout = _layout(shape)
    except (RuntimeError, ValueError) as error:  # no network has this shape
        raise EngineError("config-unreadable", name=name, part="ddconfig") from error
    _check_layout(state, layout, name)
    contiguous = torch.contiguous_format
    return {key: value.detach().clone(memory_format=contiguous) for key, value in state.items()}


def _raise_difference(state: Mapping[str, Tensor], config: VqganShape, name: str) -> None:
    """Raise EngineError with both values if the weights are whole and have another shape."""
    try:
        shape = inferred_shape(state, name)
        _check_layout(state, _layout(shape), name)
    except EngineError:
        return
    if differing := difference(config, shape):
        part, told, found = differing
        raise EngineError("config-differs", name=name, part=part, config=told, weights=found)


class _WithoutInit(TorchFunctionMode):
    """Skip the initialisation of the codebook, for which torch would import its compiler."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        return kwargs["tensor"] if func is torch.nn.init.normal_ else func(*args, **kwargs)


@cache
def _layout(shape: VqganShape) -> Mapping[str, Tensor]:
    """Return the state of such a model on the meta device: shapes and dtypes, no data."""
    with torch.device("meta"), _WithoutInit():
        return VQGAN(shape).state_dict()


def _check_layout(state: Mapping[str, Tensor], layout: Mapping[str, Tensor], name: str) -> None:
    """Raise EngineError where keys are missing or unknown, or tensors of another size."""
    wrong = [key for key in layout if key in state and not _matches(state[key], layout[key])]
    missing = [key for key in layout if key not in state]
    unknown = [key for key in state if key not in layout]
    for kind, keys in (("missing", missing), ("size", wrong), ("unknown", unknown)):
        if keys:
            named = ", ".join(key[:80] for key in keys[:MAX_NAMED])
            more = " …" if len(keys) > MAX_NAMED else ""
            raise EngineError("checkpoint-misfit", name=name, kind=kind, keys=named + more)


def _matches(value: Tensor, expected: Tensor) -> bool:
    same_kind = value.is_floating_point() == expected.is_floating_point()
    return same_kind and value.shape == expected.shape
