"""Compose the administrators' reports about a user and about the last days."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape

from bot.views.chart import Panel, Series, draw
from bot.views.formatting import format_duration, truncate_utf16
from bot.views.names import display_name
from store.admin.statistics import DayReport, UserReport
from store.audit import AuditEntry
from store.durations import DAY_MS
from store.texts import Texts

GREEN, RED, GREY, BLUE, ORANGE = "#3a9d5d", "#d6453d", "#b4b4b4", "#3b78c3", "#e39b2f"


def user_card(
    texts: Texts, language: str, report: UserReport, entries: Sequence[AuditEntry]
) -> str:
    """Return what is known of a user or a group, with the newest entries of the audit log."""
    account = report.account
    lines = [f"<b>{display_name(report.profile, report.profile.id)}</b>"]
    lines.append(texts(language, "user-since", date=_date(report.since_ms)))
    lines.append(
        texts(
            language,
            "user-jobs",
            done=report.jobs.get("done", 0),
            failed=report.jobs.get("failed", 0),
            cancelled=report.jobs.get("cancelled", 0),
            unfinished=report.jobs.get("queued", 0) + report.jobs.get("running", 0),
        )
    )
    values = {"used": account.used, "daily": account.daily, "granted": account.granted}
    lines.append(texts(language, "user-credits", left=account.left, **values))
    if report.quota is not None:
        lines.append(texts(language, "user-quota", count=report.quota))
    if report.blocked:
        reason = escape(report.block_reason or "—", quote=False)
        lines.append(texts(language, "user-blocked", reason=reason))
    lines += [_audit_line(texts, language, entry) for entry in entries]
    return "\n".join(lines)


def statistics_summary(texts: Texts, language: str, days: Sequence[DayReport]) -> str:
    """Return the sums over the days in a few lines."""
    asked = sum(day.requested for day in days)
    lines = [texts(language, "stats-head", days=len(days), asked=asked)]
    counts = {
        name: sum(getattr(day, name) for day in days)
        for name in ("done", "failed", "cancelled", "unfinished")
    }
    lines.append(texts(language, "stats-outcomes", **counts))
    for name in ("waiting", "painting"):
        mean = _average(days, name)
        if mean is not None:
            lines.append(
                texts(language, f"stats-{name}", time=format_duration(texts, language, mean))
            )
    most = max((day.active_users for day in days), default=0)
    lines.append(texts(language, "stats-people", today=days[-1].active_users, most=most))
    return "\n".join(lines)


def statistics_chart(texts: Texts, language: str, days: Sequence[DayReport]) -> bytes:
    """Return a PNG: jobs by outcome, mean times, and users, by day."""

    def series(key: str, name: str, colour: str, scale: float = 1.0) -> Series:
        raw = [getattr(day, name) for day in days]
        values = [None if value is None else value / scale for value in raw]
        return Series(texts(language, f"chart-{key}"), colour, values)

    times = [time for day in days for time in (day.waiting, day.painting) if time is not None]
    scale, unit = (60.0, "minutes") if max(times, default=0) >= 180 else (1.0, "seconds")
    panels = [
        Panel(
            texts(language, "chart-jobs"),
            [
                series("done", "done", GREEN),
                series("failed", "failed", RED),
                series("cancelled", "cancelled", GREY),
                series("unfinished", "unfinished", BLUE),
            ],
            stacked=True,
        ),
        Panel(
            texts(language, f"chart-times-{unit}"),
            [
                series("waiting", "waiting", ORANGE, scale),
                series("painting", "painting", BLUE, scale),
            ],
        ),
        Panel(texts(language, "chart-people"), [series("people", "active_users", GREEN)]),
    ]
    start = datetime(1970, 1, 1, tzinfo=UTC)
    dates = [f"{start + timedelta(days=day.day):%d.%m}" for day in days]
    return draw(panels, dates)


def _average(days: Sequence[DayReport], name: str) -> float | None:
    """Return the mean weighted by the jobs of each day; None if no day has a value."""
    known = [(getattr(day, name), day.requested) for day in days if getattr(day, name) is not None]
    weight = sum(asked for _, asked in known)
    return sum(value * asked for value, asked in known) / weight if weight else None


def _audit_line(texts: Texts, language: str, entry: AuditEntry) -> str:
    details = ", ".join(f"{name}: {value}" for name, value in entry.details.items() if value != "")
    values = {"action": f"/{entry.action}", "admin": str(entry.admin_id)}
    shown = escape(truncate_utf16(details, 80), quote=False)
    return texts(language, "user-deed", date=_date(entry.at_ms), **values, details=shown)


def _date(milliseconds: int) -> str:
    day, rest = divmod(milliseconds, DAY_MS)
    date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day, milliseconds=rest)
    return f"{date:%d.%m.%Y}"
