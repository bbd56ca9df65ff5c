"""The documentation: its commands, files, links and generated tables agree with the code."""

import ast
import re
import shlex
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from docs.__main__ import TABLES, filled
from engine.cli.arguments import parse

ROOT = Path(__file__).parent.parent
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
}
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
FILE = re.compile(rf"`((?:{'|'.join(PACKAGES)})/[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:|tg:)([^)\s#]*)(?:#([^)\s]*))?\)")
# `bot/context.py` → `BotContext.reply`, `other`
NAMED = re.compile(r"`([\w/]+\.py)` → ((?:`[\w.]+`(?:, )?)+)")


def _commands() -> list[str]:
    """Return every line of the pages' code blocks, and every command within their text."""
    found = []
    for page in PAGES.values():
        blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
        found += [line.partition("  #")[0].strip() for b in blocks for line in b.splitlines()]
        text = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
        found += re.findall(r"`((?:make|python -m) [^`]+)`", text)
    return found


def test_commands_exist() -> None:
    words = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    commands = _commands()
    assert {"make demo", "make test"} <= set(commands)
    for command in commands:
        match shlex.split(command):
            case ["make", word, *_]:
                assert word in words, command
            case ["python", "-m", "engine", *arguments] if not {"…", "--help"} & {*command.split()}:
                parse(arguments)
            case ["python", "-m", module, *_]:
                assert find_spec(module), command


def test_the_architecture_shows_every_folder_that_there_is() -> None:
    page = PAGES["docs/architecture.md"]
    shown = set(re.findall(r"^\| `([a-z]+)/` \|", page, re.MULTILINE))
    assert set(PACKAGES) <= shown
    assert all((ROOT / folder).is_dir() for folder in shown)


@pytest.mark.parametrize("name", PAGES)
def test_files_that_are_named_exist(name: str) -> None:
    missing = [file for file in FILE.findall(PAGES[name]) if not (ROOT / file).exists()]
    assert missing == []


@pytest.mark.parametrize("name", PAGES)
def test_relative_links_lead_somewhere(name: str) -> None:
    for file, anchor in LINK.findall(PAGES[name]):
        target = (ROOT / name).parent / file if file else ROOT / name
        assert target.exists(), file
        if anchor:
            assert anchor in _anchors(target.read_text("utf-8")), f"{file}#{anchor}"


def _anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_functions_and_classes_that_are_named_are_defined(name: str) -> None:
    for file, names in NAMED.findall(PAGES[name]):
        for definition in re.findall(r"`([\w.]+)`", names):
            assert definition in _definitions(ROOT / file), f"{file}: {definition}"


@cache
def _definitions(path: Path) -> frozenset[str]:
    """Return the names that a module defines, those within classes as `Class.name`."""
    found: set[str] = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        found |= _names_of(node)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}" for inner in node.body for name in _names_of(inner)}
    return frozenset(found)


def _names_of(node: ast.stmt) -> set[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


@pytest.mark.parametrize("table", TABLES)
def test_generated_tables_are_current(table: str) -> None:
    file, _ = TABLES[table]
    page = PAGES[f"docs/{file}"]
    assert filled(table, page) == page, "run `make docs`"


@pytest.mark.parametrize("name", ["README.md", "README.ru.md"])
def test_the_readme_stays_short(name: str) -> None:
    assert len(PAGES[name].splitlines()) <= 150
