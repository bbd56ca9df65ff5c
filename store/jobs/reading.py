"""What is told about a prompt before it is accepted: what can be painted of it, and what cannot."""

from collections.abc import Iterable

from store.errors import RequestError
from store.jobs.engines import EngineState
from store.model import Notice
from store.reader.repertoire import Repertoire, common_repertoires
from store.reader.scripts import SCRIPTS
from store.reader.told import PromptReading, read_prompt
from store.request.request import DrawRequest

OFFERS = 3


class NothingToPaint(RequestError):
    """The alive engines can draw nothing of a prompt; `offers` are keys of near things they can."""

    def __init__(self, key: str, *, offers: tuple[str, ...], **values: object) -> None:
        super().__init__(key, **values)
        self.offers = offers


def repertoires_of(alive: Iterable[EngineState]) -> dict[str, Repertoire]:
    """Return by script what some alive engine can draw; none where one of them is open."""
    states = list(alive)
    return common_repertoires(
        {name: [state.repertoires.get(name) for state in states] for name in SCRIPTS}
    )


def notices_before(
    request: DrawRequest,
    alive: Iterable[EngineState],
    language: str,
    *,
    has_images: bool = False,
    anyway: bool = False,
) -> list[Notice]:
    """Return what the user should know before the request is painted.

    has_images: images that the request will name are still on their way. anyway: the user has
    been told already that nothing of the prompt can be drawn, and wants to see what comes of it.

    Raises RequestError where the prompt says only what shall be away, and NothingToPaint where it
    says nothing that the alive engines can draw; not if there are images to paint from.
    """
    has_images = has_images or bool(request.sources)
    if not has_images and not request.wants_something:
        raise RequestError("request-nothing-wanted")
    weights = _weights(request)
    if request.guide or request.clip or request.ruclip:  # other guides than those of the engines
        return weights
    reading = read_prompt(request.phrases, repertoires_of(alive))
    if reading is None or not reading.named:
        return weights
    if reading.is_nothing and not has_images and not anyway:
        raise _refusal(reading, language)
    return [Notice(*reading.before_painting(language)), *weights]


def _refusal(reading: PromptReading, language: str) -> RequestError:
    left, offers = reading.left_out(language), reading.related_things[:OFFERS]
    if offers:
        related = reading.related(language)
        key = "request-unknown-related"
        return NothingToPaint(key, offers=offers, left=left, related=related)
    return NothingToPaint("request-unknown", offers=(), left=left)


def _weights(request: DrawRequest) -> list[Notice]:
    """Return the notice of the weights that were read, where there are any."""
    phrases = request.phrases
    if all(phrase.weight == 1 for phrase in phrases):
        return []
    read = "; ".join(f"{phrase.text} {phrase.weight:g}" for phrase in phrases)
    return [Notice("notice-weights", {"weights": read})]
