"""Say in Russian or English what a wish shows, and which words of a reading are left out."""

from collections.abc import Sequence
from functools import cache

from store.reader.lexicon import Meaning, plain, russian_name
from store.reader.pieces import pieces
from store.reader.repertoire import LeftOut, PhraseReading
from store.reader.scripts import CYRILLIC, script
from store.reader.vocabulary import COLOURS, SHAPES, Colour, Noun, Subject, things
from store.reader.wish import Wish, WishedThing

_COLOURS = {colour.key: colour for colour in COLOURS}
# English names that take no article, besides plurals.
_NO_ARTICLE = frozenset(
    (
        *("beer", "bread", "broccoli", "cheese", "chocolate", "coffee", "corn", "earth", "fire"),
        *("lightning", "poop", "rain", "santa", "saturn", "bacon", "butter", "garlic", "honey"),
        *("juice", "milk", "popcorn", "rice", "salt", "soap", "soup", "sushi", "tea", "wine"),
    )
)
_CIRCUMSTANCES = {  # places, times and weathers as they are said after things
    "sea": ("на море", "at sea"),
    "beach": ("на пляже", "on the beach"),
    "desert": ("в пустыне", "in the desert"),
    "snow": ("в снегу", "in the snow"),
    "forest": ("в лесу", "in the forest"),
    "meadow": ("на лугу", "in a meadow"),
    "mountains": ("в горах", "in the mountains"),
    "city": ("в городе", "in the city"),
    "village": ("в деревне", "in the village"),
    "lake": ("на озере", "on the lake"),
    "sky": ("в небе", "in the sky"),
    "space": ("в космосе", "in space"),
    "underwater": ("под водой", "under water"),
    "room": ("в комнате", "in a room"),
    "night": ("ночью", "at night"),
    "sunset": ("на закате", "at sunset"),
    "morning": ("утром", "in the morning"),
    "day": ("днём", "by day"),
    "clear": ("в ясную погоду", "in clear weather"),
    "rain": ("под дождём", "in the rain"),
    "snowfall": ("в снегопад", "in the snowfall"),
    "storm": ("в грозу", "in a storm"),
    "fog": ("в тумане", "in the fog"),
    "clouds": ("в пасмурный день", "under clouds"),
    "rainbow": ("под радугой", "under a rainbow"),
}
_SINGULAR_IN_S = frozenset(("cactus", "circus", "christmas tree", "cross", "bus", "glass"))


@cache
def all_subjects() -> dict[str, Subject]:
    """Return everything that has a name, by its key."""
    return {one.key: one for one in (*things("more_things.txt"), *things(), *SHAPES)}


def describe(wish: Wish, language: str, text: str = "") -> str:
    """Return the plainest description of a wish, in Russian in the accusative.

    text: the phrase, whose own names of the things are kept, and the numbers before them. "a black
    cat on a blue background"; "чёрного кота на пляже"; "три яблока".
    """
    russian = language == "ru"
    name = _russian if russian else _english
    shown = [_counted(thing, text, language) or name(thing, text) for thing in wish.things]
    if not shown and wish.colour:
        colour = _COLOURS[wish.colour]
        words = f"что-нибудь {colour.adjectives('n')[0]}", f"something {colour.english[0]}"
        shown = [words[0] if russian else words[1]]
    circumstances = [
        _CIRCUMSTANCES[key][0 if russian else 1]
        for key in (wish.place, wish.time, wish.weather)
        if key in _CIRCUMSTANCES
    ]
    if circumstances and not shown:
        plain = "вид" if wish.place else "пейзаж"  # «вид на закате» would be a slip of the tongue
        shown = [plain if russian else "a view"]
    what = joined(shown, language) or ("что-нибудь" if russian else "something")
    what = " ".join([what, *circumstances])
    if wish.ground:
        ground = _COLOURS[wish.ground]
        what += (
            f" на {ground.adjectives('on')[0]} фоне"
            if russian
            else f" on {_with_article(ground.english[0])} background"
        )
    return what


def describe_reading(readings: Sequence[PhraseReading], language: str) -> str:
    """Return what several phrases show together, each once."""
    shown = (describe(one.wish, language, one.text) for one in readings if not one.wish.is_empty)
    return joined(list(dict.fromkeys(shown)), language)


def left_out(readings: Sequence[PhraseReading], language: str) -> str:
    """Return what is left out: known things in the accusative, other words quoted as typed.

    A thing that has no room beside another one is said to be beside it.
    """
    words = [_left(left, one.text, language) for one in readings for left in one.left_out]
    return joined(list(dict.fromkeys(words)), language)


def joined(words: Sequence[str], language: str) -> str:
    """Return a list in a sentence: "a, b and c"."""
    last = " и " if language == "ru" else " and "
    return last.join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _left(left: LeftOut, text: str, language: str) -> str:
    same = (script(left.words) == CYRILLIC) == (language == "ru")
    if left.thing is None or not same:
        return f"«{left.words}»" if language == "ru" else f"“{left.words}”"
    thing = WishedThing(left.thing)
    words = _russian(thing, left.words) if language == "ru" else _english(thing, left.words)
    if not left.surplus:
        return words
    return f"{words} рядом" if language == "ru" else f"{words} beside it"


def _counted(thing: WishedThing, text: str, language: str) -> str | None:
    """Return the words of the phrase from a number to the thing that it counts; None without."""
    if thing.number == 1 or (script(text) == CYRILLIC) != (language == "ru"):
        return None
    counted: list[str] = []
    for item in pieces(text):
        if item.kind == "number":
            counted = [item.text]
        elif item.kind == "pause" or item.meaning is None:
            counted = []
        elif counted:
            counted.append(item.text)
            if thing.key in {meaning.key for meaning in (*item.meanings, item.meaning)}:
                return " ".join(counted)
    return None


def _english(thing: WishedThing, text: str) -> str:
    names = all_subjects()[thing.key].english
    written = plain(text)
    name = next((one for one in names if plain(one) in written), names[0])
    if thing.colour:
        return _with_article(f"{_COLOURS[thing.colour].english[0]} {name}", bare=_is_bare(name))
    return _with_article(name, bare=_is_bare(name))


def _is_bare(name: str) -> bool:
    return name in _NO_ARTICLE or (name.endswith("s") and name not in _SINGULAR_IN_S)


def _with_article(words: str, *, bare: bool = False) -> str:
    if bare:
        return words
    vowel = words[0] in "aeio" or words.startswith("umb")
    return f"an {words}" if vowel else f"a {words}"


def _russian(thing: WishedThing, text: str) -> str:
    noun = _noun_in(text, all_subjects()[thing.key].russian)
    if not thing.colour:
        return noun.accusative
    return f"{_accusative(_COLOURS[thing.colour], noun)} {noun.accusative}"


def _accusative(colour: Colour, noun: Noun) -> str:
    form = {"f": "fa", "n": "n"}.get(noun.gender, noun.gender)
    return colour.adjectives(form + "g" if noun.animate else form)[0]


def _noun_in(text: str, nouns: Sequence[Noun]) -> Noun:
    """Return that of a thing's names which the text has, in any form; else the first."""
    words = plain(text).split()
    for noun in nouns:
        for form in (noun.nominative, noun.accusative):
            name = russian_name(form, noun.gender, Meaning("thing"))
            if any(name.exact(words[at:]) >= 0 for at in range(len(words))):
                return noun
    return nouns[0]
