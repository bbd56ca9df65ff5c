"""A public class or type alias has one definition in the whole project."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "store", "engine", "sandbox", "training", "benchmarks")


def test_no_public_class_or_type_alias_is_defined_in_two_modules() -> None:
    modules = defaultdict(set)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for name in type_names(ast.parse(path.read_text("utf-8"))):
                modules[name].add(path.relative_to(ROOT).as_posix())
    assert {"DrawRequest", "SceneLabels", "Handler"} <= modules.keys()
    assert {name: sorted(where) for name, where in modules.items() if len(where) > 1} == {}


def test_classes_and_aliases_of_every_form_are_found() -> None:
    module = """
class Picture: ...
class _Private: ...
Size = tuple[int, int]
Name: TypeAlias = "str | None"
Key = str
T = TypeVar("T")
LIMIT = 3
if TYPE_CHECKING:
    Guide = Callable[[str], int]
"""
    assert type_names(ast.parse(module)) == {"Picture", "Size", "Name", "Key", "Guide"}


def type_names(module: ast.Module) -> set[str]:
    """Return the public classes and type aliases that a module defines at its top level."""
    names = set()
    for node in statements(module.body):
        match node:
            case ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_alias(name, value):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                if ast.unparse(node.annotation).endswith("TypeAlias"):
                    names.add(name)
    return {name for name in names if not name.startswith("_")}


def statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a body, and those inside its conditions."""
    found: list[ast.stmt] = []
    for node in body:
        found += statements(node.body + node.orelse) if isinstance(node, ast.If) else [node]
    return found


def is_alias(name: str, value: ast.expr) -> bool:
    """Return whether an assignment defines a type: a name in CamelCase, and a type's expression."""
    camel = name[0].isupper() and any(letter.islower() for letter in name)
    return camel and isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.BinOp)
