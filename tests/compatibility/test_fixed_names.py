"""Names that scripts, databases, chats and saved files rely on are never taken away."""

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from fluent.syntax import FluentParser, ast
from pydantic_settings import BaseSettings

from bot.delivery.results import sender
from store.jobs.engines import EngineState
from store.model import Result
from store.request.image_refs import ImageTarget
from store.request.request import DrawRequest
from store.tables import metadata
from tests.compatibility.restore import SET

ROOT = Path(__file__).parents[2]
FIXED: dict[str, Any] = json.loads((SET / "fixed_names.json").read_text("utf-8"))


@cache
def modules() -> tuple[ModuleType, ...]:
    return tuple(
        importlib.import_module(info.name)
        for package in ("bot", "store", "engine")
        for info in pkgutil.walk_packages([str(ROOT / package)], f"{package}.")
        if not info.name.endswith("__main__")
    )


def subclasses(base: type) -> Iterator[type]:
    seen = set()
    for module in modules():
        for value in vars(module).values():
            if not inspect.isclass(value) or not issubclass(value, base) or value in seen:
                continue
            if value.__module__.startswith(("bot.", "store.", "engine.")):
                seen.add(value)
                yield value


def test_settings_keep_their_names() -> None:
    names = {
        f"{settings.model_config.get('env_prefix', '')}{name}".upper()
        for settings in subclasses(BaseSettings)
        if issubclass(settings, BaseSettings)
        for name in settings.model_fields
    }
    assert set(FIXED["settings"]) <= names


def test_buttons_in_old_chats_are_still_understood() -> None:
    data = {
        one.__prefix__: list(one.model_fields)
        for one in subclasses(CallbackData)
        if issubclass(one, CallbackData)
    }
    assert {prefix: data.get(prefix) for prefix in FIXED["callbacks"]} == FIXED["callbacks"]


@pytest.mark.parametrize("table", FIXED["tables"])
def test_tables_keep_their_columns(table: str) -> None:
    assert set(FIXED["tables"][table]) <= set(metadata.tables[table].columns.keys())


@pytest.mark.parametrize("language", ["ru", "en"])
def test_texts_keep_their_keys(language: str) -> None:
    """Keys of notices and refusals stand in rows of the database."""
    keys = {
        entry.id.name
        for package in ("bot", "store", "engine")
        for path in (ROOT / package).rglob(f"{language}.ftl")
        for entry in FluentParser().parse(path.read_text("utf-8")).body
        if isinstance(entry, ast.Message)
    }
    assert set(FIXED["fluent"][language]) <= keys


def test_commands_keep_their_words() -> None:
    words = set()
    for module in modules():
        make = vars(module).get("router")
        if not inspect.isfunction(make) or make.__module__ != module.__name__:
            continue
        router = make()
        for part in [router, *router.sub_routers]:
            filters = [one.callback for h in part.message.handlers for one in h.filters or []]
            words |= {str(word) for f in filters if isinstance(f, Command) for word in f.commands}
    assert set(FIXED["commands"]) <= words


@pytest.mark.parametrize(
    ("record", "name"),
    [
        (DrawRequest, "DrawRequest"),
        (ImageTarget, "Target"),
        (Result, "Result"),
        (EngineState, "EngineState"),
    ],
)
def test_stored_json_keeps_its_fields(record: Any, name: str) -> None:
    assert set(FIXED["records"][name]) <= {field.name for field in fields(record)}


def test_migrations_keep_their_revisions() -> None:
    found = {
        match[1]: path.name
        for path in (ROOT / "migrations" / "versions").glob("*.py")
        if (match := re.search(r'^revision = "(\w+)"', path.read_text("utf-8"), re.M))
    }
    assert FIXED["revisions"].items() <= found.items()


def test_make_keeps_its_words() -> None:
    words = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert set(FIXED["make"]) <= set(words)


@pytest.mark.parametrize("kind", FIXED["outbox_kinds"])
def test_the_courier_knows_every_kind_of_the_outbox(kind: str) -> None:
    assert f'"{kind}"' in inspect.getsource(sender)
