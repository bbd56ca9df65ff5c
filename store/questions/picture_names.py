"""What a picture may be called, in both languages: the things of the reader, and a longer list."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from store.reader.describe import all_subjects
from store.reader.vocabulary import Subject, subjects


@dataclass(frozen=True)
class PictureName:
    """A name of a thing, a place or a style; its key is what a button's data hold."""

    key: str
    english: str
    russian: str

    def said_in(self, language: str) -> str:
        """Return the name as one would write it in a prompt."""
        return self.russian if language == "ru" else self.english


@cache
def closed_names() -> tuple[PictureName, ...]:
    """Return the names that the packaged guide knows."""
    return tuple(map(_first_name, subjects()))


@cache
def all_names() -> tuple[PictureName, ...]:
    """Return all names, for guides that know any words."""
    found = {key: _first_name(subject) for key, subject in all_subjects().items()}
    for line in files(__package__).joinpath("picture_names.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            english, russian = line.split("|")
            found.setdefault(english, PictureName(english, english, russian))
    return tuple(found.values())


def name_of(key: str) -> PictureName | None:
    """Return the name with this key; None if there is none, which an older list may have had."""
    return _by_key().get(key)


@cache
def _by_key() -> dict[str, PictureName]:
    return {name.key: name for name in all_names()}


def _first_name(subject: Subject) -> PictureName:
    return PictureName(subject.key, subject.english[0], subject.russian[0].nominative)
