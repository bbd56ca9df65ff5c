"""Write the trained weights into the package as fp16 safetensors and print their manifest lines.

`python -m training.export`
"""

import hashlib
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from training.hands import interpolated_weights
from training.loop.checkpoint import load_component

PACKAGE = Path("engine/pocket")


def write(name: str, weights: dict[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write floating-point weights as fp16; print the file's size and SHA-256."""
    half_precision = {
        k: v.half().contiguous() if v.is_floating_point() else v for k, v in weights.items()
    }
    path = PACKAGE / f"{name}.safetensors"
    save_file(half_precision, path, metadata)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f'{name}: size_bytes={path.stat().st_size}, sha256="{digest}"')


def main() -> None:
    """Export the VQGAN, the prior and the scorer."""
    write("vqgan", load_component("sharp", "model"))
    write("prior", load_component("prior", "prior"))
    write(
        "scorer",
        {k: v for k, v in interpolated_weights().items() if k.startswith(("image.", "text."))},
    )


if __name__ == "__main__":
    main()
