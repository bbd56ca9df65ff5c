"""ruCLIP as a guide: its ids, its vectors, its errors. `tests/conformance` has the original."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import EngineError
from engine.guides.ruclip import RuClipGuide, tokens
from engine.guides.ruclip_model import RuClip, RuClipShape
from engine.guides.ruclip_tokenizer import YttmTokenizer
from engine.models import ModelNames, load_models
from engine.painting.conditioning import phrase_targets
from engine.painting.optimisation.losses import EmbeddingTarget
from engine.painting.painter import paint
from engine.registry.ruclips import PUBLISHED_RUCLIP
from store.reader.scripts import CYRILLIC
from store.request.request import DrawRequest

CPU = torch.device("cpu")
TINY = {
    "embed_dim": 16,
    "image_resolution": 32,
    "vision_layers": 1,
    "vision_width": 64,
    "vision_patch_size": 16,
    "context_length": 77,
    "vocab_size": 64,
    "transformer_width": 32,
    "transformer_heads": 2,
    "transformer_layers": 1,
}
# Learned by youtokentome 1.0.6 from «красный круг кот cat котик red catcat кругкруг».
MODEL = """19 21
1089 15 1081 17 99 10 1086 13 1099 14 1091 7 1075 8 1088 6 101 21 114 20 1080 18 1072 19 1085 16
1090 12 116 9 1082 5 9601 4 100 22 97 11
4 5 23 11 9 24 6 7 25 25 8 26 10 24 27 23 26 28 23 13 29 4 27 30 29 12 31 23 6 32 14 17 33
5 26 34 4 20 35 15 16 36 19 36 37 32 37 38 30 27 39 38 33 40 31 18 41 28 34 42 21 22 43
1 0 2 3"""
# What youtokentome 1.0.6 makes of them with this model.
IDS = {
    "": [],
    " \t\n": [],
    "кот": [31],
    "красный  круг": [40, 28],
    "\tкот\r\ncat\v": [31, 30],
    "котик🐈кот": [41, 5, 1, 5, 13, 12],
    "🐈\u200d⬛ 🐈": [4, 1, 4, 1],
    "cat\u00a0cat": [30, 1, 27],
    "▁▁кот▁": [31],
    "<EOS>": [4, 1],
    "кот\0": [31, 1],
    "\u2028": [4, 1],
    "кругкругкруг": [42, 34],
    "catcatcatcat c": [39, 27, 27, 4, 10],
    "яяяк": [4, 1, 5],
    "Кот": [4, 1, 13, 12],
    "\x1cкот\x85": [4, 1, 5, 13, 12, 1],
    "ккккк": [23, 5, 5, 5, 5],
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of ruCLIP's format, of random weights, which no test changes."""
    folder = tmp_path_factory.mktemp("ruclip")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = RuClip(RuClipShape(**TINY))  # type: ignore[arg-type]
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps(TINY))
    (folder / "bpe.model").write_text(MODEL)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    for file in whole.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


@pytest.fixture(scope="module")
def guide(whole: Path) -> RuClipGuide:
    return RuClipGuide(whole, CPU, "tiny")


def test_the_ids_are_those_of_youtokentome(whole: Path) -> None:
    bpe = YttmTokenizer(whole / "bpe.model")
    assert {text: list(bpe.ids(text)) for text in IDS} == IDS
    assert bpe.size == 44


def test_half_of_a_surrogate_pair_is_only_an_unknown_letter(guide: RuClipGuide) -> None:
    """Telegram sends none, a command line can; the original would fail on it."""
    assert list(guide.bpe.ids("кот\ud83d")) == [31, 1]
    assert guide.encode_text(["\ud83d"]).isfinite().all()


def test_a_text_is_lowered_framed_and_padded(guide: RuClipGuide) -> None:
    assert guide.bpe.size <= TINY["vocab_size"]
    short, empty = tokens(guide.bpe, ["Красный КРУГ", ""], 77).tolist()
    assert short == [2, 40, 28, 3] + [0] * 73
    assert empty == [2, 3] + [0] * 75


@pytest.mark.parametrize("count", [74, 75, 76, 5000])
def test_a_text_longer_than_the_context_is_cut(guide: RuClipGuide, count: int) -> None:
    (row,) = tokens(guide.bpe, ["кот " * count], 77).tolist()
    kept = min(count, 75)
    assert row == [2] + [31] * kept + [3] + [0] * (75 - kept)
    assert guide.encode_text(["кот " * count]).isfinite().all()


def test_vectors_are_of_length_one_and_apart(guide: RuClipGuide) -> None:
    texts = guide.encode_text(["кот", "красный круг", "", "🐈"])
    pictures = guide.encode_image(torch.rand(3, 3, guide.side, guide.side))
    assert (guide.name, guide.side) == ("tiny", 32)
    assert (texts.shape, pictures.shape) == ((4, 16), (3, 16))
    assert torch.allclose(torch.cat([texts, pictures]).norm(dim=1), torch.ones(7))
    assert torch.pdist(texts).min() > 0.01
    assert guide.baseline() is None


def test_what_stands_behind_the_end_of_a_text_means_nothing(guide: RuClipGuide) -> None:
    ids = tokens(guide.bpe, ["кот"], 77)
    other = ids.clone()
    other[0, 3:] = 30
    assert torch.allclose(guide.model(ids), guide.model(other), atol=1e-6)


