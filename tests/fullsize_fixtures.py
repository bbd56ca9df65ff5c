"""Files of the true formats and sizes of published models, with random weights."""

import json
import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import open_clip
import torch
import yaml
from safetensors.torch import save_file
from torch import Tensor

from engine.checkpoints_shape import VqganShape
from engine.guides.ruclip_towers import RuClip, RuClipShape
from engine.vqgan import VQGAN
from tests.test_engine_ruclip import MODEL

RUCLIP = {
    "embed_dim": 512,
    "image_resolution": 224,
    "vision_layers": 12,
    "vision_width": 768,
    "vision_patch_size": 32,
    "context_length": 77,
    "vocab_size": 49408,
    "transformer_width": 512,
    "transformer_heads": 8,
    "transformer_layers": 12,
}
# What the published file holds beside the model: LPIPS on VGG16 (arXiv 1801.03924), the patch
# discriminator of pix2pix (1611.07004), and the two moments of Adam for all that learns.
VGG = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
DISCRIMINATOR = (64, 128, 256, 512, 1)
PACKAGE = "pytorch_lightning.callbacks.model_checkpoint"


def imagenet_f16_16384(folder: Path) -> Path:
    """A checkpoint as Lightning wrote it, and taming's configuration beside it."""
    model = {key: value.detach() for key, value in VQGAN(VqganShape()).state_dict().items()}
    critic = {f"loss.discriminator.{k}": v for k, v in _convolutions(DISCRIMINATOR, 4).items()}
    judge = {f"loss.perceptual_loss.net.{k}": v for k, v in _convolutions(VGG, 3).items()}
    checkpoint = {
        "epoch": 11,
        "global_step": 299_999,
        "pytorch-lightning_version": "1.0.8",
        "callbacks": {_callback(): {"monitor": "val/rec_loss", "best_model_score": torch.ones(())}},
        "optimizer_states": [_adam(model), _adam(critic)],
        "lr_schedulers": [],
        "state_dict": OrderedDict(model | judge | critic),
    }
    path = folder / "last.ckpt"
    torch.save(checkpoint, path)
    network = {
        "double_z": False, "z_channels": 256, "resolution": 256, "in_channels": 3, "out_ch": 3,
        "ch": 128, "ch_mult": [1, 1, 2, 2, 4], "num_res_blocks": 2, "attn_resolutions": [16],
        "dropout": 0.0,
    }  # fmt: skip
    losses = {"target": "taming.modules.losses.vqperceptual.VQLPIPSWithDiscriminator"}
    params = {"embed_dim": 256, "n_embed": 16384, "ddconfig": network, "lossconfig": losses}
    config = {"model": {"target": "taming.models.vqgan.VQModel", "params": params}}
    path.with_suffix(".yaml").write_text(yaml.safe_dump(config))
    return path


def vit_b_32(folder: Path) -> Path:
    """OpenAI's ViT-B/32 as open_clip's authors give it."""
    model: Any = open_clip.CLIP(**open_clip.get_model_config("ViT-B-32-quickgelu"))
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    return folder / "open_clip_model.safetensors"


def ruclip_b_32_224(folder: Path) -> Path:
    """A ruCLIP's folder; its tokenizer knows few words, but all of the model is there."""
    folder.mkdir()
    model = RuClip(RuClipShape(**RUCLIP))  # type: ignore[arg-type]
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "config.json").write_text(json.dumps(RUCLIP))
    (folder / "bpe.model").write_text(MODEL)
    return folder


def everything(folder: Path) -> None:
    imagenet_f16_16384(folder)
    vit_b_32(folder)
    ruclip_b_32_224(folder / "ruclip")


def _convolutions(widths: tuple[int, ...], side: int) -> dict[str, Tensor]:
    pairs = zip((3, *widths), widths, strict=False)
    return {f"{i}.weight": torch.randn(b, a, side, side) for i, (a, b) in enumerate(pairs)}


def _adam(weights: dict[str, Tensor]) -> dict[str, Any]:
    state = {
        i: {"step": 300_000, "exp_avg": torch.zeros_like(v), "exp_avg_sq": torch.zeros_like(v)}
        for i, v in enumerate(weights.values())
    }
    group = {"lr": 4.5e-06, "betas": (0.5, 0.9), "eps": 1e-08, "params": list(state)}
    return {"state": state, "param_groups": [group]}


def _callback() -> type:
    """Lightning's class by its name alone, as a checkpoint holds it."""
    made = type("ModelCheckpoint", (), {"__module__": PACKAGE})
    module = ModuleType(PACKAGE)
    vars(module)["ModelCheckpoint"] = made
    sys.modules[PACKAGE] = module
    return made
