"""ruDALL-E (Sber 2021) and RUDOLPH: a Russian text -> codes of Sber's Gumbel VQGAN."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import torch
from torch import Tensor

from engine.drafters.autoregression import draw_codes, reading_orders
from engine.drafters.codes import Codes
from engine.drafters.drafter import DraftRequest
from engine.drafters.networks.sandwich import (
    SandwichShape,
    TextCodeModel,
    most_codes_seen,
    split_logits,
)
from engine.drafters.sampling import Sampling
from engine.guides.ruclip_tokenizer import YttmTokenizer
from store.reader.scripts import CYRILLIC

PADDING, BEGIN, END = 0, 2, 3  # ids of the tokenizer
VQGAN = "sber_gumbel_f8"
CODES = 8192
WORDS = 16384  # of the tokenizer
TEXT_TO_PICTURE = 16386  # RUDOLPH's special word
MASKS = ("row_mask", "col_mask", "conv_mask", "last_conv_mask")  # buffers of checkpoints


@dataclass(frozen=True)
class RuDalleSettings:
    """What a checkpoint of this family does not say itself.

    version: 2 reads one more word before the text and measures distances around the edges.
    special: the word for its task with which RUDOLPH's first text begins.
    codes: of the VQGAN; RUDOLPH has special ones beside them, which are never drawn.
    sampling: the published settings.
    """

    heads: int
    version: int = 3
    special: int | None = None
    kernels: tuple[int, int] = (11, 11)
    codes: int = CODES
    sampling: Sampling = field(default_factory=lambda: Sampling(top_k=1024, top_p=0.99))


def shape_of(weights: Mapping[str, Tensor], settings: RuDalleSettings) -> SandwichShape:
    """Return the shape of a checkpoint, from its tensors' sizes.

    Raises KeyError where tensors are missing.
    """
    layers = 1 + max(
        int(key.split(".")[2]) for key in weights if key.startswith("transformer.layers.")
    )
    words, width = weights["text_embeddings.weight"].shape
    right = "r_text_pos_embeddings.weight" in weights
    text = weights["l_text_pos_embeddings.weight" if right else "text_pos_embeddings.weight"]
    codes = weights["image_embeddings.weight"].shape[0]
    old = settings.version == 2 and not right
    return SandwichShape(
        layers=layers,
        width=width,
        heads=settings.heads,
        text=len(text) - 1,
        side=len(weights["image_row_embeddings.weight"]),
        text_vocabulary=words,
        code_vocabulary=codes,
        codes=min(settings.codes, codes),
        right=len(weights["r_text_pos_embeddings.weight"]) - 1 if right else 0,
        kernel=settings.kernels[0],
        last_kernel=settings.kernels[1],
        inner_convolutions=right,
        wraps=old,
        leading=old,
    )


def load(
    weights: Mapping[str, Tensor], settings: RuDalleSettings, dtype: torch.dtype
) -> TextCodeModel:
    """Return the network of a checkpoint, in *dtype*, on the device of the tensors.

    Raises KeyError for missing tensors, RuntimeError for unknown ones and ones of another size.
    """
    shape = shape_of(weights, settings)
    with torch.device("meta"):
        model = TextCodeModel(shape)
    needed = {
        key: value.to(dtype)
        for key, value in split_logits(weights, shape).items()
        if not key.endswith(tuple(f"transformer.{mask}" for mask in MASKS))
    }
    model.load_state_dict(needed, assign=True)
    return model.eval().requires_grad_(False)


class RuDalleDrafter:
    """A text in Russian -> grids of codes."""

    vqgan = VQGAN
    reads = frozenset({CYRILLIC})
    asks = ""
    named: Mapping[str, int] = {}
    codebook = ""

    def __init__(
        self, name: str, model: TextCodeModel, tokenizer: YttmTokenizer, settings: RuDalleSettings
    ) -> None:
        self.name = name
        self.model = model
        self.tokenizer = tokenizer
        self.settings = settings
        self.side = model.shape.side
        self.codes = model.shape.codes
        self.sampling = settings.sampling

    @torch.no_grad()
    def draft(self, request: DraftRequest, known: Codes | None = None) -> Iterator[Codes]:
        """Yield the grids after each row."""
        words = self.words(request.text)
        reader = TextCodeReader(self.model, words, request.count)
        orders = reading_orders(*request.cells, self.model.shape.side)
        sampling = request.sampling or self.sampling
        start = known if known is not None else request.start()
        yield from draw_codes(reader, start, orders, sampling, request.numbers())

    def memory(self, request: DraftRequest) -> int:
        """Return the bytes of the keys and values, of the text's own and of the logits."""
        shape = self.model.shape
        size = self.model.transformer.final_layernorm.weight.element_size()
        positions = request.count * (shape.drawn_length + most_codes_seen(shape)) + shape.text
        per_position = 2 * shape.layers * shape.width * size
        return positions * per_position + request.count * shape.codes * 32

    def words(self, text: str, special: int | None = None) -> list[int]:
        """Return the ids of the first text, padded to its length; long texts are cut before END.

        special: RUDOLPH's word of another task than that of the settings.
        """
        shape = self.model.shape
        special = self.settings.special if special is None else special
        head = [BEGIN] if special is None else [BEGIN, special]
        room = shape.text - len(head) - 1
        ids = [*head, *islice(self.tokenizer.ids(text.lower().strip()), room), END]
        first_padding = shape.text_vocabulary - shape.text  # one for each position
        ids += [first_padding + place for place in range(len(ids), shape.text)]
        return [BEGIN, *ids] if shape.leading else ids


class TextCodeReader:
    """The network with a text that it has read, once for all drafts."""

    def __init__(self, model: TextCodeModel, words: list[int], count: int) -> None:
        self.model = model
        self.count = count
        self.exact = model.transformer.final_layernorm.weight.dtype == torch.float32
        text = model.transformer.new_cache(1, len(words))
        self._logits = model.read_text(words, text)
        self._past = model.transformer.draft_cache(text, count)
        self._words = len(words)

    def restart(self) -> Tensor:
        """Forget the codes; return the logits [count, codes] of the first one."""
        self._past.forget_after(self._words)
        return self._logits.expand(self.count, -1)

    def read(self, codes: Tensor) -> Tensor:
        """Read codes [count, n]; return the logits [count, codes] of the next one."""
        return self.model.read_codes(codes.to(self._logits.device), self._past)
