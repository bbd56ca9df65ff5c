"""The message and the exit code of an error."""

from pydantic import ValidationError

from engine.errors import FAILED, INTERRUPTED, WRONG, EngineError, say, sentence
from store.errors import LocalisedError
from store.settings import wrong_setting
from store.system.extras import missing_extra


def explain(error: BaseException, language: str) -> tuple[str, int]:
    """Return the message of an error and the exit code."""
    match error:
        case KeyboardInterrupt():
            return say("interrupted", language), INTERRUPTED
        case EngineError() | LocalisedError():
            return sentence(error, language), WRONG
        case ValidationError():
            return say("setting-wrong", language, **wrong_setting(error)), WRONG
        case ModuleNotFoundError() if (values := missing_extra(error)) is not None:
            return say("extra-missing", language, **values), WRONG
        case _:
            return _of_fault(error, language), FAILED


def _of_fault(error: BaseException, language: str) -> str:
    if isinstance(error, OSError) and error.strerror:
        path = str(error.filename or "none")
        return sentence(EngineError("os-failed", reason=error, path=path), language)
    return say("unexpected", language, reason=f"{type(error).__name__}: {error}")
