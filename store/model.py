"""What a job is, and the small frozen things that are said about it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal, Self

from store.moderation.safety_modes import SafetyMode
from store.request.request import DrawRequest

MAX_ATTEMPTS = 3  # without progress: an attempt that saved a newer latent starts the count anew

State = Literal["queued", "running", "done", "failed", "cancelled"]
UNFINISHED = ("queued", "running")


@dataclass(frozen=True)
class Requester:
    """Who asks, and where the answer goes."""

    user_id: int
    chat_id: int
    chat_type: str  # Telegram's: private, group, supergroup
    message_id: int
    thread_id: int | None = None
    language: str = "en"


@dataclass(frozen=True)
class QueueLimits:
    """How much a person, a group, and all of them together may ask for."""

    daily_credits: int = 50
    group_credits: int = 20  # shared by a group, beside its people's own
    per_user_waiting: int = 5
    queue: int = 200


@dataclass(frozen=True)
class Accepted:
    """`duplicate`: the same request was accepted before."""

    job_id: int
    duplicate: bool


@dataclass(frozen=True)
class CancelOutcome:
    """`stopping`: an engine has been told; `repeated`: this update was dealt with before."""

    state: Literal["cancelled", "stopping", "none", "repeated"]
    job_id: int | None = None


@dataclass(frozen=True)
class Notice:
    """Something to tell a person, as a key of the texts and its values."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """As it stands in a column."""
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True)
class Result:
    """A finished picture: keys of its files, and how it came about."""

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

    def to_json(self) -> str:
        """As it stands in the job's row."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The reverse; rows of older versions may name no models."""
        values: dict[str, Any] = json.loads(text)
        return cls(**{**values, "models": tuple(values.get("models", ()))})


@dataclass(frozen=True)
class SafetyVerdict:
    """What the guide says of a finished picture; `risk` is 0..1, or None where it cannot tell."""

    risk: float | None = None
    unsafe: bool = False


NO_VERDICT = SafetyVerdict()


@dataclass(frozen=True)
class Heartbeat:
    """`alive` is false where the job is no longer the caller's: stop, and write nothing."""

    alive: bool
    cancel: bool


@dataclass(frozen=True)
class Job:
    """A row of the table, readable."""

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
    token: str | None
    lease_until_ms: int | None
    worker: str | None
    cancel: bool
    step: int
    steps: int
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
        """Read when it is needed: a row that breaks a later limit must not break the queue."""
        return DrawRequest.from_json(self.request_json)

    @property
    def veiled(self) -> bool:
        """Whether it is shown only to those who tap it."""
        return self.unsafe and self.safety != "off"

    @classmethod
    def from_row(cls, row: Mapping[Any, Any]) -> Self:
        """A row of the table of jobs, with all its columns."""
        values: dict[str, Any] = dict(row)
        values["request_json"] = values.pop("request")
        values["notices"] = tuple(Notice(**notice) for notice in json.loads(row["notices"]))
        values["result"] = Result.from_json(row["result"]) if row["result"] else None
        values["error"] = Notice(**json.loads(row["error"])) if row["error"] else None
        return cls(**values)


def notices_json(notices: Sequence[Notice]) -> str:
    """As they stand in a column."""
    return json.dumps([asdict(notice) for notice in notices], ensure_ascii=False)


@dataclass(frozen=True)
class TelegramFile:
    """What Telegram keeps and shows again by its id; `kind`: photo, animation or document."""

    kind: str
    id: str
