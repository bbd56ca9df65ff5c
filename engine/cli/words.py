"""Read the parameters in the words of a prompt as if they were typed as options."""

from argparse import Namespace
from dataclasses import fields

from store.errors import RequestError
from store.request.options import short
from store.request.parameters import Parameters, read_parameters


def read_words(options: Namespace) -> tuple[str, ...]:
    """Move the parameters of the prompt into the options; return what looks like one and is none.

    Raises RequestError for wrong values, for those that contradict an option, and where there is
    nothing else to paint.
    """
    if options.no_film:
        options.film = False
    options.tile = options.tile or None  # without the flag, the words may say it
    if options.prompt is None:
        return ()
    read = read_parameters(options.prompt)
    for field in fields(Parameters):
        said, given = getattr(read.parameters, field.name), vars(options).get(field.name)
        if said is None:
            continue
        if given not in (None, said):
            first, second = f"--{field.name} {_text(given)}", f"{field.name} {_text(said)}"
            raise RequestError("request-contradiction", first=first, second=second)
        vars(options)[field.name] = said
    if options.size is not None and options.shape is not None:
        shape = {"first": f"--size {_text(options.size)}", "second": str(options.shape)}
        raise RequestError("request-contradiction", **shape)
    if read.is_parameters_only and not (options.again or options.resume):
        raise RequestError("request-parameters-only", value=short(options.prompt))
    options.prompt = None if read.is_parameters_only else read.prompt
    return read.unread


def _text(value: object) -> str:
    """Return a value as one types it."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else short(str(value))
