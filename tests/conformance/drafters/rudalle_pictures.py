"""Run by the Python of `environment.sh drafters`: pictures by the real rudalle.

    rudalle_pictures.py FOLDER

Writes into FOLDER

prompts.safetensors: a small ruDALL-E ("w.") and VQGAN ("v."), words, a picture, and for two borders
    the codes that are drawn, always the likeliest, with the picture's own at the border; beside
    them their perplexity, and grids that are taller and wider than the model's own;
wavelets.safetensors: a VQGAN with wavelets ("v."), codes and their picture;
upscaler-SCALE.safetensors: an RRDBNet ("w."), a picture and what it makes of it.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

TEXT, SIDE, WORDS, CODES = 8, 8, 50, 40
TALL, WIDE = 13, 16
CELL, EDGE = 4, 24
BORDERS = {"up": (3, 0, 0, 0), "all": (2, 1, 1, 1)}  # up, down, left, right
TOLD = [2, 5, 9, 13, 3]


def _scattered(model: Any, by: float = 0.1) -> Any:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(by * torch.randn_like(parameter))
    return model.eval()


def _weights(model: Any, prefix: str) -> dict[str, Tensor]:
    return {prefix + key: value.clone().contiguous() for key, value in model.state_dict().items()}


def _dalle() -> Any:
    return _scattered(import_module("rudalle.dalle.model").DalleModel(
        "cpu", 4, WORDS + TEXT, 64, 4, 0, 0, 0,
        text_seq_length=TEXT, image_tokens_per_dim=SIDE, image_vocab_size=CODES,
        cogview_sandwich_layernorm=True, cogview_pb_relax=True, hf_version="v3",
    ))  # fmt: skip


def _vae(*, dwt: bool) -> Any:
    network = {
        "double_z": False, "z_channels": 8, "resolution": SIDE * CELL, "in_channels": 3,
        "out_ch": 3, "ch": 32, "ch_mult": [1, 1, 2], "num_res_blocks": 1, "attn_resolutions": [8],
        "dropout": 0.0,
    }  # fmt: skip
    params = {"kl_weight": 1e-8, "embed_dim": 8, "n_embed": CODES, "ddconfig": network}
    config = import_module("omegaconf").OmegaConf.create({"model": {"params": params}})
    return _scattered(import_module("rudalle.vae.model").VQGanGumbelVAE(config, dwt=dwt))


def _likeliest(dalle: Any, words: Tensor, codes: list[int]) -> int:
    """Return the code that follows the words and some codes."""
    ids = torch.cat([words, torch.tensor([codes], dtype=torch.long)], 1)
    length = TEXT + SIDE * SIDE
    mask = torch.ones(length, length).tril().expand(1, 1, length, length)
    logits = dalle(ids, mask)[0][:, -1]
    return int(logits[0, dalle.vocab_size :].argmax())


def _tall(dalle: Any, words: Tensor) -> Tensor:
    """Draw rows one after the other, each from so many rows before it as it is far down."""
    grid: list[list[int]] = []
    for row in range(TALL):
        before = [code for line in grid[row - SIDE * row // TALL : row] for code in line]
        line: list[int] = []
        for _ in range(SIDE):
            line.append(_likeliest(dalle, words, before + line))
        grid.append(line)
    return torch.tensor(grid)


def _wide(dalle: Any, words: Tensor) -> Tensor:
    """Draw strips, each with the right half of the one before as its left half."""
    grid = torch.zeros(SIDE, WIDE, dtype=torch.long)
    for left in range(0, WIDE - SIDE + 1, SIDE // 2):
        codes: list[int] = []
        for row in range(SIDE):
            for column in range(SIDE):
                given = left and column < SIDE // 2
                codes.append(
                    int(grid[row, left + column]) if given else _likeliest(dalle, words, codes)
                )
        grid[:, left : left + SIDE] = torch.tensor(codes).view(SIDE, SIDE)
    return grid


def _prompts(folder: Path) -> None:
    dalle, vae = _dalle(), _vae(dwt=False)
    words = torch.tensor([TOLD + [0] * (TEXT - len(TOLD))])
    pixels = torch.randint(256, (SIDE * CELL, SIDE * CELL, 3), dtype=torch.uint8)
    picture = Image.fromarray(pixels.numpy())
    numbers = {"words": words[0].clone(), "pixels": pixels}
    numbers |= {"tall": _tall(dalle, words), "wide": _wide(dalle, words)}
    tokenizer = SimpleNamespace(encode_text=lambda text, text_seq_length: words[0])
    for name, sizes in BORDERS.items():
        borders = dict(zip(("up", "down", "left", "right"), sizes, strict=True))
        prompts = import_module("rudalle.image_prompts").ImagePrompts(picture, borders, vae)
        drawn: list[Tensor] = []
        decode = SimpleNamespace(
            decode=lambda codes, drawn=drawn: (drawn.append(codes), vae.decode(codes))[1]
        )
        _, scores = import_module("rudalle.pipelines").generate_images(
            "", tokenizer, dalle, decode, top_k=1, top_p=1.0, images_num=1, image_prompts=prompts,
            use_cache=False,
        )  # fmt: skip
        numbers[f"codes.{name}"] = drawn[0][0].view(SIDE, SIDE).clone()
        numbers[f"perplexity.{name}"] = torch.tensor(scores)
    save_file(
        numbers | _weights(dalle, "w.") | _weights(vae.model, "v."), folder / "prompts.safetensors"
    )


def _wavelets(folder: Path) -> None:
    vae = _vae(dwt=True)
    codes = torch.randint(CODES, (2, SIDE * SIDE))
    numbers = {"codes": codes, "pictures": vae.decode(codes).contiguous()}
    save_file(numbers | _weights(vae, "v."), folder / "wavelets.safetensors")


def _upscalers(folder: Path) -> None:
    for scale in (2, 4, 8):
        net = _scattered(import_module("rudalle.realesrgan.rrdbnet_arch").RRDBNet(
            num_in_ch=3, num_out_ch=3, num_feat=64, num_block=2, num_grow_ch=32, scale=scale
        ), 0.02)  # fmt: skip
        picture = torch.rand(1, 3, 28, 26)
        padded = F.pad(picture, (EDGE,) * 4, mode="reflect")
        edge = EDGE * scale
        larger = net(padded)[:, :, edge:-edge, edge:-edge].clamp(0, 1).contiguous()
        numbers = {"picture": picture, "larger": larger}
        save_file(numbers | _weights(net, "w."), folder / f"upscaler-{scale}.safetensors")


def main() -> None:
    folder = Path(sys.argv[1])
    # Imported, and not used here; the first needs a compiler.
    for name in ("youtokentome", "matplotlib", "matplotlib.pyplot"):
        sys.modules[name] = MagicMock()
    if not hasattr(np, "float"):
        vars(np)["float"] = float
    torch.manual_seed(0)
    with torch.no_grad():
        _prompts(folder)
        _wavelets(folder)
        _upscalers(folder)


main()
