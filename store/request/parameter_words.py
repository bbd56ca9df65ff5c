"""How parameters are written in a prompt: one pattern for each way, Russian and English alike."""

import re
from dataclasses import dataclass
from enum import Enum, auto

NUMBER = r"[-+−–—]?(?:\d+(?:[.,]\d+)*(?:e[-+]?\d+)?|∞)"
ANY_VALUE = r"[^\s,;|]+"  # of a flag: one that is no number is refused, not painted
SIDE = r"\d{1,9}"
# A flag is typed with two hyphens, which phones turn into a dash.
FLAG = r"(?:--|—|–)\s?"
# Ratios that are read without a flag: other numbers with a colon are times of day and scores.
RATIOS = (
    *("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "5:7", "7:5", "9:16", "16:9", "10:16"),
    *("16:10", "1:2", "2:1", "1:3", "3:1", "9:21", "21:9"),
)
COUNTS = (1, 4, 9)  # that are read behind a letter x: "bmw x5" is a car

SHAPE_WORDS = {
    "portrait": ("portrait", "vertical", "портрет", "портретная", "портретный", "вертикально",
                 "вертикальный", "вертикальная", "вертикальное"),
    "landscape": ("landscape", "horizontal", "альбомная", "альбомный", "горизонтально",
                  "горизонтальный", "горизонтальная", "горизонтальное"),
    "wide": ("wide", "widescreen", "panorama", "широкий", "широкая", "широкое", "широко",
             "широкоформатная", "широкоформатный"),
    "square": ("square", "квадратный", "квадратная", "квадратное"),
}  # fmt: skip
QUALITY_WORDS = {
    "quick": ("quick", "draft", "быстро", "черновик", "начерно", "набросок"),
    "standard": ("standard", "обычно", "обычное качество"),
    "fine": ("fine", "high quality", "тщательно", "высокое качество", "подробно"),
}
TILE_WORDS = ("seamless", "seamless tile", "обои", "бесшовно", "бесшовная", "бесшовный узор")
# Words that a prompt hardly ends with unless they are meant as parameters.
PLAIN_LAST_WORDS = frozenset(
    (
        *("portrait", "портрет", "широкая", "широкий", "широкое", "широко", "вертикально"),
        *("горизонтально", "fine", "тщательно", "быстро", "начерно", "widescreen"),
    )
)


class Position(Enum):
    """Where a parameter may stand."""

    EDGE = auto()  # at the beginning or the end
    END = auto()  # at the end, or at the beginning if a comma or a line's end sets it off
    SET_OFF = auto()  # at either, if a comma, a line's end or two hyphens set it off
    ANYWHERE = auto()


@dataclass(frozen=True)
class Form:
    """One way to write a parameter; the group `value` of the pattern is what it says."""

    name: str
    pattern: str
    place: Position = Position.EDGE
    value: str | None = None  # where the pattern says it all


def _any(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _flags(name: str, flags: str, value: str) -> Form:
    return Form(name, rf"{FLAG}(?:{flags})(?:\s*[=:]\s*|\s+)(?P<value>{value})", Position.ANYWHERE)


def _word_forms() -> list[Form]:
    forms = []
    for name, table in (("shape", SHAPE_WORDS), ("quality", QUALITY_WORDS)):
        for value, words in table.items():
            plain = tuple(word for word in words if word in PLAIN_LAST_WORDS)
            if plain:
                forms.append(Form(name, _any(plain), Position.END, value))
            forms.append(Form(name, _any(words), Position.SET_OFF, value))
    return forms


# With a colon and a space it is as the settings of a picture are shown; without, it is a weight.
_IS = r"(?:\s*=?\s*|:\s+)"
_SIZE = r"(?:(?:размер|size)(?:\s*=\s*|:?\s+))?"
_STEPS = r"(?:шаг(?:ов|а)?|steps?)"
_NO_FILM = r"(?:без\s+(?:анимации|фильма|видео)|(?:no|without)\s+(?:animation|film|video))"
_FILM = r"(?:с\s+(?:анимацией|фильмом|видео)|with\s+(?:an?\s+)?(?:animation|film|video))"
_WORDS_OF_QUALITY = _any(tuple(word for words in QUALITY_WORDS.values() for word in words))

FORMS = (
    _flags("size", "size|размер", rf"{SIDE}\s?[xXхХ×*]\s?{SIDE}"),
    _flags("ratio", "ar|aspect|ratio|формат", r"\d{1,4}\s?[:/]\s?\d{1,4}"),
    _flags("seed", "seed|сид|зерно", ANY_VALUE),
    _flags("steps", "steps|iterations|шаги|шагов", ANY_VALUE),
    _flags("count", "count|n|штук", ANY_VALUE),
    _flags("fps", "fps", ANY_VALUE),
    _flags("every", "every|interval|каждый|интервал", ANY_VALUE),
    _flags("quality", "quality|preset|q|качество", rf"(?:{_WORDS_OF_QUALITY})"),
    Form("film", rf"{FLAG}(?:{_NO_FILM}|no-(?:animation|film|video))", Position.ANYWHERE, "off"),
    Form("size", rf"{_SIZE}(?P<value>{SIDE}\s?[xXхХ×*]\s?{SIDE})"),
    Form("size", rf"{_SIZE}(?P<value>\d{{3,4}} на \d{{3,4}})", Position.END),
    Form("ratio", rf"(?P<value>{_any(RATIOS)})"),
    Form("seed", rf"(?:seed|сид|зерно){_IS}(?P<value>{NUMBER})"),
    Form("steps", rf"(?:{_STEPS}|шаги){_IS}(?P<value>{NUMBER})", Position.END),
    Form("steps", rf"(?P<value>{NUMBER})\s*{_STEPS}"),
    Form("steps", r"(?P<value>∞)"),
    Form("count", r"[×*]\s?(?P<value>\d{1,9})"),
    Form("count", rf"[xх](?P<value>{'|'.join(map(str, COUNTS))})"),
    Form(
        "count", r"(?P<value>\d{1,9})\s*(?:штук[иа]?|варианта?|вариантов|variants?)", Position.END
    ),
    Form("fps", rf"fps\s*=?\s*(?P<value>{NUMBER})", Position.END),
    Form("fps", rf"(?P<value>{NUMBER})\s*(?:fps|кадр(?:ов|а)?\s+в\s+секунду)"),
    Form(
        "every",
        rf"(?:(?:кадр\s+)?кажды[йе]|every|interval|интервал)\s+(?P<value>{NUMBER})(?:\s*{_STEPS})?",
        Position.END,
    ),
    Form("film", _NO_FILM, Position.EDGE, "off"),
    Form("film", _FILM, Position.SET_OFF, "on"),
    Form("tile", rf"{FLAG}(?:tile|{_any(TILE_WORDS)})", Position.ANYWHERE, "on"),
    Form("tile", _any(TILE_WORDS), Position.SET_OFF, "on"),
    Form("enough", rf"{FLAG}(?:enough|хватит)(?:[ =]auto)?", Position.ANYWHERE, "auto"),
    *_word_forms(),
)
