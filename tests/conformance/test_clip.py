"""Compare our XLM-RoBERTa and our tokenizers with open_clip and transformers."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from engine.guides.clip_tokenizers import FileTokenizer
from engine.guides.xlm_roberta import SHAPES, XlmRoberta, XlmShape
from tests.conformance.conftest import COMPARED
from tests.conformance.environments import environment
from tests.conformance.strings import awkward, corpus

pytestmark = pytest.mark.conformance

TOLERANCE = 1e-4  # of the range of the original's numbers
SCRIPT = Path(__file__).with_name("clip_original.py")
RecordingSession = Callable[[str, object], None]


def test_every_vector_and_every_id(tmp_path: Path, record_property: RecordingSession) -> None:
    record_property(COMPARED, compare(tmp_path, SHAPES["xlm-roberta-base"], 12_000))


def compare(folder: Path, shape: XlmShape, strings: int) -> int:
    """Return how many numbers and ids were compared."""
    texts = list(awkward(strings))
    (folder / "strings.json").write_text(json.dumps(texts))
    _learn(folder / "xlm", ["<s>", "<pad>", "</s>", "<unk>"], "<pad>")
    _learn(folder / "siglip", ["<pad>", "</s>", "<unk>"], "</s>")
    home = environment("clip")
    size = [str(number) for number in (shape.width, shape.layers, shape.heads, shape.vocabulary)]
    made = subprocess.run(
        [str(home / "bin/python"), "-W", "ignore", str(SCRIPT), str(folder), *size],
        capture_output=True, text=True, check=False, env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-3000:]
    original = load_file(folder / "numbers.safetensors")
    compared = 0
    for name, context, clean in (("xlm", 77, "whitespace"), ("siglip", 64, "canonicalize")):
        ids = FileTokenizer(folder / name, context, clean)(texts)
        wrong = (ids != original[name]).any(1).nonzero().flatten().tolist()
        assert not wrong, ascii(texts[wrong[0]])
        compared += len(texts)
    tower = XlmRoberta(shape, 512).eval()
    weights = load_file(folder / "weights.safetensors")
    tower.load_state_dict({key.removeprefix("text."): value for key, value in weights.items()})
    with torch.no_grad():
        found = tower(original["xlm"][:64])
    expected = original["vectors"]
    assert (found - expected).abs().max() <= TOLERANCE * (expected.max() - expected.min())
    return compared + expected.numel()


def _learn(folder: Path, special: list[str], padding: str) -> None:
    """Write a SentencePiece tokenizer in the files of transformers."""
    folder.mkdir()
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    learner = trainers.UnigramTrainer(
        vocab_size=900, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(corpus(2000).splitlines(), learner)
    frame = "<s> $A </s>" if "<s>" in special else "$A </s>"
    marks = [(mark, tokenizer.token_to_id(mark)) for mark in ("<s>", "</s>") if mark in frame]
    tokenizer.post_processor = processors.TemplateProcessing(single=frame, special_tokens=marks)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"pad_token": padding, "unk_token": "<unk>", "eos_token": "</s>"}
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
