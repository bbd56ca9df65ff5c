"""`--check`: look at all that the bot needs, and say in one line each what is well or is to do."""

import asyncio
import logging
from collections.abc import Callable
from typing import TextIO

from aiogram import Bot

from bot.check.telegram import check_settings, check_telegram
from bot.context import load_texts
from bot.settings import BotSettings, SettingsError, check_token, load
from store.checks.places import check_database, check_files
from store.checks.report import CheckFinding, CheckReport, Severity
from store.checks.settings import check_names
from store.texts import sentence

log = logging.getLogger(__name__)


async def run_check(make_bot: Callable[[BotSettings], Bot], stream: TextIO, language: str) -> int:
    """Print the findings; return the exit code: 0, 1 or, for a wrong setting, 2."""
    texts = load_texts()
    report = CheckReport(lambda key, values: texts(language, key, **values), stream)
    try:
        settings = load()
        report.add(check_names(settings.settings_file))
        report.add(check_settings(settings))
        check_token(settings.bare_token)
        bot = make_bot(settings)
    except SettingsError as error:
        report.add(
            [CheckFinding("check-said", {"sentence": sentence(error, language)}, Severity.WRONG)]
        )
        return report.code
    try:
        async for finding in check_telegram(bot, settings):
            report.add([finding])
    finally:
        await bot.session.close()
    report.add(await check_database(settings.database, count_engines=True))
    report.add([await asyncio.to_thread(check_files, settings.files)])
    return report.code


async def check_store_at_start(settings: BotSettings, language: str) -> None:
    """Raise SettingsError where files cannot be written and waiting is no use."""
    finding = await asyncio.to_thread(check_files, settings.files)
    if finding.severity is Severity.WRONG:
        said = load_texts()(language, finding.key, **finding.values)
        raise SettingsError("check-said", sentence=said)


async def check_telegram_at_start(bot: Bot, settings: BotSettings, language: str) -> None:
    """Log what somebody ought to know of the bot's settings, here and at Telegram."""
    texts, findings = load_texts(), check_settings(settings)
    async for finding in check_telegram(bot, settings):
        findings.append(finding)
    for finding in findings:
        if finding.severity is not Severity.OK:
            log.warning("%s", texts(language, finding.key, **finding.values))
