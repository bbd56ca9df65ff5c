"""Check a picture's metadata before painting it again on this machine."""

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
    """Return the request if all its models are known names, of the settings, or typed by the user.

    given: the fields that the user typed; picture: its name.

    Raises EngineError where only the picture names a model's file, which must not be opened: the
    user has to name it again.
    """
    chosen: dict[str, Any] = {}
    for role in MODELS:
        name: str | None = getattr(request, role)
        own: str = getattr(settings, role, "")
        if name is None or role in given or fingerprints.is_name(role, name):
            continue
        if name not in (own, fingerprints.shown_models(role, own)):
            raise EngineError("again-names-a-file", name=name, picture=picture, option=f"--{role}")
        chosen[role] = own
    return replace(request, **chosen)


def repaint_notices(
    metadata: PictureMetadata, request: DrawRequest, hashes: Mapping[str, str], picture: str
) -> "list[Notice]":
    """Return notices of why the picture may come out differently.

    hashes: of the models on disk; picture: its name.
    """
    from store.model import Notice

    notices = []
    if metadata.other_format:
        notices.append(Notice("again-newer", {"picture": picture}))
    elif metadata.software not in ("", software()):
        values = {"picture": picture, "then": metadata.software, "now": software()}
        notices.append(Notice("again-other-version", values))
    for changed in fingerprints.changed_roles(metadata.hashes, hashes):
        role = "vqgan" if changed in fingerprints.PRIORS else changed
        name = fingerprints.shown_models(role, getattr(request, role) or "")
        notice = Notice("again-other-model", {"picture": picture, "name": name})
        if metadata.fields.get(role) == name and notice not in notices:
            notices.append(notice)
    return notices
