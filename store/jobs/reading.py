"""What is told about a prompt before it is accepted: what can be painted of it, and what cannot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from store.errors import RequestError
from store.jobs.engines import EngineState
from store.model import Notice
from store.reader.drafters import OfferedDrafter, drafter_for
from store.reader.repertoire import Repertoire, common_repertoires
from store.reader.scripts import CYRILLIC, LATIN, SCRIPTS
from store.reader.told import PromptReading, read_prompt
from store.request.request import DrawRequest, model_names

OFFERS = 3


class NothingToPaint(RequestError):
    """The alive engines can draw nothing of a prompt; `offers` are keys of near things they can."""

    def __init__(self, key: str, *, offers: tuple[str, ...], **values: object) -> None:
        super().__init__(key, **values)
        self.offers = offers


def repertoires_of(
    alive: Iterable[EngineState], request: DrawRequest | None = None
) -> dict[str, Repertoire]:
    """Return by script what some alive engine can draw; none where one of them is open.

    request: its own guides decide, where it names some.
    """
    states = list(alive)
    own: dict[str, str | None] = {}
    if request is not None:
        own = {LATIN: request.guide or request.clip, CYRILLIC: request.guide or request.ruclip}
    return common_repertoires({name: _known(name, own.get(name), states) for name in SCRIPTS})


def _known(
    script_name: str, guides: str | None, states: Sequence[EngineState]
) -> list[Repertoire | None]:
    """Return what each engine knows of a script, or what each of these guides does."""
    if guides is None:
        return [state.repertoires.get(script_name) for state in states]
    return [
        state.repertoires.get(guide)
        for guide in model_names(guides)
        for state in states
        if guide in state.guides
    ]


def notices_before(
    request: DrawRequest,
    alive: Iterable[EngineState],
    language: str,
    *,
    has_images: bool = False,
    anyway: bool = False,
) -> list[Notice]:
    """Return what the user should know before the request is painted.

    has_images: there are images to paint from, or they are still on their way. anyway: the user has
    been told already that nothing of the prompt can be drawn, and wants to see what comes of it.

    Raises RequestError where the prompt says only what shall be away, and NothingToPaint where it
    says nothing that the alive engines can draw; not if there are images to paint from.
    """
    if not has_images and not request.wants_something:
        raise RequestError("request-nothing-wanted")
    weights = _weights(request)
    if request.draft:  # a drafter knows other words
        return weights
    reading = read_prompt(request.phrases, repertoires_of(alive, request))
    if reading is None or not reading.named:
        return weights
    if reading.is_nothing and not has_images and not anyway:
        raise _refusal(reading, language)
    return [Notice(*reading.before_painting(language)), *weights]


def with_drafter(
    request: DrawRequest, chosen: str | None, offered: Mapping[str, OfferedDrafter]
) -> tuple[DrawRequest, list[Notice]]:
    """Return the request with the drafter that reads its words, and what its user should know.

    chosen: the user's usual model, which may be a drafter: then the draft is the picture, unless
        the request says how well it is to be painted.

    Raises RequestError where the request names a drafter itself, which does not read its words.
    """
    texts = [phrase.text for phrase in request.scenes[0] if phrase.weight > 0]
    if request.draft is not None:
        own = offered.get(request.draft)
        if own is not None and texts and not own.reads_any(texts):
            raise RequestError("request-draft-language", name=own.title, reads=own.reads[0])
        return request, []
    drafter = next((one for one in offered.values() if one.choice == chosen), None)
    begins = request.sources or request.init_noise or request.keep or request.near
    if drafter is None or request.vqgan is not None or begins or len(request.scenes) > 1:
        return request, []
    fitting = drafter_for(drafter, offered.values(), texts)
    told = {"chosen": drafter.title, "reads": drafter.reads[0] if drafter.reads else ""}
    if fitting is None:
        return request, [Notice("notice-draft-language", told)]
    left_open = request.steps is None and request.quality is None
    drafted = replace(request, draft=fitting.name, steps=0 if left_open else request.steps)
    if fitting == drafter:
        return drafted, []
    return drafted, [Notice("notice-draft-other", {**told, "name": fitting.title})]


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
