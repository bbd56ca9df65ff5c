"""VQGAN's second stage: kept of a checkpoint of taming, it draws what a map says."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.drafters.networks.mingpt import Gpt, GptShape
from engine.drafters.second_stage.conditions import SCENES, STUFF
from engine.errors import EngineError
from engine.models import LoadedModels, ModelNames, load_models
from engine.networks.conversion import convert_checkpoint, keep_second_stage
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape
from engine.painting.painter import paint
from engine.painting.plan import plan_for
from engine.painting.start.drafting import draft_request
from engine.painting.start.given import PALETTE, condition_map, labels_of
from engine.registry.download_specs import DOWNLOADS, is_here
from store.request.request import DrawRequest
from tests.engine.drafters.small_models import scattered, weights

LABELS, CODES, SIDE = 182, 32, 16
SHAPE = VqganShape(
    ch=32, ch_mult=(1, 1, 1, 1, 1), num_res_blocks=1, attn_resolutions=(), z_channels=8,
    embed_dim=8, n_embed=CODES,
)  # fmt: skip
MAPS = replace(SHAPE, in_channels=LABELS, out_ch=LABELS)
GPT = GptShape(CODES, 2 * SIDE**2, layers=2, width=32, heads=16)
NAME, FIRST = "sflckr_transformer", "sflckr"
REQUEST = DrawRequest(
    "mountains", vqgan=FIRST, draft=NAME, drafts=1, steps=0, seed=1, size=(256, 256), map="m.png"
)


def checkpoint(path: Path) -> Path:
    """Write a checkpoint as Lightning writes those of taming, with a state of the optimiser."""
    torch.manual_seed(0)
    parts = {
        "transformer": scattered(Gpt(GPT)),
        "first_stage_model": VQGAN(SHAPE),
        "cond_stage_model": VQGAN(MAPS),
    }
    state: dict[str, Tensor] = {
        f"{part}.{key}": value
        for part, network in parts.items()
        for key, value in weights(network).items()
    }
    state["transformer.blocks.0.attn.mask"] = torch.ones(1, 1, 4, 4)
    torch.save({"state_dict": state, "optimizer_states": [{"state": {}}], "epoch": 3}, path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a models' folder as `models pull` leaves it."""
    folder = tmp_path_factory.mktemp("models")
    source = checkpoint(folder / "last.ckpt")
    spec = DOWNLOADS[NAME]
    assert spec.conversion is not None and not is_here(spec, folder)
    convert_checkpoint(source, folder / spec.conversion.target, None)
    assert keep_second_stage(source, folder / spec.conversion.second_stage)
    assert is_here(spec, folder)
    return folder


@pytest.fixture(scope="module")
def models(folder: Path) -> LoadedModels:
    """Load them."""
    return load_models(ModelNames(FIRST, draft=NAME), "cpu", folder)


def sketch(*colours: str) -> Tensor:
    """Return a picture of equal stripes of the palette's colours."""
    stripes = [torch.tensor(PALETTE[name]).view(3, 1, 1) / 255 for name in colours]
    rows = 256 // len(stripes)
    return torch.cat([stripe.expand(3, rows, 256) for stripe in stripes], dim=1)[None]


def _given(picture: Tensor, source: str) -> Tensor:
    return picture


def test_colours_stand_for_labels() -> None:
    for named, count in ((STUFF, LABELS), (SCENES, 150)):
        labels = labels_of(sketch("sky", "sea")[0], named)
        assert (int(labels[0, 0]), int(labels[-1, -1])) == (named["sky"], named["sea"])
        assert len({*named.values()}) == len(named) and max(named.values()) < count
        assert named.keys() <= PALETTE.keys()


def test_the_colours_are_told_in_the_docs() -> None:
    page = Path(__file__).parents[3].joinpath("docs/models.md").read_text("utf-8")
    for name, (red, green, blue) in PALETTE.items():
        labels = f"{STUFF[name]} | {SCENES.get(name, '–')}"
        assert f"| {name} | `#{red:02x}{green:02x}{blue:02x}` | {labels} |" in page


def test_a_grey_map_holds_the_labels_themselves(models: LoadedModels) -> None:
    drafter = models.drafter
    assert drafter is not None
    plan = plan_for(REQUEST, models)
    grey = torch.full((1, 3, 256, 256), 156 / 255)
    labels = condition_map(REQUEST, drafter, models.vqgan, plan, lambda _: grey)
    assert labels is not None and labels.unique().tolist() == [156]


def test_a_picture_is_drawn_by_its_map(models: LoadedModels) -> None:
    first, second = (
        list(paint(REQUEST, models, pictures=partial(_given, sketch(*names))))[-1].image
        for names in (("sky", "sea"), ("snow", "tree"))
    )
    assert first.shape == (3, 256, 256) and not torch.equal(first, second)


@pytest.mark.parametrize("case", ["missing", "size", "labels"])
def test_maps_that_cannot_be_used_are_told(models: LoadedModels, case: str) -> None:
    request = replace(REQUEST, map=None) if case == "missing" else REQUEST
    picture = torch.full((1, 3, 256, 256), 200 / 255)
    if case == "size":
        picture = picture[..., :200]
    with pytest.raises(EngineError) as error:
        list(paint(request, models, pictures=lambda _: picture))
    assert error.value.key == f"map-{case}"


def test_transformers_of_other_files_are_refused(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / NAME
    place.mkdir()
    (tmp_path / f"{FIRST}.safetensors").write_bytes((folder / f"{FIRST}.safetensors").read_bytes())
    torch.save({"transformer.tok_emb.weight": torch.zeros(3, 4)}, place / "weights.bin")
    with pytest.raises(EngineError) as error:
        load_models(ModelNames(FIRST, draft=NAME), "cpu", tmp_path)
    assert error.value.key == "drafter-unreadable"


def test_no_words_are_needed_by_a_drafter_that_reads_none(models: LoadedModels) -> None:
    drafter = models.drafter
    assert drafter is not None and not drafter.reads
    request = replace(REQUEST, prompt="горы | hills")
    assert draft_request(request, drafter, plan_for(request, models)).cells == (SIDE, SIDE)
