"""Notices about how the guides read a prompt: truncated, unknown words, only a small guide."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engine.guides.guide import Guide
from engine.guides.pocket import PocketGuide
from store.reader.scripts import script
from store.request.prompt import Phrase

if TYPE_CHECKING:
    from store.model import Notice

log = logging.getLogger(__name__)

Guides = Mapping[str, tuple[Guide, ...]]  # by script

TAIL = 40  # letters that show where a text was truncated


def prompt_notices(guides: Guides, phrases: Sequence[Phrase]) -> "list[Notice]":
    """Return notices of truncated phrases, phrases only the pocket guide reads, unknown words."""
    return [
        *_truncated(guides, phrases),
        *_pocket_only(guides, phrases),
        *_unknown(guides, phrases),
    ]


def log_pocket_only_scripts(guides: Guides) -> None:
    """Log a warning for each script that only the pocket guide reads, beside a big guide."""
    for kind in pocket_only_scripts(guides):
        log.warning("phrases in %s script are read by the pocket guide alone", kind)


def pocket_only_scripts(guides: Guides) -> list[str]:
    """Return the scripts that only the pocket guide reads, while a big one reads another."""
    small = [kind for kind, some in guides.items() if all(map(_is_pocket, some))]
    return small if len(small) < len(guides) else []


def _is_pocket(guide: Guide) -> bool:
    return isinstance(guide, PocketGuide)


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


def _unknown(guides: Guides, phrases: Sequence[Phrase]) -> "list[Notice]":
    """Return a notice of the words that are unknown to all guides of their script."""
    from store.model import Notice

    reports = [[guide.unknown_words(p.text) for guide in guides[script(p.text)]] for p in phrases]
    unknown = [report[0] for report in reports if report[0] is not None and None not in report]
    words = list(dict.fromkeys(word for report in unknown for word in report.words))
    near = list(dict.fromkeys(name for report in unknown for name in report.near))
    if near:
        return [
            Notice("notice-outside-world", {"count": unknown[0].names, "near": ", ".join(near[:6])})
        ]
    if words:
        return [Notice("notice-words-unknown", {"words": ", ".join(words[:5])})]
    return []
