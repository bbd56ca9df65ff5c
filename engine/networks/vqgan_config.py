"""The shape of a VQGAN: read from taming's YAML, kept as JSON beside the weights."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from engine.errors import EngineError

WAVELET_CHANNELS = 12  # 4 for each colour


@dataclass(frozen=True)
class VqganShape:
    """Taming's `ddconfig`, with the size and the kind of the codebook."""

    ch: int = 128
    ch_mult: tuple[int, ...] = (1, 1, 2, 2, 4)
    num_res_blocks: int = 2
    attn_resolutions: tuple[int, ...] = (16,)
    resolution: int = 256
    z_channels: int = 256
    in_channels: int = 3
    out_ch: int = 3
    double_z: bool = False
    dropout: float = 0.0
    embed_dim: int = 256
    n_embed: int = 16384
    # taming uses 32 groups. On few channels that is instance norm, which removes flat colours, so
    # a small network uses "batch", whose output also does not depend on the picture's size.
    norm: Literal["group", "batch"] = "group"
    quantiser: Literal["plain", "gumbel"] = "plain"  # used in training
    encodes: bool = True  # else the files of the model have a decoder alone

    @property
    def cell(self) -> int:
        """Return the pixels on each side of the square that one code covers (f in the papers)."""
        return int(2 ** (len(self.ch_mult) - 1 + self.wavelets))

    @property
    def wavelets(self) -> bool:
        """Return whether the decoder ends in wavelets, which are twice as large as its maps.

        For each colour there are a mean and three differences of neighbours.
        """
        return (self.in_channels, self.out_ch) == (3, WAVELET_CHANNELS)

    @property
    def attentive_levels(self) -> tuple[int, ...]:
        """Return the numbers of the levels of the encoder that have attention."""
        levels = range(len(self.ch_mult))
        return tuple(i for i in levels if self.resolution >> i in self.attn_resolutions)


QUANTISERS = {
    "taming.models.vqgan.VQModel": "plain",
    "taming.models.vqgan.VQNoDiscModel": "plain",
    "taming.models.vqgan.EMAVQ": "plain",
    "taming.models.vqgan.GumbelVQ": "gumbel",
    "ldm.models.autoencoder.VQModel": "plain",
    "ldm.models.autoencoder.VQModelInterface": "plain",
}
FIRST_STAGE = "first_stage_config"  # of a transformer or a diffusion model that contains a VQGAN
# Keys of later versions, with the values that mean the network of the first.
DEFAULTED: Mapping[str, tuple[object, ...]] = {
    "attn_type": ("vanilla", "vanilla-xformers"),
    "resamp_with_conv": (True,),
    "use_linear_attn": (False,),
    "tanh_out": (False,),
    "give_pre_end": (False,),
}
ENDINGS = (".yaml", ".yml")

MAX_BYTES = 1 << 20  # of a configuration; the published ones have less than 2 KiB


def _is_size(value: Any) -> bool:
    return type(value) is int and 1 <= value <= 1 << 20


def _are_sizes(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) <= 8 and all(map(_is_size, value))


CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "ch": lambda value: _is_size(value) and value % 32 == 0,  # taming's norm has 32 groups
    "ch_mult": lambda value: _are_sizes(value) and len(value) > 0,
    "num_res_blocks": lambda value: _is_size(value) and value <= 16,
    "attn_resolutions": _are_sizes,
    "resolution": _is_size,
    "z_channels": _is_size,
    "in_channels": lambda value: value == 3,  # some of taming's models encode label maps
    "out_ch": lambda value: value in (3, WAVELET_CHANNELS),
    "double_z": lambda value: value is False,
    "dropout": lambda value: type(value) in (int, float) and 0 <= value <= 1,
    "embed_dim": _is_size,
    "n_embed": _is_size,
    "norm": lambda value: value in ("group", "batch"),
    "quantiser": lambda value: value in ("plain", "gumbel"),
    "encodes": lambda value: type(value) is bool,
}


def find_config(path: Path) -> Path | None:
    """Return the configuration of a checkpoint, or None.

    It has the same name, or it is the newest project of taming's folder, whose checkpoints stand in
    `checkpoints/` and configurations in `configs/`.
    """
    beside = [path.with_suffix(ending) for ending in ENDINGS]
    configs = path.resolve().parent.parent / "configs"
    projects = sorted(file for ending in ENDINGS for file in configs.glob(f"*-project{ending}"))
    in_project = projects[-1:] if path.resolve().parent.name == "checkpoints" else []
    return next((file for file in [*beside, *in_project] if file.is_file()), None)


