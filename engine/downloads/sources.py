"""Where published files lie: an address for each mirror, and what is known of the file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A file at an address; mirrors of the same file have the same hash."""

    url: str
    size_bytes: int | None = None
    sha256: str | None = None


def heibox(folder: str, path: str) -> str:
    """A file in a shared folder of the authors'."""
    place = path.replace("/", "%2F")
    return f"https://heibox.uni-heidelberg.de/d/{folder}/files/?p=%2F{place}&dl=1"


def heibox_file(file: str) -> str:
    """A file that the authors share by itself."""
    return f"https://heibox.uni-heidelberg.de/f/{file}/?dl=1"


def release(repository: str, tag: str, file: str) -> str:
    """A file of a release of GitHub's."""
    return f"https://github.com/{repository}/releases/download/{tag}/{file}"


def hub(repository: str, file: str, revision: str = "main") -> str:
    """A file in a repository of Hugging Face's."""
    return f"https://huggingface.co/{repository}/resolve/{revision}/{file}"


def saved(file: str) -> list[str]:
    """A file of the folder's name in each of two collections that were saved from dying hosts."""
    kept = "debc22c8f285c7734980c464ff992d335dde6e9a"
    name, _, kind = file.partition(".")
    first = hub("Somnai/pytti-vqgan-checkpoints", f"{name}/{file}", kept)
    other = {"coco": "coco_first_stage", "sflickr": "sflckr"}.get(name, name)
    return [first, hub("pxlpshr/pytti-models", f"vqgan/{other}.{kind}")]


def mirrors(
    urls: list[str], size: int | None = None, sha256: str | None = None
) -> tuple[Source, ...]:
    """One and the same file at several addresses, with what is known of it."""
    return tuple(Source(url, size, sha256) for url in urls)
