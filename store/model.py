"""Jobs and the small frozen records about them that the other modules exchange."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Literal, Self

from store.errors import RequestError
from store.moderation.safety_modes import SafetyMode
from store.request.request import SEEDS, DrawRequest

MAX_ATTEMPTS = 3  # without progress; a newer saved latent resets the count
MAX_ENGINE_FAULTS = 5  # without progress: a job that every engine fails on is at fault itself

State = Literal["queued", "running", "done", "failed", "cancelled"]
UNFINISHED = ("queued", "running")
# Messages about a job: `store.messages.outbox.Delivery` has their meanings.
OutboxKind = Literal["ack", "animation", "slot", "picture", "tidy", "sorry", "cancelled"]


@dataclass(frozen=True)
class Requester:
    """The user who sends a request, and the chat and message that the answer goes to."""

    user_id: int
    chat_id: int
    chat_type: str  # Telegram's: private, group, supergroup
    message_id: int
    thread_id: int | None = None
    language: str = "en"


@dataclass(frozen=True)
class QueueLimits:
    """Limits on the requests of a user, a group and the whole queue."""

    daily_credits: int = 50  # free ones of each user
    group_credits: int = 20  # free ones of each group, besides its members' own
    per_user_waiting: int = 5
    queue: int = 200


@dataclass(frozen=True)
class Accepted:
    """The job of an accepted request; `duplicate`: the request had been accepted before."""

    job_id: int
    duplicate: bool


@dataclass(frozen=True)
class CancelOutcome:
    """What a cancellation did.

    "stopping": a running job's engine has been asked to stop; "none": there was no job to cancel;
    "repeated": the update had been processed before.
    """

    state: Literal["cancelled", "stopping", "none", "repeated"]
    job_id: int | None = None


@dataclass(frozen=True)
class Notice:
    """A message to a user: the key of a localised text and the values to fill in."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the JSON that is stored in a column."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True)
class Result:
    """A finished picture: the keys of its files and the facts of the run.

    animation and gif are empty where they could not be made; the animation may be the GIF.

    parts: of a sheet, the keys of the pictures on it, in the order of their numbers; they have the
    seed and those that follow it, or are the kept ones of its drafts. Width and height are those of
    each. drafted: each of these is a draft, and can be painted on exactly.
    enlarges: whether the engine could make the picture larger.
    batch: how many pictures, on average, the engine painted at once meanwhile.
    styles: the scripts whose guides know how a thing can be painted, not only things.
    """

    picture: str
    animation: str
    gif: str
    width: int
    height: int
    steps: int
    seconds: float
    loss: float
    seed: int
    models: Sequence[str] = ()  # VQGAN and guides
    parts: Sequence[str] = ()
    drafted: bool = False
    enlarges: bool = False
    styles: tuple[str, ...] = ()
    batch: float = 1.0

    @property
    def files(self) -> set[str]:
        """Return the keys of its files; animation and GIF may be missing."""
        return {key for key in (self.picture, self.animation, self.gif, *self.parts) if key}

    @property
    def copies(self) -> set[str]:
        """Return the keys of its files that are copies, in no job's folder."""
        return {key for key in self.files if not key.startswith("jobs/")}

    def seed_of(self, number: int) -> int:
        """Return the seed of a picture on the sheet, of which the first has the number 1."""
        return (self.seed + number - 1) % (SEEDS[1] + 1)

    def to_json(self) -> str:
        """Return the JSON that is stored in the job's row."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse a stored result; rows of other versions have other fields."""
        values: dict[str, Any] = json.loads(text)
        lists = {name: tuple(values.get(name, ())) for name in ("models", "parts", "styles")}
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in (values | lists).items() if name in known})


@dataclass(frozen=True)
class SafetyVerdict:
    """The safety check's result; `risk` is 0..1, or None if it could not be computed."""

    risk: float | None = None
    unsafe: bool = False


NO_VERDICT = SafetyVerdict()


@dataclass(frozen=True)
class Heartbeat:
    """The answer to a heartbeat.

    If `alive` is False the job is no longer the caller's, who must stop and write nothing.
    """

    alive: bool
    cancel: bool
    keep: bool = False  # the picture is to be finished as it is


@dataclass(frozen=True)
class Job:
    """A row of the `jobs` table."""

    id: int
    user_id: int
    chat_id: int
    thread_id: int | None
    message_id: int
    chat_type: str
    language: str
    animation: bool
    safety: SafetyMode
    request_key: str
    request_json: str
    prompt: str
    state: State
    rank: int
    not_before_ms: int
    attempt: int
    engine_faults: int
    token: str | None
    lease_until_ms: int | None
    worker: str | None
    cancel: bool
    keep: bool
    step: int
    steps: int
    drawn: int | None
    loss: float | None
    preview: str | None
    latent: str | None
    saved_step: int | None
    notices: tuple[Notice, ...]
    result: Result | None
    error: Notice | None
    risk: float | None
    unsafe: bool
    status_message_id: int | None
    price: int
    pixels: int | None
    created_ms: int
    started_ms: int | None
    finished_ms: int | None
    updated_ms: int
    erased: bool
    awaiting: bool
    expired: bool

    @cached_property
    def request(self) -> DrawRequest:
        """Parse the request; lazily, so that a row which breaks newer limits can be loaded."""
        return DrawRequest.from_json(self.request_json)

    @property
    def readable(self) -> DrawRequest | None:
        """Return the request; None where it breaks newer limits or was erased."""
        try:
            return self.request
        except RequestError:
            return None

    @property
    def count(self) -> int:
        """Return how many pictures were asked for."""
        return self.readable.count if self.readable else 1

    @property
    def has_spoiler(self) -> bool:
        """Return whether the picture is sent under a spoiler, which a tap removes."""
        return self.unsafe and self.safety != "off"

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> Self:
        """Make a job from a row with all columns of the `jobs` table."""
        values: dict[str, Any] = dict(row)
        values["request_json"] = values.pop("request")
        values["notices"] = tuple(Notice(**notice) for notice in json.loads(row["notices"]))
        values["result"] = Result.from_json(row["result"]) if row["result"] else None
        values["error"] = Notice(**json.loads(row["error"])) if row["error"] else None
        return cls(**values)


# What stays true of a request when it is painted, and so is said under the picture too.
LASTING_NOTICES = ("notice-unread", "notice-weights")


def lasting(notices: Sequence[Notice]) -> tuple[Notice, ...]:
    """Return the notices of a request that are said under its picture too."""
    return tuple(notice for notice in notices if notice.key in LASTING_NOTICES)


def notices_json(notices: Sequence[Notice]) -> str:
    """Return the JSON of several notices that is stored in a column."""
    return json.dumps([asdict(notice) for notice in notices], ensure_ascii=False)


@dataclass(frozen=True)
class TelegramFile:
    """A file at Telegram, to be sent again by its id.

    kind: "photo", "animation" or "document".
    """

    kind: str
    id: str
