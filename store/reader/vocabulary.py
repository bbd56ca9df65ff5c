"""The vocabulary of the pocket models: things, shapes and colours in Russian and English."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Noun:
    """A Russian noun: nominative, accusative, and the gender that its adjectives take."""

    nominative: str
    accusative: str
    gender: str  # m, f, n, or p for plural

    @property
    def animate(self) -> bool:
        """Return whether it is animate: its adjectives in the accusative are as in the genitive."""
        return self.gender in "mp" and self.accusative != self.nominative


@dataclass(frozen=True)
class Subject:
    """A thing (with its emoji) or a plain shape that a picture can show."""

    key: str
    english: tuple[str, ...]
    russian: tuple[Noun, ...]
    emoji: str = ""


@dataclass(frozen=True)
class Colour:
    """A colour of the palette: its English names and its Russian adjectives."""

    key: str
    english: tuple[str, ...]
    russian: tuple[tuple[str, str], ...]  # (stem, declension) pairs

    def adjectives(self, form: str) -> tuple[str, ...]:
        """Return the Russian adjectives in a form.

        form: m f n p (nominative), mg pg (genitive), fa (accusative), on (prepositional: на
        красном фоне).
        """
        return tuple(stem + ENDINGS[kind][form] for stem, kind in self.russian)


ENDINGS = {
    "hard": dict(m="ый", f="ая", n="ое", p="ые", mg="ого", fa="ую", on="ом", pg="ых"),
    "stressed": dict(m="ой", f="ая", n="ое", p="ые", mg="ого", fa="ую", on="ом", pg="ых"),
    "soft": dict(m="ий", f="яя", n="ее", p="ие", mg="его", fa="юю", on="ем", pg="их"),
}

COLOURS = (
    Colour("red", ("red",), (("красн", "hard"),)),
    Colour("orange", ("orange",), (("оранжев", "hard"),)),
    Colour("yellow", ("yellow",), (("жёлт", "hard"),)),
    Colour("green", ("green",), (("зелён", "hard"),)),
    Colour("sky", ("light blue", "sky blue", "cyan"), (("голуб", "stressed"),)),
    Colour("blue", ("blue", "dark blue"), (("син", "soft"),)),
    Colour("purple", ("purple", "violet"), (("фиолетов", "hard"), ("лилов", "hard"))),
    Colour("pink", ("pink",), (("розов", "hard"),)),
    Colour("brown", ("brown",), (("коричнев", "hard"),)),
    Colour("black", ("black",), (("чёрн", "hard"),)),
    Colour("white", ("white",), (("бел", "hard"),)),
    Colour("grey", ("grey", "gray"), (("сер", "hard"),)),
)


def _nouns(text: str) -> tuple[Noun, ...]:
    return tuple(Noun(*(part.strip() for part in entry.split(","))) for entry in text.split(";"))


def _shape(key: str, english: str, russian: str, emoji: str = "") -> Subject:
    return Subject(key, tuple(english.split("; ")), _nouns(russian), emoji)


SHAPES = (
    _shape("circle", "circle; disc", "круг,круг,m; кружок,кружок,m", "⚫"),
    _shape("square", "square", "квадрат,квадрат,m; квадратик,квадратик,m"),
    _shape("triangle", "triangle", "треугольник,треугольник,m"),
    _shape("star", "star", "звезда,звезду,f; звёздочка,звёздочку,f", "⭐"),
    _shape("heart", "heart", "сердце,сердце,n; сердечко,сердечко,n", "❤"),
    _shape("diamond", "diamond; rhombus", "ромб,ромб,m"),
    _shape("hexagon", "hexagon", "шестиугольник,шестиугольник,m"),
    _shape("oval", "oval; ellipse", "овал,овал,m; эллипс,эллипс,m"),
    _shape("rectangle", "rectangle", "прямоугольник,прямоугольник,m"),
    _shape("cross", "cross; plus", "крест,крест,m; крестик,крестик,m; плюс,плюс,m"),
    _shape("ring", "ring", "кольцо,кольцо,n; круглая рамка,круглую рамку,f"),
    _shape("crescent", "crescent", "полумесяц,полумесяц,m"),
)


@cache
def things(table: str = "things.txt") -> tuple[Subject, ...]:
    """Return the things of a hand-made table, the most popular first within each group."""
    found = []
    for line in files(__package__).joinpath(table).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            emoji, english, russian = line.split("\t")
            names = tuple(name.strip() for name in english.split(";"))
            found.append(Subject(names[0], names, _nouns(russian), emoji))
    return tuple(found)


def subjects() -> tuple[Subject, ...]:
    """Return all things, then all shapes."""
    return things() + SHAPES
