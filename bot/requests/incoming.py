"""A request that was read from Telegram and is not stored yet."""

from dataclasses import dataclass

from store.jobs.albums import AlbumMessage
from store.jobs.inputs import InputUse
from store.model import Requester
from store.request.request import DrawRequest


@dataclass(frozen=True)
class IncomingRequest:
    """Everything that `create_job` needs to know, whether a message or a button asked for it."""

    request: DrawRequest
    requester: Requester
    key: str  # names what the user did: the same key again is the same job
    apply_preferences: bool = False  # fill in what the request leaves open
    use: InputUse = "draw"  # what the images are for
    image_file_ids: tuple[str, ...] = ()  # Telegram's ids of the images to download
    unread: tuple[str, ...] = ()  # what looks like a parameter in the words, and is none
    by_words: bool = False  # even if it begins with a picture, the words have to be known
    anyway: bool = False  # paint it even if the models that are on know nothing of it
    album: tuple[AlbumMessage, ...] = ()  # messages of the album so far, this one last
