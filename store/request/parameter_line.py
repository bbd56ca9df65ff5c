"""Write the parameters of a request as one types them: `кот, 512x768, зерно 42, шаги 50`."""

from store.request import presets
from store.request.request import DrawRequest

_WORDS = {
    "ru": {
        **{"seed": "зерно", "steps": "шаги", "every": "каждый", "no-film": "без анимации"},
        "film": "с анимацией",
        **{"quick": "быстро", "standard": "обычно", "fine": "тщательно"},
        "tile": "обои",
        "enough": "--хватит",
    },
    "en": {
        **{"seed": "seed", "steps": "steps", "every": "every", "no-film": "no animation"},
        "film": "with animation",
        **{"quick": "quick", "standard": "standard", "fine": "fine"},
        "tile": "seamless",
        "enough": "--enough",
    },
}


def line_of(request: DrawRequest, language: str) -> str:
    """Return the prompt and the parameters, which `read_parameters` reads as this request."""
    words = _WORDS.get(language, _WORDS["en"])
    parts = [request.prompt]
    if request.size is not None:
        parts.append(f"{request.size[0]}x{request.size[1]}")
    elif request.shape is not None:
        shape = presets.shape(request.shape)
        parts.append(f"{shape.across}:{shape.down}")
    if request.quality is not None:
        parts.append(words[request.quality])
    steps = request.steps or None  # 0: a draft is the picture
    numbers = {"seed": request.seed, "steps": steps, "every": request.every}
    parts += [f"{words[name]} {value}" for name, value in numbers.items() if value is not None]
    if request.at_once is not None:
        parts.append(f"×{request.at_once}")
    if request.fps is not None:
        parts.append(f"fps {request.fps}")
    if request.film is not None:
        parts.append(words["film" if request.film else "no-film"])
    if request.tile:
        parts.append(words["tile"])
    if request.enough:
        parts.append(words["enough"])
    return ", ".join(parts)
