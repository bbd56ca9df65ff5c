"""What the board shows, read from the store as JSON."""

from dataclasses import asdict
from typing import Any

from bot.settings import BotSettings
from bot.views.captions import alert_text
from store.admin.board import (
    PaintedPicture,
    RecentAlert,
    active_accounts,
    recent_alerts,
    recent_pictures,
)
from store.admin.statistics import DAYS, WaitingJob, daily_report, queue_report
from store.database.database import Database
from store.jobs.engines import alive_engines, paces
from store.model import Notice
from store.texts import Texts
from store.users.credits import effective_limits
from store.users.users import Profile

_LISTED = 20
_PICTURES = 24
# Shown as they are; every other setting may hold a secret.
_SHOWN = ("access", "keep_days", "safety", "lease_seconds", "log")


async def read_board(
    db: Database, texts: Texts, settings: BotSettings, language: str
) -> dict[str, Any]:
    """Return queue, engines, days, accounts, alerts and settings."""
    queue = await queue_report(db, _LISTED)
    limits = await effective_limits(db, settings.limits)
    accounts = await active_accounts(db, settings.limits, _LISTED)
    return {
        "running": queue.running,
        "waiting": queue.waiting,
        "queue": [_job(waiting) for waiting in queue.first],
        "engines": [
            {
                "name": engine.name,
                "device": engine.device,
                "models": list(engine.models),
                "memory": engine.memory,
                "largest": list(engine.sizes[-1]) if engine.sizes else None,
            }
            for engine in await alive_engines(db)
        ],
        "paces": {way: asdict(pace) for way, pace in (await paces(db)).items()},
        "days": [asdict(day) for day in await daily_report(db, DAYS)],
        "accounts": [
            {"who": _name(profile), "used": own.used, "daily": own.daily, "granted": own.granted}
            for profile, own in accounts
        ],
        "alerts": [_alert(alert, texts, language) for alert in await recent_alerts(db, _LISTED)],
        "settings": {
            **{name: str(getattr(settings, name)) for name in _SHOWN},
            "admins": len(settings.admins),
            "webhook": bool(settings.webhook),
            **asdict(limits),
        },
    }


async def read_pictures(db: Database, words: str) -> list[dict[str, Any]]:
    """Return the newest pictures whose prompts have these words."""
    return [_picture(found) for found in await recent_pictures(db, words, _PICTURES)]


def _job(waiting: WaitingJob) -> dict[str, Any]:
    job = waiting.job
    shown = {"id": job.id, "prompt": job.prompt, "who": _name(waiting.profile), "age": waiting.age}
    return {**shown, "state": job.state, "step": job.step, "steps": job.steps, "engine": job.worker}


def _picture(found: PaintedPicture) -> dict[str, Any]:
    job, result = found.job, found.job.result
    shown = {"id": job.id, "prompt": job.prompt, "who": _name(found.profile), "age": found.age}
    if result is None:
        return shown
    size = {"width": result.width, "height": result.height, "models": list(result.models)}
    return {**shown, **size, "seconds": result.seconds, "seed": result.seed, "unsafe": job.unsafe}


def _alert(alert: RecentAlert, texts: Texts, language: str) -> dict[str, Any]:
    shown = {"kind": alert.kind, "owner": alert.owner, "count": alert.count, "age": alert.age}
    try:
        values = {**alert.notice.values, "count": alert.count}
        text = alert_text(texts, language, Notice(alert.notice.key, values))
    except KeyError:
        text = alert.kind
    return {**shown, "text": text}


def _name(profile: Profile) -> str:
    return f"@{profile.username}" if profile.username else profile.name or str(profile.id)
