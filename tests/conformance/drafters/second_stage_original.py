"""Run by the Python of `environment.sh drafters`: numbers of taming's real transformer.

    second_stage_original.py FOLDER

Writes gpt.safetensors into FOLDER: the weights ("w."), indices and logits; greedy codes after a
condition; coordinates of grids; and greedy grids of several sizes by windows that slide. Beside it
windows.safetensors: another network's weights, and grids by windows of the published size.
"""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

CODES, BLOCK, LAYERS, HEADS, WIDTH = 48, 32, 3, 4, 32
SIDE = 4  # of a window: 16 indices of the condition and 16 codes
GRIDS = ((4, 4), (4, 7), (5, 4), (7, 9), (9, 6))
WINDOW = 16  # of the published models, with sizes on either side of its middle
WIDE_GRIDS = ((16, 17), (23, 24))


def _gpt(block: int = BLOCK, layers: int = LAYERS) -> Any:
    gpt = import_module("taming.modules.transformer.mingpt").GPT(
        vocab_size=CODES, block_size=block, n_layer=layers, n_head=HEADS, n_embd=WIDTH
    )
    for parameter in gpt.parameters():
        parameter.add_(0.2 * torch.randn_like(parameter))
    return gpt.eval()


def _greedy(gpt: Any, condition: Tensor, count: int) -> Tensor:
    sample = import_module("taming.modules.transformer.mingpt").sample_with_past
    drawn: Tensor = sample(condition[None], gpt, steps=count, sample_logits=False)
    return drawn[0]


def _sliding(gpt: Any, condition: Tensor, side: int) -> Tensor:
    """Draw a grid as the notebook of taming-transformers does, always by the likeliest code."""
    height, width = condition.shape
    codes = torch.zeros(height, width, dtype=torch.long)
    half = side // 2
    for row in range(height):
        down = row if row <= half else side - (height - row) if height - row < half else half
        for column in range(width):
            across = column if column <= half else half
            if column > half and width - column < half:
                across = side - (width - column)
            rows = slice(row - down, row - down + side)
            columns = slice(column - across, column - across + side)
            told, patch = condition[rows, columns].flatten(), codes[rows, columns].flatten()
            logits, _ = gpt(torch.cat([told, patch])[None, :-1])
            logits = logits[0, -side * side :].view(side, side, -1)
            codes[row, column] = logits[down, across].argmax()
    return codes


def _write_windows(folder: Path) -> None:
    gpt = _gpt(2 * WINDOW * WINDOW, layers=1)
    numbers = {f"w.{key}": value.clone() for key, value in gpt.state_dict().items()}
    for height, width in WIDE_GRIDS:
        numbers[f"map.{height}x{width}"] = grid = torch.randint(CODES, (height, width))
        numbers[f"grid.{height}x{width}"] = _sliding(gpt, grid, WINDOW)
    save_file(numbers, folder / "windows.safetensors")


def main() -> None:
    folder = Path(sys.argv[1])
    transformers = ModuleType("transformers")
    vars(transformers).update(top_k_top_p_filtering=None)
    sys.modules["transformers"] = transformers
    torch.manual_seed(0)
    stage = import_module("taming.modules.misc.coord").CoordStage(CODES, 16)
    with torch.no_grad():
        gpt = _gpt()
        numbers = {f"w.{key}": value.clone() for key, value in gpt.state_dict().items()}
        numbers["indices"] = torch.randint(CODES, (2, BLOCK))
        numbers["logits"] = gpt(numbers["indices"])[0]
        for name, length in (("one", 1), ("window", SIDE * SIDE)):
            numbers[f"condition.{name}"] = condition = torch.randint(CODES, (length,))
            numbers[f"greedy.{name}"] = _greedy(gpt, condition, SIDE * SIDE).clone()
        for height, width in GRIDS:
            numbers[f"map.{height}x{width}"] = grid = torch.randint(CODES, (height, width))
            numbers[f"grid.{height}x{width}"] = _sliding(gpt, grid, SIDE)
        for height, width in ((16, 16), (17, 23), (24, 32)):
            size = (height * 16, width * 16)
            places = torch.arange(size[0] * size[1]).reshape(1, 1, *size).float()
            encoded = stage.encode(places / (size[0] * size[1]))[2][2]
            numbers[f"coordinates.{height}x{width}"] = encoded.view(height, width).long()
        _write_windows(folder)
    save_file({k: v.contiguous() for k, v in numbers.items()}, folder / "gpt.safetensors")


main()
