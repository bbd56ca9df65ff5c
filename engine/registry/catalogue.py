"""The list of all models that have a name, with their sizes and licences."""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.drafters.published import PUBLISHED_DRAFTERS
from engine.registry import packaged as manifest
from engine.registry.clips import PUBLISHED_CLIP
from engine.registry.download_specs import DOWNLOADS
from engine.registry.ruclips import PUBLISHED_RUCLIP
from engine.registry.vqgans import PUBLISHED
from engine.upscaling.published import PUBLISHED_UPSCALERS
from store.reader.scripts import CYRILLIC, LATIN

BOTH, RUSSIAN = "Russian, English", "Russian"


@dataclass(frozen=True)
class ModelInfo:
    """A model; sizes are in bytes, None where nobody states them."""

    name: str
    kind: str  # vqgan, guide, prior, drafter, upscaler
    title: str
    licence: str
    reads: str = ""  # languages of a guide
    download: int | None = None
    memory: int | None = None  # of its weights in float32; of a drafter, in half precision
    packaged: bool = False
    by_hand: bool = False  # it cannot be downloaded by a program


def known_models() -> Iterator[ModelInfo]:
    """Yield the packaged models, then the published ones by kind."""
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
            download=next((source.size_bytes for source in vqgan.checkpoint), None),
            memory=vqgan.memory_bytes,
            by_hand=not DOWNLOADS[vqgan.name].files,
        )
    for clip in PUBLISHED_CLIP.values():
        sizes = [mirrors[0].size_bytes for _, mirrors in clip.files]
        total = sum(size or 0 for size in sizes) if None not in sizes else None
        yield ModelInfo(
            clip.name,
            "guide",
            clip.title,
            clip.licence,
            reads=clip.reads,
            download=total,
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
    for drafter in PUBLISHED_DRAFTERS.values():
        yield ModelInfo(
            drafter.name,
            "drafter",
            drafter.title,
            drafter.licence,
            reads=drafter.reads,
            memory=drafter.memory_bytes,
            by_hand=not DOWNLOADS[drafter.name].files,
        )
    for upscaler in PUBLISHED_UPSCALERS.values():
        ((_, (source, *_)),) = upscaler.files
        yield ModelInfo(
            upscaler.name,
            "upscaler",
            upscaler.title,
            upscaler.licence,
            download=source.size_bytes,
            memory=upscaler.memory_bytes,
        )


def size_of(model: ModelInfo) -> str:
    """Return the size of the download; a guide's is estimated by the memory that it takes."""
    if model.download is not None:
        return megabytes(model.download)
    return f"~{megabytes(model.memory)}" if model.kind in ("guide", "drafter", "upscaler") else "?"


def megabytes(size: int | None) -> str:
    """Return a size in bytes as text."""
    return "?" if size is None else f"{size / 1e6:,.0f} MB".replace(",", " ")


def table() -> str:
    """Return the Markdown table of the documentation."""
    rows = [
        "| name | kind | what it is | reads | download | memory | licence |",
        "|" + " --- |" * 7,
    ]
    for model in known_models():
        download = "by hand" if model.by_hand else size_of(model)
        cells = (
            f"`{model.name}`",
            model.kind,
            model.title,
            model.reads or "–",
            "in the package" if model.packaged else download,
            megabytes(model.memory),
            model.licence,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)
