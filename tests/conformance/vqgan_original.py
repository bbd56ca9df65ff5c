"""Run by the Python of `environment.sh vqgan`: a checkpoint, and numbers, of the real packages.

    vqgan_original.py FOLDER TAMING SEED

FOLDER has model.yaml in taming's format; last.ckpt, as Lightning 1.0.8 writes it, and
numbers.safetensors come beside it. TAMING is the version: 0.0.6 is taming-transformers-rom1504's,
0.0.1 is taming-transformers' own, in a folder beside it.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

SIZE = (96, 160)  # height and width of the picture


def _install_replacements(taming: str) -> None:
    """Replace modules that the originals import but do not use here, and that no longer exist."""
    vars(numpy).update(Inf=numpy.inf, NaN=numpy.nan)
    tensorboard = ModuleType("torch.utils.tensorboard")
    vars(tensorboard).update(SummaryWriter=object)
    summary = ModuleType("torch.utils.tensorboard.summary")
    vars(summary).update(hparams=None)
    resources = ModuleType("pkg_resources")
    vars(resources).update(declare_namespace=lambda name: None)
    transformers = ModuleType("transformers")
    vars(transformers).update(top_k_top_p_filtering=None)
    for module in (tensorboard, summary, resources, transformers, ModuleType("requests")):
        sys.modules[module.__name__] = module
    if taming == "0.0.1":
        own = ModuleType("taming")
        own.__path__ = [str(Path(sys.prefix) / "first" / "taming")]
        sys.modules["taming"] = own


def _spread_codes(model: Any) -> None:
    """Spread the codes as far apart as latents are in a trained model."""
    with torch.no_grad():
        hidden = model.quant_conv(model.encoder(torch.rand(1, 3, *SIZE) * 2 - 1))
        table = getattr(model.quantize, "embedding", None) or model.quantize.embed
        table.weight.normal_().mul_(hidden.std()).add_(hidden.mean())


def _numbers(model: Any) -> Mapping[str, Tensor]:
    quantizers = import_module("taming.modules.vqvae.quantize")
    gumbel = hasattr(model.quantize, "embed")
    picture = torch.rand(1, 3, *SIZE) * 2 - 1
    with torch.no_grad():
        hidden = model.quant_conv(model.encoder(picture))
        if gumbel:  # the likeliest codes: the original draws by their logits
            logits = model.quantize(hidden, return_logits=True)[3]
            indices = logits.argmax(1)
            n, high, wide = indices.shape
            shape = (n, high, wide, model.quantize.embedding_dim)
            codes = model.quantize.get_codebook_entry(indices.flatten(), shape)
            nearest = quantizers.VectorQuantizer2(*model.quantize.embed.weight.shape, beta=0.25)
            nearest.embedding.weight.copy_(model.quantize.embed.weight)
        else:
            codes, _, (_, _, indices) = model.encode(picture)
            nearest = model.quantize
    latent = (codes + torch.randn_like(codes) * codes.std()).requires_grad_()
    quantised, _, (_, _, places) = nearest(latent)
    decoded = model.decode(quantised)
    pull = torch.randn_like(decoded)
    (gradient,) = torch.autograd.grad(decoded, latent, pull)
    found = {
        "picture": picture, "hidden": hidden, "indices": indices.flatten(), "codes": codes,
        "latent": latent, "places": places.flatten(), "quantised": quantised, "decoded": decoded,
        "pull": pull, "gradient": gradient,
    }  # fmt: skip
    return {key: value.detach().contiguous().clone() for key, value in found.items()}


def _save(model: Any, config: Any, path: Path) -> None:
    """Write a checkpoint by Lightning's trainer after a step of both optimisers."""
    lightning = import_module("pytorch_lightning")
    callback = lightning.callbacks.ModelCheckpoint(str(path.parent), monitor="val/rec_loss")
    callback.best_model_score = torch.tensor(0.5)
    trainer = lightning.Trainer(
        logger=False, checkpoint_callback=callback, progress_bar_refresh_rate=0
    )
    model._set_hparams(config)  # of omegaconf's classes, as in the checkpoints of some
    if hasattr(model, "quantize"):
        found = import_module("taming.modules.discriminator.model")
        model.loss = nn.Module()
        model.loss.discriminator = found.NLayerDiscriminator(input_nc=3, n_layers=2)
        model.learning_rate = 1e-6
        trainer.optimizers = model.configure_optimizers()[0]
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    parameter.grad = torch.zeros_like(parameter)
            optimizer.step()
    trainer.model = model
    trainer.save_checkpoint(str(path))


def main(folder: Path, taming: str, seed: int) -> None:
    _install_replacements(taming)
    torch.manual_seed(seed)
    config = import_module("omegaconf").OmegaConf.load(folder / "model.yaml")
    model = import_module("taming.main").instantiate_from_config(config.model).eval()
    vqgan = getattr(model, "first_stage_model", model)
    _spread_codes(vqgan)
    _save(model, config, folder / "last.ckpt")
    save_file(dict(_numbers(vqgan)), folder / "numbers.safetensors")
    versions = SimpleNamespace(
        lightning=import_module("pytorch_lightning").__version__,
        omegaconf=import_module("omegaconf").__version__,
        taming=import_module("taming.models.vqgan").__file__,
    )
    sys.stdout.write(f"{versions}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
