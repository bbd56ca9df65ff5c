"""The pocket guide: two small towers that know the names of a small world in two languages."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from engine.pocket.towers import SIDE, ImageTower, TextTower, grams, tokenize, words
from engine.pocket.world import COLOURS, subjects

MEAN, STD = 0.5, 0.25


class PocketGuide:
    """Reads Russian and English; see `training/` for how it learned."""

    side = SIDE

    def __init__(self, weights: Mapping[str, Tensor], device: torch.device) -> None:
        self.name = "pocket"
        self.device = device
        self.image = _filled(ImageTower(), weights, "image.", device)
        self.image.to(memory_format=torch.channels_last)
        self.text = _filled(TextTower(), weights, "text.", device)
        names = [s.english[0] for s in subjects()] + [s.russian[0].nominative for s in subjects()]
        self._baseline = self.encode_text(names).mean(0)
        self._known = _vocabulary()

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        return self.text(tokenize(texts).to(self.device))  # type: ignore[no-any-return]

    def encode_image(self, pictures: Tensor) -> Tensor:
        x = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
        return self.image(x)  # type: ignore[no-any-return]

    def baseline(self) -> Tensor | None:
        return self._baseline

    def unknown(self, text: str) -> tuple[str, ...]:
        """Words that are neither names of this world nor their forms nor near misspellings."""
        return tuple(word for word in words(text) if not self._knows(word))

    def _knows(self, word: str) -> bool:
        if word in self._known or (len(word) < 3 and word.isalnum()):
            return True
        mine = set(grams(word))
        return any(
            _same_stem(word, known) or len(mine & parts) >= 0.4 * len(mine | parts)
            for known, parts in self._known.items()
        )


def _same_stem(a: str, b: str) -> bool:
    """коты and кот, hearts and heart: an ending of up to two letters apart."""
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    shared = min(len(a), len(b)) if shared is None else shared
    return shared >= 3 and max(len(a), len(b)) - shared <= 2


def _filled(
    tower: torch.nn.Module, weights: Mapping[str, Tensor], prefix: str, device: torch.device
) -> torch.nn.Module:
    mine = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
    tower.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in mine.items()})
    return tower.eval().requires_grad_(False).to(device)


def _vocabulary() -> dict[str, set[int]]:
    """Every word of every name, with its parts."""
    texts = ["draw paint picture background the нарисуй изобрази хочу картинка фон фоне"]
    for subject in subjects():
        texts += [subject.emoji, *subject.english]
        texts += [f"{noun.nominative} {noun.accusative}" for noun in subject.russian]
    forms = ("m", "f", "n", "p", "mg", "fa", "on", "pg")
    for colour in COLOURS:
        texts += [*colour.english, *(a for form in forms for a in colour.adjectives(form))]
    return {word: set(grams(word)) for word in words(" ".join(texts))}
