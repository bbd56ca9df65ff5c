"""Styles that pictures can be painted in: phrases with a weight, which administrators edit."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database
from store.reader.scripts import script
from store.request.request import DrawRequest
from store.tables import styles

_ALL = select(styles).order_by(styles.c.id)
_WEIGHTS = r"\s*(?::\s*[-+\d.,]+\s*){0,2}"  # behind the text of a phrase: weight and stop


@dataclass(frozen=True)
class Style:
    """A row of the table: what its button says, and the phrase that it adds, in both languages."""

    id: int
    russian: str
    english: str
    russian_phrase: str
    english_phrase: str
    weight: float

    def label(self, language: str) -> str:
        """Return what the button says."""
        return self.russian if language == "ru" else self.english

    def phrase(self, script_name: str) -> str:
        """Return the phrase in the language of a script, with its weight."""
        words = self.russian_phrase if script_name == "cyrillic" else self.english_phrase
        return f"{words}:{self.weight:g}"


async def read_styles(connection: AsyncConnection) -> list[Style]:
    """Return all styles, in the order of their buttons."""
    return [Style(**row) for row in (await connection.execute(_ALL)).mappings().all()]


async def all_styles(db: Database) -> list[Style]:
    """Return all styles, in the order of their buttons."""
    async with db.read() as connection:
        return await read_styles(connection)


def in_style(
    request: DrawRequest, style: Style, known: Collection[str], others: Iterable[Style] = ()
) -> DrawRequest:
    """Return the request with the phrase of the style in each scene, instead of any other style's.

    known: the scripts whose guides know styles; the phrase is in that of the prompt, if it is one
    of them.
    """
    ordered = sorted(known, key=lambda name: name != script(request.prompt))
    if not ordered:
        return request
    phrase = style.phrase(ordered[0])
    bare = _without([style, *others], request.prompt)
    return replace(request, prompt=" ^ ".join(f"{scene} | {phrase}" for scene in bare))


def _without(some: Sequence[Style], prompt: str) -> list[str]:
    """Return the scenes of a prompt without the phrases of styles."""
    words = {words for style in some for words in (style.russian_phrase, style.english_phrase)}
    of_style = re.compile(f"(?:{'|'.join(map(re.escape, words))}){_WEIGHTS}", re.IGNORECASE)
    scenes = []
    for scene in prompt.split("^"):
        phrases = [phrase.strip() for phrase in scene.split("|")]
        kept = [phrase for phrase in phrases if not of_style.fullmatch(phrase)]
        scenes.append(" | ".join(kept or phrases))
    return scenes
