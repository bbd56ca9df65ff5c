"""Run by the Python of `environment.sh drafters`: numbers of the real rudalle and rudolph.

    rudalle_original.py FOLDER

Writes NAME.safetensors into FOLDER: the weights ("w." before their keys), words, codes, logits
after some numbers of codes, and the codes that are drawn when the likeliest one is always taken.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import torch
from safetensors.torch import save_file
from torch import Tensor

TEXT, SIDE, RIGHT = 12, 12, 10
WORDS, CODES, SPECIAL_WORDS, SPECIAL_CODES = 50, 40, 6, 3
GREEDY = 20
TOLD = [2, 5, 9, 13, 3]


def _scattered(model: Any) -> Any:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


def _sizes(layers: int, vocabulary: int) -> tuple[Any, ...]:
    return "cpu", layers, vocabulary, 64, 4, 0, 0, 0


def _rudalle(layers: int, version: str) -> Any:
    model = import_module("rudalle.dalle.model").DalleModel(
        *_sizes(layers, WORDS + TEXT),
        text_seq_length=TEXT, image_tokens_per_dim=SIDE, image_vocab_size=CODES,
        cogview_sandwich_layernorm=True, cogview_pb_relax=True, hf_version=version,
    )  # fmt: skip
    return _scattered(model)


def _rudolph(layers: int) -> Any:
    model = import_module("rudolph.model.model").ruDolphModel(
        *_sizes(layers, WORDS + TEXT),
        l_text_seq_length=TEXT, r_text_seq_length=RIGHT, kernel_size=7, last_kernel_size=9,
        image_tokens_per_dim=SIDE, image_vocab_size=CODES,
        text_special_tokens=SPECIAL_WORDS, image_special_tokens=SPECIAL_CODES,
    )  # fmt: skip
    return _scattered(model)


def _mask(count: int, length: int) -> Tensor:
    return torch.ones(length, length).tril().expand(count, 1, length, length)


def _numbers(model: Any, counts: tuple[int, ...], right: tuple[int, ...]) -> dict[str, Tensor]:
    length = TEXT + SIDE * SIDE + (RIGHT if right else 0)
    words = torch.tensor([TOLD + [0] * (TEXT - len(TOLD))] * 2)
    codes = torch.randint(CODES, (2, SIDE * SIDE))
    later = torch.randint(1, WORDS, (2, RIGHT))
    first = model.vocab_size
    numbers = {"words": words[0].clone(), "codes": codes, "later": later}
    for count in counts:
        ids = torch.cat([words, codes[:, :count]], 1)
        logits = model(ids, _mask(2, length))[0][:, -1]
        numbers[f"logits.{count}"] = logits[:, first : first + CODES].clone()
    for count in right:
        ids = torch.cat([words, codes, later[:, :count]], 1)
        logits = model(ids, _mask(2, length))[0][:, -1]
        numbers[f"right.{count}"] = logits[:, :first].clone()
    for cached in (False, True):
        out, cache = words[:1], None
        for _ in range(GREEDY):
            logits, cache = model(out, _mask(1, length), cache=cache, use_cache=cached)[:2]
            chosen = logits[:, -1, first : first + CODES].argmax(-1, keepdim=True)
            out = torch.cat([out, chosen], 1)
        numbers[f"greedy.{'cached' if cached else 'plain'}"] = out[0, TEXT:].clone()
    for name in ("row", "col", "conv", "last_conv"):
        mask = getattr(model.transformer, f"{name}_mask", None)
        if mask is not None:
            numbers[f"mask.{name}"] = mask.bool().clone()
    return numbers


def _filters() -> dict[str, Tensor]:
    """Return what transformers keeps of random logits, in four settings."""
    keep = import_module("transformers").top_k_top_p_filtering
    logits = torch.randn(8, 100) * 3
    numbers = {"logits": logits}
    for k, p in ((0, 0.9), (10, 1.0), (30, 0.5), (50, 0.99)):
        numbers[f"kept.{k}.{p}"] = keep(logits.clone(), top_k=k, top_p=p) > -1e9
    return numbers


def main() -> None:
    folder = Path(sys.argv[1])
    # Imported, and not used here; the first needs a compiler.
    for name in ("youtokentome", "matplotlib", "matplotlib.pyplot", "pywt"):
        sys.modules[name] = MagicMock()
    torch.manual_seed(0)
    with torch.no_grad():
        for layers in (4, 8):
            models = {
                f"v2-{layers}": (_rudalle(layers, "v2"), ()),
                f"v3-{layers}": (_rudalle(layers, "v3"), ()),
                f"rudolph-{layers}": (_rudolph(layers), (1, 9)),
            }
            for name, (model, right) in models.items():
                numbers = _numbers(model, (0, 1, 30, SIDE * SIDE), right)
                weights = {f"w.{key}": value.clone() for key, value in model.state_dict().items()}
                save_file(numbers | weights, folder / f"{name}.safetensors")
    save_file(_filters(), folder / "filters.safetensors")


main()