def test_pictures_follow_the_gradient_to_a_text(guide: RuClipGuide) -> None:
    target = EmbeddingTarget(guide.encode_text(["кот"]), [1.0], [float("-inf")])
    picture = torch.full((1, 3, 32, 32), 0.5, requires_grad=True)
    before = target(guide.encode_image(picture)).sum()
    (gradient,) = torch.autograd.grad(before, picture)
    assert gradient.abs().amin(dim=(0, 2, 3)).min() > 0  # every pixel counts
    after = target(guide.encode_image(picture - 0.05 * gradient.sign())).sum()
    assert after < before
    assert not any(parameter.requires_grad for parameter in guide.model.parameters())


def test_it_paints(guide: RuClipGuide) -> None:
    pocket = load_models(ModelNames(), "cpu", Path("nowhere"))
    models = replace(pocket, guides={**pocket.guides, CYRILLIC: (guide,)})
    request = DrawRequest("кот | cat", seed=1, steps=2, cutouts=2, size=(64, 64), init_noise="flat")
    assert [guide.name for guide, _ in phrase_targets(models, request.phrases)] == [
        "tiny",
        "pocket",
    ]
    assert [step.number for step in paint(request, models)] == [0, 1, 2]


def test_words_of_which_it_reads_no_letter_are_told(guide: RuClipGuide) -> None:
    assert guide.unknown_words("Кот 🐈 猫 котя — …") == ("🐈", "猫")
    assert guide.unknown_words("красный тёзка — кот🐈") == ()


def test_safetensors_and_half_precision_will_do(folder: Path, guide: RuClipGuide) -> None:
    (folder / "pytorch_model.bin").unlink()
    state = {key: value.half().contiguous() for key, value in guide.model.state_dict().items()}
    save_file(state, folder / "model.safetensors")
    half = RuClipGuide(folder, CPU)
    assert half.name == str(folder)
    assert half.encode_text(["кот"]).dtype == torch.float32
    assert torch.allclose(half.encode_text(["кот"]), guide.encode_text(["кот"]), atol=0.01)


def test_mean_and_deviation_of_the_config_count(folder: Path, guide: RuClipGuide) -> None:
    picture = torch.rand(1, 3, 32, 32)
    own = {"mean": [0.5, 0.4, 0.3], "std": [0.5, 0.25, 0.2]}
    (folder / "config.json").write_text(json.dumps(TINY | own))
    mean, std = (torch.tensor(own[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
    expected = guide.encode_image((picture - mean) / std * guide.std + guide.mean)
    assert torch.allclose(RuClipGuide(folder, CPU).encode_image(picture), expected, atol=1e-5)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _page(file: Path) -> None:
    file.write_text("<!doctype html><p>нет такой страницы")


@pytest.mark.parametrize("damage", [_cut, _empty, _page])
@pytest.mark.parametrize("name", ["config.json", "bpe.model", "pytorch_model.bin"])
def test_a_damaged_file_is_one_sentence(
    folder: Path, name: str, damage: Callable[[Path], None]
) -> None:
    damage(folder / name)
    with pytest.raises(EngineError) as caught:
        RuClipGuide(folder, CPU)
    keys = {"_cut": "checkpoint-damaged", "_empty": "weights-none", "_page": "checkpoint-page"}
    of_weights = name == "pytorch_model.bin"
    assert caught.value.key == (keys[damage.__name__] if of_weights else "model-unreadable")


@pytest.mark.parametrize(
    "change",
    [
        {"embed_dim": 17},
        {"vision_layers": 2},
        {"vision_width": "64"},
        {"transformer_heads": 3},
        {"vision_patch_size": 0},
        {"vocab_size": 40},
        {"mean": [0.5]},
        {"std": ["a", "b", "c"]},
        {"context_length": None},
    ],
)
def test_a_config_of_another_model_is_one_sentence(folder: Path, change: dict[str, object]) -> None:
    (folder / "config.json").write_text(json.dumps(TINY | change))
    with pytest.raises(EngineError, match="do not fit"):
        RuClipGuide(folder, CPU)


@pytest.mark.parametrize(
    "text", ["1 0\n9601 4\n1 0 2", "1 0\n107 4\n1 0 2 3", "1 0\n-5 4\n1 0 2 3", "-1 9\n1 0 2 3"]
)
def test_a_tokenizer_without_its_parts_is_one_sentence(folder: Path, text: str) -> None:
    (folder / "bpe.model").write_text(text)
    with pytest.raises(EngineError, match="do not fit"):
        RuClipGuide(folder, CPU)


@pytest.mark.parametrize("name", ["config.json", "bpe.model", "pytorch_model.bin"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(EngineError) as caught:
        RuClipGuide(folder, CPU)
    assert caught.value.key == "model-missing"
    assert caught.value.values["path"] == str(folder / name)


def test_the_published_ones_have_three_files_and_mirrors_each() -> None:
    assert len(PUBLISHED_RUCLIP) == 6
    for model in PUBLISHED_RUCLIP.values():
        assert f"{model.name.rpartition('-')[2]} px" in model.title
        assert [file for file, _ in model.files] == [
            "bpe.model",
            "config.json",
            "pytorch_model.bin",
        ]
        for file, sources in model.files:
            urls = [source.url for source in sources]
            assert len(set(urls)) == 2
            assert all(model.name in url and url.endswith(f"/{file}") for url in urls)
