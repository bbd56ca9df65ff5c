"""Notices about how the guides read a prompt: truncated, unknown words, only a small guide."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engine.guides.guide import Guide
from store.reader.repertoire import Repertoire, common_repertoires
from store.reader.scripts import CYRILLIC, script
from store.reader.told import read_prompt
from store.reader.vocabulary import SHAPES
from store.request.prompt import Phrase

if TYPE_CHECKING:
    from store.model import Notice

log = logging.getLogger(__name__)

Guides = Mapping[str, tuple[Guide, ...]]  # by script

SHAPE_KEYS = {shape.key for shape in SHAPES}  # which are not counted as things
TAIL = 40  # letters that show where a text was truncated


def prompt_notices(
    guides: Guides, phrases: Sequence[Phrase], drawn: Repertoire | None = None
) -> "list[Notice]":
    """Return notices of truncated phrases, phrases only the pocket guide reads, unknown words.

    drawn: what is drawn in first drafts, beside what the guides know.
    """
    return [
        *_truncated(guides, phrases),
        *_pocket_only(guides, phrases),
        *_unknown(guides, phrases, drawn),
    ]


def before_painting(
    guides: Guides, phrases: Sequence[Phrase], language: str, drawn: Repertoire | None = None
) -> "list[Notice]":
    """Return what will be painted of a prompt and what cannot be; nothing if all of it can."""
    from store.model import Notice

    reading = read_prompt(phrases, repertoires_of(guides, drawn))
    if reading is None or not reading.named:
        return []
    return [Notice(*reading.before_painting(language))]


def log_pocket_only_scripts(guides: Guides) -> None:
    """Log a warning for each script that only the pocket guide reads, beside a big guide."""
    for kind in pocket_only_scripts(guides):
        log.warning("phrases in %s script are read by the pocket guide alone", kind)


def pocket_only_scripts(guides: Guides) -> list[str]:
    """Return the scripts that only the pocket guide reads, while a big one reads another."""
    small = [kind for kind, some in guides.items() if all(map(_is_pocket, some))]
    return small if len(small) < len(guides) else []


def _is_pocket(guide: Guide) -> bool:
    return guide.repertoire is not None


def _truncated(guides: Guides, phrases: Sequence[Phrase]) -> "list[Notice]":
    """Return for each truncated phrase the last words that every guide has read."""
    from store.model import Notice

    notices = []
    for phrase in phrases:
        parts = [guide.truncate(phrase.text) for guide in guides[script(phrase.text)]]
        kept = [part for part in parts if part is not None]
        if kept:
            notices.append(Notice("notice-text-cut", {"end": _tail(min(kept, key=len))}))
    return notices


def _tail(text: str) -> str:
    """Return the last words of a text."""
    if len(text) <= TAIL:
        return text
    end = text[-TAIL:]
    return end.partition(" ")[2] or end


def _pocket_only(guides: Guides, phrases: Sequence[Phrase]) -> "list[Notice]":
    from store.model import Notice

    written = {script(phrase.text) for phrase in phrases}
    return [
        Notice("notice-tiny-guide", {"script": kind})
        for kind in pocket_only_scripts(guides)
        if kind in written
    ]


def _unknown(guides: Guides, phrases: Sequence[Phrase], drawn: Repertoire | None) -> "list[Notice]":
    """Return a notice of the words that are unknown to all guides of their script."""
    from store.model import Notice

    reading = read_prompt(phrases, repertoires_of(guides, drawn))
    words = list(reading.named) if reading else []
    if reading and reading.is_nothing:
        near = reading.related("ru" if script(phrases[0].text) == CYRILLIC else "en")
        if near:
            things = (drawn or reading.repertoire).things - SHAPE_KEYS
            values = {"count": len(things), "near": near}
            return [Notice("notice-outside-world", values)]
    for phrase in phrases:
        own = guides[script(phrase.text)]
        if not any(guide.repertoire for guide in own):
            unknown = [guide.unknown_words(phrase.text) for guide in own]
            words += [] if () in unknown else unknown[0]
    unique = list(dict.fromkeys(words))
    return [Notice("notice-words-unknown", {"words": ", ".join(unique[:5])})] if unique else []


def repertoires_of(guides: Guides, drawn: Repertoire | None = None) -> dict[str, Repertoire]:
    """Return by script what its guides can draw; a script is absent where any of them is open.

    drawn: what is drawn in first drafts, beside that.
    """
    closed = common_repertoires(
        {kind: [guide.repertoire for guide in some] for kind, some in guides.items()}
    )
    return {kind: beside_drafts(one, drawn) for kind, one in closed.items()}


def beside_drafts(known: Repertoire, drawn: Repertoire | None) -> Repertoire:
    """Return what can be painted of what guides know, and what is drawn in first drafts."""
    return known.joined(drawn) if drawn else known
