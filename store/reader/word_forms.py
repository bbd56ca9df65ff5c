"""Which written words are forms of a name: Snowball's stems (Porter 2001), checked by endings.

Equal stems alone are not enough: банк and банка, a fly and flying have them too.
"""

import re
from functools import cache

import snowballstemmer

NOUN_ENDINGS = {  # by the last letter of the nominative, or its gender
    "m": " а у ом ем е ы и ов ев ей ам ами ах ья ьев ьям ьями ьях",
    "m soft": "ь й я ю ем е и ей ев ям ями ях ья ьев",
    "f": " а я ы и е у ю ой ей ою ею ам ям ами ями ах ях ь й",
    "f soft": "ь и ью ей ям ями ях ам ами ах",
    "n": "о е а я у ю ом ем и ам ям ами ями ах ях ья ьев ьям ьями ьях ей ий",
    "p": " ы и а я ов ев ей ам ям ами ями ах ях ь",
}
ADJECTIVE_ENDINGS = (
    "ый ий ой ая яя ое ее ые ие ого его ому ему ым им ом ем ую юю ою ею ей ых их ыми ими"
)
ENGLISH_ENDINGS = " s es ies y ves f fe 's s'"
VARIANTS = {  # forms that no rule makes, by nominative
    "лед": "льд льда льду льдом льде",
    "лев": "львы львов львам львами львах",
    "гусь": "гуси гусей гуся гусем",
    "рот": "рт",
    "костер": "костр",
    "шатер": "шатр",
    "узел": "узл",
    "огонь": "огн огня огню огнем огне огни огней",
    "камень": "камн камня камню камнем камне камни камней",
    "перец": "перц",
    "день": "дня дню днем дне дни дней",
    "пень": "пня пню пнем пне пни пней",
    "гребень": "гребня гребню гребнем гребни",
    "конь": "коня коню конем коне кони коней",
    "ребенок": "дети детей детям детьми детях ребята",
    "человек": "люди людей людям людьми людях",
    "цветок": "цветы цветов цветам цветами цветах",
    "дитя": "дитяти",
    "ухо": "уши ушей ушам ушами",
    "небо": "небеса небес небесах",
    "знамя": "знамени знаменем знамена",
    "пламя": "пламени пламенем",
    "окно": "окон",
    "окошко": "окошек",
    "кресло": "кресел",
    "ведро": "ведер",
    "бревно": "бревен",
    "яйцо": "яиц",
    "яичко": "яичек",
    "сердце": "сердец",
    "сердечко": "сердечек",
    "кольцо": "колец",
    "письмо": "писем",
    "яблоко": "яблок",
    "облако": "облаков",
    "сосна": "сосен",
    "вишня": "вишен",
    "башня": "башен",
    "капля": "капель",
    "кукла": "кукол",
    "овца": "овец",
    "туфля": "туфель",
    "вафля": "вафель",
    "метла": "метел",
    "кегли": "кеглей",
    "солнце": "солнцем солнца солнцу",
    "дочь": "дочери",
}
ENGLISH_PLURALS = {
    "mouse": "mice",
    "man": "men",
    "woman": "women",
    "child": "children",
    "foot": "feet",
    "goose": "geese",
    "tooth": "teeth",
    "ox": "oxen",
    "person": "people",
    "policeman": "policemen",
    "fireman": "firemen",
    "snowman": "snowmen",
}
_CYRILLIC = re.compile(r"[а-я]")


@cache
def _stemmer(language: str) -> "snowballstemmer.basestemmer.BaseStemmer":
    return snowballstemmer.stemmer(language)


@cache
def stem(word: str) -> str:
    """Return the stem of a lower-case word without ё, by its script."""
    language = "russian" if _CYRILLIC.search(word) else "english"
    return str(_stemmer(language).stemWord(word))


def keys_of(name: str, gender: str = "") -> set[str]:
    """Return what an index keeps a one-word name under: it, its stem, those of its variants."""
    return {key for one in (name, *variants(name, gender)) for key in (one, stem(one))}


@cache
def variants(name: str, gender: str) -> tuple[str, ...]:
    """Return other stems of a noun: with a vowel that comes and goes, or of a plural."""
    found = VARIANTS.get(name, "").split()
    if name in ENGLISH_PLURALS:
        found.append(ENGLISH_PLURALS[name])
    if gender == "" and name.endswith(("f", "fe")):
        found.append(name.rstrip("e")[:-1] + "ves")
    for young, plural in (("енок", "ят"), ("онок", "ат")):
        if name.endswith(young) and len(name) > 6:
            found += [name[:-4] + plural + ending for ending in ("а", "", "ам", "ами", "ах")]
    if gender == "m":
        found += [name[:-2] + "к"] if name.endswith(("ок", "ек")) and len(name) > 4 else []
        if name.endswith("ец") and len(name) > 4:
            before = name[-3]
            soft = "й" if before in "аеиоуя" else "ь" if before == "л" else ""
            found.append(name[:-2] + soft + "ц")
    if gender in "fn" and re.search(r"[бвгджзклмнпрстфхцчшщй]к[ао]$", name):
        short = name[:-3] if name[-3] == "й" else name[:-2]
        found += [short + "ек", short + "ок"]
    if gender in "fn" and re.search(r"ьк[ао]$", name):
        found.append(name[:-3] + "ек")
    return tuple(found)


def is_form(word: str, name: str, gender: str = "") -> bool:
    """Return whether a written word is a form of a one-word name.

    gender: of the name; "" for an English one, "a" for a Russian adjective.
    """
    bases = (name, *variants(name, gender))
    return word in bases or any(_inflected(word, base, gender) for base in bases)


def _inflected(word: str, base: str, gender: str) -> bool:
    shared = 0
    for one, other in zip(word, base, strict=False):
        if one != other:
            break
        shared += 1
    if gender and gender != "a":
        shared = min(shared, _kept(base, gender))
    allowed = _endings(base, gender)
    longest = max(1, len(base) - 3)
    return any(
        word[at:] in allowed and base[at:] in allowed for at in range(shared, longest - 1, -1)
    )


def _kept(base: str, gender: str) -> int:
    """Return how many letters of a noun no form changes: all but its own ending."""
    return len(base) - 1 if base[-1] in "аяоеьйиыую" else len(base)


@cache
def _endings(base: str, gender: str) -> frozenset[str]:
    if gender == "":
        return frozenset(ENGLISH_ENDINGS.split(" "))
    if gender == "a":
        return frozenset(ADJECTIVE_ENDINGS.split())
    if base.endswith(("ый", "ий", "ой", "ая")) and len(base) > 4:  # учёный, парикмахерская
        return frozenset(ADJECTIVE_ENDINGS.split())
    kind = gender
    if gender in "mf" and base[-1] in "ьй":
        kind += " soft"
    endings = set(NOUN_ENDINGS[kind].split(" "))
    if gender == "m" and base[-1] in "ая":  # дядя, дедушка
        endings = set(NOUN_ENDINGS["f"].split(" "))
    if gender == "n" and base[-1] == "о":
        endings.add("")
    if gender in "fn" and re.search(r"[бвгджзклмнпрстфхцчшщйь]к[ао]$", base):
        endings.discard("")  # чашек, not чашк
    return frozenset(endings)
