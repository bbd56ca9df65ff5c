"""Cuts a phrase into pieces that mean something, each as long as a known name."""

from dataclasses import dataclass

from store.reader.lexicon import Meaning, lexicon, parts_of, plain, tokens_of

LONGEST = 8  # words of a name


@dataclass(frozen=True)
class Item:
    """Some words of the phrase, and what they mean; None for what is unknown."""

    text: str
    meaning: Meaning | None
    meanings: frozenset[Meaning] = frozenset()

    @property
    def kind(self) -> str:
        """Return the kind of its meaning, "" for none."""
        return self.meaning.kind if self.meaning else ""

    @property
    def key(self) -> str:
        """Return the key of its meaning, "" for none."""
        return self.meaning.key if self.meaning else ""


def pieces(text: str) -> list[Item]:
    """Cut the phrase from left to right; signs that part it are of the kind "pause"."""
    written = tokens_of(text)
    names = lexicon()
    found: list[Item] = []
    at = 0
    while at < len(written):
        token = written[at]
        simple = [plain(word) for word in written[at : at + LONGEST]]
        if token == ",":
            found.append(Item(",", Meaning("pause")))
            at += 1
        elif name := names.find(simple):
            length = len(name.words)
            text_of = " ".join(written[at : at + length])
            others = frozenset(names.meanings(simple, length))
            found.append(Item(text_of, name.meaning, others))
            at += length
        elif len(parts := parts_of(token)) > 1 and all(names.find([p]) for p in parts):
            written[at : at + 1] = parts
        else:
            found.append(Item(token, None))
            at += 1
    return found
