"""The message and the exit code of an error."""

from pydantic import ValidationError
from pydantic_settings import SettingsError

from engine.errors import FAILED, INTERRUPTED, WRONG, EngineError, say, sentence
from store.errors import RequestError, StoreError
from store.system.extras import missing_extra


def explain(error: BaseException, language: str) -> tuple[str, int]:
    """Return the message of an error and the exit code."""
    match error:
        case KeyboardInterrupt():
            return say("interrupted", language), INTERRUPTED
        case EngineError() | RequestError():
            return sentence(error, language), WRONG
        case StoreError():
            return str(error), WRONG
        case ValidationError() | SettingsError():
            return _of_setting(error, language), WRONG
        case ModuleNotFoundError() if (values := missing_extra(error)) is not None:
            return say("extra-missing", language, **values), WRONG
        case _:
            return _of_fault(error, language), FAILED


def _of_fault(error: BaseException, language: str) -> str:
    if isinstance(error, OSError) and error.strerror:
        path = str(error.filename or "none")
        return sentence(EngineError("os-failed", reason=error, path=path), language)
    return say("unexpected", language, reason=f"{type(error).__name__}: {error}")


def _of_setting(error: ValidationError | SettingsError, language: str) -> str:
    name, reason = "MAZOK_*", str(error)
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        name, reason = "_".join(["MAZOK", *map(str, first["loc"])]).upper(), first["msg"]
    return say("setting-wrong", language, name=name, reason=reason)
