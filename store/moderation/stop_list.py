"""The effective stop list: the packaged entries with the administrators' changes."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import AdminCommand, already_processed, record
from store.database.database import Database
from store.errors import RequestError
from store.moderation.entries import StopEntry, entry_lines, parse_entry, parse_exception
from store.moderation.matcher import Matcher
from store.request.request import DrawRequest
from store.tables import stops

log = logging.getLogger(__name__)

EntryKind = Literal["stop", "exception"]
ChangeKind = tuple[EntryKind, str, bool]  # kind, entry, whether it is present
MAX_ENTRIES = 1000  # changes; every request is compared with all of them

PACKAGED: dict[EntryKind, tuple[str, ...]] = {
    "stop": ("russian.txt", "english.txt"),
    "exception": ("exceptions.txt",),
}


@dataclass(frozen=True)
class StopListEntry:
    """An entry of the list; `own`: an administrator added it."""

    text: str
    own: bool  # added by an administrator


@dataclass(frozen=True)
class StopListChange:
    """The entries that a command has changed, and those that needed no change."""

    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


async def check(connection: AsyncConnection, request: DrawRequest) -> None:
    """Raise RequestError if the request matches the stop list."""
    if (await _current(connection)).first_match(_positive_phrases(request)) is not None:
        raise RequestError("request-stopped")


async def blocking_entry(db: Database, request: DrawRequest) -> StopEntry | None:
    """Return the entry that the request matches, or None."""
    async with db.read() as connection:
        return (await _current(connection)).first_match(_positive_phrases(request))


def _positive_phrases(request: DrawRequest) -> list[str]:
    """Return the phrases to check; negative ones keep something out of the picture."""
    return [phrase.text for phrase in request.phrases if phrase.weight > 0]


async def entries(db: Database, kind: EntryKind) -> list[StopListEntry]:
    """Return the effective entries of a kind, in alphabetical order."""
    async with db.read() as connection:
        changes = await _changes(connection)
    texts = sorted(_effective(changes, kind))
    return [StopListEntry(text, text not in packaged(kind)) for text in texts]


async def add(
    db: Database, command: AdminCommand, kind: EntryKind, texts: Sequence[str]
) -> StopListChange | None:
    """Add entries or exceptions; None if the command has been carried out before.

    Raises RequestError if one of them cannot be parsed or the list gets too long.
    """
    parse = parse_entry if kind == "stop" else parse_exception
    cleaned = tuple(dict.fromkeys(parse(text).text for text in texts))
    async with db.write() as connection:
        if await already_processed(connection, command):
            return None
        present_before = _effective(await _changes(connection), kind)
        added = tuple(text for text in cleaned if text not in present_before)
        for text in added:
            await _set(connection, kind, text, present=True)
        count = select(func.count()).select_from(stops)
        if int((await connection.execute(count)).scalar_one()) > MAX_ENTRIES:
            raise RequestError("stop-too-many", limit=MAX_ENTRIES)
        if added:
            details = {"add": list(added)} if kind == "stop" else {"allow": list(added)}
            await record(connection, command, "stop", None, **details)
    return StopListChange(added, tuple(text for text in cleaned if text not in added))


async def drop(db: Database, command: AdminCommand, texts: Sequence[str]) -> StopListChange | None:
    """Remove entries from the stop list and from the exceptions; None as for `add`."""
    cleaned = tuple(dict.fromkeys(parse_entry(text).text for text in texts))
    async with db.write() as connection:
        if await already_processed(connection, command):
            return None
        changes = await _changes(connection)
        removed: list[str] = []
        for kind in PACKAGED:
            for text in _effective(changes, kind).intersection(cleaned):
                await _set(connection, kind, text, present=False)
                removed.append(text)
        changed = tuple(text for text in cleaned if text in removed)
        if changed:
            await record(connection, command, "stop", drop=list(changed))
    return StopListChange(changed, tuple(text for text in cleaned if text not in removed))


@cache
def packaged(kind: EntryKind) -> frozenset[str]:
    """Return the entries of a kind that come with the package."""
    parse = parse_entry if kind == "stop" else parse_exception
    folder = files("store").joinpath("stops")
    texts = [folder.joinpath(name).read_text("utf-8") for name in PACKAGED[kind]]
    return frozenset(parse(line).text for text in texts for line in entry_lines(text))


_CHANGES = select(stops).order_by(stops.c.kind, stops.c.entry)


async def _changes(connection: AsyncConnection) -> tuple[ChangeKind, ...]:
    rows = await connection.execute(_CHANGES)
    return tuple((row.kind, row.entry, row.present) for row in rows)


async def _current(connection: AsyncConnection) -> Matcher:
    return _compiled(await _changes(connection))


@lru_cache(4)
def _compiled(changes: tuple[ChangeKind, ...]) -> Matcher:
    """Compile the list, cached by its changes: each process sees them with its next request."""
    return Matcher(_parsed(_effective(changes, "stop")), _parsed(_effective(changes, "exception")))


def _parsed(texts: Iterable[str]) -> list[StopEntry]:
    """Parse entries; skip those of another version that this one cannot parse."""
    parsed = []
    for text in sorted(texts):
        try:
            parsed.append(parse_entry(text))
        except RequestError:
            log.warning("the stop list has an entry that cannot be read: %r", text)
    return parsed


def _effective(changes: Sequence[ChangeKind], kind: EntryKind) -> set[str]:
    texts = set(packaged(kind))
    for changed, text, present in changes:
        if changed == kind:
            (texts.add if present else texts.discard)(text)
    return texts


async def _set(connection: AsyncConnection, kind: EntryKind, text: str, *, present: bool) -> None:
    """Store a change, or remove it where the packaged list has the same."""
    await connection.execute(delete(stops).where(stops.c.kind == kind, stops.c.entry == text))
    if present != (text in packaged(kind)):
        await connection.execute(insert(stops).values(kind=kind, entry=text, present=present))
