"""Check Telegram for `--check`: the way to it, the token, a webhook left behind, privacy mode."""

import errno
import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import User

from bot.delivery.outcomes import is_token_refused
from bot.logs import RedactingFilter
from bot.session import ProxyFailed, proxy_of
from bot.settings import BotSettings
from bot.telegram import is_own_server
from store.checks.report import CheckFinding, Severity

ANSWER_S = 10  # what Telegram may take for an answer


async def check_telegram(bot: Bot, settings: BotSettings) -> AsyncIterator[CheckFinding]:
    """Yield what Telegram says of the bot; nothing is changed there."""
    way = _way(bot, settings)
    try:
        me = await bot.get_me(request_timeout=ANSWER_S)
    except AiogramError as error:
        yield _failure(bot, error, way)
        return
    yield CheckFinding("check-telegram", {"username": me.username, **way})
    try:
        yield await _webhook(bot, settings)
    except AiogramError as error:
        yield _failure(bot, error, way)
    for finding in _profile(me):
        yield finding


def check_settings(settings: BotSettings) -> list[CheckFinding]:
    """Return what is odd about the settings of the bot alone."""
    findings = []
    if not settings.admins:
        findings.append(CheckFinding("check-admins", severity=Severity.NOTE))
    folder = settings.bot_api_files
    if folder is not None and not os.access(folder, os.R_OK | os.X_OK):
        findings.append(CheckFinding("check-server-files", {"place": str(folder)}, Severity.WRONG))
    return findings


async def _webhook(bot: Bot, settings: BotSettings) -> CheckFinding:
    info = await bot.get_webhook_info(request_timeout=ANSWER_S)
    host = urlsplit(info.url).hostname or ""  # its path may be a secret
    if settings.webhook is None:
        if not info.url:
            return CheckFinding("check-polling")
        return CheckFinding("check-webhook-left", {"host": host}, Severity.NOTE)
    if info.url != settings.webhook:
        return CheckFinding("check-webhook-unset", {"host": host or "none"}, Severity.NOTE)
    values = {"host": host, "pending": info.pending_update_count}
    if info.last_error_message and info.pending_update_count:
        reason = {"reason": info.last_error_message}
        return CheckFinding("check-webhook-failing", values | reason, Severity.FAILED)
    return CheckFinding("check-webhook", values)


def _profile(me: User) -> list[CheckFinding]:
    """Return what was set, or not set, at @BotFather."""
    if me.can_read_all_group_messages:
        privacy = CheckFinding("check-privacy-off", severity=Severity.NOTE)
    else:
        privacy = CheckFinding("check-privacy")
    findings = [privacy]
    if me.can_join_groups is False:
        findings.append(CheckFinding("check-groups-off", severity=Severity.NOTE))
    if me.supports_inline_queries is False:
        findings.append(CheckFinding("check-inline-off", severity=Severity.NOTE))
    return findings


def _failure(bot: Bot, error: AiogramError, way: dict[str, object]) -> CheckFinding:
    if is_token_refused(error):
        key = "check-token-server" if is_own_server(bot) else "check-token"
        return CheckFinding(key, severity=Severity.WRONG)
    values = {"reason": _reason(error), "hint": _hint(error, way), **way}
    return CheckFinding("check-telegram-away", values, Severity.FAILED)


def _reason(error: AiogramError) -> object:
    number = getattr(getattr(error.__cause__, "os_error", None), "errno", None) or 0
    if number in errno.errorcode:  # resolving a name has numbers of its own
        return OSError(number, os.strerror(number))
    # The address in an error about it would have the token.
    return RedactingFilter().clean(f"{error}".removeprefix("HTTP Client says - "))


def _hint(error: AiogramError, way: dict[str, object]) -> str:
    if isinstance(error, ProxyFailed) and error.wants_login:
        return "login"
    return "proxy" if way["proxy"] == way["server"] == "none" else "none"


def _way(bot: Bot, settings: BotSettings) -> dict[str, object]:
    """Return how Telegram is reached, as values of a text."""
    server = urlsplit(settings.bot_api or "").netloc.rpartition("@")[2]
    return {"proxy": proxy_of(bot) or "none", "server": server or "none"}
