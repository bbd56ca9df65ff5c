"""Name the extra of pyproject.toml that a missing package belongs to."""

from importlib.util import find_spec

EXTRAS = {
    "aiohttp_socks": "proxy",
    "asyncpg": "cluster",
    "emoji": "engine",
    "filelock": "pocket",
    "huggingface_hub": "engine",
    "imageio": "sandbox",
    "imageio_ffmpeg": "pocket",
    "msgpack": "engine",
    "numpy": "pocket",
    "open_clip": "engine",
    "s3fs": "cluster",
    "safetensors": "pocket",
    "socksio": "proxy",
    "spandrel": "engine",
    "tokenizers": "engine",
    "torch": "pocket",
    "torchvision": "engine",
    "yaml": "engine",
}


def missing_extra(error: BaseException) -> dict[str, str] | None:
    """Return the values of the text `extra-missing`; None if no package of an extra is missing."""
    if not isinstance(error, ModuleNotFoundError):
        return None
    package = (error.name or "").partition(".")[0]
    extra = EXTRAS.get(package)
    return None if extra is None else {"package": package, "extra": extra}


def is_installed(package: str) -> bool:
    """Return whether a package can be imported, without importing it."""
    return find_spec(package) is not None
