"""`python -m store`: back up, restore or check the store of the settings."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from store.database.database import Database
from store.errors import StoreError
from store.files.files import Files
from store.maintenance.backup import ON_POSTGRESQL, Manifest, back_up, existing_file
from store.maintenance.restore import restore
from store.settings import StoreSettings
from store.system import terminal

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run one command and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        settings = StoreSettings()
        files = Files(settings.files)
        if options.command == "backup":
            made = back_up(settings.database, files, options.to)
            return _say(f"backed up into {options.to}: {_contents(made)}")
        if options.command == "restore":
            restored = restore(options.source, settings.database, files)
            made_at = datetime.fromtimestamp(restored.made_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
            return _say(f"restored the backup of {made_at}: {_contents(restored)}")
        return asyncio.run(_check(settings, files, decode=not options.quick))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        return _complain(
            f"MAZOK_{'_'.join(map(str, first['loc'])).upper()} is wrong: {first['msg']}"
        )
    except (StoreError, ImportError, ValueError) as error:
        # What has another error as its cause is nothing that the operator wrote.
        return _complain(str(error), FAILED if error.__cause__ else WRONG)
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m store", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    backup = commands.add_parser(
        "backup",
        help="copy database and files into a new folder, while bot and engine run",
        epilog=f"{ON_POSTGRESQL}: docs/run.md",
    )
    backup.add_argument("to", metavar="TO", type=Path, help="the folder; it must not exist")
    back = commands.add_parser(
        "restore", help="copy a backup to where MAZOK_DATABASE and MAZOK_FILES say, if that is free"
    )
    back.add_argument("source", metavar="FROM", type=Path, help="the folder of a backup")
    check = commands.add_parser(
        "check", help="check the database, the rows and the files; 1 if something is wrong"
    )
    check.add_argument("--quick", action="store_true", help="do not decode the pictures")
    return parser


def _contents(manifest: Manifest) -> str:
    return f"the database up to job {manifest.newest_job}, {manifest.files} files"


async def _check(settings: StoreSettings, files: Files, *, decode: bool) -> int:
    from store.maintenance.check import check

    if settings.database.startswith("sqlite"):
        existing_file(settings.database)
    db = await Database.open(settings.database)
    try:
        findings = await check(db, files, decode=decode)
    finally:
        await db.close()
    for finding in findings:
        print(finding if finding.harmful else f"{finding} (a note only)")
    harmful = sum(finding.harmful for finding in findings)
    print(f"{harmful} kinds of faults" if harmful else "nothing is wrong")
    return FAILED if harmful else DONE


def _say(sentence: str) -> int:
    print(sentence)
    return DONE


def _complain(sentence: str, code: int = WRONG) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(terminal.run(main))
