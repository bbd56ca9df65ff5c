"""`python -m store`: back up, restore or check the store of the settings."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from store.command_line.help import help_text
from store.command_line.parse import Typed, parse
from store.command_line.program import Command, Option, Program, Word
from store.database.database import Database
from store.errors import LocalisedError, StoreError
from store.files.files import Files
from store.maintenance.backup import Manifest, back_up, existing_file
from store.maintenance.restore import restore
from store.settings import StoreSettings, wrong_setting
from store.system import terminal
from store.system.extras import missing_extra
from store.texts import sentence, store_texts, terminal_language

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130

PROGRAM = Program(
    "store",
    store_texts,
    {
        "": Command("store"),
        "backup": Command("store-backup", word=Word("backup-to", missing="backup-needs-folder")),
        "restore": Command(
            "store-restore", word=Word("restore-from", missing="restore-needs-folder")
        ),
        "check": Command("store-check", (Option("--quick", help="store-quick"),)),
    },
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run one command and return the exit code."""
    language = terminal_language(os.environ)
    try:
        typed = parse(PROGRAM, sys.argv[1:] if arguments is None else arguments)
        if typed.help or not typed.command:
            return _say(help_text(PROGRAM, typed.command, language))
        return _run(typed, language)
    except (StoreError, ImportError, ValueError) as error:  # pydantic's errors are ValueErrors
        # What has another error as its cause is nothing that the operator wrote.
        return _complain(_explain(error, language), FAILED if error.__cause__ else WRONG)
    except KeyboardInterrupt:
        return INTERRUPTED


def _explain(error: Exception, language: str) -> str:
    if isinstance(error, LocalisedError):
        return sentence(error, language)
    if isinstance(error, ValidationError):
        return store_texts()(language, "setting-wrong", **wrong_setting(error))
    values = missing_extra(error)
    return store_texts()(language, "extra-missing", **values) if values else str(error)


def _run(typed: Typed, language: str) -> int:
    settings, texts = StoreSettings(), store_texts()
    files = Files(settings.files)
    if typed.command == "check":
        return asyncio.run(_check(settings, files, language, decode="quick" not in typed.values))
    folder = Path(typed.words[0])
    if typed.command == "backup":
        made = back_up(settings.database, files, folder)
        return _say(texts(language, "backup-done", folder=folder, **_contents(made)))
    restored = restore(folder, settings.database, files)
    made_at = datetime.fromtimestamp(restored.made_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return _say(texts(language, "restore-done", time=made_at, **_contents(restored)))


def _contents(manifest: Manifest) -> dict[str, int]:
    return {"job": manifest.newest_job, "files": manifest.files}


async def _check(settings: StoreSettings, files: Files, language: str, *, decode: bool) -> int:
    from store.maintenance.check import check

    if settings.database.startswith("sqlite"):
        existing_file(settings.database)
    db = await Database.open(settings.database)
    try:
        findings = await check(db, files, decode=decode)
    finally:
        await db.close()
    for finding in findings:
        print(finding.line(language))
    harmful = sum(finding.harmful for finding in findings)
    key = "fault-total" if harmful else "fault-none"
    print(store_texts()(language, key, count=harmful))
    return FAILED if harmful else DONE


def _say(sentence: str) -> int:
    print(sentence)
    return DONE


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(terminal.run(main))
