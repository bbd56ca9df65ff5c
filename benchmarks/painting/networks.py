"""Networks of published shapes with random weights: speed and memory do not depend on them."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from engine.guides.clip import ClipGuide
    from engine.models import LoadedModels
    from engine.networks.vqgan import VQGAN


def random_vqgan(kind: str) -> "VQGAN":
    """Return the VQGAN of 16,384 codes, `f16`, or Gumbel's, `f8`; always the same one."""
    import torch

    from engine.networks.published_vqgan import F16_16384, GUMBEL_F8
    from engine.networks.vqgan import VQGAN

    torch.manual_seed(0)
    return VQGAN({"f16": F16_16384, "f8": GUMBEL_F8}[kind]).eval()


def random_clip(architecture: str, device: "torch.device") -> "ClipGuide":
    """Return an open_clip guide with random weights, loaded as from a file."""
    import open_clip
    from safetensors.torch import save_model

    from engine.guides.clip import ClipGuide

    with TemporaryDirectory() as folder:
        file = Path(folder, "weights.safetensors")
        save_model(open_clip.create_model(architecture, load_weights=False), str(file))
        return ClipGuide(architecture, file, device)


def random_models(
    kind: str, architectures: list[str], precision: str, device: "torch.device"
) -> "LoadedModels":
    """Return a VQGAN and guides that all read every phrase."""
    import torch

    from engine.defaults import DEFAULTS
    from engine.kernels.precision import type_of
    from engine.models import LoadedModels

    vqgan = random_vqgan(kind).requires_grad_(False).to(device)
    vqgan.to(memory_format=torch.channels_last)
    vqgan.decode_in(type_of(precision))
    guides = tuple(random_clip(name, device) for name in architectures)
    for guide in guides:
        guide.see_in(type_of(precision))
    by_script = dict.fromkeys(("latin", "cyrillic"), guides)
    return LoadedModels(kind, vqgan, DEFAULTS, by_script, precision=precision)
