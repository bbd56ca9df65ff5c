"""Which script a text is written in: two of them need no detector of languages."""

import unicodedata

LATIN, CYRILLIC = "latin", "cyrillic"


def script(text: str) -> str:
    """Cyrillic or Latin, by the count of letters; a text of no letters counts as Latin."""
    names = [unicodedata.name(sign, "") for sign in text if sign.isalpha()]
    cyrillic = sum(name.startswith("CYRILLIC") for name in names)
    return CYRILLIC if cyrillic * 2 > len(names) else LATIN
