"""The pocket guide: two small encoders with a closed vocabulary in two languages."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from engine.guides.guide import UnknownWords, truncate
from engine.pocket.scorer import MAX_WORDS, SIDE, ImageTower, TextTower, grams, tokenize, words
from store.reader.scripts import CYRILLIC, LATIN, script
from store.reader.vocabulary import COLOURS, subjects

MEAN, STD = 0.5, 0.25
KnownWords = dict[str, set[int]]  # words, each with the buckets of its n-grams


class PocketGuide:
    """Score pictures against Russian and English phrases; `training/` trains the weights."""

    side = SIDE

    def __init__(self, weights: Mapping[str, Tensor], device: torch.device) -> None:
        self.name = "pocket"
        self.device = device
        self.image = _load(ImageTower(), weights, "image.", device)
        self.image.to(memory_format=torch.channels_last)
        self.text = _load(TextTower(), weights, "text.", device)
        self._names = {
            LATIN: [subject.english[0] for subject in subjects()],
            CYRILLIC: [subject.russian[0].nominative for subject in subjects()],
        }
        self._vectors = {key: self.encode_text(names) for key, names in self._names.items()}
        self._baseline = torch.cat(list(self._vectors.values())).mean(0)
        self._names_words, self._known_words = _vocabulary()

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors [n, d] of n texts."""
        return self.text(tokenize(texts).to(self.device))  # type: ignore[no-any-return]

    def encode_image(self, pictures: Tensor) -> Tensor:
        """Return unit vectors [n, d] of pictures [n, 3, side, side] in 0..1."""
        x = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
        return self.image(x)  # type: ignore[no-any-return]

    def baseline(self) -> Tensor | None:
        """Return the mean vector [d] of all names."""
        return self._baseline

    def unknown_words(self, text: str) -> UnknownWords | None:
        """Return the words that are neither in the vocabulary nor forms or typos of its words."""
        text_words = words(text)
        unknown = tuple(word for word in text_words if not self._knows(word, self._known_words))
        if not unknown:
            return None
        named = any(
            word in self._names_words or (len(word) > 2 and self._knows(word, self._names_words))
            for word in text_words
        )
        return UnknownWords(unknown, () if named else self._nearest(text), len(subjects()))

    def truncate(self, text: str) -> str | None:
        """Return the first words that fit, or None if all of them do."""
        return truncate(text, lambda part: len(words(part)), MAX_WORDS)

    def _nearest(self, text: str, count: int = 3) -> tuple[str, ...]:
        """Return the names with the nearest embeddings, in the script of the text."""
        kind = script(text)
        order = (self._vectors[kind] @ self.encode_text([text])[0]).argsort(descending=True)
        return tuple(self._names[kind][i] for i in order[:count].tolist())

    @staticmethod
    def _knows(word: str, vocabulary: KnownWords) -> bool:
        if word in vocabulary or (len(word) < 3 and word.isalnum()):
            return True
        own = set(grams(word))
        return any(
            _same_stem(word, known) or len(own & parts) >= 0.4 * len(own | parts)
            for known, parts in vocabulary.items()
        )


def _same_stem(a: str, b: str) -> bool:
    """Return whether two words differ only in an ending of up to two letters: коты and кот."""
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    shared = min(len(a), len(b)) if shared is None else shared
    return shared >= 3 and max(len(a), len(b)) - shared <= 2


def _load(
    tower: torch.nn.Module, weights: Mapping[str, Tensor], prefix: str, device: torch.device
) -> torch.nn.Module:
    own = {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
    tower.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in own.items()})
    return tower.eval().requires_grad_(False).to(device)


def _vocabulary() -> tuple[KnownWords, KnownWords]:
    """Return the words that name things or shapes, and these with all other known words."""
    names, others = (
        [],
        ["draw paint picture background the нарисуй изобрази хочу картинка фон фоне"],
    )
    for subject in subjects():
        names += [subject.emoji, *subject.english]
        names += [f"{noun.nominative} {noun.accusative}" for noun in subject.russian]
    forms = ("m", "f", "n", "p", "mg", "fa", "on", "pg")
    for colour in COLOURS:
        others += [*colour.english, *(a for form in forms for a in colour.adjectives(form))]
    things = {word: set(grams(word)) for word in words(" ".join(names))}
    return things, things | {word: set(grams(word)) for word in words(" ".join(others))}
