"""Read the tensors of a file of weights, in any of the formats in which people have them."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from engine.errors import EngineError
from engine.weights.formats import Format, format_of, is_text, not_weights
from engine.weights.recognise import Recognised, recognise
from engine.weights.safe_unpickle import load_pickle
from engine.weights.torchscript import load_torchscript


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return all tensors of a file by their full names, on the CPU.

    Raises EngineError for a file that is missing, damaged or no file of weights, and for one that
    names code; nothing of it is run.
    """
    try:
        tensors = _read(path)
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise EngineError("model-missing", name=path.name, path=str(path)) from error
    except (OSError, SafetensorError) as error:
        raise EngineError("checkpoint-damaged", name=path.name) from error
    # A tensor may repeat the same numbers without end, and would fill the memory when it is copied.
    if any(value.nbytes > size for value in tensors.values()):
        raise EngineError("checkpoint-damaged", name=path.name)
    return tensors


def other_weights(
    path: Path, needed: str, found: Recognised | None, names: list[str]
) -> EngineError:
    """Return the error for weights of another model than the one that is needed.

    needed: vqgan, clip or ruclip; names: of the tensors in the file.
    """
    keys = ", ".join(name[:80] for name in names[:3])
    kind = found.kind if found else "unknown" if names else "nothing"
    return EngineError("weights-other", name=path.name, kind=kind, needed=needed, keys=keys)


def known_weights(path: Path, needed: str, *kinds: str) -> tuple[Recognised, dict[str, Tensor]]:
    """Return what a file holds, and its tensors below the prefix; raise EngineError for others.

    needed: vqgan, clip or ruclip; kinds: of `recognise` that are accepted.
    """
    tensors = read_weights(path)
    found = recognise(tensors)
    if found is None or found.kind not in kinds:
        raise other_weights(path, needed, found, list(tensors))
    return found, found.state(tensors)


def _read(path: Path) -> dict[str, Tensor]:
    match format_of(path):
        case Format.SAFETENSORS:
            return load_file(path)
        case Format.TORCHSCRIPT:
            return load_torchscript(path)
        case found:
            try:
                return load_pickle(path, zipped=found is Format.ZIP)
            except EngineError as error:
                if error.key == "checkpoint-damaged" and is_text(path):
                    raise not_weights(path, "text") from error
                raise
