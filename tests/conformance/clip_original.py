"""Run by the Python of `environment.sh clip`: a text tower and ids of the real packages.

    clip_original.py FOLDER WIDTH LAYERS HEADS VOCABULARY

FOLDER has tokenizer.json and tokenizer_config.json of XLM-RoBERTa's kind (`xlm/`) and of SigLIP's
(`siglip/`), and strings.json; weights.safetensors and numbers.safetensors come beside them.
"""

import json
import sys
from pathlib import Path

import torch
from open_clip.hf_model import HFTextEncoder
from open_clip.tokenizer import HFTokenizer
from safetensors.torch import save_file
from transformers import XLMRobertaConfig  # type: ignore[import-not-found]


def main(folder: Path, width: int, layers: int, heads: int, vocabulary: int) -> None:
    torch.manual_seed(1)
    config = XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=4 * width,
        max_position_embeddings=514,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        pad_token_id=1,
    )
    tower = HFTextEncoder(
        "xlm-roberta", 512, config=config, pooler_type="mean_pooler", proj_type="mlp"
    ).eval()
    for parameter in tower.parameters():
        parameter.data += 0.02 * torch.randn_like(parameter)
    weights = {k: v for k, v in tower.state_dict().items() if ".pooler." not in k}
    save_file(
        {f"text.{k}": v.contiguous() for k, v in weights.items()}, folder / "weights.safetensors"
    )
    strings = json.loads((folder / "strings.json").read_text("utf-8"))
    xlm = HFTokenizer(str(folder / "xlm"), context_length=77, clean="whitespace")(strings)
    siglip = HFTokenizer(str(folder / "siglip"), context_length=64, clean="canonicalize")(strings)
    with torch.no_grad():
        vectors = tower(xlm[:64])
    save_file({"xlm": xlm, "siglip": siglip, "vectors": vectors}, folder / "numbers.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
