"""What of a picture's story may be followed on this machine, and what a person should know."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError
from engine.images.metadata import MODELS, PictureMetadata
from engine.images.output import software
from engine.registry import fingerprints
from engine.settings import EngineSettings
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from store.model import Notice


def checked_models(
    request: DrawRequest, given: Mapping[str, Any], settings: EngineSettings, picture: str
) -> DrawRequest:
    """The request with models that a list, the settings or the person named, not the picture alone.

    A story that names a file must not have it opened: EngineError asks for it to be named again.
    """
    chosen: dict[str, Any] = {}
    for part in MODELS:
        name: str | None = getattr(request, part)
        own: str = getattr(settings, part, "")
        if name is None or part in given or fingerprints.is_name(part, name):
            continue
        if name not in (own, fingerprints.shown_models(part, own)):
            raise EngineError("again-names-a-file", name=name, picture=picture, option=f"--{part}")
        chosen[part] = own
    return replace(request, **chosen)


def repaint_notices(
    story: PictureMetadata, request: DrawRequest, here: Mapping[str, str], picture: str
) -> "list[Notice]":
    """Why the picture may come out differently; `here` are the hashes of the models on disk."""
    from store.model import Notice

    found = []
    if story.newer:
        found.append(Notice("again-newer", {"picture": picture}))
    elif story.software not in ("", software()):
        values = {"picture": picture, "then": story.software, "now": software()}
        found.append(Notice("again-other-version", values))
    for part in fingerprints.other(story.hashes, here):
        role = "vqgan" if part == "prior" else part
        name = fingerprints.shown_models(role, getattr(request, role) or "")
        notice = Notice("again-other-model", {"picture": picture, "name": name})
        if story.fields.get(role) == name and notice not in found:
            found.append(notice)
    return found
