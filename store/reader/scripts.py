"""The script that a text is written in, by which its guides are chosen."""

import unicodedata
from collections.abc import Collection

SCRIPTS = LATIN, CYRILLIC = "latin", "cyrillic"


def script(text: str) -> str:
    """Return CYRILLIC if more than half of the letters are, else LATIN."""
    names = [unicodedata.name(letter, "") for letter in text if letter.isalpha()]
    cyrillic = sum(name.startswith("CYRILLIC") for name in names)
    return CYRILLIC if cyrillic * 2 > len(names) else LATIN


def open_scripts(closed: Collection[str]) -> tuple[str, ...]:
    """Return the scripts whose guides have an open vocabulary, and so know styles.

    closed: those that only guides of closed vocabularies read, as engines report them.
    """
    return tuple(name for name in SCRIPTS if name not in closed)
