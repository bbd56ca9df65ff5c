"""Every longer text that the bot writes under or instead of a picture, as safe HTML."""

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

CAPTION_LIMIT = 1024  # UTF-16 units, counted after Telegram has read the markup
NOTICES_SHOWN = 200  # units of one value in a notice


def notice_texts(texts: Texts, language: str, notice: Notice) -> str:
    """A notice in the person's language; empty where this version has no words for it."""
    values = {
        name: escape(truncate_utf16(value, NOTICES_SHOWN), quote=False)
        if isinstance(value, str)
        else value
        for name, value in notice.values.items()
    }
    try:
        return texts(language, notice.key, **values)
    except KeyError:
        return ""


def painting_caption(texts: Texts, job: Job, left: float | None) -> str:
    """The status of a job that is being painted; `left` in seconds where it is known."""
    language = job.language
    percent = 100 * job.step // max(job.steps, 1)
    lines = [
        texts(
            language,
            "status-painting",
            prompt=truncate_prompt(job.prompt),
            bar=progress_bar(job.step, job.steps),
            percent=percent,
            step=job.step,
            steps=job.steps,
        )
    ]
    times = []
    if job.started_ms is not None:
        elapsed = format_duration(texts, language, (job.updated_ms - job.started_ms) / 1000)
        times.append(texts(language, "status-elapsed", elapsed=elapsed))
    if left is not None:
        rough = format_duration(texts, language, left, roughly=True)
        times.append(texts(language, "status-left", left=rough))
    if times:
        lines.append(", ".join(times))
    if job.loss is not None:
        loss = f"{job.loss:.2f}".replace(".", "," if language == "ru" else ".")
        lines.append(texts(language, "status-loss", loss=loss))
    return "\n".join(lines)


def finished_caption(texts: Texts, job: Job, result: Result) -> str:
    """The caption of the picture: prompt, seed, size, steps, time, and what should be known."""
    language = job.language
    facts = texts(
        language,
        "result-facts",
        width=result.width,
        height=result.height,
        steps=result.steps,
        time=format_duration(texts, language, result.seconds),
    )
    seed = texts(language, "result-seed", seed=str(result.seed))
    lines = [f"{seed} · {facts}"]
    lines += [words for notice in job.notices if (words := notice_texts(texts, language, notice))]
    return fit_caption(texts, language, "result-prompt", job.prompt, "\n".join(lines))


def fit_caption(texts: Texts, language: str, key: str, prompt: str, tail: str) -> str:
    """The prompt in the words of `key`, cut so that it and the tail fit into a caption."""
    # Markup in the tail is counted as text: that only errs on the safe side.
    frame = utf16(texts(language, key, prompt="")) + 1
    tail = _whole_lines(tail, CAPTION_LIMIT - frame - PROMPT_PREVIEW_LENGTH)
    room = CAPTION_LIMIT - frame - utf16(tail)
    return (
        texts(language, key, prompt=escape(truncate_utf16(prompt, room), quote=False)) + "\n" + tail
    )


def _whole_lines(text: str, limit: int) -> str:
    """As many lines as fit: a line cut inside could lose the end of its markup."""
    kept = ""
    for line in text.split("\n"):
        longer = f"{kept}\n{line}" if kept else line
        if utf16(longer) > limit:
            break
        kept = longer
    return kept


def facts(texts: Texts, language: str, job: Job) -> str:
    """What a picture was made with, as one piece of code to copy."""
    return texts(language, "facts-title") + f"\n<pre>{_settings_parts(texts, language, job)}</pre>"


def settings_line(texts: Texts, language: str, job: Job) -> str:
    """The same for somebody else: an invitation to paint it."""
    lines = [texts(language, "recipe-title"), f"<pre>{_settings_parts(texts, language, job)}</pre>"]
    if job.request.sources:
        lines.append(texts(language, "recipe-without-pictures"))
    return "\n".join(lines)


def _settings_parts(texts: Texts, language: str, job: Job) -> str:
    request, result = job.request, job.result
    lines = [job.prompt]
    if result is not None:
        lines.append(texts(language, "facts-seed", seed=str(result.seed)))
        lines.append(texts(language, "facts-size", width=result.width, height=result.height))
        lines.append(texts(language, "facts-steps", steps=result.steps))
    if request.quality is not None:
        quality = texts(language, f"quality-{request.quality}")
        lines.append(texts(language, "facts-quality", quality=quality))
    models = list(dict.fromkeys(result.models if result else ()))
    if models:
        names = {"count": len(models), "models": ", ".join(models)}
        lines.append(texts(language, "facts-models", **names))
    uses = {"init": request.init, "targets": request.targets, "style": request.style}
    lines += [texts(language, f"facts-{use}") for use, pictures in uses.items() if pictures]
    return escape("\n".join(lines), quote=False)


def broadcast_progress(texts: Texts, language: str, state: str, tally: BroadcastTally) -> str:
    """How far a broadcast is, in one message."""
    lines = [texts(language, f"cast-{state}", sent=tally.sent, total=tally.total)]
    if tally.uncertain:
        lines.append(texts(language, "cast-uncertain", count=tally.uncertain))
    if tally.unreachable:
        lines.append(texts(language, "cast-unreachable", count=tally.unreachable))
    if tally.failed:
        lines.append(texts(language, "cast-failed", count=tally.failed))
    return "\n".join(lines)
