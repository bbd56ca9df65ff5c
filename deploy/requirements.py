"""Print the dependencies of the project and of the extras that are named, one a line.

The Dockerfile installs them in a layer before the source, which changes more often.
"""

import re
import sys
import tomllib
from pathlib import Path

OWN = re.compile(r"mazok\[([\w,]+)\]")


def requirements(project: dict[str, object], extras: list[str]) -> list[str]:
    """Return the base dependencies and those of the extras, each once; extras may hold others."""
    optional = project["optional-dependencies"]
    assert isinstance(optional, dict)
    found = [*project["dependencies"]]  # type: ignore[misc]
    waiting = list(extras)
    while waiting:
        for line in optional[waiting.pop()]:
            if inner := OWN.fullmatch(line):
                waiting += inner[1].split(",")
            else:
                found.append(line)
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    file = Path(__file__).parents[1] / "pyproject.toml"
    print(*requirements(tomllib.loads(file.read_text("utf-8"))["project"], sys.argv[1:]), sep="\n")
