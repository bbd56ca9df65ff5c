"""Write the next migration from the tables as they are defined now."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from store.database.database import Database
from store.database.migrate import config


def write(connection: Connection, message: str) -> None:
    """Generate the migration by comparing the tables with the database."""
    count = len(list(ScriptDirectory.from_config(config()).walk_revisions()))
    command.revision(config(connection), message, autogenerate=True, rev_id=f"{count + 1:04}")


async def main(message: str) -> None:
    """Create an up-to-date database and write the migration that is missing from it."""
    with TemporaryDirectory() as folder:
        db = await Database.open(f"sqlite+aiosqlite:///{Path(folder) / 'current.db'}")
        try:
            async with db.read() as connection:
                await connection.run_sync(write, message)
        finally:
            await db.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
