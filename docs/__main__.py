"""`python -m docs`: write the generated tables into the pages of this folder."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from engine.cli.options import DRAW
from engine.errors import engine_texts, say
from engine.registry import catalogue
from store.command_line.help import option_help

FOLDER = Path(__file__).parent


def draw_options() -> str:
    """Return a Markdown table of the arguments of `python -m engine draw`."""
    rows = ["| option | what it does |", "| --- | --- |", f"| `PROMPT` | {_cell('prompt')} |"]
    for option in DRAW:
        spelled = f"{option.name} {option.metavar}".strip()
        rows.append(f"| `{spelled}` | {_escaped(option_help(engine_texts(), option, 'en'))} |")
    return "\n".join(rows)


def _cell(key: str) -> str:
    return _escaped(say(f"help-{key}", "en"))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


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
