"""A small ruDALL-E and its VQGAN, as files of the published format."""

from pathlib import Path

import torch
from safetensors.torch import save_file

from engine.drafters.networks.sandwich import SandwichShape, TextCodeModel
from engine.models import LoadedModels
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape, to_json
from engine.painting.painter import paint
from engine.painting.step import Step
from engine.weights.folders import BPE
from store.request.request import DrawRequest
from tests.engine.drafters.small_models import scattered, weights

SIDE, CODES = 8, 32
SHAPE = SandwichShape(
    layers=4, width=32, heads=16, text=8, side=SIDE, text_vocabulary=16 + 8,
    code_vocabulary=CODES, codes=CODES,
)  # fmt: skip
VQGAN_SHAPE = VqganShape(
    ch=32, ch_mult=(1, 1, 1, 1), num_res_blocks=1, attn_resolutions=(), resolution=64,
    z_channels=8, embed_dim=8, n_embed=CODES, quantiser="gumbel",
)  # fmt: skip
REQUEST = DrawRequest(
    "красный круг", vqgan="sber_gumbel_f8", draft="malevich", seed=3, steps=2, drafts=3,
    size=(64, 64), cutouts=2,
)  # fmt: skip


def write_models(folder: Path) -> None:
    """Write a small ruDALL-E and its VQGAN where `models pull` puts the published ones."""
    place = folder / "malevich"
    place.mkdir()
    torch.save(
        {k: v.half() for k, v in weights(scattered(TextCodeModel(SHAPE))).items()}
        | {"transformer.row_mask": torch.ones(2, 2, dtype=torch.bool)},
        place / "weights.bin",
    )
    letters = {letter: number for number, letter in enumerate("\u2581кругасный", start=4)}
    lines = [f"{len(letters)} 0", *(f"{ord(c)} {i}" for c, i in letters.items()), "1 0 2 3"]
    (place / BPE).write_text("\n".join(lines))
    torch.manual_seed(0)
    state = {key: value.clone() for key, value in VQGAN(VQGAN_SHAPE).state_dict().items()}
    metadata = {"format": "pt", "kind": "mazok vqgan 1", "shape": to_json(VQGAN_SHAPE)}
    save_file(state, folder / "sber_gumbel_f8.safetensors", metadata)


def painted(models: LoadedModels, request: DrawRequest = REQUEST) -> list[Step]:
    return list(paint(request, models))


def as_published(folder: Path) -> None:
    """Rename and convert the weights to the file that `models pull malevich` brings."""
    pickled = folder / "malevich/weights.bin"
    save_file(torch.load(pickled), folder / "malevich/weights.safetensors")
    pickled.unlink()
