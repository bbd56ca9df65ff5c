"""Small networks with random weights, in the formats of checkpoints."""

from typing import TypeVar

import torch
from torch import Tensor, nn

from engine.drafters.networks.bart import BartShape, Decoder, Encoder
from engine.drafters.networks.mingpt import Gpt, GptShape
from engine.drafters.networks.sandwich import SandwichShape, TextCodeModel

SIDE, CODES = 4, 24
Network = TypeVar("Network", bound=nn.Module)
PROJECTIONS = ("q_proj", "k_proj", "v_proj")
JOINED: dict[tuple[type[nn.Module], str], tuple[str, ...]] = {
    (Gpt, "query_key_value"): ("query", "key", "value"),
    (Encoder, "query_key_value"): PROJECTIONS,
    (Encoder, "gate_and_value"): ("fc0", "fc1"),
    (Decoder, "query_key_value"): PROJECTIONS,
    (Decoder, "gate_and_value"): ("fc0", "fc1"),
}


def scattered(network: Network, seed: int = 0) -> Network:
    """Return the network with random weights by a seed, so large that codes differ."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            mean = 1.0 if parameter.ndim == 1 and name.endswith("weight") else 0.0
            parameter.copy_(mean + 0.3 * torch.randn(parameter.shape, generator=generator))
    return network.eval().requires_grad_(False)


def rudalle(side: int = SIDE, *, leading: bool = False, right: int = 0) -> TextCodeModel:
    """Return a network of ruDALL-E's kind, or of RUDOLPH's with a second text."""
    shape = SandwichShape(
        layers=4, width=32, heads=4, text=8, side=side, text_vocabulary=38, code_vocabulary=CODES,
        codes=CODES, right=right, inner_convolutions=bool(right), leading=leading, wraps=leading,
    )  # fmt: skip
    model = scattered(TextCodeModel(shape))
    model.image_embeddings.weight.mul_(3)  # so that each code steers those after it
    return model


def gpt(side: int = SIDE, condition: int = SIDE * SIDE) -> Gpt:
    """Return a second stage of square windows."""
    return scattered(Gpt(GptShape(CODES, condition + side * side, layers=2, width=32, heads=4)))


def bart() -> tuple[Encoder, Decoder]:
    """Return the two networks of DALL·E mini, with the size of its tables of codes."""
    shape = BartShape(
        layers=2, width=32, heads=4, gated=40, words=50, text=64, codes=16385, logits=16385,
        cells=256,
    )  # fmt: skip
    return scattered(Encoder(shape)), scattered(Decoder(shape))


def weights(network: nn.Module) -> dict[str, Tensor]:
    """Return the weights as a checkpoint has them."""
    state = {key: value.clone() for key, value in network.state_dict().items()}
    if not isinstance(network, TextCodeModel):
        for (kind, whole), parts in JOINED.items():
            if isinstance(network, kind):
                state = _apart(state, whole, parts)
        return state
    shape = network.shape
    for part in ("weight", "bias"):
        state[f"to_logits.0.{part}"] = state.pop(f"norm_before_logits.{part}")
        codes = state.pop(f"to_code_logits.{part}")
        words = codes.new_zeros(shape.text_vocabulary, *codes.shape[1:])
        special = codes.new_zeros(shape.code_vocabulary - shape.codes, *codes.shape[1:])
        words = state.pop(f"to_word_logits.{part}", words)
        state[f"to_logits.1.{part}"] = torch.cat([words, codes, special])
    return state


def _apart(state: dict[str, Tensor], whole: str, parts: tuple[str, ...]) -> dict[str, Tensor]:
    """Return the weights with those of a map that the network has as one in their parts."""
    apart: dict[str, Tensor] = {}
    for key, value in state.items():
        owner, found, kind = key.partition(f".{whole}.")
        pieces = value.chunk(len(parts)) if found else (value,)
        names = [f"{owner}.{part}.{kind}" for part in parts] if found else [key]
        apart |= {name: piece.clone() for name, piece in zip(names, pieces, strict=True)}
    return apart
