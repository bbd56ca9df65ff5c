"""The pocket guide: two small encoders with a closed vocabulary in two languages."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from engine.guides.guide import truncate
from engine.pocket.scorer import MAX_WORDS, SIDE, ImageTower, TextTower, tokenize, words
from store.reader.repertoire import Repertoire, read_within
from store.reader.vocabulary import subjects

MEAN, STD = 0.5, 0.25


NAME = "pocket"


def known_things() -> Repertoire:
    """Return all that the pocket guide knows."""
    return Repertoire(frozenset(subject.key for subject in subjects()))


class PocketGuide:
    """Score pictures against Russian and English phrases; `training/` trains the weights."""

    side = SIDE

    def __init__(self, weights: Mapping[str, Tensor], device: torch.device) -> None:
        self.name = NAME
        self.device, self._dtype = device, torch.float32
        self.image = _load(ImageTower(), weights, "image.", device)
        self.image.to(memory_format=torch.channels_last)
        self.text = _load(TextTower(), weights, "text.", device)
        self.repertoire = known_things()
        english = self.encode_text([subject.english[0] for subject in subjects()])
        russian = self.encode_text([subject.russian[0].nominative for subject in subjects()])
        self._baseline = torch.cat([english, russian]).mean(0)

    def see_in(self, dtype: torch.dtype) -> None:
        """Let the image encoder compute in this type."""
        self.image.to(dtype)
        self._dtype = dtype

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors [n, d] of n texts."""
        return self.text(tokenize(texts).to(self.device))  # type: ignore[no-any-return]

    def encode_image(self, pictures: Tensor) -> Tensor:
        """Return unit vectors [n, d] of pictures [n, 3, side, side] in 0..1."""
        x = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
        return self.image(x.to(self._dtype))  # type: ignore[no-any-return]

    def baseline(self) -> Tensor | None:
        """Return the mean vector [d] of all names."""
        return self._baseline

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return the words of what the guide has never seen."""
        return read_within(text, self.repertoire).named

    def truncate(self, text: str) -> str | None:
        """Return the first words that fit, or None if all of them do."""
        return truncate(text, lambda part: len(words(part)), MAX_WORDS)


def _load(
    tower: torch.nn.Module, weights: Mapping[str, Tensor], prefix: str, device: torch.device
) -> torch.nn.Module:
    own = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
    tower.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in own.items()})
    return tower.eval().requires_grad_(False).to(device)
