"""What a person should know about how the guides have read a prompt."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engine.guides.guide import Guide
from engine.guides.pocket import PocketGuide
from engine.guides.scripts import script
from store.request.prompt import Phrase

if TYPE_CHECKING:
    from store.model import Notice

log = logging.getLogger(__name__)

Guides = Mapping[str, tuple[Guide, ...]]  # by script

TAIL = 40  # letters that show where a text was cut


def prompt_notices(guides: Guides, phrases: Sequence[Phrase]) -> "list[Notice]":
    """Texts that were cut, phrases that only the pocket guide read, and words unknown to it."""
    return [*_cuts(guides, phrases), *_tiny(guides, phrases), *_unknown(guides, phrases)]


def log_lopsided(guides: Guides) -> None:
    """One line in the log where half of every bilingual prompt would go to a tiny guide."""
    for kind in lopsided(guides):
        log.warning("phrases in %s script are read by the pocket guide alone", kind)


def lopsided(guides: Guides) -> list[str]:
    """The scripts that only the pocket guide reads, while a big one reads another."""
    tiny = [kind for kind, some in guides.items() if all(map(_is_tiny, some))]
    return tiny if len(tiny) < len(guides) else []


def _is_tiny(guide: Guide) -> bool:
    return isinstance(guide, PocketGuide)


def _cuts(guides: Guides, phrases: Sequence[Phrase]) -> "list[Notice]":
    """Where a phrase was too long for a guide, the words at which the first one stopped."""
    from store.model import Notice

    found = []
    for phrase in phrases:
        parts = [guide.cut(phrase.text) for guide in guides[script(phrase.text)]]
        kept = [part for part in parts if part is not None]
        if kept:
            found.append(Notice("notice-text-cut", {"end": _tail(min(kept, key=len))}))
    return found


def _tail(text: str) -> str:
    """Its last words."""
    if len(text) <= TAIL:
        return text
    end = text[-TAIL:]
    return end.partition(" ")[2] or end


def _tiny(guides: Guides, phrases: Sequence[Phrase]) -> "list[Notice]":
    from store.model import Notice

    written = {script(phrase.text) for phrase in phrases}
    return [
        Notice("notice-tiny-guide", {"script": kind})
        for kind in lopsided(guides)
        if kind in written
    ]


def _unknown(guides: Guides, phrases: Sequence[Phrase]) -> "list[Notice]":
    """Words of which no guide of theirs can make anything."""
    from store.model import Notice

    told = [[guide.unknown(p.text) for guide in guides[script(p.text)]] for p in phrases]
    strange = [one[0] for one in told if one[0] is not None and None not in one]
    words = list(dict.fromkeys(word for one in strange for word in one.words))
    near = list(dict.fromkeys(name for one in strange for name in one.near))
    if near:
        return [
            Notice("notice-outside-world", {"count": strange[0].names, "near": ", ".join(near[:6])})
        ]
    if words:
        return [Notice("notice-words-unknown", {"words": ", ".join(words[:5])})]
    return []
