"""Print pip's options for the torch of a machine: `torch_source.py cpu|cu12|cu13`.

The index of packages has cu13, within the project's pins; the others stand on PyTorch's own.
"""

import sys

INDEX = "https://download.pytorch.org/whl"
OPTIONS = {
    "cpu": f"--index-url {INDEX}/cpu",
    "cu12": f"--index-url {INDEX}/cu126",
    "cu13": "-c constraints-torch.txt",
}

if __name__ == "__main__":
    kind = sys.argv[1]
    if kind not in OPTIONS:
        sys.exit(f"TORCH is {', '.join(OPTIONS)}, not {kind}")
    print(OPTIONS[kind])