def read_config(path: Path) -> VqganShape:
    """Read the configuration (YAML) of a VQGAN by taming or latent diffusion.

    It may be that of a transformer, or of a diffusion model, which contains one.

    Raises EngineError for a model of another kind, for missing fields and values out of bounds, and
    for tags that would construct objects.
    """
    name = path.name
    model = part_of(read_yaml(path), "model", name)
    params = model.get("params") if isinstance(model, dict) else None
    if isinstance(params, dict) and FIRST_STAGE in params:
        model = params[FIRST_STAGE]
    target = part_of(model, "target", name)
    # The text of another value may be exponentially longer than the file.
    target = target if isinstance(target, str) else type(target).__name__
    if target not in QUANTISERS:
        raise EngineError("config-target", name=name, target=target[:80])
    params = part_of(model, "params", name)
    network = part_of(params, "ddconfig", name)
    if not isinstance(network, dict):
        raise EngineError("config-unreadable", name=name, part="ddconfig")
    network = {k: v for k, v in network.items() if k not in DEFAULTED or v not in DEFAULTED[k]}
    values = {"dropout": 0.0, **network, "quantiser": QUANTISERS[target]}
    values |= {part: part_of(params, part, name) for part in ("embed_dim", "n_embed")}
    return checked_shape({"norm": "group", **values}, name)


def difference(config: VqganShape, weights: VqganShape) -> tuple[str, str, str] | None:
    """Return a part in which two shapes differ and its two values, or None.

    The resolution itself makes no difference: it only says which levels have attention.
    """
    ignored = {"resolution", "attn_resolutions", "dropout"}
    parts = [field.name for field in fields(VqganShape) if field.name not in ignored]
    for part in ["n_embed", *parts]:
        told, found = getattr(config, part), getattr(weights, part)
        if told != found:
            return part, str(told), str(found)
    if config.attentive_levels != weights.attentive_levels:
        return "attn_resolutions", str(config.attentive_levels), str(weights.attentive_levels)
    return None


def to_json(shape: VqganShape) -> str:
    """Return the shape as JSON, for the metadata of a converted file."""
    values = asdict(shape)
    if shape.encodes:
        del values["encodes"]  # which earlier versions do not know
    return json.dumps(values)


def from_json(text: str, name: str) -> VqganShape:
    """Read what `to_json` wrote; raise EngineError, which calls the file `name`."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EngineError("config-unreadable", name=name, part="JSON") from error
    return checked_shape(values if isinstance(values, dict) else {}, name)


def checked_shape(values: Mapping[str, Any], name: str) -> VqganShape:
    """Return the shape with these values; raise EngineError, which calls their file `name`."""
    known = [field.name for field in fields(VqganShape)]
    values = {"encodes": True, **values}
    for part in [*known, *values]:
        if part not in values or part not in known or not CHECKS[part](values[part]):
            raise EngineError("config-unreadable", name=name, part=str(part)[:80])
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return VqganShape(**plain)


def part_of(values: Any, part: str, name: str) -> Any:
    """Return a part of a configuration; raise EngineError, which calls the file `name`."""
    if not isinstance(values, dict) or part not in values:
        raise EngineError("config-unreadable", name=name, part=part)
    return values[part]


def read_yaml(path: Path) -> Any:
    """Read a configuration; raise EngineError where it is none, or would construct objects."""
    import yaml  # late: the pocket models do not need it

    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise EngineError("config-unreadable", name=path.name, part="YAML")
        return yaml.safe_load(data)
    except FileNotFoundError as error:
        raise EngineError("config-missing", path=str(path)) from error
    except yaml.constructor.ConstructorError as error:  # a tag that would construct a Python object
        tag = re.search(r"'(?:tag:yaml\.org,2002:)?([^']+)'", error.problem or "")
        target = tag[1][:80] if tag else "YAML"
        raise EngineError("config-target", name=path.name, target=target) from error
    except (yaml.YAMLError, ValueError, RecursionError, OSError) as error:
        raise EngineError("config-unreadable", name=path.name, part="YAML") from error
