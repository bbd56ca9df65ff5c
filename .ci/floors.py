"""The lowest versions that pyproject.toml allows: as pip constraints, and whether modules import.

`floors.py constraints EXTRA…` prints constraints for the base install and these extras;
`floors.py import PACKAGE…` imports every module of these packages.
"""

import importlib
import pkgutil
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNS_ON_IMPORT = {"migrations.env"}  # Alembic imports it, inside a migration


def constraints(extras: Iterable[str]) -> Iterator[str]:
    """Yield `name==lowest version` for each direct dependency."""
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    lines, asked = list(project["dependencies"]), list(extras)
    while asked:  # an extra may contain others
        for line in optional[asked.pop()]:
            requirement = Requirement(line)
            if requirement.name == project["name"]:
                asked += requirement.extras
            else:
                lines.append(line)
    for requirement in map(Requirement, dict.fromkeys(lines)):
        floors = [bound for bound in requirement.specifier if bound.operator in {">=", "=="}]
        if len(floors) != 1:
            raise SystemExit(f"{requirement} needs exactly one lower bound.")
        yield f"{requirement.name}=={floors[0].version}"


def import_all(packages: Iterable[str]) -> int:
    """Import every module; return their number."""
    sys.path.insert(0, str(ROOT))
    names = list(packages)
    for package in tuple(names):
        folder = str(ROOT / package)
        names += (module.name for module in pkgutil.walk_packages([folder], f"{package}."))
    chosen = set(names) - RUNS_ON_IMPORT
    for name in sorted(chosen):
        importlib.import_module(name)
    return len(chosen)


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "constraints":
        print(*constraints(arguments), sep="\n")
    else:
        print(f"{import_all(arguments)} modules import at the lowest versions")
