"""Only public interfaces of SQLAlchemy and aiosqlite are used, so that versions may change."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = "bot", "store", "engine", "migrations", "sandbox"
LIBRARIES = {"sqlalchemy", "aiosqlite", "alembic"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def imported(node: ast.AST) -> list[str]:
    """Full names of what an import statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def of_libraries(tree: ast.AST) -> list[str]:
    names = (name for node in ast.walk(tree) for name in imported(node))
    return [name for name in names if name.partition(".")[0] in LIBRARIES]


def own_names(tree: ast.AST) -> Iterator[str]:
    """Names that the module itself defines, among them attributes that it assigns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_self(node):
            yield node.attr


def is_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def private_uses(source: str) -> list[str]:
    """Private names of others in a module that imports a library of LIBRARIES."""
    tree = ast.parse(source)
    libraries = of_libraries(tree)
    if not libraries:
        return []
    uses = [name for name in libraries if any(map(is_private, name.split(".")))]
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return uses + sorted(filter(is_private, attributes - set(own_names(tree))))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_private_part_of_the_database_libraries_is_touched(package: str) -> None:
    uses = {
        str(path.relative_to(ROOT)): names
        for path in (ROOT / package).rglob("*.py")
        if (names := private_uses(path.read_text("utf-8")))
    }
    assert uses == {}


@pytest.mark.parametrize(
    "source",
    [
        "import aiosqlite\nconnection._thread.daemon = True",
        "import sqlalchemy\nclass A(sqlalchemy.Table):\n    def f(self): self._execute()",
        "from sqlalchemy.engine.base import _private",
        "import alembic._hidden",
    ],
)
def test_such_a_use_would_be_found(source: str) -> None:
    assert private_uses(source)


def test_the_driver_is_nobodys_but_sqlalchemys() -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text("utf-8"))
            assert not [name for name in of_libraries(tree) if name.startswith("aiosqlite")], path


def test_newer_drivers_are_not_excluded() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    [driver] = [line for line in project["dependencies"] if line.startswith("aiosqlite")]
    assert "<" not in driver
    assert "==" not in driver
