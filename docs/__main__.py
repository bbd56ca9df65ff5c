"""`python -m docs`: write the generated tables into the pages of this folder."""

import re
import tomllib
from argparse import Action, ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.cli.arguments import add_draw_options
from engine.errors import say
from engine.registry import catalogue

FOLDER = Path(__file__).parent


class _RecordingParser(ArgumentParser):
    """A parser that keeps the arguments that are added to it."""

    def __init__(self) -> None:
        self.recorded: list[Action] = []
        super().__init__(add_help=False)

    def add_argument(self, *names: Any, **options: Any) -> Action:
        """Add an argument as `ArgumentParser` does, and keep it."""
        self.recorded.append(action := super().add_argument(*names, **options))
        return action


def draw_options() -> str:
    """Return a Markdown table of the arguments of `python -m engine draw`."""
    parser = _RecordingParser()
    add_draw_options(parser, lambda key: say(f"help-{key}", "en"))
    rows = ["| option | what it does |", "| --- | --- |"]
    for action in parser.recorded:
        words = (*action.option_strings, action.metavar if action.nargs != 0 else None)
        spelled = " ".join(str(word) for word in words if word)
        rows.append(f"| `{spelled}` | {str(action.help).replace('|', chr(92) + '|')} |")
    return "\n".join(rows)


def import_layers() -> str:
    """Return a Markdown table of the layers that import-linter checks, the highest first."""
    project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text("utf-8"))
    rows = ["| package | its layers, from top to bottom |", "| --- | --- |"]
    for contract in project["tool"]["importlinter"]["contracts"]:
        if contract["type"] == "layers":
            layers = [re.sub(r"(\w+)", r"`\1`", layer) for layer in contract["layers"]]
            shown = " → ".join(layer.replace(" | ", ", ") for layer in layers)
            folders = (f"`{name.replace('.', '/')}/`" for name in contract["containers"])
            rows.append(f"| {', '.join(folders)} | {shown} |")
    return "\n".join(rows)


TABLES: dict[str, tuple[str, Callable[[], str]]] = {
    "models": ("models.md", catalogue.table),
    "draw": ("command-line.md", draw_options),
    "layers": ("architecture.md", import_layers),
}


def filled(name: str, page: str) -> str:
    """Return the text of a page with the table `name` between its marks as the code has it now."""
    _, table = TABLES[name]
    marks = re.compile(rf"(?<=<!-- generated: {name} -->\n).*?(?=<!-- end -->)", re.DOTALL)
    text, count = marks.subn(lambda _: f"\n{table()}\n\n", page)
    if count != 1:
        raise ValueError(f"the page has {count} places for the table {name!r}, not one")
    return text


def main() -> None:
    """Rewrite every page that has a generated table."""
    for name, (file, _) in TABLES.items():
        path = FOLDER / file
        path.write_text(filled(name, path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
