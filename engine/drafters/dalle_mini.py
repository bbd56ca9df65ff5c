"""DALL·E mini and mega (Dayma et al. 2021): an English text -> codes of their VQGAN."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from engine.drafters.autoregression import draw_codes, reading_orders
from engine.drafters.codes import Codes
from engine.drafters.drafter import DraftRequest
from engine.drafters.networks.bart import (
    PADDING,
    BartShape,
    Decoder,
    Encoder,
    join_weights,
    shape_of,
)
from engine.drafters.sampling import Sampling
from engine.drafters.subwords import BEGIN, END, SubwordTokenizer
from engine.errors import EngineError
from store.reader.scripts import LATIN

VQGAN = "dalle_mini_f16_16384"
CODES = 16384  # of the VQGAN; mega's tables have unused rows
FIRST = CODES - 1  # the code that stands before the first
GUIDANCE = 16.0


class DalleMiniDrafter:
    """A text in English -> grids of codes.

    guidance: how far the logits are moved from those without words to those with them
        ("super-conditioning"; classifier-free guidance, Ho and Salimans 2022).
    """

    vqgan = VQGAN
    reads = frozenset({LATIN})
    codes = CODES
    asks = ""
    named: Mapping[str, int] = {}
    codebook = ""
    sampling = Sampling(top_k=256)

    def __init__(
        self,
        name: str,
        encoder: Encoder,
        decoder: Decoder,
        tokenizer: SubwordTokenizer,
        guidance: float = GUIDANCE,
    ) -> None:
        self.name = name
        self.encoder = encoder
        self.decoder = decoder
        self.tokenizer = tokenizer
        self.guidance = guidance
        self.side = round(decoder.shape.cells**0.5)

    @torch.no_grad()
    def draft(self, request: DraftRequest, known: Codes | None = None) -> Iterator[Codes]:
        """Yield the grids after each row; raise EngineError for a text without an ASCII letter."""
        words = self.words(request.text)
        reader = GuidedReader(self.encoder, self.decoder, words, request.count, self.guidance)
        orders = reading_orders(*request.cells, self.side)
        start = known if known is not None else request.start()
        sampling = request.sampling or self.sampling
        yield from draw_codes(reader, start, orders, sampling, request.numbers())

    def memory(self, request: DraftRequest) -> int:
        """Return the bytes of two rows of keys and values, and of logits, for each draft."""
        shape = self.decoder.shape
        size = self.decoder.final_ln.weight.element_size()
        read = len(self.tokenizer.words(request.text)) + 2  # with the marks around them
        positions = shape.cells + min(read, shape.text)
        per_row = 2 * shape.layers * shape.width * positions * size
        return 2 * request.count * (per_row + shape.logits * 16)

    def words(self, text: str) -> Tensor:
        """Return the ids int64 [2, positions] of an empty text and of this one, padded.

        A long text is cut before its end mark.
        """
        ids, length = self.tokenizer.ids, len(self.encoder.embed_positions.weight)
        inner = self.tokenizer.words(text)[: length - 2]
        if not inner:
            raise EngineError("drafter-language", name=self.name, reads="latin")
        rows = torch.full((2, length), PADDING)
        rows[0, :2] = torch.tensor([ids[BEGIN], ids[END]])
        rows[1, : len(inner) + 2] = torch.tensor([ids[BEGIN], *inner, ids[END]])
        return rows


class GuidedReader:
    """The networks with a text that they have read; two rows for each draft."""

    def __init__(
        self, encoder: Encoder, decoder: Decoder, words: Tensor, count: int, guidance: float
    ) -> None:
        weight = decoder.final_ln.weight
        self.decoder = decoder
        self.count = count
        self.guidance = guidance
        self.exact = weight.dtype == torch.float32
        self._device = weight.device
        words = words.to(self._device)
        longest = int((words != PADDING).sum(1).max())
        words = words[:, :longest]  # padding is never attended to
        encoded = encoder(words).repeat_interleave(count, dim=0)
        self._shown = (words != PADDING)[:, None, None].repeat_interleave(count, dim=0)
        self._text = decoder.read_text(encoded)
        self._past = decoder.new_cache(2 * count)

    def restart(self) -> Tensor:
        """Forget the codes; return the logits [count, codes] of the first one."""
        self._past.forget_after(0)
        return self.read(torch.full((self.count, 1), FIRST))

    def read(self, codes: Tensor) -> Tensor:
        """Read codes [count, n]; return the logits [count, codes] of the next one."""
        rows = codes.to(self._device).repeat(2, 1)
        logits: Tensor = self.decoder(rows, self._past, self._text, self._shown)[:, :CODES]
        without, told = logits.chunk(2)
        return torch.lerp(without, told, self.guidance)


def load(
    encoder: Mapping[str, Tensor], decoder: Mapping[str, Tensor], heads: int, dtype: torch.dtype
) -> tuple[Encoder, Decoder]:
    """Return the networks of a checkpoint, in *dtype*.

    Raises KeyError for missing tensors, RuntimeError for unknown ones and ones of another size.
    """
    shape: BartShape = shape_of(encoder, decoder, heads)
    with torch.device("meta"):
        networks = Encoder(shape), Decoder(shape)
    for network, weights in zip(networks, (encoder, decoder), strict=True):
        needed = {k: v.to(dtype) for k, v in join_weights(weights).items()}
        network.load_state_dict(needed, assign=True)
        network.eval().requires_grad_(False)
    return networks
