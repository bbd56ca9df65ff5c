"""Writes the trained weights into the package as fp16 safetensors, and prints their manifest lines.

`python -m training.export`
"""

import hashlib
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from training.hands import halfway
from training.loop.checkpoint import load_part

PACKAGE = Path("engine/pocket")


def write(name: str, weights: dict[str, Tensor]) -> None:
    small = {k: v.half().contiguous() if v.is_floating_point() else v for k, v in weights.items()}
    path = PACKAGE / f"{name}.safetensors"
    save_file(small, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    print(f'{name}: size_bytes={path.stat().st_size}, sha256="{digest}"')


def main() -> None:
    write("vqgan", load_part("sharp", "model"))
    write("prior", load_part("prior", "prior"))
    write("scorer", {k: v for k, v in halfway().items() if k.startswith(("image.", "text."))})


if __name__ == "__main__":
    main()
