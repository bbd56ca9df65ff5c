"""What is told about a prompt before it is accepted: what can be painted of it, and what cannot."""

from collections.abc import Iterable

from store.errors import RequestError
from store.jobs.engines import EngineState
from store.model import Notice
from store.reader.repertoire import Repertoire, common_repertoires
from store.reader.scripts import SCRIPTS
from store.reader.told import PromptReading, read_prompt
from store.request.request import DrawRequest


def repertoires_of(alive: Iterable[EngineState]) -> dict[str, Repertoire]:
    """Return by script what some alive engine can draw; none where one of them is open."""
    states = list(alive)
    return common_repertoires(
        {name: [state.repertoires.get(name) for state in states] for name in SCRIPTS}
    )


def notices_before(
    request: DrawRequest, alive: Iterable[EngineState], language: str, *, has_images: bool = False
) -> list[Notice]:
    """Return what the user should know before the request is painted.

    has_images: images that the request will name are still on their way.

    Raises RequestError where the prompt says only what shall be away, or nothing that the alive
    engines can draw; not if there are images to paint from.
    """
    has_images = has_images or bool(request.sources)
    if not has_images and not request.wants_something:
        raise RequestError("request-nothing-wanted")
    if request.guide or request.clip or request.ruclip:  # other guides than those of the engines
        return []
    reading = read_prompt(request.phrases, repertoires_of(alive))
    if reading is None or not reading.named:
        return []
    if reading.is_nothing and not has_images:
        raise _refusal(reading, language)
    return [Notice(*reading.before_painting(language))]


def _refusal(reading: PromptReading, language: str) -> RequestError:
    left = reading.left_out(language)
    if related := reading.related(language):
        return RequestError("request-unknown-related", left=left, related=related)
    return RequestError("request-unknown", left=left, examples=reading.examples(language))
