"""The requests that the options of `draw` describe, and the paths of their pictures."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, fields, replace
from itertools import count as naturals
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.images.metadata import PictureMetadata, merge_options
from engine.images.output import OutputFiles
from store.request.parameters import OPEN
from store.request.request import SEEDS, DrawRequest

NO_DRAFTER = "none"
# What only a drafter obeys.
DRAFTING = ("draft", "drafts", "top_k", "top_p", "temperature", "complete", "border", "map")
FOLDER = Path("out")  # of pictures whose name is not given
MAX_STEM = 40  # characters of a name that is made of a prompt


def request_of(options: Namespace) -> dict[str, Any]:
    """Return the fields of a request that the user typed."""
    typed = {field.name: getattr(options, field.name, None) for field in fields(DrawRequest)}
    typed |= {name: _joined(typed[name]) for name in ("clip", "ruclip", "guide")}
    typed |= {name: tuple(typed[name] or ()) for name in ("targets", "noise_prompts")}
    return {name: value for name, value in typed.items() if value not in (None, ())}


def numbered_requests(
    options: Namespace,
    metadata: PictureMetadata | None = None,
    resumed: DrawRequest | None = None,
) -> list[DrawRequest]:
    """Return the requests of `draw`; with --count the seeds count up.

    Typed fields override those of a picture's metadata, or of a resumed painting. A seed of -1 is
    a random one, and -1 steps are as many as there may be. The drafter "none" leaves out that of
    the metadata.
    """
    typed = request_of(options)
    if typed.get("draft") == NO_DRAFTER:
        if resumed:
            raise EngineError("options-clash", first="--resume", second=f"--draft {NO_DRAFTER}")
        del typed["draft"]
        metadata = _undrafted(metadata) if metadata else None
    left_open = {name for name in ("seed", "steps") if typed.get(name) == OPEN}
    typed = {name: value for name, value in typed.items() if name not in left_open}
    if metadata:
        request = merge_options(metadata, typed)
    else:
        request = replace(resumed, **typed) if resumed else DrawRequest(**typed)
    if "steps" in left_open:
        request = replace(request, steps=request.max_steps)
    if "seed" in left_open:
        request = replace(request, seed=None)
    request = request.with_seed()
    seed = request.seed or 0
    return [
        replace(request, seed=(seed + index) % (SEEDS[1] + 1))
        for index in range(options.count or 1)
    ]


def _undrafted(metadata: PictureMetadata) -> PictureMetadata:
    """Return the metadata of the picture that is painted without a drafter."""
    left_out = {*DRAFTING} if metadata.fields.get("draft") else set()
    if left_out and not metadata.fields.get("steps"):  # the draft was the picture
        left_out |= {"steps"}
    fields, pictures = (
        {name: value for name, value in some.items() if name not in left_out}
        for some in (metadata.fields, metadata.pictures)
    )
    return replace(metadata, fields=fields, pictures=pictures)


def numbered(path: Path, count: int | None) -> list[Path]:
    """Return PATH-1.png, PATH-2.png … with a count, PATH.png without one."""
    if count is None:
        return [path]
    return [path.with_name(f"{path.stem}-{index + 1}{path.suffix}") for index in range(count)]


def _joined(names: list[str] | None) -> str | None:
    return None if names is None else ",".join(names)


@contextmanager
def picture_paths(out: Path | None, words: str, count: int | None) -> Iterator[list[Path]]:
    """Give the paths of the pictures: `out` or, if it is None, free ones named after the words.

    Free paths are in `out/`. They are taken by empty files, so that two commands never choose the
    same ones; those that are still empty at the end are removed.
    """
    if out is not None:
        yield numbered(out, count)
        return
    FOLDER.mkdir(exist_ok=True)
    paths = _take(_stem(words), count)
    try:
        yield paths
    finally:
        for path in paths:
            if path.exists() and path.stat().st_size == 0:
                path.unlink()
        with suppress(OSError):
            FOLDER.rmdir()  # if nothing is in it


def _stem(words: str) -> str:
    """Return a file's name made of as many whole words as fit."""
    parts = "".join(x if x.isalnum() else " " for x in words).split()
    stem = ""
    for part in parts:
        if len(longer := f"{stem}-{part}".strip("-")) > MAX_STEM:
            break
        stem = longer
    return stem or "".join(parts[:1])[:MAX_STEM] or "picture"


def _take(stem: str, count: int | None) -> list[Path]:
    for number in naturals(1):
        name = stem if number == 1 else f"{stem}-{number}"
        paths = numbered(FOLDER / f"{name}.png", count)
        beside = [file for path in paths for file in astuple(OutputFiles.beside(path))[:3]]
        if not any(file.exists() for file in beside):
            try:
                for path in paths:
                    path.touch(exist_ok=False)
            except FileExistsError:  # taken meanwhile
                continue
            return paths
    raise AssertionError("the names never end")
