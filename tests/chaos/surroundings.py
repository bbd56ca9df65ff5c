"""What bots and engines stand on in a trial: a database and a file store, behind proxies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fixtures.cluster.postgresql import PostgresServer
from tests.fixtures.cluster.s3 import BUCKET, s3_server
from tests.fixtures.network.fault_proxy import FaultProxy, fault_proxy


@dataclass
class Surroundings:
    """Where the store is: `settings` are those of the programs, which go through proxies."""

    settings: dict[str, str]
    database: str  # without a proxy
    files: str
    proxies: dict[str, FaultProxy] = field(default_factory=dict)
    server: PostgresServer | None = None

    async def restart_database(self) -> None:
        """Restart the server as after a crash; SQLite has none."""
        if self.server is not None:
            await asyncio.to_thread(self.server.stop, "immediate")
            await asyncio.sleep(1)
            await asyncio.to_thread(self.server.start)


@asynccontextmanager
async def one_machine(folder: Path) -> AsyncIterator[Surroundings]:
    """A file of SQLite and a folder."""
    database, files = f"sqlite+aiosqlite:///{folder}/mazok.db", str(folder / "files")
    settings = {"MAZOK_DATABASE": database, "MAZOK_FILES": files}
    yield Surroundings(settings, database, files)


@asynccontextmanager
async def cluster(folder: Path) -> AsyncIterator[Surroundings]:
    """A PostgreSQL server and an S3 server, each behind a proxy."""
    server = PostgresServer()
    async with AsyncExitStack() as stack:
        stack.callback(server.remove)
        await asyncio.to_thread(server.start)
        s3 = stack.enter_context(s3_server())
        to_database = await stack.enter_async_context(fault_proxy(server.port))
        to_files = await stack.enter_async_context(fault_proxy(s3.port))
        files = f"s3://{BUCKET}/{folder.name}"
        settings = s3.environment | {
            "MAZOK_DATABASE": server.url(port=to_database.port) + "?connections=4",
            "MAZOK_FILES": files,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{to_files.port}",
        }
        proxies = {"database": to_database, "files": to_files}
        yield Surroundings(settings, server.url(), files, proxies, server)
