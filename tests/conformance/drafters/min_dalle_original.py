"""Run by the Python of `environment.sh drafters`: numbers of the real min-dalle.

    min_dalle_original.py FOLDER

Writes dalle.safetensors into FOLDER: the weights of encoder ("e.") and decoder ("d."), the words,
what the encoder makes of them, and the logits of six codes read one by one. Beside it vocab.json,
merges.txt, texts.json and ids.json: a made-up vocabulary and what its tokenizer makes of texts.
"""

import json
import random
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

LAYERS, WIDTH, HEADS, GATED, WORDS, CODES = 2, 32, 4, 40, 200, 16384
TEXT = 64
READ = 6


def _scattered(model: Any) -> Any:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model.eval()


def _networks(folder: Path) -> None:
    encoders = import_module("min_dalle.models.dalle_bart_encoder")
    decoders = import_module("min_dalle.models.dalle_bart_decoder")
    encoder = _scattered(encoders.DalleBartEncoder(
        layer_count=LAYERS, embed_count=WIDTH, attention_head_count=HEADS, text_vocab_count=WORDS,
        text_token_count=TEXT, glu_embed_count=GATED, device="cpu",
    ))  # fmt: skip
    decoder = _scattered(decoders.DalleBartDecoder(
        image_vocab_count=CODES, embed_count=WIDTH, attention_head_count=HEADS,
        glu_embed_count=GATED, layer_count=LAYERS, device="cpu",
    ))  # fmt: skip
    words = torch.ones(2, TEXT, dtype=torch.long)
    words[0, :2] = torch.tensor([0, 2])
    words[1, :7] = torch.tensor([0, 17, 5, 190, 33, 8, 2])
    encoded = encoder(words)
    count = 3
    rows = encoded.repeat_interleave(count, 0)
    mask = (words != 1)[:, None, None].repeat_interleave(count, 0)
    codes = torch.randint(CODES, (count, READ))
    codes[:, 0] = CODES - 1
    state = torch.zeros(LAYERS, 4 * count, 256, WIDTH)
    numbers: dict[str, Tensor] = {"words": words, "encoded": encoded, "codes": codes}
    for place in range(READ):
        logits, state = decoder(
            attention_mask=mask, encoder_state=rows, attention_state=state,
            prev_tokens=codes[:, [place]], token_index=torch.tensor([place]),
        )  # fmt: skip
        numbers[f"logits.{place}"] = logits[:, -1].clone()
    for prefix, model in (("e.", encoder), ("d.", decoder)):
        for key, value in model.state_dict().items():
            numbers[prefix + key] = value.clone()
    save_file(numbers, folder / "dalle.safetensors")


def _tokenizer(folder: Path) -> None:
    rng = random.Random(0)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789!?.,'-"
    parts = ["Ġ", *letters]
    merges: list[tuple[str, str]] = []
    while len(merges) < 300:
        pair = rng.choice(parts), rng.choice(parts[1:])
        if pair not in merges and len("".join(pair)) < 8 and not pair[1].startswith("Ġ"):
            merges.append(pair)
            parts.append("".join(pair))
    names = ["<s>", "<pad>", "</s>", "<unk>", *dict.fromkeys(parts)]
    vocabulary = {name: number for number, name in enumerate(names) if name != "q"}
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    texts = ["a cat", "  Two   spaces ", "unknown q letters", "кот", "café münchen", "", "z" * 300]
    texts += [" ".join("word" for _ in range(70)), "a 😀 smile", "tab\tand\nline"]
    texts += ["".join(rng.choice(letters + "   ") for _ in range(60)) for _ in range(400)]
    tokenizer = import_module("min_dalle.text_tokenizer").TextTokenizer(vocabulary, lines[1:])
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")
    (folder / "texts.json").write_text(json.dumps(texts))
    (folder / "ids.json").write_text(json.dumps([tokenizer.tokenize(text) for text in texts]))


def main() -> None:
    folder = Path(sys.argv[1])
    torch.manual_seed(0)
    with torch.no_grad():
        _networks(folder)
    _tokenizer(folder)


main()
