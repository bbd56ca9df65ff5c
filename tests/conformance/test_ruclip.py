"""Compare our ruCLIP with the packages `ruclip` and `youtokentome`: embeddings and ids."""

import json
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from engine.guides.ruclip import RuClipGuide, tokens
from engine.guides.ruclip_tokenizer import YttmTokenizer
from tests.conformance.conftest import COMPARED
from tests.conformance.environments import environment
from tests.conformance.strings import awkward, corpus

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),  # the original's config
]

CPU = torch.device("cpu")
STRINGS = 12_000
TOLERANCE = 1e-4
VOCABULARY = 49408
SMALL = {"embed_dim": 512, "vision_layers": 12, "vision_width": 768, "transformer_layers": 12}
SMALL |= {"transformer_width": 512, "transformer_heads": 8}
LARGE = {"embed_dim": 768, "vision_layers": 24, "vision_width": 1024, "transformer_layers": 12}
LARGE |= {"transformer_width": 768, "transformer_heads": 12}
SHAPES = {
    "base-patch32-224": SMALL | {"vision_patch_size": 32, "image_resolution": 224},
    "base-patch16-384": SMALL | {"vision_patch_size": 16, "image_resolution": 384},
    "large-patch14-336": LARGE | {"vision_patch_size": 14, "image_resolution": 336},
}
RecordingSession = Callable[[str, object], None]


@pytest.fixture(scope="module")
def original() -> SimpleNamespace:
    """Import both packages; without them the test fails, it is not skipped."""
    folder = environment("ruclip")
    sys.path += [str(found) for found in folder.glob("lib/python*/site-packages")]
    # ruclip imports a download function that the hub's client has long lost; no test downloads.
    vars(import_module("huggingface_hub")).setdefault("cached_download", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SimpleNamespace(
            ruclip=import_module("ruclip"), youtokentome=import_module("youtokentome")
        )


@pytest.fixture(scope="module")
def bpe(original: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train and write a tokenizer by youtokentome."""
    folder = tmp_path_factory.mktemp("bpe")
    (folder / "corpus.txt").write_text(corpus(20_000), "utf-8")
    original.youtokentome.BPE.train(
        data=str(folder / "corpus.txt"),
        model=str(folder / "bpe.model"),
        vocab_size=8000,
        coverage=0.9999,
        n_threads=1,
    )
    return folder / "bpe.model"


def test_every_id_of_every_string(
    original: SimpleNamespace, bpe: Path, record_property: RecordingSession
) -> None:
    """Compare untruncated ids with youtokentome, and truncated ones with ruclip's processor."""
    strings = list(awkward(STRINGS))
    yttm = original.youtokentome
    whole = yttm.BPE(str(bpe), n_threads=1).encode(strings, output_type=yttm.OutputType.ID)
    processor = original.ruclip.RuCLIPProcessor(str(bpe))
    mine = YttmTokenizer(bpe)
    cut, strange = 0, 0
    for string, expected in zip(strings, whole, strict=True):
        found = list(mine.ids(string))
        assert found == expected, ascii(string)
        framed = processor.encode_text(string)
        assert tokens(mine, [string], 77)[0].tolist() == framed.tolist(), ascii(string)
        cut, strange = cut + (len(found) > 75), strange + (1 in found)
    assert len(set(strings)) > STRINGS * 0.9
    assert min(cut, strange) > STRINGS / 20  # the strings are as awkward as they should be
    record_property(COMPARED, len(strings))


@pytest.mark.parametrize("name", SHAPES)
def test_every_vector(
    name: str,
    original: SimpleNamespace,
    bpe: Path,
    tmp_path: Path,
    record_property: RecordingSession,
) -> None:
    """Compare embeddings and gradients of random weights in the published format."""
    _write(tmp_path, original, bpe, SHAPES[name])
    theirs = original.ruclip.CLIP.from_pretrained(str(tmp_path)).eval().requires_grad_(False)
    processor = original.ruclip.RuCLIPProcessor.from_pretrained(str(tmp_path))
    guide = RuClipGuide(tmp_path, CPU)
    pictures, pixels = _pictures(processor, guide.side)
    texts = ["", "кот", "Красный КРУГ на синем фоне", "a cat 🐈", *list(awkward(400))[-16:]]
    ids = torch.cat([processor(text=texts)["input_ids"], _random_ids(8)])
    compared = 0
    with torch.no_grad():
        compared += _same(guide.model(ids), theirs.encode_text(ids))
        unit = guide.encode_text(texts)
        compared += _same(unit, _unit(theirs.encode_text(ids[: len(texts)])))
        compared += _same(guide.model.visual(pixels), theirs.encode_image(pixels))
        compared += _same(guide.encode_image(pictures), _unit(theirs.encode_image(pixels)))
    mine = _gradient(guide.encode_image, pictures[:1], unit[0])
    std = torch.tensor(processor.std).view(1, 3, 1, 1)
    expected = _gradient(lambda x: _unit(theirs.encode_image(x)), pixels[:1], unit[0]) / std
    compared += _same(mine / expected.abs().max(), expected / expected.abs().max())
    record_property(COMPARED, compared)


def _write(folder: Path, original: SimpleNamespace, bpe: Path, shape: dict[str, int]) -> None:
    """Write `config.json`, `bpe.model` and `pytorch_model.bin`; no parameter is 0 or 1."""
    config = shape | {"context_length": 77, "vocab_size": VOCABULARY}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = original.ruclip.CLIP(**config)
        for parameter in model.parameters():
            parameter.data += 0.02 * torch.randn_like(parameter)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "bpe.model").write_bytes(bpe.read_bytes())


def _pictures(processor: Any, side: int) -> tuple[Tensor, Tensor]:
    """Return two pictures in 0..1, and the same as ruclip's processor prepares them."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.randint(0, 256, (2, side, side, 3), generator=generator, dtype=torch.uint8)
    noise[1, : side // 2] //= 3  # a dark half and a bright one
    pixels = processor(images=[Image.fromarray(one.numpy()) for one in noise])["pixel_values"]
    return noise.permute(0, 3, 1, 2) / 255, pixels


def _random_ids(count: int) -> Tensor:
    """Return ids of the whole vocabulary, which the tests' tokenizers do not cover."""
    generator = torch.Generator().manual_seed(2)
    ids = torch.zeros(count, 77, dtype=torch.long)
    for row, length in zip(ids, range(1, 76, 9), strict=False):
        row[: length + 2] = torch.randint(4, VOCABULARY, (length + 2,), generator=generator)
        row[0], row[length + 1] = 2, 3
    return ids


def _gradient(encode: Callable[[Tensor], Tensor], pictures: Tensor, text: Tensor) -> Tensor:
    leaf = pictures.clone().requires_grad_()
    (encode(leaf) @ text).sum().backward()
    assert leaf.grad is not None
    return leaf.grad


def _unit(vectors: Tensor) -> Tensor:
    return vectors.div(vectors.norm(dim=-1, keepdim=True))


def _same(mine: Tensor, theirs: Tensor) -> int:
    """Return how many vectors were compared."""
    difference = (mine - theirs).abs().max().item()
    print(f"{tuple(mine.shape)}: {difference:.1e} of {theirs.abs().max().item():.2g}")
    assert difference <= TOLERANCE
    return len(mine)
