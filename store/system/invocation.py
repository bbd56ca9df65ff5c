"""How a command is typed, so that a sentence that names one can be followed as it stands."""

import shlex
import shutil
import sys
from pathlib import Path

# Commands of the console script `mazok` that have the name of those of a package; see `mazok/`.
SHARED = ("draw", "models", "backup", "restore", "demo")
PROGRAMS = ("bot", "engine")


def as_typed(package: str, arguments: str = "") -> str:
    """Return the command line of a package's command: by `mazok` where that was typed now.

    Where `mazok` is not on the PATH its path is part of the line.
    """
    script = _script()
    first = arguments.split(" ", 1)[0]
    if script and first in SHARED:
        return f"{script} {arguments}"
    if script and package in PROGRAMS:
        return f"{script} {package} {arguments}".rstrip()
    return f"python -m {package} {arguments}".rstrip()


def pip() -> str:
    """Return how the pip of this interpreter is called, which a bare `pip` need not be."""
    return f"{shlex.quote(sys.executable or 'python')} -m pip"


def _script() -> str:
    """Return what was typed to start `mazok`; empty if another program was started."""
    typed = sys.argv[0]
    if Path(typed).parts[-2:] == ("mazok", "__main__.py"):
        return "python -m mazok"
    if Path(typed).stem != "mazok":
        return ""
    return "mazok" if shutil.which("mazok") == typed else shlex.quote(typed)
