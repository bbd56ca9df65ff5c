"""The commands of `python -m engine` and what is typed behind them."""

import sys
from argparse import Namespace
from collections.abc import Sequence

from engine.cli.options import ADD, CLASHES, DRAW, SWITCHES, VERBOSE
from engine.errors import EngineError, engine_texts
from store.command_line.parse import parse as parse_typed
from store.command_line.program import HELP, Command, Program, Word

PROGRAM = Program(
    "engine",
    engine_texts,
    {
        "": Command("engine", SWITCHES),
        "draw": Command("draw", DRAW, Word("prompt", many=True)),
        "words": Command("words", word=Word("words-file", missing="words-needs-file")),
        "models": Command("models"),
        "models list": Command("models"),
        "models pull": Command(
            "models-pull",
            word=Word("pull-name", many=True, missing="pull-needs-names"),
        ),
        "models add": Command("models-add", ADD, word=Word("add-path", missing="add-needs-path")),
        "models verify": Command("models-verify"),
        "serve": Command("serve"),
    },
    everywhere=(VERBOSE, HELP),
    suggestion="draw",
)


def parse(arguments: Sequence[str]) -> Namespace:
    """Return what the arguments say: `command`, `act` of models, `command_words` and all options.

    Without any argument, and with `--help`, `help` is true.

    Raises EngineError, CommandError or RequestError for wrong arguments.
    """
    typed = parse_typed(PROGRAM, arguments)
    names = typed.command.split()
    result = Namespace(command=names[0] if names else None, command_words=typed.command)
    result.act = (names[1:] or ["list"])[0]
    for option in (*DRAW, *ADD, *SWITCHES, *PROGRAM.everywhere):
        vars(result).setdefault(option.target, None if option.metavar else False)
    vars(result).update(typed.values, words=list(typed.words))
    result.help = result.help or not arguments
    if typed.command == "draw" and not result.help:
        _check_draw(result)
    return result


def _check_draw(options: Namespace) -> None:
    """Raise EngineError without a prompt, for an unreadable one, and for contradictions."""
    options.prompt = " ".join(options.words) if options.words else None
    if any("\udc80" <= letter <= "\udcff" for letter in options.prompt or ""):
        raise EngineError("argument-encoding", encoding=sys.getfilesystemencoding())
    if options.prompt is None and not (options.again or options.resume):
        raise EngineError("draw-needs-prompt")
    given = {option.name for option in DRAW if vars(options)[option.target] not in (None, False)}
    for first, second in CLASHES:
        if {first, second} <= given:
            raise EngineError("options-clash", first=first, second=second)
