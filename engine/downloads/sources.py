"""Sources of published files: the URL of each mirror, and the file's size and hash."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A file at a URL; mirrors of the same file have the same hash."""

    url: str
    size_bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class ByHand:
    """Where people get files that no program can download, and how they add them.

    page: a URL.
    adds: what follows `models add`, but for the name.
    how: "page"; "account" where it is shown to those alone who have one, "archive" to unpack.
    sha256: of the file that is added, if it is published.
    """

    page: str
    adds: str = "last.ckpt"
    how: str = "page"
    sha256: str | None = None

    @property
    def values(self) -> dict[str, str]:
        """Return what the texts about it name."""
        return {"note": self.how, "page": self.page, "adds": self.adds}


def heibox(folder: str, path: str) -> str:
    """Return the URL of a file in a folder that the VQGAN's authors share."""
    quoted = path.replace("/", "%2F")
    return f"https://heibox.uni-heidelberg.de/d/{folder}/files/?p=%2F{quoted}&dl=1"


def heibox_file(file: str) -> str:
    """Return the URL of a single file that the VQGAN's authors share."""
    return f"https://heibox.uni-heidelberg.de/f/{file}/?dl=1"


def release(repository: str, tag: str, file: str) -> str:
    """Return the URL of a file of a GitHub release."""
    return f"https://github.com/{repository}/releases/download/{tag}/{file}"


def hub(repository: str, file: str, revision: str = "main") -> str:
    """Return the URL of a file in a repository of Hugging Face."""
    return f"https://huggingface.co/{repository}/resolve/{revision}/{file}"


def koofr(folder: tuple[str, str], path: str) -> str:
    """Return the URL of a file that the VQGAN's authors share at Koofr.

    folder: the id of the link, and the folder's name.
    """
    link, name = folder
    quoted = f"/{name}/{path}".replace("/", "%2F")
    file = path.rpartition("/")[2]
    return f"https://app.koofr.net/content/links/{link}/files/get/{file}?path={quoted}&force"


def archived(file: str) -> list[str]:
    """Return the URLs of a file in two archives of checkpoints whose hosts are gone."""
    revision = "debc22c8f285c7734980c464ff992d335dde6e9a"
    name, _, kind = file.partition(".")
    first = hub("Somnai/pytti-vqgan-checkpoints", f"{name}/{file}", revision)
    other = {"coco": "coco_first_stage", "sflickr": "sflckr"}.get(name, name)
    return [first, hub("pxlpshr/pytti-models", f"vqgan/{other}.{kind}")]


def mirrors(
    urls: list[str], size: int | None = None, sha256: str | None = None
) -> tuple[Source, ...]:
    """Return the sources of one file at several URLs, with its size and hash if known."""
    return tuple(Source(url, size, sha256) for url in urls)
