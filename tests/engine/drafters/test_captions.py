"""RUDOLPH says in Russian what a picture shows."""

import math
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from engine.__main__ import main
from engine.drafters.captions import COUNT, captions
from engine.drafters.networks.sandwich import SandwichShape, TextCodeModel
from engine.drafters.rudalle import RuDalleDrafter, RuDalleSettings
from engine.errors import EngineError
from engine.guides.ruclip_tokenizer import YttmTokenizer
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import to_json
from engine.weights.folders import BPE
from tests.engine.drafters import small_models
from tests.engine.drafting.small_rudalle import CODES, SIDE, VQGAN_SHAPE

LETTERS = {"\u2581": 4, "к": 5, "о": 6, "т": 7, "л": 8, "е": 9}
MERGES = ((4, 5, 10), (10, 6, 11), (11, 7, 12))  # ▁к, ▁ко, ▁кот


def write_tokenizer(folder: Path) -> Path:
    """Write a tokenizer of a few letters that merges ▁кот."""
    lines = [f"{len(LETTERS)} {len(MERGES)}", *(f"{ord(c)} {i}" for c, i in LETTERS.items())]
    lines += [" ".join(map(str, merge)) for merge in MERGES] + ["1 0 2 3"]
    file = folder / BPE
    file.write_text("\n".join(lines))
    return file


@pytest.fixture
def tokenizer(tmp_path: Path) -> YttmTokenizer:
    """Return that tokenizer."""
    return YttmTokenizer(write_tokenizer(tmp_path))


def test_ids_are_written_as_the_text_that_they_were_made_of(tokenizer: YttmTokenizer) -> None:
    assert tokenizer.text([2, *tokenizer.ids("кот  лето"), 3]) == "кот лето"
    assert tokenizer.text([]) == ""


def test_captions_are_counted_and_the_best_one_stands_first(tokenizer: YttmTokenizer) -> None:
    model = small_models.rudalle(right=6)
    for part in (model.to_word_logits, model.norm_before_logits):
        for parameter in part.parameters():
            parameter.mul_(0.1)  # so that different words are drawn
    drafter = RuDalleDrafter("rudolph", model, tokenizer, RuDalleSettings(heads=4, special=30))
    codes = torch.arange(small_models.SIDE**2).view(small_models.SIDE, -1) % small_models.CODES
    found = captions(drafter, codes, seed=1)
    assert found and found == captions(drafter, codes, seed=1)
    assert [one.score for one in found] == sorted(one.score for one in found)
    assert len({one.text for one in found}) == len(found)
    assert all({*one.text} <= {*LETTERS, " "} - {"\u2581"} for one in found)
    assert 1 <= sum(one.times for one in found) <= COUNT
    assert all(math.isfinite(one.score) for one in found)
    assert captions(drafter, codes.flip(0), seed=1) != found


def test_only_rudolph_has_words_for_pictures(tokenizer: YttmTokenizer) -> None:
    drafter = RuDalleDrafter("malevich", small_models.rudalle(), tokenizer, RuDalleSettings(4))
    with pytest.raises(EngineError) as error:
        captions(drafter, torch.zeros(4, 4, dtype=torch.int64))
    assert error.value.key == "captions-rudolph"


def test_the_command_line_says_what_a_picture_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAZOK_MODELS", str(tmp_path))
    picture = tmp_path / "photo.png"
    Image.new("RGB", (90, 60), (200, 30, 30)).save(picture)
    assert main(["words", str(picture)]) == 2  # nothing is on disk
    assert "models pull" in capsys.readouterr().err
    place = tmp_path / "rudolph"
    place.mkdir()
    write_tokenizer(place)
    words = 16384 + 8 + 384
    shape = SandwichShape(
        layers=4, width=32, heads=16, text=8, side=SIDE, text_vocabulary=words,
        code_vocabulary=CODES, codes=CODES, right=8, inner_convolutions=True,
    )  # fmt: skip
    weights = small_models.weights(small_models.scattered(TextCodeModel(shape)))
    torch.save({key: value.half() for key, value in weights.items()}, place / "weights.bin")
    state = {key: value.clone() for key, value in VQGAN(VQGAN_SHAPE).state_dict().items()}
    metadata = {"format": "pt", "kind": "mazok vqgan 1", "shape": to_json(VQGAN_SHAPE)}
    save_file(state, tmp_path / "sber_gumbel_f8.safetensors", metadata)
    assert main(["words", str(picture)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert 1 <= len(lines) <= 5 and all(
        f"of {COUNT}" in line or f"из {COUNT}" in line for line in lines
    )
    assert main(["words", str(tmp_path / "none.png")]) == 2
    assert main(["words"]) == 2
