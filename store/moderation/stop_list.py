"""The stop list that holds now: the package's own, with what administrators have changed."""

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
from store.moderation.entries import StopEntry, entry_of, exception_of, lines
from store.moderation.matcher import Matcher
from store.request.request import DrawRequest
from store.tables import stops

log = logging.getLogger(__name__)

EntryKind = Literal["stop", "exception"]
ChangeKind = tuple[EntryKind, str, bool]  # kind, entry, whether it is present
MAX_ENTRIES = 1000  # changes: what every request is compared with

PACKAGED: dict[EntryKind, tuple[str, ...]] = {
    "stop": ("russian.txt", "english.txt"),
    "exception": ("exceptions.txt",),
}


@dataclass(frozen=True)
class StopListEntry:
    """An entry as an administrator sees it."""

    text: str
    own: bool  # added by an administrator


@dataclass(frozen=True)
class StopListChange:
    """What an order has changed, and what was so already."""

    done: tuple[str, ...]
    idle: tuple[str, ...]


async def check(connection: AsyncConnection, request: DrawRequest) -> None:
    """RequestError where the request asks for what nobody may have."""
    if (await _current(connection)).entry_in(_wanted(request)) is not None:
        raise RequestError("request-stopped")


async def caught(db: Database, request: DrawRequest) -> StopEntry | None:
    """The entry that stands in the way of this request."""
    async with db.read() as connection:
        return (await _current(connection)).entry_in(_wanted(request))


def _wanted(request: DrawRequest) -> list[str]:
    """What has a negative weight is kept out of the picture, and so may be named."""
    return [phrase.text for phrase in request.phrases if phrase.weight > 0]


async def contents(db: Database, kind: EntryKind) -> list[StopListEntry]:
    """In the order of the alphabet."""
    async with db.read() as connection:
        changes = await _changes(connection)
    return [
        StopListEntry(text, text not in packaged(kind)) for text in sorted(_present(changes, kind))
    ]


async def add(
    db: Database, order: AdminCommand, kind: EntryKind, texts: Sequence[str]
) -> StopListChange | None:
    """RequestError where an entry cannot be read; None where the order was carried out before."""
    read = entry_of if kind == "stop" else exception_of
    wanted = tuple(dict.fromkeys(read(text).text for text in texts))
    async with db.write() as connection:
        if await already_processed(connection, order):
            return None
        there = _present(await _changes(connection), kind)
        new = tuple(text for text in wanted if text not in there)
        for text in new:
            await _set(connection, kind, text, present=True)
        count = select(func.count()).select_from(stops)
        if int((await connection.execute(count)).scalar_one()) > MAX_ENTRIES:
            raise RequestError("stop-too-many", limit=MAX_ENTRIES)
        if new:
            deed = {"add": list(new)} if kind == "stop" else {"allow": list(new)}
            await record(connection, order, "stop", None, **deed)
    return StopListChange(new, tuple(text for text in wanted if text not in new))


async def drop(db: Database, order: AdminCommand, texts: Sequence[str]) -> StopListChange | None:
    """Out of the list and out of the exceptions, wherever they are."""
    wanted = tuple(dict.fromkeys(entry_of(text).text for text in texts))
    async with db.write() as connection:
        if await already_processed(connection, order):
            return None
        changes = await _changes(connection)
        gone: list[str] = []
        for kind in PACKAGED:
            for text in _present(changes, kind).intersection(wanted):
                await _set(connection, kind, text, present=False)
                gone.append(text)
        done = tuple(text for text in wanted if text in gone)
        if done:
            await record(connection, order, "stop", drop=list(done))
    return StopListChange(done, tuple(text for text in wanted if text not in gone))


@cache
def packaged(kind: EntryKind) -> frozenset[str]:
    """The entries that come with the program."""
    read = entry_of if kind == "stop" else exception_of
    folder = files("store").joinpath("stops")
    texts = [folder.joinpath(name).read_text("utf-8") for name in PACKAGED[kind]]
    return frozenset(read(line).text for text in texts for line in lines(text))


_CHANGES = select(stops).order_by(stops.c.kind, stops.c.entry)


async def _changes(connection: AsyncConnection) -> tuple[ChangeKind, ...]:
    rows = await connection.execute(_CHANGES)
    return tuple((row.kind, row.entry, row.present) for row in rows)


async def _current(connection: AsyncConnection) -> Matcher:
    return _compiled(await _changes(connection))


@lru_cache(4)
def _compiled(changes: tuple[ChangeKind, ...]) -> Matcher:
    """Once for each change, by the very rows: every process sees it with its next request."""
    return Matcher(_readable(_present(changes, "stop")), _readable(_present(changes, "exception")))


def _readable(texts: Iterable[str]) -> list[StopEntry]:
    """What another version has written and we cannot read must not stop every request."""
    found = []
    for text in sorted(texts):
        try:
            found.append(entry_of(text))
        except RequestError:
            log.warning("the stop list has an entry that cannot be read: %r", text)
    return found


def _present(changes: Sequence[ChangeKind], kind: EntryKind) -> set[str]:
    texts = set(packaged(kind))
    for changed, text, present in changes:
        if changed == kind:
            (texts.add if present else texts.discard)(text)
    return texts


async def _set(connection: AsyncConnection, kind: EntryKind, text: str, *, present: bool) -> None:
    """No row is needed for what is as in the package."""
    await connection.execute(delete(stops).where(stops.c.kind == kind, stops.c.entry == text))
    if present != (text in packaged(kind)):
        await connection.execute(insert(stops).values(kind=kind, entry=text, present=present))
