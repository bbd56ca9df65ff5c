"""Tell by the names of its tensors which model a file holds, and at which prefix."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor

VQGAN, CLIP, TRANSFORMERS_CLIP = "vqgan", "clip", "transformers-clip"


@dataclass(frozen=True)
class Recognised:
    """A kind of model, and the prefix of the names of its tensors.

    kind: a variant of the text `weights-other`.
    """

    kind: str
    prefix: str = ""

    def state(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the tensors below the prefix, without it."""
        start = len(self.prefix)
        return {k[start:]: v for k, v in tensors.items() if k.startswith(self.prefix)}


TEXTS = (
    "token_embedding.weight",
    "text.token_embedding.weight",
    "text.transformer.embeddings.word_embeddings.weight",
)
VISUALS = (
    "visual.conv1.weight", "visual.trunk.patch_embed.proj.weight", "visual.trunk.stem.0.weight",
)  # fmt: skip
# All parts of one of these groups, at the same prefix, are such a model. The first kind that is
# found is taken: a latent diffusion model with a VQGAN in it is read as the VQGAN.
SIGNATURES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (VQGAN, ("decoder.conv_in.weight", "quantize.embedding.weight")),
    (VQGAN, ("decoder.conv_in.weight", "quantize.embed.weight")),
    (VQGAN, ("decoder.conv_in.weight", "embedding.weight")),  # min-dalle's, a decoder alone
    (VQGAN, ("decoder.decoder.conv_in.weight", "quantize.embed.weight")),  # rudalle's, of wavelets
    *((CLIP, (text, visual)) for text in TEXTS for visual in VISUALS),
    (
        TRANSFORMERS_CLIP,
        (
            "text_model.embeddings.token_embedding.weight",
            "vision_model.embeddings.patch_embedding.weight",
        ),
    ),
    ("diffusion", ("model.diffusion_model.out.2.weight",)),
    ("diffusion", ("input_blocks.0.0.weight", "out.2.weight")),
    ("diffusion", ("down_blocks.0.resnets.0.conv1.weight", "time_embedding.linear_1.weight")),
    ("diffusion", ("double_blocks.0.img_attn.qkv.weight",)),
    ("diffusers-vq", ("decoder.up_blocks.0.resnets.0.conv1.weight", "quantize.embedding.weight")),
    ("kl", ("decoder.conv_in.weight", "encoder.conv_in.weight")),
    ("kl", ("decoder.up_blocks.0.resnets.0.conv1.weight",)),
    ("half-clip", ("text_model.embeddings.token_embedding.weight",)),
    ("half-clip", ("vision_model.embeddings.patch_embedding.weight",)),
    ("half-clip", ("visual.conv1.weight",)),
    ("transformer", ("tok_emb.weight", "blocks.0.attn.key.weight")),
)
LORA = ("lora_down", "lora_up", "lora_A", "lora_B", "hada_w1_a", "lokr_w1")
INVERSION = ("string_to_param", "emb_params")
# Of several copies the running mean of the weights is the best; a condition is another VQGAN.
PREFERRED, AVOIDED = "ema", "cond_stage_model."


def recognise(names: Iterable[str]) -> Recognised | None:
    """Return the model that the names of tensors belong to, or None."""
    names = set(names)
    if any(part in LORA for name in names for part in name.split(".")):
        return Recognised("lora")
    for kind, parts in SIGNATURES:
        prefixes = [name.removesuffix(parts[0]) for name in names if _ends(name, parts[0])]
        whole = [p for p in prefixes if all(p + part in names for part in parts)]
        if whole:
            return Recognised(kind, min(whole, key=_rank))
    if any(part in INVERSION for name in names for part in name.split(".")):
        return Recognised("inversion")
    return None


def _ends(name: str, part: str) -> bool:
    return name == part or name.endswith(f".{part}")


def _rank(prefix: str) -> tuple[bool, bool, int, str]:
    return prefix.endswith(AVOIDED), PREFERRED not in prefix, len(prefix), prefix
