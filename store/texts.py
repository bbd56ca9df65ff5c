"""Sentences for people, in Russian and English, kept in Fluent files."""

import logging
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number
from fluent.syntax import ast

log = logging.getLogger(__name__)

LANGUAGES = ("ru", "en")
FALLBACK = "en"
FOLDER = Path(__file__).with_name("texts")

LONG = 200  # characters; Fluent refuses very long values, so these are put in by us
_MARK = "\ufffc"
_SLOT = re.compile(rf"{_MARK}(\d+){_MARK}")


class LocalisedText(Protocol):
    """Anything that can be said to a person: a refusal, a notice, an engine's error."""

    @property
    def key(self) -> str: ...

    @property
    def values(self) -> Mapping[str, object]: ...


class Texts:
    """All messages of some folders, each of which holds `ru.ftl` and `en.ftl`."""

    def __init__(self, *folders: Path) -> None:
        self._bundles: dict[str, FluentBundle] = {}
        for language in LANGUAGES:
            # Isolation marks are for mixed directions; they would only litter Russian and English.
            bundle = FluentBundle([language], use_isolating=False)
            keys: list[str] = []
            for folder in folders:
                resource = _read(folder / f"{language}.ftl")
                keys += [entry.id.name for entry in resource.body if isinstance(entry, ast.Message)]
                bundle.add_resource(resource)
            twice = {key for key in keys if keys.count(key) > 1}
            if twice:
                raise ValueError(f"said twice in {language}: {', '.join(sorted(twice))}")
            self._bundles[language] = bundle

    def __call__(self, language: str | None, key: str, /, **values: object) -> str:
        """One message; a language other than ours is answered in English; KeyError without it."""
        bundle = self._bundles[supported_language(language)]
        pattern = bundle.get_message(key).value if bundle.has_message(key) else None
        if pattern is None:
            raise KeyError(key)
        arguments, aside = _arguments(values)
        text, errors = bundle.format_pattern(pattern, arguments)
        for error in errors:  # a person gets the rest of the sentence rather than silence
            log.error("message %s (%s): %s", key, language, error)
        return _SLOT.sub(lambda slot: aside[int(slot[1])], str(text)) if aside else str(text)


def supported_language(code: str | None) -> str:
    """`ru` for `ru` and `ru-RU`, `en` for all that we do not speak."""
    language = (code or FALLBACK).lower().replace("_", "-").partition("-")[0]
    return language if language in LANGUAGES else FALLBACK


@cache
def store_texts() -> Texts:
    """The store's own, read once."""
    return Texts(FOLDER)


def sentence(spoken: LocalisedText, language: str | None) -> str:
    """What the store's own refusals and notices say; KeyError where the key is another room's."""
    return store_texts()(language, spoken.key, **spoken.values)


def _read(path: Path) -> ast.Resource:
    resource: ast.Resource = FluentResource(path.read_text(encoding="utf-8"))
    for entry in resource.body:
        if isinstance(entry, ast.Junk):
            raise ValueError(f"{path}: cannot read {entry.content!r}")
    return resource


def _arguments(values: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """What Fluent is given, and the long values, for which it is given only a slot."""
    arguments: dict[str, object] = {}
    aside: list[str] = []
    for name, value in values.items():
        if isinstance(value, str) and (len(value) > LONG or _MARK in value):
            arguments[name] = f"{_MARK}{len(aside)}{_MARK}"
            aside.append(value)
        else:
            arguments[name] = _argument(value)
    return arguments, aside


def _argument(value: object) -> object:
    """Numbers stay numbers, so that plurals work, but 10000 is not written 10,000."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return fluent_number(value, useGrouping=False)
    return value if isinstance(value, str) else str(value)
