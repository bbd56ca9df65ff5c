"""All models that have a name, as one list: what each is, takes and may."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.guides.scripts import CYRILLIC, LATIN
from engine.registry import packaged as manifest
from engine.registry.clips import PUBLISHED_CLIP
from engine.registry.download_specs import DOWNLOADS
from engine.registry.ruclips import PUBLISHED_RUCLIP
from engine.registry.vqgans import PUBLISHED

BOTH, RUSSIAN = "Russian, English", "Russian"


@dataclass(frozen=True)
class ModelInfo:
    """A model; sizes in bytes, None where nobody states them."""

    name: str
    kind: str  # vqgan, guide, prior
    title: str
    licence: str
    reads: str = ""  # languages of a guide
    download: int | None = None
    memory: int | None = None  # of its weights in float32
    packaged: bool = False
    by_hand: bool = False  # no program can fetch it


def lines() -> Iterator[ModelInfo]:
    """The packaged models first, then the published ones by their kinds."""
    for entry in manifest.MODELS:
        yield ModelInfo(
            entry.name,
            entry.kind,
            entry.title,
            entry.licence,
            reads=BOTH if entry.scripts == {LATIN, CYRILLIC} else "",
            download=entry.size_bytes,
            memory=2 * entry.size_bytes,  # on disk they are in half precision
            packaged=entry.packaged,
        )
    for vqgan in PUBLISHED.values():
        yield ModelInfo(
            vqgan.name,
            "vqgan",
            vqgan.title,
            vqgan.licence,
            download=next((one.size_bytes for one in vqgan.checkpoint), None),
            memory=vqgan.memory_bytes,
            by_hand=not DOWNLOADS[vqgan.name].files,
        )
    for clip in PUBLISHED_CLIP.values():
        sizes = [mirrors[0].size_bytes for _, mirrors in clip.files]
        whole = sum(size or 0 for size in sizes) if None not in sizes else None
        yield ModelInfo(
            clip.name,
            "guide",
            clip.title,
            clip.licence,
            reads=clip.reads,
            download=whole,
            memory=clip.memory_bytes,
        )
    for ruclip in PUBLISHED_RUCLIP.values():
        yield ModelInfo(
            ruclip.name,
            "guide",
            ruclip.title,
            ruclip.licence,
            reads=RUSSIAN,
            memory=ruclip.memory_bytes,
        )


def size_of(line: ModelInfo) -> str:
    """What comes over the wire; of a guide that is hardly more than what it takes in memory."""
    if line.download is not None:
        return megabytes(line.download)
    return f"~{megabytes(line.memory)}" if line.kind == "guide" else "?"


def megabytes(size: int | None) -> str:
    """A size in bytes, as people read it."""
    return "?" if size is None else f"{size / 1e6:,.0f} MB".replace(",", " ")


def table() -> str:
    """The README's: what can be named, and what each needs."""
    rows = [
        "| name | kind | what it is | reads | download | memory | licence |",
        "|" + " --- |" * 7,
    ]
    for line in lines():
        where = "by hand" if line.by_hand else size_of(line)
        cells = (
            f"`{line.name}`",
            line.kind,
            line.title,
            line.reads or "–",
            "in the package" if line.packaged else where,
            megabytes(line.memory),
            line.licence,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)
