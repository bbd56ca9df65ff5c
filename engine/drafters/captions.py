"""Say in Russian what a picture shows: RUDOLPH draws words after the picture's codes."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.drafters.rudalle import BEGIN, END, RuDalleDrafter
from engine.drafters.sampling import Sampling, draw, uniform_numbers
from engine.errors import EngineError

# The special words of its two tasks, counted from the one for pictures from words.
PICTURE_TO_WORDS, THEN_WORDS = 1, 3
BEGINNING = "на картинке"
SAMPLING = Sampling(temperature=0.9, top_k=64, top_p=0.8)
COUNT = 48  # captions that are drawn
LOOKED_AT = 8  # of those, different ones that are compared with the picture


@dataclass(frozen=True)
class PictureWords:
    """A caption: how often it was drawn, and a score that is lower for better ones.

    The score is the mean of two perplexities, of the words after the picture and of the picture
    after the words, each over the mean of all captions'.
    """

    text: str
    times: int
    score: float


@torch.no_grad()
def captions(
    drafter: RuDalleDrafter, indices: Tensor, seed: int = 0, count: int = COUNT
) -> list[PictureWords]:
    """Return what a picture shows, the best caption first.

    indices: the picture's codes int64 [side, side].

    Raises EngineError for a drafter without a second text.
    """
    if not drafter.model.shape.right or drafter.settings.special is None:
        raise EngineError("captions-rudolph", name=drafter.name)
    codes = indices.view(1, -1)
    drawn = _drawn(drafter, codes, uniform_numbers(seed, count, drafter.model.shape.right))
    times = Counter(text for text, _ in drawn)
    perplexity = {text: value for text, value in drawn if text}
    kept = sorted(perplexity, key=lambda text: (-times[text], perplexity[text]))[:LOOKED_AT]
    by_picture = {text: _picture_perplexity(drafter, codes, text) for text in kept}
    by_words = {text: perplexity[text] for text in kept}
    marks = [_over_mean(by_words), _over_mean(by_picture)]
    found = [
        PictureWords(text, times[text], sum(some[text] for some in marks) / 2) for text in kept
    ]
    return sorted(found, key=lambda caption: caption.score)


def _drawn(drafter: RuDalleDrafter, codes: Tensor, numbers: Tensor) -> list[tuple[str, float]]:
    """Return a caption and the perplexity of its words for each row of the numbers [count, n]."""
    model, special = drafter.model, drafter.settings.special or 0
    device, count = model.transformer.final_layernorm.weight.device, len(numbers)
    one = model.transformer.new_cache(1, model.shape.drawn_length)
    model.read_text(drafter.words("", special + PICTURE_TO_WORDS), one)
    model.read_codes(codes.to(device), one)
    past = one.repeated(count, model.shape.length)
    words = [BEGIN, special + THEN_WORDS, *drafter.tokenizer.ids(BEGINNING)]
    words = words[: model.shape.right - 1]
    unread = torch.tensor([words], device=device).expand(count, -1)
    rows: list[list[int]] = [[] for _ in range(count)]
    surprise, lengths = torch.zeros(count), torch.zeros(count)
    ended = torch.zeros(count, dtype=torch.bool)
    for place in range(len(words), model.shape.right):
        logits = model.read_right_text(unread, past)[:, -1, : drafter.tokenizer.size].cpu()
        logits[:, :END] = -math.inf  # padding, unknown, beginning
        chosen = draw(SAMPLING.probabilities(logits), numbers[:, place])
        told = -logits.log_softmax(-1).gather(1, chosen[:, None])[:, 0]
        surprise, lengths = surprise + told * ~ended, lengths + ~ended
        for row, word in enumerate(chosen.tolist()):
            if not ended[row] and word != END:
                rows[row].append(word)
        ended |= chosen == END
        if ended.all():
            break
        unread = torch.where(ended, END, chosen)[:, None].to(device)
    texts = [drafter.tokenizer.text(row) for row in rows]
    return list(zip(texts, torch.exp(surprise / lengths).tolist(), strict=True))


def _picture_perplexity(drafter: RuDalleDrafter, codes: Tensor, text: str) -> float:
    """Return the perplexity of a picture's codes [1, n] after words."""
    model = drafter.model
    past = model.transformer.new_cache(1, model.shape.drawn_length)
    first = model.read_text(drafter.words(text), past)
    later = model.code_logits(codes.to(first.device), past)[0, :-1]
    scores = torch.cat([first, later]).log_softmax(-1).cpu()
    return float(torch.exp(-scores.gather(1, codes[0, :, None]).mean()))


def _over_mean(values: Mapping[str, float]) -> dict[str, float]:
    mean = sum(values.values()) / max(1, len(values))
    return {text: value / mean for text, value in values.items()}
