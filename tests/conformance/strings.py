"""Thousands of reproducible texts: a corpus to train tokenizers on, and difficult strings."""

from collections.abc import Callable, Iterator
from random import Random

RUSSIAN = (
    "ка то ра ли ва но ко на ре ни го по та ла де во ми ро ма ло те се ру ле да му пе бе дь ст "
    "при про под ход лес вод свет нок чик ный ная ое ых ого ть ся щий ёж эхо юг яр ъём вью шум"
)
ENGLISH = (
    "ca to ra li wa no co na re ni go po ta la de vo mi ro ma lo the se ru le da mu pe be ck st "
    "ing ed er est ly ness light wood ship qu ex zy jo th sh wh ough ight tion able un dis fox"
)
SIGNS = ["", "", "", "", ",", ".", "!", " —", ":", "?", "»", "…"]
ODD_SPACES = [*" \t\n\v\f\r", "\u2581", "\u00a0", "\u0085", "\u2003", "\u200b", "\u2028", "\u3000"]
ODD_SPACES += ["\ufeff", "\x1c", "\x1d", "\x1e", "\x1f", "\0", "\u202f", "\u180e", "\u2060"]
ODD_LETTERS = [
    *"İßﬁΣςǅẞŁñéü日本語한국어אבגदेवनагы",
    "е\u0308",
    "и\u0306",
    "a\u0301",
    "\ufffd",
    "\ufffe",
]
ODD_LETTERS += ["\uffff", "\U0001d518", "\U0010ffff", "\x7f", "\x80", "\u07ff", "\u0800", "\ue000"]
EMOJI = [
    "😀",
    "🐈",
    "🐈\u200d⬛",
    "👩\u200d🚀",
    "🇷🇺",
    "❤\ufe0f",
    "👍🏽",
    "🏴\U000e0067\U000e007f",
    "☂",
    "1️⃣",
]
LITERAL = ["<UNK>", "<PAD>", "<BOS>", "<EOS>", "[UNK]", "</w>", "##", "▁▁", "http://a.b/?c=d&e"]


def corpus(lines: int) -> str:
    """Return Russian and English lines, with a few characters too rare for any vocabulary."""
    random = Random(1)
    sentences = [_sentence(random, random.choice((RUSSIAN, ENGLISH)), 12) for _ in range(lines)]
    return "\n".join([*sentences, "редкий знак § ¶ 水 🐈"])


def awkward(count: int) -> Iterator[str]:
    """Yield strings of every kind in turn, after the shortest possible ones."""
    random = Random(2)
    yield from ["", " ", "\u2581", "\0", *EMOJI, *ODD_LETTERS, *ODD_SPACES, *LITERAL]
    kinds: tuple[Callable[[Random], str], ...] = (
        lambda random: _sentence(random, RUSSIAN, 20),
        lambda random: _sentence(random, ENGLISH, 20),
        _shouted,
        _decorated,
        _oddly_spaced,
        _soup,
        _one_word,
        _over_long,
    )
    for number in range(count):
        yield kinds[number % len(kinds)](random)


def _word(random: Random, syllables: str) -> str:
    return "".join(random.choices(syllables.split(), k=random.randint(1, 5)))


def _sentence(random: Random, syllables: str, longest: int) -> str:
    count = random.randint(1, longest)
    return " ".join(_word(random, syllables) + random.choice(SIGNS) for _ in range(count))


def _shouted(random: Random) -> str:
    return random.choice((str.upper, str.title, str.swapcase))(_mixed(random, 10))


def _mixed(random: Random, longest: int) -> str:
    return " ".join(_sentence(random, kind, longest) for kind in (RUSSIAN, ENGLISH))


def _decorated(random: Random) -> str:
    """Insert emoji, rare letters and literal names of tokens between the words and into them."""
    found = list(_mixed(random, 6))
    for _ in range(random.randint(1, 8)):
        place = random.randint(0, len(found))
        found.insert(place, random.choice(random.choice((EMOJI, ODD_LETTERS, LITERAL))))
    return "".join(found)


def _oddly_spaced(random: Random) -> str:
    gaps = ("".join(random.choices(ODD_SPACES, k=random.randint(1, 3))) for _ in range(12))
    return "".join(gap + _word(random, random.choice((RUSSIAN, ENGLISH))) for gap in gaps)


def _soup(random: Random) -> str:
    """Return random code points without surrogates, which UTF-8 cannot encode."""
    ranges = ((0, 0x7F), (0x80, 0x24F), (0x400, 0x4FF), (0x2000, 0x2BFF), (0xE000, 0x10FFFF))
    return "".join(chr(random.randint(*random.choice(ranges))) for _ in range(40))


def _one_word(random: Random) -> str:
    return "".join(_word(random, RUSSIAN) for _ in range(random.randint(20, 120)))


def _over_long(random: Random) -> str:
    return " ".join(_mixed(random, 20) for _ in range(random.randint(3, 20)))
