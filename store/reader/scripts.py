"""The script that a text is written in, by which its guides are chosen."""

import unicodedata

SCRIPTS = LATIN, CYRILLIC = "latin", "cyrillic"


def script(text: str) -> str:
    """Return CYRILLIC if more than half of the letters are, else LATIN."""
    names = [unicodedata.name(letter, "") for letter in text if letter.isalpha()]
    cyrillic = sum(name.startswith("CYRILLIC") for name in names)
    return CYRILLIC if cyrillic * 2 > len(names) else LATIN
