"""Localised texts in Fluent files: Russian, English, and any language that has a file."""

import errno
import logging
import os
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import fluent_number
from fluent.syntax import ast

from store.system.invocation import as_typed, pip
from store.system.operating_system import ui_language

log = logging.getLogger(__name__)

LANGUAGES = ("ru", "en")  # that every text is written in
FALLBACK = "en"
FOLDER = Path(__file__).with_name("texts")

MAX_FLUENT_VALUE = 200  # characters; Fluent rejects very long values, so we insert them afterwards
FUNCTIONS: Any = {"TYPED": as_typed, "PIP": pip}  # what a text may call
_MARK = "\ufffc"
_PLACEHOLDER = re.compile(rf"{_MARK}(\d+){_MARK}")


@runtime_checkable
class LocalisedText(Protocol):
    """The key of a text with its values: a refusal, a notice or an engine's error."""

    @property
    def key(self) -> str:
        """Return the key of the text."""

    @property
    def values(self) -> Mapping[str, object]:
        """Return the values to fill in."""


class Texts:
    """The messages of several folders, each of which holds `ru.ftl` and `en.ftl`.

    Another language is there if one of the folders has its file; what the files do not say is said
    in English.
    """

    def __init__(self, *folders: Path) -> None:
        found = {path.stem for folder in folders for path in folder.glob("*.ftl")}
        self.languages = (*LANGUAGES, *sorted(found - {*LANGUAGES}))
        self._folders = folders
        self._bundles: dict[str, FluentBundle] = {}  # of the languages that were asked for

    def read(self) -> "Texts":
        """Read all languages now and return the texts: what is broken is told at the start."""
        for language in self.languages:
            self._bundle(language)
        return self

    def _bundle(self, language: str) -> FluentBundle:
        """Return the texts of a language, which take a tenth of a second to read, once."""
        if language not in self._bundles:
            # Isolation marks are for mixed writing directions, which Russian and English are not.
            bundle = FluentBundle([language], use_isolating=False, functions=FUNCTIONS)
            further = language not in LANGUAGES
            for resource in _resources(self._folders, FALLBACK) if further else ():
                bundle.add_resource(resource)
            for resource in _resources(self._folders, language):
                bundle.add_resource(resource, allow_overrides=further)
            self._bundles[language] = bundle
        return self._bundles[language]

    def __call__(self, language: str | None, key: str, /, **values: object) -> str:
        """Return a message in a language, or in English if the language is not supported.

        A value may be a text or an error of the operating system: it is put into the language too.
        Raises KeyError if there is no such message.
        """
        bundle = self._bundle(supported_language(language, self.languages))
        pattern = bundle.get_message(key).value if bundle.has_message(key) else None
        if pattern is None:
            raise KeyError(key)
        told = {name: self._told(language, value) for name, value in values.items()}
        arguments, long_values = _arguments(told)
        text, errors = bundle.format_pattern(pattern, arguments)
        for error in errors:  # the user gets the rest of the sentence
            log.error("message %s (%s): %s", key, language, error)
        if not long_values:
            return str(text)
        return _PLACEHOLDER.sub(lambda match: long_values[int(match[1])], str(text))

    def _told(self, language: str | None, value: object) -> object:
        if isinstance(value, str | int | float):
            return value
        if isinstance(value, LocalisedText):
            return self(language, value.key, **value.values).rstrip(".")
        if isinstance(value, OSError):
            plain = value.strerror or str(value) or type(value).__name__
            usual = value.errno is not None and value.strerror == os.strerror(value.errno)
            code = errno.errorcode.get(value.errno or 0, "other") if usual else "other"
            return self(language, "os-error", code=code, text=plain)
        return value


def supported_language(code: str | None, languages: Collection[str] = LANGUAGES) -> str:
    """Return the language of a code such as `ru-RU`, or English if it is not supported."""
    language = (code or FALLBACK).lower().replace("_", "-").partition("-")[0]
    return language if language in languages else FALLBACK


def terminal_language(environment: Mapping[str, str]) -> str:
    """Return the language of LC_ALL, LC_MESSAGES or LANG, in this order."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return supported_language(environment[name].partition(".")[0])
    return supported_language(ui_language())


@cache
def store_texts() -> Texts:
    """Return the store's own texts, which are read once."""
    return Texts(FOLDER)


def sentence(text: LocalisedText, language: str | None) -> str:
    """Return a text of the store; KeyError if the key belongs to another package."""
    return store_texts()(language, text.key, **text.values)


def _resources(folders: Sequence[Path], language: str) -> list[ast.Resource]:
    """Return what the folders say in a language. Raises ValueError if a key is defined twice."""
    paths = [folder / f"{language}.ftl" for folder in folders]
    found = [_read(path) for path in paths if language in LANGUAGES or path.exists()]
    keys = [
        entry.id.name
        for resource in found
        for entry in resource.body
        if isinstance(entry, ast.Message)
    ]
    duplicates = {key for key in keys if keys.count(key) > 1}
    if duplicates:
        raise ValueError(f"defined twice in {language}: {', '.join(sorted(duplicates))}")
    return found


@cache
def plain_texts(folder: Path) -> dict[str, dict[str, str]]:
    """Return the texts of a folder by language and key, for a page; none of them has a value."""
    texts = Texts(folder)
    keys = [one.id.name for one in _read(folder / "en.ftl").body if isinstance(one, ast.Message)]
    return {language: {key: texts(language, key) for key in keys} for language in LANGUAGES}


def _read(path: Path) -> ast.Resource:
    resource: ast.Resource = FluentResource(path.read_text(encoding="utf-8"))
    for entry in resource.body:
        if isinstance(entry, ast.Junk):
            raise ValueError(f"{path}: cannot read {entry.content!r}")
    return resource


def _arguments(values: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """Return the arguments for Fluent, and the long values that placeholders stand for."""
    arguments: dict[str, object] = {}
    long_values: list[str] = []
    for name, value in values.items():
        if isinstance(value, str) and (len(value) > MAX_FLUENT_VALUE or _MARK in value):
            arguments[name] = f"{_MARK}{len(long_values)}{_MARK}"
            long_values.append(value)
        else:
            arguments[name] = _argument(value)
    return arguments, long_values


def _argument(value: object) -> object:
    """Keep numbers, so that plurals work, but do not write 10000 as 10,000."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return fluent_number(value, useGrouping=False)
    return value if isinstance(value, str) else str(value)
