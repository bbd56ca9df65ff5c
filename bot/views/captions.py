"""Compose the longer texts of messages and captions as escaped HTML."""

import json
import math
from html import escape

from bot.views.formatting import (
    PROMPT_PREVIEW_LENGTH,
    format_duration,
    progress_bar,
    truncate_prompt,
    truncate_utf16,
    utf16,
)
from store.messages.broadcasts import BroadcastTally
from store.model import Job, Notice, Result
from store.texts import Texts

CAPTION_LIMIT = 1024  # UTF-16 units, not counting the markup
NOTICE_VALUE_LIMIT = 200  # UTF-16 units of one value in a notice


def notice_texts(texts: Texts, language: str, notice: Notice) -> str:
    """Return a notice in the user's language; empty if this version has no text for it."""
    values = {
        name: escape(truncate_utf16(value, NOTICE_VALUE_LIMIT), quote=False)
        if isinstance(value, str)
        else value
        for name, value in notice.values.items()
    }
    try:
        return texts(language, notice.key, **values)
    except KeyError:
        return ""


def alert_text(texts: Texts, language: str, notice: Notice) -> str:
    """Return an alert to administrators, whose `reason` is a stored notice itself.

    Raises KeyError if this version has no text for it.
    """
    stored = dict(notice.values)
    reason = stored.pop("reason", None)
    values = {
        name: truncate_prompt(value) if isinstance(value, str) else value
        for name, value in stored.items()
    }
    if reason is not None:
        values["reason"] = notice_texts(texts, language, Notice(**json.loads(reason))) or "?"
    return texts(language, notice.key, **values)


def painting_caption(texts: Texts, job: Job, left: float | None) -> str:
    """Return the status of a running job; `left` is the estimated rest in seconds."""
    language = job.language
    lines = [_progress_text(texts, job)]
    times = []
    if job.started_ms is not None:
        elapsed = format_duration(texts, language, (job.updated_ms - job.started_ms) / 1000)
        times.append(texts(language, "status-elapsed", elapsed=elapsed))
    if job.drawn is None and job.step >= job.steps > 0:
        times.append(texts(language, "status-finishing"))
    elif left is not None:
        rough = format_duration(texts, language, left, roughly=True)
        times.append(texts(language, "status-left", left=rough))
    if times:
        lines.append(", ".join(times))
    return "\n".join(lines)


def finished_caption(texts: Texts, job: Job, result: Result) -> str:
    """Return the caption of a picture: prompt, seed, size, steps, time and notices."""
    language = job.language
    seed = texts(language, "result-seed", seed=str(result.seed))
    lines = [f"{seed} · {_facts(texts, language, result)}"]
    lines += [text for notice in job.notices if (text := notice_texts(texts, language, notice))]
    return fit_caption(texts, language, "result-prompt", job.prompt, "\n".join(lines))


def _progress_text(texts: Texts, job: Job) -> str:
    """Return how far a running job is; a sheet counts pictures, and an enlargement nothing."""
    values: dict[str, object] = {
        "prompt": truncate_prompt(job.prompt),
        "bar": progress_bar(job.step, job.steps),
        "percent": 100 * job.step // max(job.steps, 1),
    }
    if job.drawn is not None:
        values |= {"bar": progress_bar(job.drawn, 100), "percent": job.drawn}
        return texts(job.language, "status-drafting", **values)
    if job.readable and job.readable.larger:
        return texts(job.language, "status-larger", **values)
    if job.count > 1:
        done = job.count * job.step // max(job.steps, 1)
        place = min(done + 1, job.count)
        return texts(job.language, "status-sheet", **values, place=place, count=job.count)
    return texts(job.language, "status-painting", **values, step=job.step, steps=job.steps)


def _facts(texts: Texts, language: str, result: Result) -> str:
    """Return size, steps and time of a picture, or the number of pictures on a sheet."""
    values: dict[str, object] = {"width": result.width, "height": result.height}
    values["time"] = format_duration(texts, language, result.seconds)
    if result.parts:
        return texts(language, "result-facts-sheet", **values, count=len(result.parts))
    if not result.steps:
        return texts(language, "result-facts-quick", **values)
    return texts(language, "result-facts", **values, steps=result.steps)


def fit_caption(texts: Texts, language: str, key: str, prompt: str, tail: str) -> str:
    """Return the text `key` of the prompt and the tail, with the prompt cut to fit a caption."""
    # Markup in the tail is counted too, which only makes the caption shorter than allowed.
    frame = utf16(texts(language, key, prompt="")) + 1
    tail = _whole_lines(tail, CAPTION_LIMIT - frame - PROMPT_PREVIEW_LENGTH)
    available = CAPTION_LIMIT - frame - utf16(tail)
    return (
        texts(language, key, prompt=escape(truncate_utf16(prompt, available), quote=False))
        + "\n"
        + tail
    )


def _whole_lines(text: str, limit: int) -> str:
    """Return as many lines as fit: cutting inside a line could break its markup."""
    fitting = ""
    for line in text.split("\n"):
        candidate = f"{fitting}\n{line}" if fitting else line
        if utf16(candidate) > limit:
            break
        fitting = candidate
    return fitting


def settings_used(texts: Texts, language: str, job: Job) -> str:
    """Return the settings of a picture as one block of code, which a tap copies."""
    return texts(language, "facts-title") + f"\n<pre>{_settings_text(texts, language, job)}</pre>"


def shared_settings(texts: Texts, language: str, job: Job) -> str:
    """Return the settings of a shared picture for another user."""
    lines = [texts(language, "recipe-title"), f"<pre>{_settings_text(texts, language, job)}</pre>"]
    if job.request.sources:
        lines.append(texts(language, "recipe-without-pictures"))
    return "\n".join(lines)


def _settings_text(texts: Texts, language: str, job: Job) -> str:
    request, result = job.request, job.result
    lines = [job.prompt]
    if result is not None:
        lines.append(texts(language, "facts-seed", seed=str(result.seed)))
        lines.append(texts(language, "facts-size", width=result.width, height=result.height))
        if result.parts:
            lines.append(texts(language, "facts-count", count=len(result.parts)))
        elif result.steps:
            lines.append(texts(language, "facts-steps", steps=result.steps))
            if math.isfinite(result.loss):
                loss = f"{result.loss:.2f}".replace(".", "," if language == "ru" else ".")
                lines.append(texts(language, "facts-loss", loss=loss))
    if request.quality is not None:
        quality = texts(language, f"quality-{request.quality}")
        lines.append(texts(language, "facts-quality", quality=quality))
    models = list(dict.fromkeys(result.models if result else ()))
    if models:
        names = {"count": len(models), "models": ", ".join(models)}
        lines.append(texts(language, "facts-models", **names))
    uses = {"init": request.init, "targets": request.targets, "style": request.style}
    lines += [texts(language, f"facts-{use}") for use, images in uses.items() if images]
    return escape("\n".join(lines), quote=False)


def broadcast_progress(texts: Texts, language: str, state: str, tally: BroadcastTally) -> str:
    """Return the progress of a broadcast."""
    lines = [texts(language, f"cast-{state}", sent=tally.sent, total=tally.total)]
    if tally.uncertain:
        lines.append(texts(language, "cast-uncertain", count=tally.uncertain))
    if tally.unreachable:
        lines.append(texts(language, "cast-unreachable", count=tally.unreachable))
    if tally.failed:
        lines.append(texts(language, "cast-failed", count=tally.failed))
    return "\n".join(lines)
